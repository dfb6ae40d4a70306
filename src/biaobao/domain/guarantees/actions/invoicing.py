"""发票申请: invoices for premiums, after the opening."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import Refused, refuse, require
from biaobao.domain.guarantees.queries import invoicing
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import invoicing as rules
from biaobao.domain.guarantees.steps import applications
from biaobao.domain.guarantees.types import Purchase
from biaobao.domain.invoices import rules as invoice_rules
from biaobao.domain.invoices import steps as invoices
from biaobao.domain.invoices.types import Item
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.rules import stripped_invoice
from biaobao.domain.parties.types import InvoiceData
from biaobao.platform.db import action


@action
def apply(
    *, application_ids: Collection[UUID], details: InvoiceData, at: datetime, actor: Actor
) -> tuple[UUID, ...]:
    """Apply for invoices over the premiums of these applications: one for each guarantor, who sells.

    They are made out to the bidder's own name and credit code, whatever else is told.

    :raises NotFound: if one of the applications is not the actor's.
    :raises Refused: with all that stands against it, each order and each field.
    """
    require(applying.may_apply(actor), "apply for invoices")
    chosen = set(application_ids)
    if not chosen:
        raise refuse("ORDERS_MISSING", field="orders")
    applications.lock_all_own(chosen, actor)
    told = stripped_invoice(details)
    purchases = invoicing.purchases_of(application_ids=chosen, actor=SYSTEM)
    if applied_for := _applied_for(purchases, told):
        return applied_for
    objections = [each.why_not for each in purchases if each.why_not]
    objections += invoice_rules.objections_to(told)
    if objections:
        raise Refused(*objections)
    buyer = parties.organisation(organisation_id=applying.bidder_of(actor), actor=SYSTEM)
    by_seller: dict[UUID, list[Purchase]] = {}
    for each in purchases:
        by_seller.setdefault(each.guarantor.id, []).append(each)
    return tuple(
        invoices.apply(
            [_item(each) for each in sold],
            told,
            seller=rules.seller_of(sold[0].guarantor),
            buyer=buyer,
            at=at,
            actor=actor,
        )
        for sold in by_seller.values()
    )


def _applied_for(purchases: Sequence[Purchase], told: InvoiceData) -> tuple[UUID, ...]:
    """Return the invoices that were applied for by the same words before; none if it was otherwise."""
    live = {
        each.invoice.id: each.invoice for each in purchases if each.is_invoiced and each.invoice
    }
    orders = {rules.order_key(each.application.id) for each in purchases}
    invoiced = {item.order_key for invoice in live.values() for item in invoice.items}
    is_same = orders == invoiced and all(each.details == told for each in live.values())
    return tuple(live) if is_same else ()


def _item(purchase: Purchase) -> Item:
    return Item(
        order_key=rules.order_key(purchase.application.id),
        order_number=purchase.application.number,
        description=rules.CONTENTS[purchase.paper],
        amount=purchase.premium,
    )
