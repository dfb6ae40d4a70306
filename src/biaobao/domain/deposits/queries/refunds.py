"""Reading refunds: a bidder its own, operators those of opened lots and of money in suspense."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Max, Q, QuerySet, When

from biaobao.core.actor import Actor
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.types import Order
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import LotReturn, PayeeChange, Refund
from biaobao.domain.deposits.states import PayeeState, RefundState
from biaobao.domain.deposits.types import (
    PayeeAccount,
    PayeeToDecide,
    RefundReason,
    RefundRow,
    TerminatedLot,
)
from biaobao.domain.deposits.types import PayeeChange as PayeeChangeRow
from biaobao.domain.interest import queries as interest
from biaobao.domain.interest.types import Interest
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.db import query
from biaobao.platform.reads import just, prepared

PAGE_SIZE = 20
# In this order they need somebody: failed ones first, then what waits for approval.
OPEN = (
    RefundState.FAILED,
    RefundState.RETURNED,
    RefundState.PROPOSED,
    RefundState.APPROVED,
)


@query
def refund(*, refund_id: UUID, actor: Actor) -> RefundRow:
    """Return one refund.

    :raises NotFound: if there is none for the actor.
    """
    found = list(_refunds().filter(pk=refund_id))
    if not found:
        raise NotFound(f"refund {refund_id}")
    return _rows(found, actor)[0]


@query
def of_lot(*, lot_id: UUID, actor: Actor) -> tuple[RefundRow, ...]:
    """Return the actor's own refunds of a lot, the newest first."""
    return _rows(_of_lot(lot_id, actor.organisation_id), actor)


@prepared
def _of_lot(lot_id: UUID, bidder_id: UUID | None) -> QuerySet[Refund]:
    own = _refunds().filter(lot_id=just(lot_id), bidder_id=just(bidder_id))
    return own.order_by("-proposed_at", "id")


@query
def of_opened_lot(*, lot_id: UUID, actor: Actor) -> tuple[RefundRow, ...]:
    """Return all refunds of an opened lot, the oldest first, to those who see its opening.

    :raises NotFound: for a lot that the actor may not see or that is not opened.
    """
    require(rules.may_see_openings(actor), "see an opening")
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    return _rows(_refunds().filter(lot_id=lot_id).order_by("proposed_at", "id"), actor)


@query
def mine(*, page: int, actor: Actor) -> Page[RefundRow]:
    """Return all refunds of the actor's organisation, those still under way first."""
    require(rules.may_choose(actor), "see a bidder's refunds")
    own = _refunds().filter(bidder_id=rules.organisation_of(actor))
    is_over = Case(When(state__in=OPEN, then=0), default=1)
    return _page(own.order_by(is_over, "-proposed_at", "id"), page, actor)


@query
def to_approve(*, actor: Actor) -> tuple[RefundRow, ...]:
    """Return the refunds of the actor's organisation that he may approve now, the soonest due first."""
    require(rules.may_choose(actor), "see a bidder's refunds")
    own = _refunds().filter(
        bidder_id=rules.organisation_of(actor), state=RefundState.PROPOSED, lot__opened_at=None
    )
    return tuple(r for r in _rows(own.order_by("due_at", "id"), actor) if r.can_approve)


@query
def queue(
    *,
    states: Sequence[RefundState],
    text: str,
    overdue_at: datetime | None,
    page: int,
    actor: Actor,
) -> Page[RefundRow]:
    """Return refunds for operators, the soonest due first.

    :param text: part of the refund's number, the bidder's name or the lot's code; empty for all.
    :param overdue_at: only those that were due before it and are not paid.
    """
    require(rules.may_decide_suspense(actor), "see the refunds")
    found = _refunds()
    if states:
        found = found.filter(state__in=states)
    if text:
        found = found.filter(
            Q(number__icontains=text)
            | Q(bidder__name__icontains=text)
            | Q(lot__code__icontains=text)
            | Q(payee_name__icontains=text)
        )
    if overdue_at:
        found = found.filter(state__in=OPEN, due_at__lt=overdue_at)
    return _page(found.order_by("due_at", "id"), page, actor)


@query
def terminated_lots(*, page: int, actor: Actor) -> Page[TerminatedLot]:
    """Return the terminated lots, whose deposits go back as wholes, those never approved first.

    It lists every such lot, whether anybody paid for it or not: that stays sealed.
    """
    require(rules.may_decide_suspense(actor), "see terminated lots")
    approved = {
        row["lot"]: row["last"]
        for row in LotReturn.objects.values("lot").annotate(last=Max("approved_at"))
    }
    lots = sorted(
        tenders.terminated_lots(actor=actor),
        key=lambda lot: (lot.id in approved, lot.terminated_at, lot.code),
    )
    shown, first, pages = slice_of(page, len(lots), PAGE_SIZE)
    rows = tuple(
        TerminatedLot(lot.id, lot.code, lot.name, lot.terminated_at, approved.get(lot.id))
        for lot in lots[first : first + PAGE_SIZE]
        if lot.terminated_at is not None
    )
    return Page(rows, shown, pages, len(lots))


