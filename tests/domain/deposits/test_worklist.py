"""What waits for operators: each kind once, since the oldest, and nothing that is sealed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import AnswerStatus, Kind
from biaobao.domain.deposits.actions import claims, refunds
from biaobao.domain.deposits.queries import claims as shown_claims
from biaobao.domain.deposits.queries import refunds as shown_refunds
from biaobao.domain.deposits.queries import worklist
from biaobao.domain.deposits.types import RefundReason, Told, Work
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def paid() -> Chosen:
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays())
    return chosen


def waits(at: datetime, actor: Actor) -> dict[Work, tuple[int, datetime | None]]:
    return {
        each.work: (each.items, each.oldest_at) for each in worklist.worklist(at=at, actor=actor)
    }


def test_nothing_waits_while_all_is_as_it_should_be(paid: Chosen):
    assert waits(paid.lot.deadline_at, given_parties.operator()) == {}


def test_money_in_suspense_and_its_claim_wait_since_their_own_times(paid: Chosen):
    at = paid.lot.deadline_at - DAY
    for hours in (3, 5):
        given.booked(paid.pays(account=given_banking.MAIN_ACCOUNT, at=at - timedelta(hours=hours)))
    told = Told(paid.lot.amount, day_of(at), "", "")
    slip = Upload("a.pdf", "application/pdf", b"%PDF-1.7")
    claims.claim(lot_id=paid.lot.id, told=told, slip=slip, at=at, actor=paid.bidder)

    assert waits(at, given_parties.operator()) == {
        Work.CLAIM: (1, at),
        Work.SUSPENSE: (2, at - timedelta(hours=5)),
    }


def test_a_debit_that_nobody_ordered_waits(paid: Chosen):
    at = paid.lot.deadline_at
    given.booked(given_banking.entry(account=paid.account, amount=Money(7), at=at, kind=Kind.DEBIT))

    assert waits(at, given_parties.operator()) == {Work.UNEXPLAINED: (1, at)}


def test_a_refund_waits_for_approval_and_then_for_its_bank_and_is_overdue_in_between(
    paid: Chosen,
):
    lot = given_tenders.opened(paid.lot)
    one, other = given_refunds.operators()
    at = lot.opening_at
    refunds.propose_release(
        lot_id=lot.id,
        bidder_id=paid.bidder.organisation_id,
        reason=RefundReason.LOSER,
        note="",
        at=at,
        actor=one,
    )
    (refund,) = shown_refunds.of_opened_lot(lot_id=lot.id, actor=one)
    due = refund.due_at
    assert waits(due, one) == {Work.REFUND_PROPOSED: (1, at)}
    assert waits(due + SECOND, one) == {
        Work.REFUND_OVERDUE: (1, due),
        Work.REFUND_PROPOSED: (1, at),
    }

    refunds.approve(refund_id=refund.id, at=at + DAY, actor=other)
    assert waits(due, one) == {}
    (payment,) = given_refunds.told(at=at + DAY)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at + DAY + SECOND)

    assert waits(due, one) == {Work.REFUND_FAILED: (1, at + DAY + SECOND)}


def test_a_terminated_lot_waits_until_its_return_is_approved(paid: Chosen):
    at = paid.lot.deadline_at - DAY
    lot = given_tenders.terminated(paid.lot, at=at)
    operator = given_parties.operator()
    assert waits(at, operator) == {Work.TERMINATED_LOT: (1, at)}

    refunds.approve_lot(lot_id=lot.id, at=at + SECOND, actor=operator)

    assert waits(at, operator) == {}


def test_it_counts_what_the_lists_show(paid: Chosen):
    given.booked(paid.pays(account=given_banking.MAIN_ACCOUNT))
    operator = given_parties.operator()

    assert shown_claims.queue(page=1, actor=operator).total == 0
    assert list(waits(paid.lot.deadline_at, operator)) == [Work.SUSPENSE]


@pytest.mark.parametrize(
    "who", [given_parties.agency, given_parties.supervisor, given_parties.bidder]
)
def test_others_have_no_such_list(who):
    with pytest.raises(NotAllowed):
        worklist.worklist(at=given_banking.AT, actor=who())
