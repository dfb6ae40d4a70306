"""应急处理 over the pages, with a real receipt: those who run the lot propose, the supervisor decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from biaobao.adapters import workshop
from biaobao.core.actor import SYSTEM
from biaobao.domain.guarantees.models import Contingency
from biaobao.domain.guarantees.queries import papers
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.signing import Desk, trusted
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Iterator[Desk]:
    given_banking.bank()
    with trusted(settings, tmp_path) as made:
        yield made


@pytest.fixture
def unread(desk: Desk) -> Applied:
    deadline_at = clock.now().replace(microsecond=0) - timedelta(minutes=1)
    applied, _claim = letters.issued(given_tenders.lot(deadline_at=deadline_at))
    given_tenders.opened(applied.lot)
    letters.unsealed(applied, None)
    return applied


def receipt(desk: Desk, applied: Applied) -> bytes:
    """Return the receipt as the guarantor signed it."""
    said = papers.receipt(application_id=applied.id, at=applied.at, actor=SYSTEM)
    desk.make_seal(said.guarantor)
    printed = workshop.typesetting().receipt(said, seal_image=given_documents.SEAL_IMAGE)
    return desk.sealed(printed, said.guarantor).content


def url(applied: Applied) -> str:
    letter = letters.letter_of(applied)
    return f"/agency/lots/{applied.lot.id}/letters/{letter.id}/contingency/"


def proposes(applied: Applied, content: bytes | None, **changes: str) -> Any:
    told: dict[str, Any] = {"cause": "SERVER", "fault": "ISSUER", "words": "", **changes}
    if content is not None:
        told["receipt"] = SimpleUploadedFile("购买凭证.pdf", content, "application/pdf")
    return visiting(given_tenders.keeper_of(applied.lot)).post(url(applied), told)


def contingencies() -> int:
    with seeing_as(SYSTEM):
        return Contingency.objects.count()


def supervisor() -> tuple[Client, str]:
    """Return the supervisor's browser, and the address of what waits for a decision."""
    browser = visiting(given_parties.supervisor())
    page = browser.get("/supervisor/contingencies/")
    (waiting,) = page.context["waiting"]
    return browser, f"/supervisor/contingencies/{waiting.row.id}/"


def test_a_genuine_receipt_keeps_the_bidder_in(desk: Desk, unread: Applied):
    keeper = visiting(given_tenders.keeper_of(unread.lot))
    opening = f"/agency/lots/{unread.lot.id}/opening/"
    assert url(unread) in keeper.get(opening).content.decode()
    assert "没有读出的保函" in keeper.get(url(unread)).content.decode()

    answer = proposes(unread, receipt(desk, unread))

    assert answer["Location"] == opening
    browser, waiting = supervisor()
    assert "已核验" in browser.get(waiting).content.decode()
    decided = browser.post(waiting, {"decision": "accept", "words": ""})
    assert decided["Location"] == f"/supervisor/lots/{unread.lot.id}/"
    for reader, page in (
        (keeper, opening),
        (browser, f"/supervisor/lots/{unread.lot.id}/"),
        (visiting(unread.bidder), f"/guarantee/applications/{unread.id}/letter/"),
    ):
        assert "应急确认有效" in reader.get(page).content.decode(), page
    exported = keeper.get(opening.replace("/opening/", "/opening.csv")).content.decode()
    assert exported.splitlines()[-1].endswith("应急确认有效")
    flagged = keeper.get(opening).context["rows"]
    assert [(row.state, row.flags) for row in flagged] == [("SECURED", ("应急确认有效",))]
    again = browser.post(waiting, {"decision": "accept", "words": ""})
    assert again["Location"] == decided["Location"]
    assert browser.post(waiting, {"decision": "refuse", "words": "改"}).status_code == 422
    assert unread.security[0] == "SECURED"


def test_an_altered_or_a_strange_receipt_is_refused_and_nothing_is_kept(
    desk: Desk, unread: Applied
):
    genuine = receipt(desk, unread)
    middle = len(genuine) // 3
    altered = genuine[:middle] + bytes([genuine[middle] ^ 1]) + genuine[middle + 1 :]
    deadline_at = clock.now().replace(microsecond=0) - timedelta(minutes=1)
    other, _claim = letters.issued(given_tenders.lot(deadline_at=deadline_at))

    for content in (altered, b"not a PDF", receipt(desk, other)):
        answer = proposes(unread, content)
        assert answer.status_code == 422
        assert "不能证明" in answer.content.decode()
    assert contingencies() == 0


def test_without_proof_the_supervisor_cannot_accept_and_refuses_with_a_reason(
    desk: Desk, unread: Applied
):
    proposes(unread, None)
    browser, waiting = supervisor()

    assert "按规定不能确认有效" in browser.get(waiting).content.decode()
    for told in ({"decision": "accept"}, {"decision": "refuse"}, {"words": ""}):
        assert browser.post(waiting, told).status_code == 422
    assert unread.security[0] == "SECURED"
    browser.post(waiting, {"decision": "refuse", "words": "没有购买凭证"})

    assert unread.security[0] == "REQUIRED"
    page = visiting(unread.bidder).get(f"/guarantee/applications/{unread.id}/letter/")
    assert "没有购买凭证" in page.content.decode()
    assert "登记决定" not in browser.get(waiting).content.decode()
    assert "未确认，投标担保无效" in page.content.decode()


def test_the_receipt_that_is_shown_while_the_supervisor_waits_is_added(desk: Desk, unread: Applied):
    keeper = visiting(given_tenders.keeper_of(unread.lot))
    bidders_page = f"/guarantee/applications/{unread.id}/letter/"
    assert "请立即下载购买凭证" in visiting(unread.bidder).get(bidders_page).content.decode()
    proposes(unread, None)
    assert "补交" in keeper.get(url(unread)).content.decode()
    assert "等待确认" in visiting(unread.bidder).get(bidders_page).content.decode()
    assert keeper.post(url(unread), {}).status_code == 422

    genuine = SimpleUploadedFile("购买凭证.pdf", receipt(desk, unread), "application/pdf")
    keeper.post(url(unread), {"receipt": genuine})

    page = keeper.get(url(unread))
    assert "已核验" in page.content.decode()
    assert 'type="file"' not in page.content.decode()
    browser, waiting = supervisor()
    browser.post(waiting, {"decision": "accept", "words": ""})
    assert "无需再操作" in visiting(unread.bidder).get(bidders_page).content.decode()
    assert unread.security[0] == "SECURED"


def test_nobody_else_comes_there(desk: Desk, unread: Applied):
    proposes(unread, None, fault="PLATFORM")
    _browser, waiting = supervisor()

    for stranger in (given_parties.agency(), unread.bidder, given_parties.operator()):
        assert visiting(stranger).get(url(unread)).status_code in (403, 404)
        assert visiting(stranger).get(waiting).status_code == 403
