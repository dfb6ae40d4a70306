"""索赔 at the agency's console: filled in from the opening page, signed in the browser, followed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from biaobao.core.actor import SYSTEM, Actor
from biaobao.domain.claims import actions, queries
from biaobao.domain.claims.models import Claim
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import Discrepancy, FileKind
from biaobao.domain.parties import queries as parties
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import certificates
from tests.given import claims as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.letters import letter_of
from tests.given.signing import Desk, signed_form, trusted
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Iterator[Desk]:
    given_banking.bank()
    with trusted(settings, tmp_path) as made:
        yield made


@pytest.fixture
def opened(desk: Desk) -> Any:
    deadline_at = clock.now().replace(microsecond=0) - timedelta(hours=1)
    return given.opened(deadline_at=deadline_at)


def claims() -> int:
    with seeing_as(SYSTEM):
        return Claim.objects.count()


def new_url(applied: Any) -> str:
    return f"/agency/lots/{applied.lot.id}/letters/{letter_of(applied).id}/claim/"


def url(claim_id: Any, page: str = "") -> str:
    return f"/agency/claims/{claim_id}/{page}"


def told(**changes: Any) -> dict[str, Any]:
    names = ("招标文件第三章.pdf", "中标通知书.pdf")
    return {
        "cause": "FOR-02",
        "clause": "第三章 3.4.4",
        "statement": "中标通知书发出三十日后，中标人仍拒绝签订合同。",
        "amount": "50,000.00",
        "payee_account": "3305 0168 6208 0000 9999",
        "payee_bank": "示例银行衢州分行",
        "documents": [SimpleUploadedFile(name, given.PDF, "application/pdf") for name in names],
        **changes,
    }


def drafted(browser: Client, applied: Any) -> Any:
    answer = browser.post(new_url(applied), told())
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].split("/")[-2]


def signs(
    browser: Client, desk: Desk, beneficiary: Actor, claim_id: Any, **how: Any
) -> HttpResponse:
    own = parties.organisation(organisation_id=beneficiary.organisation_id, actor=SYSTEM)
    facts = {"uscc": own.uscc, "organisation": own.name, "at": clock.now(), **how}
    key = certificates.issued(desk.ca, **facts)
    sent = {"certificate": base64.b64encode(key.certificate).decode()}
    form = signed_form(browser.post(url(claim_id, "prepare/"), sent), key)
    return browser.post(url(claim_id, "present/"), form)


def test_it_is_filled_in_read_signed_and_presented(desk: Desk, opened: Any):
    applied, _claim, beneficiary = opened
    browser = visiting(beneficiary)
    opening = browser.get(f"/agency/lots/{applied.lot.id}/opening/").content.decode()
    assert new_url(applied) in opening

    claim_id = drafted(browser, applied)
    page = browser.get(url(claim_id)).content.decode()
    paper = browser.get(url(claim_id, "demand.pdf"))
    answer = signs(browser, desk, beneficiary, claim_id)

    assert "待签章" in page
    assert paper.content.startswith(b"%PDF-")
    assert paper["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Location"] == url(claim_id)
    shown = queries.claim(claim_id=claim_id, actor=beneficiary)
    assert shown.claim.state is ClaimState.PRESENTED
    assert [each.kind for each in shown.files] == [
        FileKind.DOCUMENT,
        FileKind.DOCUMENT,
        FileKind.DEMAND,
    ]
    after = browser.get(url(claim_id)).content.decode()
    for said in ("审查中", "审查期限", "签章并提交", "招标文件第三章.pdf", "撤回索赔"):
        assert said in after
    listed = browser.get(f"/agency/lots/{applied.lot.id}/opening/").content.decode()
    assert url(claim_id) in listed
    assert new_url(applied) not in listed


def test_its_files_are_handed_out_to_those_who_run_the_lot_and_nobody_else(desk: Desk, opened: Any):
    applied, _claim, beneficiary = opened
    claim_id = drafted(visiting(beneficiary), applied)
    signs(visiting(beneficiary), desk, beneficiary, claim_id)
    signed = next(
        each
        for each in queries.claim(claim_id=claim_id, actor=beneficiary).files
        if each.kind is FileKind.DEMAND
    )
    address = url(claim_id, f"files/{signed.id}/")

    for reader in (beneficiary, given_tenders.keeper_of(applied.lot)):
        file = visiting(reader).get(address)
        assert desk.checker().verify(file.content).finding == "GENUINE"
    for stranger in (given_parties.agency(), given_parties.tenderer(name="别家投资有限公司")):
        assert visiting(stranger).get(address).status_code == 404
        assert visiting(stranger).get(url(claim_id)).status_code == 404
        assert visiting(stranger).get(new_url(applied)).status_code in (403, 404)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "80,000.01"}, "超过保函余下的金额"),
        ({"documents": []}, "请选择文件"),
        ({"documents": [SimpleUploadedFile("a.pdf", b"no", "application/pdf")]}, "不是 PDF"),
        ({"cause": ""}, "请选择一项"),
        ({"payee_account": "abc"}, "账号"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    desk: Desk, opened: Any, changes: dict[str, Any], said: str
):
    applied, _claim, beneficiary = opened

    answer = visiting(beneficiary).post(new_url(applied), told(**changes))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert claims() == 0


def test_another_companys_certificate_presents_nothing(desk: Desk, opened: Any):
    applied, _claim, beneficiary = opened
    browser = visiting(beneficiary)
    claim_id = drafted(browser, applied)

    answer = signs(browser, desk, beneficiary, claim_id, uscc=given_parties.credit_code())

    assert answer.status_code == 422
    assert "证书上的统一社会信用代码与本单位不一致" in answer.content.decode()
    assert queries.claim(claim_id=claim_id, actor=beneficiary).claim.state is ClaimState.DRAFT


def test_a_draft_is_discarded_and_what_is_presented_withdrawn(desk: Desk, opened: Any):
    applied, _claim, beneficiary = opened
    browser = visiting(beneficiary)
    claim_id = drafted(browser, applied)

    answer = browser.post(url(claim_id, "withdraw/"))

    assert answer["Location"] == url(claim_id)
    assert "已撤回" in browser.get(url(claim_id)).content.decode()


def test_refused_every_discrepancy_is_shown(desk: Desk, opened: Any):
    applied, _claim, beneficiary = opened
    claimed = given.drafted(applied, beneficiary, at=clock.now())
    given.presents(claimed, at=clock.now())
    actions.refuse_demand(
        claim_id=claimed.id,
        discrepancies=[Discrepancy.CLAUSE, Discrepancy.DOCUMENTS],
        words="未附中标通知书。",
        at=clock.now(),
        actor=claimed.guarantor,
    )

    page = visiting(beneficiary).get(url(claimed.id)).content.decode()

    for said in ("已拒绝", "所引的招标文件条款不符", "缺少保函要求的文件", "未附中标通知书。"):
        assert said in page


def test_not_paid_another_account_is_told(desk: Desk):
    claimed = given.accepted()
    given.not_paid(claimed)
    browser = visiting(claimed.beneficiary)
    page = browser.get(url(claimed.id)).content.decode()
    assert "更换收款账户" in page

    wrong = browser.post(url(claimed.id, "payee/"), {"payee_account": "1", "payee_bank": ""})
    assert wrong.status_code == 422
    assert claimed.state is ClaimState.PAY_FAILED
    right = browser.post(
        url(claimed.id, "payee/"),
        {"payee_account": "33050168620800007777", "payee_bank": "示例银行柯城支行"},
    )

    assert right["Location"] == url(claimed.id)
    assert claimed.state is ClaimState.PAYING
    assert claimed.now.terms.payee_account == "33050168620800007777"


def test_beneath_the_opening_page_only_the_tenderer_is_offered_it(desk: Desk, opened: Any):
    applied, _claim, _beneficiary = opened
    keeper = visiting(given_tenders.keeper_of(applied.lot))

    opening = keeper.get(f"/agency/lots/{applied.lot.id}/opening/").content.decode()
    assert new_url(applied) not in opening
    assert keeper.get(new_url(applied)).status_code == 403


def test_after_the_last_day_the_page_says_so(desk: Desk):
    applied, _claim, beneficiary = given.opened()

    page = visiting(beneficiary).get(new_url(applied)).content.decode()

    assert "已经过去" in page
    assert "下一步" not in page
