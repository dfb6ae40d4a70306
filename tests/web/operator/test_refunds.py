"""退款: proposed by one, approved by another, and terminated lots as wholes."""

from __future__ import annotations

import pytest

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.states import RefundState
from biaobao.domain.deposits.types import RefundRow
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.visits import visiting
from tests.web.operator import money
from tests.web.operator.money import DAY

pytestmark = pytest.mark.django_db
URL = "/operator/refunds/"


@pytest.fixture
def operators() -> tuple[Actor, Actor]:
    return given_refunds.operators()


def text(response) -> str:
    return response.content.decode()


def again(refund: RefundRow, actor: Actor) -> RefundRow:
    return shown.refund(refund_id=refund.id, actor=actor)


def numbers(response) -> list[str]:
    return [each.row.number for each in response.context["rows"]]


def test_an_empty_list_says_what_would_be_there(operators):
    assert "没有办理中的退款" in text(visiting(operators[0]).get(URL))
    assert "没有符合条件的退款" in text(visiting(operators[0]).get(URL, {"state": "paid"}))


def test_lists_by_state_by_words_and_by_being_overdue(operators):
    one, _ = operators
    fresh = money.released(money.opened(), one)
    old_lot = money.opened()
    old = money.released(old_lot, one, at=money.now() - 40 * DAY)
    browser = visiting(one)

    assert numbers(browser.get(URL)) == [old.number, fresh.number]
    assert numbers(browser.get(URL, {"state": "overdue"})) == [old.number]
    assert numbers(browser.get(URL, {"state": "approved"})) == []
    assert numbers(browser.get(URL, {"state": "nonsense"})) == [old.number, fresh.number]
    assert numbers(browser.get(URL, {"q": old_lot.lot.code})) == [old.number]
    assert numbers(browser.get(URL, {"q": fresh.number, "state": "proposed"})) == [fresh.number]
    page = text(browser.get(URL))
    assert "已超期" in page.split("<table")[1]
    assert "剩 " in page.split("<table")[1]


def test_the_list_is_paged(operators):
    one, _ = operators
    given_banking.bank()
    chosen = given.chosen(money.due())
    given.booked(*(chosen.pays(Money(number + 1)) for number in range(21)))
    given_tenders.opened(chosen.lot)
    actions.propose_release(
        lot_id=chosen.lot.id,
        bidder_id=chosen.bidder.organisation_id,
        reason=money.RefundReason.LOSER,
        note="",
        at=money.now(),
        actor=one,
    )
    browser = visiting(one)

    pages = [browser.get(URL, {"page": number, "q": "TK"}) for number in (1, 2)]

    assert [len(numbers(page)) for page in pages] == [20, 1]
    assert "q=TK" in text(pages[0]).split('class="pager"')[1]


def test_whoever_proposed_reads_why_another_has_to_approve(operators):
    one, _ = operators
    refund = money.released(money.opened(), one)
    url = f"{URL}{refund.id}/"

    own, others = (text(visiting(each).get(url)) for each in operators)

    assert "提出人不能复核" in own
    assert f'href="{url}approve/"' not in own
    assert f'href="{url}approve/"' in others
    led_back = visiting(one).get(f"{url}approve/")
    assert (led_back.status_code, led_back["Location"]) == (302, url)
    refused = visiting(one).post(f"{url}approve/")
    assert refused.status_code == 422
    assert "提出和复核须由两个人分别办理" in text(refused)
    assert again(refund, one) == refund


def test_a_second_operator_approves_after_reading_whom_how_much_and_why(operators):
    one, other = operators
    chosen = money.opened()
    refund = money.released(chosen, one)
    browser, url = visiting(other), f"{URL}{refund.id}/"

    asked = text(browser.get(f"{url}approve/"))
    for fact in (
        *(refund.payee_name, refund.payee_account, "¥50,000.00", "伍万元整"),
        *("未中标", one.name, chosen.lot.code, "复核同意"),
    ):
        assert fact in asked
    sent = browser.post(f"{url}approve/")

    assert (sent.status_code, sent["Location"]) == (302, url)
    approved = again(refund, other)
    assert (approved.state, approved.approved_by) == (RefundState.APPROVED, other.name)
    assert chosen.held == Money(0)
    page = text(browser.get(url))
    assert approved.order is not None
    assert f'data-copy="{approved.order.key}"' in page
    assert "待发送银行" in page
    assert "复核通过" in page
    twice = browser.post(f"{url}approve/")
    assert twice.status_code == 422
    assert again(refund, other) == approved
    assert money.books_agree()


def test_a_proposal_is_taken_back_and_not_once_it_is_approved(operators):
    one, other = operators
    chosen = money.opened()
    refund = money.released(chosen, one)
    url = f"{URL}{refund.id}/"

    assert visiting(one).post(f"{url}cancel/").status_code == 302

    assert again(refund, one).state is RefundState.CANCELLED
    assert chosen.held == chosen.lot.amount
    assert "撤回</button>" not in text(visiting(one).get(url))
    refused = visiting(other).post(f"{url}approve/")
    assert refused.status_code == 422
    assert again(refund, one).state is RefundState.CANCELLED


