"""What waits for an operator: how much of each kind, and since when."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Model, QuerySet

from biaobao.core.actor import Actor
from biaobao.core.refusal import require
from biaobao.domain.banking import queries as banking
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Claim, LotReturn, PayeeChange, Refund
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.queries.refunds import OPEN
from biaobao.domain.deposits.states import ClaimState, PayeeState, RefundState
from biaobao.domain.deposits.types import Waiting, Work
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.db import query


@query
def worklist(*, at: datetime, actor: Actor) -> tuple[Waiting, ...]:
    """Return each kind of work that waits, as far as the actor may see it, the most pressing first.

    What is sealed is not counted: row-level security gives the same rows as the lists themselves show.
    """
    require(rules.may_decide_suspense(actor), "see what waits")
    failed = (RefundState.FAILED, RefundState.RETURNED)
    refunds = Refund.objects
    waiting = (
        _counted(Work.REFUND_OVERDUE, refunds.filter(state__in=OPEN, due_at__lt=at), "due_at"),
        _counted(Work.REFUND_FAILED, refunds.filter(state__in=failed), "ended_at"),
        Waiting(Work.UNEXPLAINED, *banking.unexplained_since(actor=actor)),
        _counted(Work.REFUND_PROPOSED, refunds.filter(state=RefundState.PROPOSED), "proposed_at"),
        _counted(
            Work.PAYEE_CHANGE, PayeeChange.objects.filter(state=PayeeState.PROPOSED), "proposed_at"
        ),
        _counted(
            Work.CLAIM,
            Claim.objects.filter(state=ClaimState.PROPOSED, by_operator=False, credit=None),
            "proposed_at",
        ),
        _suspense(actor),
        _terminated(actor),
    )
    return tuple(each for each in waiting if each.items)


def _counted(work: Work, found: QuerySet[Model], since: str) -> Waiting:
    counted = found.aggregate(n=Count("pk"), since=Min(since))
    return Waiting(work, counted["n"], counted["since"])


def _suspense(actor: Actor) -> Waiting:
    lists = suspense.lists(actor=actor)
    oldest = min((each.oldest_at for each in lists), default=None)
    return Waiting(Work.SUSPENSE, sum(each.credits for each in lists), oldest)


def _terminated(actor: Actor) -> Waiting:
    approved = set(LotReturn.objects.values_list("lot", flat=True))
    since = [
        lot.terminated_at
        for lot in tenders.terminated_lots(actor=actor)
        if lot.id not in approved and lot.terminated_at is not None
    ]
    return Waiting(Work.TERMINATED_LOT, len(since), min(since, default=None))
