"""Letters on opened lots, and the invoices over them, made by the real actions."""

from __future__ import annotations

from datetime import datetime, timedelta

from biaobao.core.actor import SYSTEM, Actor
from biaobao.domain.guarantees.actions import invoicing
from biaobao.domain.guarantees.queries import invoicing as queries
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.steps import letters as letter_steps
from biaobao.domain.guarantees.types import Product, Purchase
from biaobao.domain.invoices import queries as invoices
from biaobao.domain.invoices.types import Invoice
from biaobao.domain.parties.types import InvoiceData
from biaobao.domain.tenders.types import Lot
from tests.given import guarantees as given_guarantees
from tests.given import invoices as given_invoices
from tests.given import letters as given_letters
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied


def bought(
    lot: Lot | None = None,
    applicant: Actor | None = None,
    offered: Product | None = None,
    *,
    opened: bool = True,
) -> Applied:
    """Return an application whose letter was issued, and whose lot is opened; the bank must be connected."""
    applied, _ = given_letters.issued(lot, applicant, offered)
    if opened:
        given_tenders.opened(applied.lot)
    return applied


def two() -> tuple[Applied, Applied]:
    """Return two letters of one guarantor for one bidder, on two opened lots."""
    bidder, product = given_guarantees.bidder(), given_guarantees.product()
    return bought(None, bidder, product), bought(None, bidder, product)


def later(applied: Applied) -> datetime:
    """Return some time after the opening."""
    return applied.lot.opening_at + timedelta(days=1)


def applied_for(
    *orders: Applied, told: InvoiceData | None = None, at: datetime | None = None
) -> tuple[Invoice, ...]:
    """Return the invoices that their bidder applied for over these orders."""
    bidder = orders[0].bidder
    ids = invoicing.apply(
        application_ids=[each.id for each in orders],
        details=told or given_invoices.details(),
        at=at or later(orders[0]),
        actor=bidder,
    )
    return tuple(invoices.invoice(invoice_id=each, actor=bidder) for each in ids)


def carried(at: datetime) -> None:
    """Let workers and partner do all that is due."""
    given_invoices.carried(at=at + given_invoices.LATER)


def purchase(applied: Applied) -> Purchase:
    return queries.purchase(application_id=applied.id, actor=applied.bidder)


def why_not(applied: Applied) -> str:
    """Return the code of why it cannot be invoiced now, empty if it can."""
    (found,) = queries.purchases_of(application_ids=[applied.id], actor=SYSTEM)
    return found.why_not.code if found.why_not else ""


def ended(applied: Applied, state: LetterState) -> None:
    """Let the letter end as the action of a surrender or release would."""

    def end() -> None:
        (letter,) = letter_steps.lock([given_letters.letter_of(applied).id])
        letter_steps.end(letter, state, state.value, at=later(applied), actor=SYSTEM)

    given_invoices.within(end)
