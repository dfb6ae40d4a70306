"""Reading money in suspense: what fits nothing, why, since when, and what is under way for it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from biaobao.core.actor import Actor
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Claim, Credit, Refund, read_unplaced
from biaobao.domain.deposits.states import ClaimState, Outcome, RefundState
from biaobao.domain.deposits.types import SuspenseList, SuspenseRow
from biaobao.platform.db import query

PAGE_SIZE = 20


@query
def lists(*, actor: Actor) -> tuple[SuspenseList, ...]:
    """Return the reasons why money waits, that with the oldest money first."""
    require(rules.may_see_unplaced(actor), "see money in suspense")
    counted = (
        _waiting().order_by().values("reason").annotate(n=Count("pk"), since=Min("credited_at"))
    )
    return tuple(
        SuspenseList(row["reason"], row["n"], row["since"]) for row in counted.order_by("since")
    )


@query
def waiting(*, reason: str, text: str, page: int, actor: Actor) -> Page[SuspenseRow]:
    """Return money in suspense, the oldest first.

    :param reason: one of the lists'; empty for all.
    :param text: part of the payer's name or account, of the serial, or of the account paid to.
    """
    require(rules.may_see_unplaced(actor), "see money in suspense")
    found = _waiting()
    if reason:
        found = found.filter(reason=reason)
    if text:
        found = found.filter(
            Q(payer_name__icontains=text)
            | Q(payer_account__icontains=text)
            | Q(account__icontains=text)
            | Q(serial__icontains=text)
        )
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    rows = found.order_by("credited_at", "pk")[first : first + PAGE_SIZE]
    return Page(_rows(rows), shown, pages, total)


@query
def credit(*, credit_id: UUID, actor: Actor) -> SuspenseRow:
    """Return one credit in suspense.

    :raises NotFound: if there is none.
    """
    require(rules.may_see_unplaced(actor), "see money in suspense")
    found = _rows(Credit.objects.filter(pk=credit_id, lot=None))
    if not found:
        raise NotFound(f"credit {credit_id} in suspense")
    return found[0]


def _waiting() -> QuerySet[Credit]:
    return Credit.objects.filter(lot=None, outcome=Outcome.SUSPENDED)


def _rows(found: Iterable[Credit]) -> tuple[SuspenseRow, ...]:
    credits = list(found)
    refunds = {
        refund.credit_id: refund
        for refund in Refund.objects.filter(credit__in=credits).exclude(state=RefundState.CANCELLED)
    }
    claims = {
        claim.credit_id: claim
        for claim in Claim.objects.filter(
            credit__in=credits, state=ClaimState.PROPOSED
        ).select_related("bidder")
    }
    rows = []
    for row in credits:
        refund, claim = refunds.get(row.pk), claims.get(row.pk)
        rows.append(
            SuspenseRow(
                credit=read_unplaced(row),
                refund_id=refund.pk if refund else None,
                refund_state=refund.state if refund else "",
                claim_id=claim.pk if claim else None,
                offer_to=claim.bidder.name if claim else "",
            )
        )
    return tuple(rows)
