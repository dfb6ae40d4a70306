"""Money for the operator's pages, as it is on the day on which the test runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.deposits.actions import choosing, claims, refunds
from biaobao.domain.deposits.queries import claims as shown_claims
from biaobao.domain.deposits.queries import refunds as shown_refunds
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.types import ClaimRow, RefundReason, RefundRow, Told
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import Organisation
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

DAY = timedelta(days=1)
PNG = Upload("QZGC-秘密标段.png", "image/png", b"\x89PNG\r\n\x1a\n a slip")
PDF = Upload("QZGC-秘密标段.pdf", "application/pdf", b"%PDF-1.7 a slip")


def now() -> datetime:
    return clock.now().replace(microsecond=0)


def coming(**how: Any) -> Lot:
    return given_tenders.lot(deadline_at=now() + 5 * DAY, **how)


def due(**how: Any) -> Lot:
    """Return a lot whose opening is a minute ago."""
    return given_tenders.lot(deadline_at=now() - timedelta(minutes=1), **how)


def astray(**how: Any) -> Chosen:
    """Return a bidder of a coming lot whose payment of three days ago went to the main account."""
    given_banking.bank()
    chosen = given.chosen(coming(), given_parties.bidder(name=how.pop("name", "")))
    pays_astray(chosen, **how)
    return chosen


def pays_astray(chosen: Chosen, **how: Any) -> None:
    told = {"account": given_banking.MAIN_ACCOUNT, "at": now() - 3 * DAY}
    given.booked(chosen.pays(**told | how))


def waiting(operator: Actor) -> suspense.SuspenseRow:
    (row,) = suspense.waiting(reason="", text="", page=1, actor=operator).rows
    return row


def claimed(chosen: Chosen, *, slip: Upload = PNG, account: str = "0123", **how: Any) -> ClaimRow:
    told = Told(
        how.get("amount", chosen.lot.amount), day_of(now() - 3 * DAY), account, "付到了主账户"
    )
    claim_id = claims.claim(
        lot_id=chosen.lot.id, told=told, slip=slip, at=now(), actor=chosen.bidder
    )
    return shown_claims.claim(claim_id=claim_id, actor=chosen.bidder)


def organisation_of(chosen: Chosen) -> Organisation:
    assert chosen.bidder.organisation_id
    return parties.organisation(organisation_id=chosen.bidder.organisation_id, actor=SYSTEM)


def opened(**how: Any) -> Chosen:
    """Return a bidder who paid, of a lot that was opened a minute ago."""
    given_banking.bank()
    chosen = given.chosen(due(**how))
    given.booked(chosen.pays())
    given_tenders.opened(chosen.lot)
    return chosen


def released(chosen: Chosen, by: Actor, *, at: datetime | None = None) -> RefundRow:
    """Return the refund that somebody proposed for a bidder who did not win, as he sees it."""
    assert chosen.bidder.organisation_id
    refunds.propose_release(
        lot_id=chosen.lot.id,
        bidder_id=chosen.bidder.organisation_id,
        reason=RefundReason.LOSER,
        note="未中标",
        at=at or now(),
        actor=by,
    )
    (refund,) = shown_refunds.of_opened_lot(lot_id=chosen.lot.id, actor=by)
    return refund


def refused_by_bank(refund: RefundRow, by: Actor) -> None:
    """Let somebody approve a refund, and the bank refuse it."""
    refunds.approve(refund_id=refund.id, at=now(), actor=by)
    (payment,) = given_refunds.told(at=now())
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=now())


def books_agree() -> bool:
    return deposit_standing.mismatches(actor=SYSTEM) == () and not (
        ledger.recount(actor=SYSTEM).discrepancies
    )


def terminated(*lots: Lot) -> None:
    """Terminate lots now, and let the worker propose what goes back by rule."""
    for lot in lots:
        given_tenders.terminated(lot, at=now())
    choosing.reassess(limit=10, at=now(), actor=SYSTEM)
    refunds.propose_due(limit=10, at=now(), actor=SYSTEM)
