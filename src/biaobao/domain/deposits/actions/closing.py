"""Closing sub-accounts that nobody should pay to any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from biaobao.core.actor import Actor
from biaobao.core.refusal import require
from biaobao.domain.banking.states import SubAccountState
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit, Refund
from biaobao.domain.deposits.states import Outcome, RefundState
from biaobao.domain.deposits.steps import assessing
from biaobao.domain.deposits.types import HeldDeposit
from biaobao.platform.audit import log
from biaobao.platform.db import action

UNDER_WAY = (
    *(RefundState.PROPOSED, RefundState.APPROVED),
    *(RefundState.FAILED, RefundState.RETURNED),
)


@action
def close_idle(*, limit: int, at: datetime, actor: Actor) -> int:
    """Close sub-accounts that are empty long after their lot was opened or terminated; return how many.

    One that a lot's bidders share is closed when none of them has anything there. What comes later is
    taken in all the same, and waits in suspense.
    """
    require(rules.may_work(actor), "close sub-accounts")
    before = at - rules.CLOSED_AFTER
    ended = Q(lot__opened_at__lte=before) | Q(lot__terminated_at__lte=before)
    due: list[UUID] = list(
        Deposit.objects.filter(ended, sub_account__state=SubAccountState.ASSIGNED, received_fen=0)
        # Asked of each that is empty: held against the list of all in use it took minutes for a million.
        .exclude(Exists(_in_use(since=before).filter(sub_account=OuterRef("sub_account"))))
        .order_by("sub_account")
        .values_list("sub_account", flat=True)
        .distinct()[:limit]
    )
    of_these = Deposit.objects.filter(sub_account__in=due).values_list("pk", flat=True)
    locked = assessing.lock(list(of_these))
    # Money may have come between looking and locking.
    empty = set(due) - {d.sub_account_id for d in locked if d.received}
    banking.close(empty, at=at)
    log.record_all(
        [_closed(deposit) for deposit in locked if deposit.sub_account_id in empty],
        at=at,
        actor=actor,
    )
    return len(empty)


def _in_use(*, since: datetime) -> QuerySet[Deposit, UUID | None]:
    """Return the sub-accounts where something lies, is under way, or moved not long ago."""
    suspended = Credit.objects.filter(
        account=OuterRef("sub_account__number"),
        bank=OuterRef("sub_account__bank"),
        outcome=Outcome.SUSPENDED,
    )
    refunds = Refund.objects.filter(
        Q(state__in=UNDER_WAY) | Q(paid_at__gt=since), deposit=OuterRef("pk")
    )
    return (
        Deposit.objects.filter(
            Q(received_fen__gt=0) | Q(assessed_at__gt=since) | Exists(refunds) | Exists(suspended),
            sub_account__isnull=False,
        )
        .order_by()
        .values_list("sub_account", flat=True)
    )


def _closed(deposit: HeldDeposit) -> log.Event:
    return log.Event(
        "sub-account.closed",
        f"deposit:{deposit.id}",
        organisation_id=deposit.bidder_id,
        lot_id=deposit.lot_id,
    )
