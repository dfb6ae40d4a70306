"""Payment orders on their way to the bank: told once, asked about ever after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotAllowed
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.actions import orders
from biaobao.domain.banking.rules import wait_before_asking
from biaobao.domain.banking.types import Errand
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as shown
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given.deposits import Chosen

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def ordered() -> Chosen:
    """Return a bidder whose refund is approved and not told to the bank yet."""
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays())
    at = chosen.lot.deadline_at
    choosing.give_up(lot_id=chosen.lot.id, reason="SWITCHED", at=at, actor=chosen.bidder)
    (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    refunds.approve(refund_id=refund.id, at=at, actor=given_refunds.colleague(chosen.bidder))
    return chosen


def errands(chosen: Chosen, after: timedelta = timedelta()) -> list[Errand]:
    at = chosen.lot.deadline_at + after
    return [e.errand for e in orders.claim_orders(limit=10, at=at, actor=SYSTEM)]


def test_an_order_is_told_first_then_asked_about_ever_later(ordered: Chosen):
    assert errands(ordered) == [Errand.PAY]
    assert errands(ordered) == []
    assert errands(ordered, wait_before_asking(1)) == [Errand.ASK]
    assert errands(ordered, wait_before_asking(1) + 29 * SECOND) == []
    assert errands(ordered, wait_before_asking(1) + 30 * SECOND) == [Errand.ASK]


def test_an_accepted_order_is_looked_for_until_its_debit_is_heard_of(ordered: Chosen):
    (payment,) = given_refunds.told(at=ordered.lot.deadline_at)
    given_refunds.answer(payment, at=ordered.lot.deadline_at)

    assert errands(ordered, 59 * SECOND) == []
    assert errands(ordered, 60 * SECOND) == [Errand.LOOK]
    given.booked(given_refunds.debit(payment, at=ordered.lot.deadline_at))
    assert errands(ordered, timedelta(days=1)) == []


def test_waiting_grows_and_stays_below_ten_minutes():
    waits = [wait_before_asking(tries) for tries in range(1, 40)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (15 * SECOND, timedelta(minutes=10))


def test_why_a_bank_could_not_be_told_is_kept_and_forgotten_when_it_could(ordered: Chosen):
    at = ordered.lot.deadline_at
    (payment,) = given_refunds.told(at=at)
    for problem in ("BANK_UNREACHABLE", ""):
        orders.keep_problem(key=payment.key, problem=problem, at=at, actor=SYSTEM)
        (refund,) = shown.of_lot(lot_id=ordered.lot.id, actor=ordered.bidder)
        assert refund.order is not None
        assert refund.order.problem == problem


def test_only_the_house_carries_orders(ordered: Chosen):
    operator = given_parties.operator()
    with pytest.raises(NotAllowed):
        orders.claim_orders(limit=1, at=ordered.lot.deadline_at, actor=operator)
    with pytest.raises(NotAllowed):
        orders.keep_problem(key="x", problem="", at=ordered.lot.deadline_at, actor=operator)
    with pytest.raises(NotAllowed):
        bank_files.note_progress(
            file_id=given_banking.file().id,
            bytes_read=1,
            entries_read=1,
            at=ordered.lot.deadline_at,
            actor=operator,
        )

    assert errands(ordered) == [Errand.PAY]
