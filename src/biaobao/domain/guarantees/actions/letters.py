"""What becomes of issued letters: unsealed at the opening, looked at when their lot moves."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import require
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Letter, read_letter, read_product
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.states import LETTER, LetterState
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
    log.record_all([_event("letter.unsealed", row) for row in due], at=at, actor=actor)
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
        .select_related("application__product__guarantor")
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
            events.append(_event("letter.too-short", row, needed=needed.isoformat()))
    log.record_all(events, at=at, actor=actor)
    return len(moved)


def _event(name: str, row: Letter, **facts: str) -> log.Event:
    return log.Event(
        name,
        f"letter:{row.pk}",
        facts={"number": row.number, **facts},
        organisation_id=row.bidder_id,
        lot_id=row.lot_id,
    )
