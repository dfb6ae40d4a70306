"""Many approve one refund, and many entries of one payment come, at the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.domain.banking.types import Entry
from biaobao.domain.booking import actions as booking
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.queries import standing as deposit_standing
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import refunds as given_refunds
from tests.given.refunds import SECOND, colleague


def test_eight_approvals_at_once_send_one_order(committed: None):
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays())
    choosing.give_up(
        lot_id=chosen.lot.id,
        reason="WITHDRAWN",
        at=chosen.lot.deadline_at - SECOND,
        actor=chosen.bidder,
    )
    (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    approvers = [colleague(chosen.bidder) for _ in range(8)]

    def approve(actor: Actor) -> bool:
        try:
            refunds.approve(refund_id=refund.id, at=chosen.lot.deadline_at, actor=actor)
        except Refused:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(approve, approvers))

    assert sum(done) == 1
    assert len(given_refunds.told(at=chosen.lot.deadline_at)) == 1
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def test_a_debit_and_its_money_coming_back_at_once_find_each_other(committed: None):
    # INV-7
    given_banking.bank(spare=8)
    paid = [given.chosen() for _ in range(8)]
    at = paid[0].lot.deadline_at
    for chosen in paid:
        given.booked(chosen.pays())
        choosing.give_up(
            lot_id=chosen.lot.id, reason="WITHDRAWN", at=at - SECOND, actor=chosen.bidder
        )
        (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
        refunds.approve(refund_id=refund.id, at=at, actor=colleague(chosen.bidder))
    debits = [given_refunds.debit(payment, at=at) for payment in given_refunds.told(at=at)]
    returns = [given_refunds.return_of(debit, at=at) for debit in debits]

    _at_once([entry for pair in zip(debits, returns, strict=True) for entry in pair])

    rows = [shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)[0] for chosen in paid]
    assert [row.state for row in rows] == ["RETURNED"] * 8
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def test_a_credit_and_its_reversal_at_once_find_each_other(committed: None):
    # INV-7
    given_banking.bank(spare=8)
    chosen = [given.chosen() for _ in range(8)]
    paid = [each.pays() for each in chosen]
    taken_back = [each.reversal_of(entry) for each, entry in zip(chosen, paid, strict=True)]

    _at_once([entry for pair in zip(paid, taken_back, strict=True) for entry in pair])

    assert [each.held for each in chosen] == [Money(0)] * 8
    assert [each.standing.credits[0].outcome for each in chosen] == ["REVERSED"] * 8
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def _at_once(entries: list[Entry]) -> None:
    """Book each entry from a file of its own, each pair of neighbours at the same instant."""
    files = [given_banking.file(entry) for entry in entries]
    gate = Barrier(2)

    def book(file: given_banking.ReadFile) -> None:
        try:
            gate.wait()
            booking.book(files=[file], at=given_banking.AT, actor=SYSTEM)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(book, files))
