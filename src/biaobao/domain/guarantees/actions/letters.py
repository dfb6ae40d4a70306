"""What becomes of issued letters: unsealed at the opening, looked at when their lot moves, ended by date."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.refusal import require
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Letter, read_letter, read_product
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import LETTER, LetterState
from biaobao.domain.guarantees.steps import letters as steps
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def unseal(*, limit: int, at: datetime, actor: Actor) -> int:
    """Unseal the letters of lots that were opened; return how many. Before, nothing unseals any."""
    require(applying.may_work(actor), "unseal letters")
    due = list(
        Letter.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=LetterState.ISSUED_SEALED, lot__opened_at__isnull=False)
        .select_related("lot")
        .order_by("pk")[:limit]
    )
    for row in due:
        check_move(LETTER, LetterState(row.state), LetterState.UNSEALED)
        row.state = LetterState.UNSEALED
        row.unsealed_at = row.lot.opened_at
        row.save(update_fields=["state", "unsealed_at"])
    log.record_all([steps.event("letter.unsealed", row) for row in due], at=at, actor=actor)
    return len(due)


@action
def recheck(*, limit: int, at: datetime, actor: Actor) -> int:
    """Look whether letters still hold long enough after their lots moved; return how many were looked at.

    One that does not says to which day it must be extended.
    """
    require(applying.may_work(actor), "look at letters")
    moved = list(
        Letter.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=LetterState.ISSUED_SEALED, lot__opened_at=None)
        .exclude(lot__changed_at=F("lot_as_of"))
        .select_related("application__product__guarantor__organisation")
        .order_by("pk")[:limit]
    )
    lots = tenders.lots(lot_ids={row.lot_id for row in moved}, actor=SYSTEM)
    events = []
    for row in moved:
        lot, product = lots[row.lot_id], row.application.product
        if product is None:
            continue
        needed = applying.valid_until(
            read_product(product, None).terms,
            deadline_at=lot.deadline_at,
            validity_days=lot.validity_days,
        )
        holds_until = read_letter(row).valid_until
        row.lot_as_of = lot.changed_at
        row.extend_until = None if holds_until >= needed else needed
        row.save(update_fields=["lot_as_of", "extend_until"])
        if row.extend_until:
            events.append(steps.event("letter.too-short", row, needed=needed.isoformat()))
    log.record_all(events, at=at, actor=actor)
    return len(moved)


@action
def expire(*, limit: int, at: datetime, actor: Actor) -> int:
    """End the letters whose last day is over, and return how many ended. While a claim is open none ends."""
    require(applying.may_work(actor), "end letters")
    over = Letter.objects.filter(ended_at=None, open_claims=0, valid_until__lt=day_of(at))
    ids = over.exclude(state=LetterState.VOID).order_by("valid_until", "pk")
    due = [
        row
        for row in steps.lock(list(ids.values_list("pk", flat=True)[:limit]))
        if rules.is_over(LetterState(row.state), row.open_claims, row.valid_until, on=day_of(at))
    ]
    for row in due:
        steps.end(row, LetterState.EXPIRED, "LAST_DAY_OVER", at=at, actor=actor)
    return len(due)
