"""Ending applications whose time is over, whatever they wait for."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import require
from biaobao.domain.guarantees.models import Application
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import premiums as rules
from biaobao.domain.guarantees.states import UNPAID, ApplicationState
from biaobao.domain.guarantees.steps import applications, premiums
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.platform.db import action


@action
def end_over(*, limit: int, at: datetime, actor: Actor) -> int:
    """End applications of lots that are terminated or past their deadline, or ask for another amount by now,
    and those not paid in time.

    What is paid goes back. A suspended lot's clock does not count. Return how many ended.
    """
    require(applying.may_work(actor), "end applications")
    unpaid = Q(state__in=UNPAID)
    paid = Q(state=ApplicationState.PAID) | Q(state=ApplicationState.ISSUING, next_at__lte=at)
    running = ~Q(lot__state=LotState.SUSPENDED) & Q(lot__deadline_at__lt=at)
    is_over = Q(lot__state=LotState.TERMINATED) | (running & Q(sub_account=None)) | (running & paid)
    other = Q(amount_fen__isnull=False) & ~Q(amount_fen=F("lot__amount_fen"))
    not_paid = Q(state=ApplicationState.PAY_PENDING, pay_due_at__lt=at - rules.HEARD_WITHIN)
    due = Application.objects.filter((unpaid | paid) & (is_over | other) | not_paid)
    rows = applications.lock(list(due.order_by("pk").values_list("pk", flat=True)[:limit]))
    lots = tenders.lots(lot_ids={row.lot_id for row in rows}, actor=SYSTEM)
    moves: list[Move] = []
    ended = 0
    for row in rows:
        why = applying.why_over(
            ApplicationState(row.state),
            lots[row.lot_id],
            amount=None if row.amount_fen is None else Money(row.amount_fen),
            pay_due_at=row.pay_due_at,
            next_at=row.next_at,
            at=at,
        )
        if why:
            state = (
                ApplicationState.EXPIRED if row.state in UNPAID else ApplicationState.ISSUE_FAILED
            )
            applications.end(row, state, why, at=at, actor=actor)
            moves += premiums.give_back(row, at=at, actor=actor)
            ended += 1
    ledger.move(moves, at=at)
    return ended
