"""认领: the slip beside the money in suspense, and no trace of the lot."""

from __future__ import annotations

import re

import pytest

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.deposits.actions import claims as actions
from biaobao.domain.deposits.queries import claims as shown
from biaobao.domain.deposits.states import ClaimState, DepositState
from biaobao.domain.deposits.types import ClaimRow
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.visits import visiting
from tests.web.operator import money
from tests.web.operator.money import PDF

pytestmark = pytest.mark.django_db
URL = "/operator/claims/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def operator() -> Actor:
    return given_parties.operator()


def text(response) -> str:
    return response.content.decode()


def again(claim: ClaimRow, chosen: Chosen) -> ClaimRow:
    return shown.claim(claim_id=claim.id, actor=chosen.bidder)


def test_an_empty_queue_says_what_would_be_there(operator: Actor):
    assert "没有等待处理的认领" in text(visiting(operator).get(URL))


def test_the_queue_is_paged_and_the_longest_waiting_comes_first(operator: Actor):
    chosen = money.astray()
    claims = [money.claimed(chosen, amount=Money(number + 1)) for number in range(21)]
    browser = visiting(operator)

    pages = [browser.get(URL, {"page": number}).context["page"] for number in (1, 2)]

    assert [len(page.rows) for page in pages] == [20, 1]
    assert {row.id for page in pages for row in page.rows} == {claim.id for claim in claims}
    times = [row.proposed_at for page in pages for row in page.rows]
    assert times == sorted(times)


def test_the_likeliest_money_comes_first_with_every_difference(operator: Actor):
    chosen = money.astray()
    money.pays_astray(chosen, payer_account="6222020000001111", at=money.now())
    claim = money.claimed(chosen)

    page = visiting(operator).get(f"{URL}{claim.id}/")

    compared = [
        [(check.title, check.verdict) for check in each.checks]
        for each in page.context["candidates"]
    ]
    assert compared == [
        [("付款账号", "PASS"), ("付款日期", "PASS"), ("金额", "PASS")],
        [("付款账号", "WARN"), ("付款日期", "WARN"), ("金额", "PASS")],
    ]
    assert "投标人所述" in text(page)
    assert "付到了主账户" in text(page)


def test_a_claim_is_confirmed_for_the_chosen_money_and_no_other(operator: Actor):
    chosen = money.astray()
    money.pays_astray(chosen, payer_account="6222020000001111")
    claim = money.claimed(chosen)
    browser, url = visiting(operator), f"{URL}{claim.id}/"
    chosen_credit, other = (each.credit for each in browser.get(url).context["candidates"])

    sent = browser.post(f"{url}confirm/", {"credit": str(chosen_credit.id)})

    assert (sent.status_code, sent["Location"]) == (302, URL)
    assert again(claim, chosen).state is ClaimState.CONFIRMED
    assert chosen.standing.state is DepositState.CONFIRMED
    assert money.waiting(operator).credit.id == other.id
    assert money.books_agree()
    twice = browser.post(f"{url}confirm/", {"credit": str(other.id)})
    assert twice.status_code == 422
    assert "这件认领已经有了结果" in text(twice)
    assert money.waiting(operator).credit.id == other.id


@pytest.mark.parametrize("credit", ["", "nonsense"])
def test_without_a_choice_nothing_is_confirmed(operator: Actor, credit: str):
    chosen = money.astray()
    claim = money.claimed(chosen)

    refused = visiting(operator).post(f"{URL}{claim.id}/confirm/", {"credit": credit})

    assert refused.status_code == 422
    assert again(claim, chosen) == claim
    assert chosen.held == Money(0)


def test_another_amount_than_claimed_is_refused(operator: Actor):
    chosen = money.astray()
    claim = money.claimed(chosen, amount=Money(1))
    browser, url = visiting(operator), f"{URL}{claim.id}/"
    assert "暂存款项中没有这个金额" in text(browser.get(url))

    refused = browser.post(f"{url}confirm/", {"credit": str(money.waiting(operator).credit.id)})

    assert refused.status_code == 422
    assert "与认领的 ¥0.01 不一致" in text(refused)
    assert again(claim, chosen) == claim
    assert chosen.held == Money(0)


def test_a_claim_is_declined_with_a_reason_and_not_without(operator: Actor):
    chosen = money.astray()
    claim = money.claimed(chosen)
    browser, url = visiting(operator), f"{URL}{claim.id}/"

    silent = browser.post(f"{url}decline/", {"reason": " "})
    assert silent.status_code == 422
    assert again(claim, chosen) == claim
    assert browser.post(f"{url}decline/", {"reason": "回单不清晰"}).status_code == 302

    declined = again(claim, chosen)
    assert (declined.state, declined.decline_reason) == (ClaimState.DECLINED, "回单不清晰")
    page = browser.get(url)
    assert "回单不清晰" in text(page)
    assert "不予认领</button>" not in text(page)
    assert browser.post(f"{url}decline/", {"reason": "再次"}).status_code == 422
    assert again(claim, chosen) == declined