def test_what_is_approved_is_not_taken_back(operators):
    one, other = operators
    refund = money.released(money.opened(), one)
    actions.approve(refund_id=refund.id, at=money.now(), actor=other)
    approved = again(refund, one)

    for name in ("cancel", "again"):
        assert visiting(one).post(f"{URL}{refund.id}/{name}/").status_code == 422

    assert again(refund, one) == approved


def test_what_the_bank_refused_says_why_and_is_proposed_again(operators):
    one, other = operators
    refund = money.released(money.opened(), one)
    money.refused_by_bank(refund, other)
    browser, url = visiting(one), f"{URL}{refund.id}/"

    page = text(browser.get(url))
    assert "AC04 账户已销户" in page
    assert "重新提出" in page
    assert numbers(browser.get(URL, {"state": "failed"})) == [refund.number]
    assert browser.post(f"{url}again/").status_code == 302

    proposed = again(refund, other)
    assert (proposed.state, proposed.attempt) == (RefundState.PROPOSED, 2)
    # Its money lies apart by now: the second attempt is not taken back.
    assert "撤回</button>" not in text(browser.get(url))
    assert browser.post(f"{url}cancel/").status_code == 422
    assert again(refund, other) == proposed
    assert visiting(other).post(f"{url}approve/").status_code == 302
    assert money.books_agree()


def test_before_the_opening_no_refund_is_listed_or_found(operators):  # INV-8
    given_banking.bank()
    chosen = given.chosen(money.coming())
    given.booked(chosen.pays(at=money.now()), chosen.pays(at=money.now()))
    duplicate = next(c for c in chosen.standing.credits if c.refundable_minor)
    refund_id = actions.ask_back(credit_id=duplicate.id, at=money.now(), actor=chosen.bidder)
    browser = visiting(operators[0])

    assert numbers(browser.get(URL)) == []
    assert browser.get(URL, {"q": chosen.lot.code}).context["page"].total == 0
    assert browser.get(f"{URL}{refund_id}/").status_code == 404
    for name in ("approve", "cancel", "again"):
        assert browser.post(f"{URL}{refund_id}/{name}/").status_code == 404
    (mine,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    assert mine.state is RefundState.PROPOSED


def test_a_terminated_lot_goes_back_as_a_whole_by_another_than_who_terminated_it(operators):
    one, _ = operators
    given_banking.bank()
    chosen = given.chosen(money.coming())
    given.booked(chosen.pays(at=money.now()))
    money.terminated(chosen.lot)
    browser = visiting(one)
    lots, url = f"{URL}lots/", f"{URL}lots/{chosen.lot.id}/"

    listed, asked = text(browser.get(lots)), text(browser.get(url))
    for page in (listed, asked):
        assert "谁缴纳过、有几家、有没有人缴纳，依法保密" in page
        assert chosen.lot.code in page
        assert money.organisation_of(chosen).name not in page
        assert "¥" not in page
    assert browser.post(url).status_code == 302

    assert chosen.held == Money(0)
    (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    assert (refund.state, refund.approved_by) == (RefundState.APPROVED, one.name)
    assert "再次同意" in text(browser.get(lots))
    assert numbers(browser.get(URL)) == []
    assert money.books_agree()


def test_a_lot_that_nobody_paid_for_looks_the_same(operators):  # INV-8
    given_banking.bank()
    paid, unpaid = given.chosen(money.coming()), given.chosen(money.coming())
    given.booked(paid.pays(at=money.now()))
    money.terminated(paid.lot, unpaid.lot)
    browser = visiting(operators[0])

    answers = [browser.post(f"{URL}lots/{each.lot.id}/") for each in (paid, unpaid)]

    assert [(each.status_code, each["Location"]) for each in answers] == [(302, f"{URL}lots/")] * 2
    (one, other) = browser.get(f"{URL}lots/").context["page"].rows
    assert one.approved_at is not None
    assert other.approved_at is not None


def test_a_lot_that_goes_on_is_not_given_back(operators):
    given_banking.bank()
    chosen = given.chosen(money.coming())
    given.booked(chosen.pays(at=money.now()))
    browser, url = visiting(operators[0]), f"{URL}lots/{chosen.lot.id}/"

    assert [browser.get(url).status_code, browser.post(url).status_code] == [404, 404]
    assert chosen.held == chosen.lot.amount
    assert "没有已终止的标段" in text(browser.get(f"{URL}lots/"))


@pytest.mark.parametrize(
    "who", [given_parties.bidder, given_parties.agency, given_parties.supervisor]
)
def test_others_have_no_business_here(who, operators):
    refund = money.released(money.opened(), operators[0])
    browser = visiting(who())

    for address in (URL, f"{URL}lots/", f"{URL}{refund.id}/", f"{URL}{refund.id}/approve/"):
        assert browser.get(address).status_code == 403
    for name in ("approve", "cancel", "again"):
        assert browser.post(f"{URL}{refund.id}/{name}/").status_code == 403
    assert again(refund, operators[0]) == refund
