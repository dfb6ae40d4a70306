"""Many approve one refund at the same instant: one order goes out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import Refused
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