def test_after_the_opening_the_money_stays_where_it_is(operator: Actor):
    given_banking.bank()
    chosen = given.chosen(money.due())
    money.pays_astray(chosen)
    claim = money.claimed(chosen)
    credit = money.waiting(operator).credit
    given_tenders.opened(chosen.lot)

    refused = visiting(operator).post(f"{URL}{claim.id}/confirm/", {"credit": str(credit.id)})

    assert refused.status_code == 422
    assert "已经开标" in text(refused)
    assert money.waiting(operator).credit.id == credit.id
    assert chosen.held == Money(0)


@pytest.mark.parametrize("confirmed", [False, True])
def test_no_page_of_a_claim_has_a_trace_of_the_lot(operator: Actor, confirmed: bool):  # INV-8
    chosen = money.astray()
    claim = money.claimed(chosen, slip=PDF)
    browser, url = visiting(operator), f"{URL}{claim.id}/"
    if confirmed:
        credit = money.waiting(operator).credit
        browser.post(f"{url}confirm/", {"credit": str(credit.id)})

    answers = [browser.get(each) for each in (URL, url, f"{url}slip/", "/operator/")]

    lot = chosen.lot
    traces = [
        *map(str, (lot.id, lot.project_id, chosen.standing.id, chosen.standing.security_id)),
        *(lot.code, lot.name, lot.project_name, lot.tenderer_name, lot.agency_name),
        *(chosen.account, "秘密标段"),
    ]
    for answer in answers:
        seen = f"{text(answer)} {answer.headers}"
        assert [trace for trace in traces if trace and trace in seen] == []
        assert re.findall(r"/lots/[0-9a-f]", seen) == []


@pytest.mark.parametrize(("slip", "name"), [(money.PNG, "slip.png"), (money.PDF, "slip.pdf")])
def test_a_slip_is_handed_out_to_operators_inertly(operator: Actor, slip, name: str):
    claim = money.claimed(money.astray(), slip=slip)

    answer = visiting(operator).get(f"{URL}{claim.id}/slip/")

    assert answer.content == slip.content
    assert answer["Content-Type"] == slip.media_type
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "object-src 'none'" in answer["Content-Security-Policy"]
    page = text(visiting(operator).get(f"{URL}{claim.id}/"))
    assert ("<img" in page) == slip.media_type.startswith("image/")


@pytest.mark.parametrize("who", [given_parties.bidder, given_parties.agency])
def test_others_see_neither_claim_nor_slip_and_decide_nothing(who):
    chosen = money.astray()
    claim = money.claimed(chosen)
    browser, url = visiting(who()), f"{URL}{claim.id}/"

    assert [browser.get(each).status_code for each in (URL, url, f"{url}slip/")] == [403] * 3
    for name in ("confirm", "decline"):
        assert browser.post(f"{url}{name}/", {"reason": "x"}).status_code == 403
    assert again(claim, chosen) == claim


def test_an_offer_shows_to_whom_and_can_be_taken_back(operator: Actor):
    chosen = money.astray()
    credit = money.waiting(operator).credit
    organisation = money.organisation_of(chosen)
    claim_id = actions.offer(
        credit_id=credit.id, uscc=organisation.uscc, note="请确认", at=money.now(), actor=operator
    )
    browser, url = visiting(operator), f"{URL}{claim_id}/"

    page = text(browser.get(url))
    assert "已通知投标人，等他确认" in page
    assert browser.get(f"{url}slip/").status_code == 404
    assert claim_id not in {row.id for row in browser.get(URL).context["page"].rows}
    assert browser.post(f"{url}decline/", {"reason": "认错了单位"}).status_code == 302

    assert shown.offers(actor=chosen.bidder) == ()
    assert money.waiting(operator).claim_id is None


def test_a_bidders_own_move_between_its_lots_is_not_here(operator: Actor):
    given_banking.bank()
    right = given.chosen(money.coming())
    wrong = given.chosen(money.coming(), right.bidder)
    given.booked(wrong.pays(at=money.now()), wrong.pays(at=money.now()))
    duplicate = next(c for c in wrong.standing.credits if c.refundable_minor)
    claim_id = actions.ask_to_move(
        credit_id=duplicate.id, lot_id=right.lot.id, at=money.now(), actor=right.bidder
    )
    browser, url = visiting(operator), f"{URL}{claim_id}/"

    assert browser.get(URL).context["page"].total == 0
    assert browser.get(url).status_code == 404
    assert browser.post(f"{url}decline/", {"reason": "x"}).status_code == 404
    actions.confirm_move(
        claim_id=claim_id, at=money.now(), actor=given_refunds.colleague(right.bidder)
    )
    assert right.held == right.lot.amount
