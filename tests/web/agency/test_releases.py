"""退还: after the opening an agency proposes, and the platform approves."""

from __future__ import annotations

import pytest

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.states import RefundState
from biaobao.domain.deposits.types import RefundReason
from biaobao.domain.tenders.types import Lot
from biaobao.web.agency.releases import REASONS
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.visits import visiting
from tests.web.operator import money

pytestmark = pytest.mark.django_db


@pytest.fixture
def three() -> tuple[Chosen, ...]:
    """Return three bidders of one opened lot: two who paid, one who did not."""
    given_banking.bank()
    lot = money.due()
    accounts = ("33050168620800000111", "33050168620800000222", "33050168620800000333")
    one, other, unpaid = (
        given.chosen(lot, given_parties.bidder(account=account)) for account in accounts
    )
    given.booked(one.pays(), other.pays())
    given_tenders.opened(lot)
    return one, other, unpaid


def text(response) -> str:
    return response.content.decode()


def urls(lot: Lot) -> tuple[str, str]:
    return f"/agency/lots/{lot.id}/opening/", f"/agency/lots/{lot.id}/release/"


def ids(*bidders: Chosen) -> list[str]:
    return [str(each.bidder.organisation_id) for each in bidders]


def of(chosen: Chosen) -> tuple[tuple[RefundReason, RefundState, int], ...]:
    found = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    return tuple((each.reason, each.state, each.amount_minor) for each in found)


def test_every_reason_that_ends_a_duty_can_be_given():
    assert set(REASONS) == rules.ENDS_THE_DUTY


def test_losers_are_released_together_and_what_becomes_of_it_shows(three):
    one, other, _ = three
    lot, amount = one.lot, one.lot.amount
    browser = visiting(given_tenders.keeper_of(lot))
    opening, release = urls(lot)
    page = browser.get(opening)
    assert {each.row.bidder_id for each in page.context["deposits"]} == {
        each.bidder.organisation_id for each in (one, other)
    }

    asked = browser.get(release, {"bidder": ids(one, other)})
    assert asked.context["total"] == Money(2 * amount.fen)
    assert money.organisation_of(other).name in text(asked)
    sent = browser.post(
        release, {"bidder": ids(one, other), "reason": "REF-01", "note": "中标通知书已发"}
    )

    assert (sent.status_code, sent["Location"]) == (302, opening)
    proposed = (RefundReason.LOSER, RefundState.PROPOSED, amount.fen)
    assert [of(each) for each in three] == [(proposed,), (proposed,), ()]
    page = browser.get(opening)
    assert [each.free for each in page.context["deposits"]] == [Money(0)] * 2
    assert "待复核" in text(page)
    assert 'type="checkbox"' not in text(page)
    assert one.held == amount

    (refund,) = shown.of_lot(lot_id=lot.id, actor=one.bidder)
    actions.approve(refund_id=refund.id, at=money.now(), actor=given_parties.operator())

    page = text(browser.get(opening))
    assert "已缴纳，已了结" in page
    assert "待发送银行" in page
    assert page.count("¥50,000.00") >= 4
    export = text(browser.get(f"/agency/lots/{lot.id}/opening.csv"))
    assert export.count("50000.00") == 5
    assert money.books_agree()


@pytest.mark.parametrize("reason", ["", "REF-04", "nonsense"])
def test_without_a_fitting_reason_nothing_is_proposed(three, reason: str):
    one, *_ = three

    refused = visiting(given_tenders.keeper_of(one.lot)).post(
        urls(one.lot)[1], {"bidder": ids(one), "reason": reason}
    )

    assert refused.status_code == 422
    assert "field-wrong" in text(refused)
    assert of(one) == ()


def test_nobody_chosen_or_nothing_left_leads_back_and_says_so(three):
    one, _, unpaid = three
    browser = visiting(given_tenders.keeper_of(one.lot))
    opening, release = urls(one.lot)

    for asked in ([], ids(unpaid)):
        led = browser.post(release, {"bidder": asked, "reason": "REF-01"})
        assert (led.status_code, led["Location"]) == (302, opening)
        assert "请先勾选有款项可退的投标人" in text(browser.get(opening))
    browser.post(release, {"bidder": ids(one), "reason": "REF-01"})
    browser.post(release, {"bidder": ids(one), "reason": "REF-01"})

    assert len(of(one)) == 1
    assert of(unpaid) == ()
    assert browser.get(release, {"bidder": "nonsense"}).status_code == 404


def test_before_the_opening_there_is_nothing_to_release():
    given_banking.bank()
    chosen = given.chosen(money.due())
    given.booked(chosen.pays())
    browser = visiting(given_tenders.keeper_of(chosen.lot))
    opening, release = urls(chosen.lot)
    asked = {"bidder": ids(chosen), "reason": "REF-01"}

    assert "退还保证金" not in text(browser.get(opening))
    assert browser.get(release, asked).status_code == 404
    assert browser.post(release, asked).status_code == 404
    assert of(chosen) == ()


@pytest.mark.parametrize(
    ("who", "status"),
    [(given_parties.agency, 404), (given_parties.supervisor, 403), (given_parties.operator, 403)],
)
def test_others_release_nothing_here(three, who, status: int):
    one, *_ = three
    stranger: Actor = who()

    answer = visiting(stranger).post(urls(one.lot)[1], {"bidder": ids(one), "reason": "REF-01"})

    assert answer.status_code == status
    assert of(one) == ()


def test_the_tenderer_may_do_the_same(three):
    one, *_ = three
    tenderer = given_parties.queries.organisation(
        organisation_id=one.lot.tenderer_id, actor=given_parties.SYSTEM
    )

    sent = visiting(given_parties.actor(tenderer)).post(
        urls(one.lot)[1], {"bidder": ids(one), "reason": "REF-02"}
    )

    assert sent.status_code == 302
    assert of(one) == (
        (RefundReason.WINNER_AFTER_CONTRACT, RefundState.PROPOSED, one.lot.amount.fen),
    )
