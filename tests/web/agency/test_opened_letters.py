"""Letters of an opened lot: who runs it reads and saves them; what could not be read says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from biaobao.domain.guarantees.types import ToIssue
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(settings: Any, tmp_path: Any) -> tuple[Applied, ToIssue]:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    deadline_at = clock.now().replace(microsecond=0) - timedelta(minutes=1)
    applied, claim = letters.issued(given_tenders.lot(deadline_at=deadline_at))
    given_tenders.opened(applied.lot)
    return applied, claim


def opening(applied: Applied) -> str:
    return f"/agency/lots/{applied.lot.id}/opening/"


def pdf(applied: Applied) -> str:
    return f"/agency/lots/{applied.lot.id}/letters/{letters.letter_of(applied).id}.pdf"


def test_unsealed_they_are_listed_and_handed_out_to_those_who_run_the_lot(
    issued: tuple[Applied, ToIssue],
):
    applied, claim = issued
    letters.unsealed(applied, letters.read(claim))
    keeper = visiting(given_tenders.keeper_of(applied.lot))
    supervisor = visiting(given_parties.supervisor())

    listed = keeper.get(opening(applied)).content.decode()
    file = keeper.get(pdf(applied))

    assert claim.letter.number in listed
    assert claim.letter.guarantor.name in listed
    assert "已公开" in listed
    assert file.content == f"%PDF-1.7 {claim.letter.number}".encode()
    assert claim.letter.number in file["Content-Disposition"]
    watched = supervisor.get(f"/supervisor/lots/{applied.lot.id}/").content.decode()
    assert claim.letter.number in watched
    for stranger in (given_parties.agency(), given_parties.tenderer()):
        assert visiting(stranger).get(pdf(applied)).status_code == 404


def test_one_that_cannot_be_read_says_why_and_is_not_handed_out(issued: tuple[Applied, ToIssue]):
    applied, _claim = issued
    keeper = visiting(given_tenders.keeper_of(applied.lot))
    assert "正在解密" in keeper.get(opening(applied)).content.decode()
    assert keeper.get(pdf(applied)).status_code == 404

    letters.unsealed(applied, None)

    listed = keeper.get(opening(applied)).content.decode()
    assert "没有读出" in listed
    assert "文件打不开" in listed
    assert keeper.get(pdf(applied)).status_code == 404


def test_chosen_letters_are_released_for_a_reason(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    letters.unsealed(applied, letters.read(claim))
    keeper = visiting(given_tenders.keeper_of(applied.lot))
    letter = letters.letter_of(applied)
    url = f"/agency/lots/{applied.lot.id}/letters/release/"
    assert f'value="{letter.id}"' in keeper.get(opening(applied)).content.decode()

    asked = keeper.get(url, {"letter": str(letter.id)})
    assert letter.number in asked.content.decode()
    without = keeper.post(url, {"letter": str(letter.id)})
    assert without.status_code == 422
    assert letters.letter_of(applied) == letter
    sent = keeper.post(url, {"letter": str(letter.id), "reason": "NOT_AWARDED"})

    assert (sent.status_code, sent["Location"]) == (302, opening(applied))
    assert letters.letter_of(applied).ended_why == "NOT_AWARDED"
    listed = keeper.get(opening(applied)).content.decode()
    assert "已解除 1 份保函的担保责任" in listed
    assert "已解保" in listed
    nothing_left = keeper.get(url, {"letter": str(letter.id)})
    assert nothing_left.status_code == 302
    assert keeper.get(url, {"letter": "x"}).status_code == 404
    stranger = visiting(given_parties.agency())
    assert stranger.get(url, {"letter": str(letter.id)}).status_code == 404