@query
def payee_changes(*, page: int, actor: Actor) -> Page[PayeeToDecide]:
    """Return accounts told for refunds that wait to be confirmed, the longest waiting first.

    Before the opening the refunds themselves are sealed, and with them the accounts that paid.
    """
    require(rules.may_decide_suspense(actor), "see told accounts")
    found = PayeeChange.objects.filter(state=PayeeState.PROPOSED).select_related(
        "bidder", "proposed_by"
    )
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    rows = list(found.order_by("proposed_at", "id")[first : first + PAGE_SIZE])
    # Read by themselves, not joined: row-level security hides some.
    refunds = {r.pk: r for r in Refund.objects.filter(pk__in=[row.refund_id for row in rows])}
    accounts = parties.basic_accounts(
        organisation_ids={row.bidder_id for row in rows if row.bidder_id}, actor=actor
    )
    decide = []
    for row in rows:
        refund = refunds.get(row.refund_id)
        basic = accounts.get(row.bidder_id) if row.bidder_id else None
        decide.append(
            PayeeToDecide(
                change=_payee_change(row),
                paid_from=PayeeAccount(refund.payee_name, refund.payee_account, refund.payee_bank)
                if refund
                else None,
                basic=PayeeAccount(basic.account_name, basic.number, basic.bank_name)
                if basic
                else None,
            )
        )
    return Page(tuple(decide), shown, pages, total)


def _refunds() -> QuerySet[Refund]:
    return Refund.objects.select_related(
        "credit", "lot", "bidder", "proposed_by", "approved_by", "order"
    ).prefetch_related("payee_changes__proposed_by", "payee_changes__bidder")


def _page(found: QuerySet[Refund], number: int, actor: Actor) -> Page[RefundRow]:
    total = found.count()
    shown, first, pages = slice_of(number, total, PAGE_SIZE)
    return Page(_rows(found[first : first + PAGE_SIZE], actor), shown, pages, total)


def _rows(found: Iterable[Refund], actor: Actor) -> tuple[RefundRow, ...]:
    refunds = list(found)
    if not refunds:
        return ()
    orders = banking.orders(ids={r.order_id for r in refunds if r.order_id}, actor=actor)
    earned = interest.on(purpose_ids={r.pk for r in refunds}, actor=actor)
    return tuple(
        _row(r, orders.get(r.order_id) if r.order_id else None, earned.get(r.pk, ()), actor)
        for r in refunds
    )


def _row(row: Refund, order: Order | None, earned: tuple[Interest, ...], actor: Actor) -> RefundRow:
    changes = sorted(row.payee_changes.all(), key=lambda change: change.proposed_at)
    why_not = rules.cannot_approve(
        actor,
        proposed_by=row.proposed_by_id,
        bidder_id=row.bidder_id,
        has_lot=row.lot is not None,
        is_over=row.lot is not None and row.lot.opened_at is not None,
    )
    return RefundRow(
        id=row.pk,
        number=row.number,
        lot_id=row.lot_id,
        lot_code=row.lot.code if row.lot else "",
        lot_name=row.lot.name if row.lot else "",
        bidder_id=row.bidder_id,
        bidder_name=row.bidder.name if row.bidder else "",
        credit_id=row.credit_id,
        credit_serial=row.credit.serial,
        credited_at=row.credit.credited_at,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=RefundReason(row.reason),
        note=row.note,
        state=RefundState(row.state),
        attempt=row.attempt,
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        payee_bank=row.payee_bank,
        due_at=row.due_at,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by.name if row.proposed_by else "",
        approved_at=row.approved_at,
        approved_by=row.approved_by.name if row.approved_by else "",
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        order=order,
        payee_change=_payee_change(changes[-1]) if changes else None,
        can_approve=row.state == RefundState.PROPOSED and not why_not,
        cannot_why=why_not,
        interest=earned,
    )


def _payee_change(row: PayeeChange) -> PayeeChangeRow:
    return PayeeChangeRow(
        id=row.pk,
        refund_id=row.refund_id,
        bidder_name=row.bidder.name if row.bidder else "",
        account_name=row.account_name,
        number=row.number,
        bank_name=row.bank_name,
        note=row.note,
        state=PayeeState(row.state),
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by.name,
        decided_at=row.decided_at,
        decline_reason=row.decline_reason,
    )
