"""How an invoice moves."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class InvoiceState(StrEnum):
    """An invoice (发票), from the application to its number, and to the red one that takes it back.

    FAILED: none came of it, since the partner said no, or since it was withdrawn before the partner was told.
    From there, as from RED_ISSUED, its orders are applied for anew, by another invoice.
    """

    APPLIED = "APPLIED"
    ISSUING = "ISSUING"
    ISSUED = "ISSUED"
    FAILED = "FAILED"
    RED_PENDING = "RED_PENDING"
    RED_ISSUED = "RED_ISSUED"


INVOICE: Table[InvoiceState] = {
    InvoiceState.APPLIED: frozenset({InvoiceState.ISSUING, InvoiceState.FAILED}),
    InvoiceState.ISSUING: frozenset({InvoiceState.ISSUED, InvoiceState.FAILED}),
    InvoiceState.ISSUED: frozenset({InvoiceState.RED_PENDING}),
    InvoiceState.FAILED: frozenset(),
    InvoiceState.RED_PENDING: frozenset({InvoiceState.RED_ISSUED}),
    InvoiceState.RED_ISSUED: frozenset(),
}
# An order is in at most one invoice in these.
LIVE = (
    InvoiceState.APPLIED,
    InvoiceState.ISSUING,
    InvoiceState.ISSUED,
    InvoiceState.RED_PENDING,
)
# In these the partner is told or asked.
MOVING = (InvoiceState.APPLIED, InvoiceState.ISSUING, InvoiceState.RED_PENDING)
