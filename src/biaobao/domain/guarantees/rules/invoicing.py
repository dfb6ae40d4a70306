"""Which letters may be invoiced, and as what."""

from __future__ import annotations

from uuid import UUID

from biaobao.core.instants import read_out
from biaobao.core.refusal import Objection
from biaobao.domain.documents.types import Paper
from biaobao.domain.guarantees.rules.letters import party_of
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import Billing, Guarantor
from biaobao.domain.invoices.types import Seller
from biaobao.domain.tenders.states import LotState

# What an invoice says was sold.
CONTENTS = {Paper.LETTER: "担保服务费", Paper.POLICY: "保险费"}


def order_key(application_id: UUID) -> str:
    """Return what an application is called among what is invoiced, for ever."""
    return f"guarantee:{application_id}"


def seller_of(guarantor: Guarantor) -> Seller:
    party = party_of(guarantor)
    return Seller(guarantor.id, party.name, party.uscc, party.address, party.phone)


def objection_to(billing: Billing) -> Objection | None:
    """Return why a letter's premium cannot be invoiced, if it cannot.

    Before the opening an invoice would tell others of the letter; and what is given up by then needs no red
    one.
    """
    facts = {
        "order": billing.order_number,
        "lot": billing.lot.code,
        "number": billing.invoice_number,
        "opening_at": read_out(billing.lot.opening_at),
    }
    code = _why_nothing_is_sold(billing) or _why_not_yet(billing)
    return Objection(code, "orders", facts) if code else None


def _why_nothing_is_sold(billing: Billing) -> str:
    if billing.letter_state in (None, LetterState.VOID):
        return "ORDER_WITHOUT_LETTER"
    if billing.letter_state is LetterState.SURRENDERED:
        return "PREMIUM_GIVEN_BACK"
    return "PREMIUM_TAKEN_BACK" if billing.paid < billing.premium else ""


def _why_not_yet(billing: Billing) -> str:
    if billing.invoice_number:
        return "ORDER_INVOICED"
    if billing.is_ended or billing.lot.opened_at is not None:
        return ""
    if billing.lot.state is LotState.TERMINATED:
        return "INVOICE_WITHOUT_OPENING"
    return "INVOICE_BEFORE_OPENING"
