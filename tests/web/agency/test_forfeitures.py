"""不予退还 on the pages: the agency proposes, the bidder objects, another decides, and money goes its way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting
from biaobao.domain.pools.states import ForfeitureState, HoldState
from biaobao.domain.pools.types import Coverage
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.pools import Held
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def text(response) -> str:
    return response.content.decode()


def won(*, opened_ago: timedelta = 30 * DAY, coverage: Coverage = Coverage.PER_BID_CAP) -> Held:
    """Return what is held of the member that won a lot, opened so long ago."""
    opening_at = clock.now().replace(microsecond=0) - opened_ago
    lot = given_tenders.lot(deadline_at=opening_at)
    joined = opening_at - 60 * DAY
    scheme_id = given.scheme(coverage, valid_from=joined.date() - DAY)
    (case,) = given.held(given.active(scheme_id, at=joined), lot=lot)
    return case


def two_of(case: Held) -> tuple[Client, Client]:
    """Return the browsers of the person who proposes, and of another of the same agency."""
    proposer = case.proposer
    return visiting(proposer), visiting(given_refunds.colleague(proposer))


def told(**changes: Any) -> dict[str, Any]:
    found = given.grounds(**changes)
    return {
        "cause": found.cause.value,
        "clause": found.clause,
        "statement": found.statement,
        "payee_account": found.payee_account,
        "payee_bank": found.payee_bank,
        "papers": SimpleUploadedFile("中标通知书.pdf", b"%PDF-1.7\n", "application/pdf"),
    }


def new_url(case: Held) -> str:
    return f"/agency/lots/{case.lot.id}/holds/{case.hold.id}/forfeit/"


def state(forfeiture_id: UUID) -> ForfeitureState:
    return queries.forfeiture(forfeiture_id=forfeiture_id, actor=SYSTEM).forfeiture.state


def test_the_agency_proposes_it_from_the_opening():
    case = won()
    browser = visiting(case.proposer)
    page = text(browser.get(f"/agency/lots/{case.lot.id}/opening/"))
    assert "担保中" in page
    assert new_url(case) in page
    asked = text(browser.get(new_url(case)))
    assert "5 日内可以提出异议" in asked
    assert case.lot.tenderer_name in asked
    lacking = browser.post(new_url(case), told() | {"clause": ""})
    assert (lacking.status_code, "请填写这一项" in text(lacking)) == (422, True)
    refused = browser.post(new_url(case), told() | {"payee_account": "12"})
    assert (refused.status_code, case.hold.state) == (422, HoldState.HELD)

    sent = browser.post(new_url(case), told())

    (found,) = queries.own_forfeitures(lot_id=case.lot.id, actor=case.member.bidder)
    assert (sent.status_code, sent["Location"]) == (302, f"/agency/forfeitures/{found.id}/")
    shown = text(browser.get(sent["Location"]))
    for said in (found.number, "待复核", "中标后，无正当理由不与招标人订立合同", "中标通知书.pdf"):
        assert said in shown
    assert "须由另一人复核" in shown
    assert "同意不予退还" not in shown
    page = text(browser.get(f"/agency/lots/{case.lot.id}/opening/"))
    assert sent["Location"] in page
    assert new_url(case) not in page


def test_the_bidder_reads_it_and_objects():
    case = won()
    forfeiture_id = case.proposed(at=clock.now())
    browser = visiting(case.member.bidder)
    url = f"/bidder/forfeitures/{forfeiture_id}/"
    security = text(browser.get(f"/bidder/lots/{case.lot.id}/security/"))
    assert "招标人提出，本标段的联保金不予退还" in security
    assert url in security
    page = text(browser.get(url))
    assert "第三章 3.4.4" in page
    desk = queries.forfeiture(forfeiture_id=forfeiture_id, actor=case.member.bidder)
    paper = browser.get(f"{url}papers/{desk.papers[0].id}/")
    assert b"".join(paper) if paper.streaming else paper.content == given.PAPER.content
    assert browser.post(url, {"words": " "}).status_code == 422

    sent = browser.post(url, {"words": "招标人先变更了合同条件"})

    assert (sent.status_code, sent["Location"]) == (302, url)
    assert "招标人先变更了合同条件" in text(browser.get(url))
    assert "招标人先变更了合同条件" in text(
        visiting(case.proposer).get(f"/agency/forfeitures/{forfeiture_id}/")
    )
    assert visiting(given_parties.bidder()).get(url).status_code == 404


def test_another_person_of_the_agency_declines_at_any_time_and_approves_after_the_objections():
    case = won()
    forfeiture_id = case.proposed(at=clock.now())
    url = f"/agency/forfeitures/{forfeiture_id}/"
    browser, other = two_of(case)
    page = text(other.get(url))
    assert "此后才能同意" in page
    assert 'value="approve"' not in page
    early = other.post(f"{url}decide/", {"decision": "approve", "words": "事实清楚"})
    assert (early.status_code, "之后办理" in text(early)) == (422, True)
    own = browser.post(f"{url}decide/", {"decision": "decline", "words": "不符合"})
    assert (own.status_code, state(forfeiture_id)) == (422, ForfeitureState.PROPOSED)
    empty = other.post(f"{url}decide/", {"decision": "decline", "words": ""})
    assert (empty.status_code, state(forfeiture_id)) == (422, ForfeitureState.PROPOSED)

    sent = other.post(f"{url}decide/", {"decision": "decline", "words": "通知书送达有误"})

    assert (sent.status_code, sent["Location"]) == (302, url)
    assert state(forfeiture_id) is ForfeitureState.DECLINED
    assert "通知书送达有误" in text(other.get(url))


@pytest.mark.parametrize("decision", ["", "Approve", "withdraw"])
@pytest.mark.parametrize("console", ["agency", "operator"])
def test_what_is_no_decision_decides_nothing(console: str, decision: str):
    case = won()
    forfeiture_id = case.proposed()
    other = given_refunds.colleague(case.proposer)
    actor = other if console == "agency" else given_parties.operator()
    url = f"/{console}/forfeitures/{forfeiture_id}/decide/"
    before = queries.forfeiture(forfeiture_id=forfeiture_id, actor=SYSTEM)

    for told in ({"words": "事实清楚", "decision": decision}, {"words": "事实清楚"}):
        sent = visiting(actor).post(url, told)

        assert (sent.status_code, "没有选择同意还是不同意" in text(sent)) == (422, True)
        assert queries.forfeiture(forfeiture_id=forfeiture_id, actor=SYSTEM) == before


def test_one_that_nobody_decided_in_time_says_so():
    case = won(opened_ago=80 * DAY)
    forfeiture_id = case.proposed()
    forfeiting.lapse(limit=9, at=clock.now(), actor=SYSTEM)

    for actor, console in (
        (given_parties.operator(), "operator"),
        (case.proposer, "agency"),
        (case.member.bidder, "bidder"),
    ):
        page = text(visiting(actor).get(f"/{console}/forfeitures/{forfeiture_id}/"))
        assert "逾期失效" in page
        assert "同意不予退还" not in page
    browser = visiting(case.proposer)
    again = browser.post(new_url(case), told())
    assert (again.status_code, "同一事由不能再次提出" in text(again)) == (422, True)


def test_an_operator_approves_and_all_see_the_money_go():
    case = won()
    forfeiture_id = case.proposed()
    browser = visiting(given_parties.operator())
    assert "不予退还的联保金" in text(browser.get("/operator/"))
    listed = text(browser.get("/operator/forfeitures/"))
    url = f"/operator/forfeitures/{forfeiture_id}/"
    assert url in listed
    assert 'value="approve"' in text(browser.get(url))

    sent = browser.post(f"{url}decide/", {"decision": "approve", "words": "事实清楚"})

    assert (sent.status_code, state(forfeiture_id)) == (302, ForfeitureState.APPROVED)
    for actor, address in (
        (given_parties.operator(), url),
        (case.proposer, f"/agency/forfeitures/{forfeiture_id}/"),
        (case.member.bidder, f"/bidder/forfeitures/{forfeiture_id}/"),
    ):
        page = text(visiting(actor).get(address))
        for said in ("已扣除", "事实清楚", str(case.lot.amount), "已通知银行付款"):
            assert said in page, (said, address)
    security = text(visiting(case.member.bidder).get(f"/bidder/lots/{case.lot.id}/security/"))
    assert "联保金已按规定扣除，不予退还" in security
    opening = text(visiting(case.proposer).get(f"/agency/lots/{case.lot.id}/opening/"))
    assert "已扣除" in opening


def test_what_the_bank_does_not_pay_goes_to_an_account_that_two_people_told():
    case = won()
    forfeiture_id = case.approved()
    (payment,) = given_refunds.told(at=case.decided_at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=case.decided_at)
    url = f"/agency/forfeitures/{forfeiture_id}/"
    browser, other = two_of(case)
    page = text(browser.get(url))
    for said in ("银行没有付成，等待招标人核对或更换收款账户", "账户已销户", "更换收款账户"):
        assert said in page
    wrong = browser.post(f"{url}payee/", {"payee_account": "1", "payee_bank": "建设银行"})
    assert wrong.status_code == 422
    account = {"payee_account": "6222000011112222333", "payee_bank": "建设银行衢州分行"}

    browser.post(f"{url}payee/", account)

    assert "须由另一人核对" in text(browser.get(url))
    assert "新的收款账户等待另一人核对" in text(other.get(url))
    assert browser.post(f"{url}payee/confirm/").status_code == 422
    assert "核对无误，重新付款" in text(other.get(url))
    assert "核对无误，重新付款" in text(
        visiting(given_parties.operator()).get(f"/operator/forfeitures/{forfeiture_id}/")
    )
    assert account["payee_account"] in text(other.get(url))
    assert other.post(f"{url}payee/confirm/").status_code == 422
    assert other.post(f"{url}payee/confirm/", account).status_code == 302
    (again,) = given_refunds.told(at=clock.now() + DAY)
    assert again.payee_account == account["payee_account"]
    assert "已从联保金扣除，付给招标人" in text(browser.get(url))


def test_it_is_corrected_without_being_given_up():
    case = won()
    forfeiture_id = case.proposed(at=clock.now())
    url, browser = f"/agency/forfeitures/{forfeiture_id}/", visiting(case.proposer)
    page = text(browser.get(url))
    assert new_url(case) in page
    assert "联保金随即解除，不能再扣；只要更改的，不必撤回" in page
    form = text(browser.get(new_url(case)))
    for said in ("更改不予退还", "第三章 3.4.4", f'value="{forfeiture_id}"', "保存更改"):
        assert said in form
    changed = told(clause="第五章")
    other = browser.post(new_url(case), changed)
    assert (other.status_code, "已有不予退还" in text(other)) == (422, True)
    assert state(forfeiture_id) is ForfeitureState.PROPOSED

    sent = browser.post(new_url(case), told(clause="第五章") | {"replaces": str(forfeiture_id)})

    found, before = queries.own_forfeitures(lot_id=case.lot.id, actor=case.member.bidder)
    assert (sent.status_code, sent["Location"]) == (302, f"/agency/forfeitures/{found.id}/")
    assert (before.id, before.state) == (forfeiture_id, ForfeitureState.WITHDRAWN)
    assert "第五章" in text(browser.get(sent["Location"]))
    replaced = visiting(case.member.bidder).get(f"/bidder/forfeitures/{forfeiture_id}/")
    for page in (text(browser.get(url)), text(replaced)):
        assert "已撤回；没有另行提出的，联保金按标段结果解除" in page


def test_without_time_to_object_it_says_so():
    case = won(opened_ago=80 * DAY)
    forfeiture_id = case.proposed()

    sent = visiting(case.proposer).post(
        new_url(case), told(clause="第五章") | {"replaces": str(forfeiture_id)}
    )

    assert (sent.status_code, "剩下的时间不够投标人提出异议" in text(sent)) == (422, True)
    assert state(forfeiture_id) is ForfeitureState.PROPOSED


def test_it_is_withdrawn_by_those_who_run_the_lot():
    case = won()
    forfeiture_id = case.proposed()
    url = f"/agency/forfeitures/{forfeiture_id}/"

    sent = visiting(case.proposer).post(f"{url}withdraw/")

    assert (sent.status_code, state(forfeiture_id)) == (302, ForfeitureState.WITHDRAWN)
    page = text(visiting(case.proposer).get(f"/agency/lots/{case.lot.id}/opening/"))
    assert new_url(case) in page


def test_what_was_short_says_so():
    case = won()
    forfeiture_id = case.proposed()
    credit = case.member.desk.credits[0]
    reversal = given_banking.entry(
        account=case.member.desk.account.number if case.member.desk.account else "",
        amount=Money(credit.amount_minor),
        at=clock.now() - DAY,
        kind=given_banking.Kind.REVERSAL,
        original_serial=credit.serial,
    )
    given.booked(reversal)
    given.booked(case.member.pays(Money.yuan(20_000), at=clock.now() - DAY))
    forfeiting.approve(
        forfeiture_id=forfeiture_id,
        words="事实清楚",
        at=clock.now(),
        actor=given_parties.operator(),
    )

    page = text(visiting(case.proposer).get(f"/agency/forfeitures/{forfeiture_id}/"))

    assert "¥30,000.00" in page
    assert "依法向投标人追偿" in page


def test_strangers_find_nothing():
    case = won()
    forfeiture_id = case.proposed()
    url = f"/agency/forfeitures/{forfeiture_id}/"

    for stranger in (given_parties.agency(), given_parties.tenderer()):
        browser = visiting(stranger)
        assert browser.get(url).status_code == 404
        assert browser.get(new_url(case)).status_code == 404
        for name in ("decide", "withdraw", "payee", "payee/confirm"):
            assert browser.post(f"{url}{name}/", {"words": "否"}).status_code in (404, 422), name
    assert Client(HTTP_HOST="localhost").get(url).status_code == 302
    assert state(forfeiture_id) is ForfeitureState.PROPOSED
