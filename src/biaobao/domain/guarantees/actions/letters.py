"""What becomes of issued letters: unsealed at the opening, looked at when their lot moves, ended by date."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.refusal import NotFound, require
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Letter, read_letter, read_product
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import LETTER, LetterState
from biaobao.domain.guarantees.steps import contingencies
from biaobao.domain.guarantees.steps import letters as steps
from biaobao.domain.guarantees.types import LetterRead
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.audit import log
from biaobao.platform.db import action

_TO_READ = (LetterState.ISSUED_SEALED, LetterState.DECRYPT_FAILED)


@action
def unseal(*, letter_id: UUID, read: LetterRead | None, at: datetime, actor: Actor) -> LetterState:
    """Unseal a letter of an opened lot if what was read is what was issued; return how it stands.

    One that cannot be read is DECRYPT_FAILED with its reason, and still binds its guarantor; it is read
    again. Twice is once.

    :param read: None if it could not be opened.
    :raises NotFound: if there is no such letter of an opened lot: before, nothing unseals any.
    """
    require(applying.may_work(actor), "unseal letters")
    row = next(iter(steps.lock([letter_id])), None)
    lot = None if row is None else tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    if row is None or lot is None or lot.opened_at is None:
        raise NotFound(f"letter {letter_id} of an opened lot")
    state = LetterState(row.state)
    if state not in _TO_READ:
        return state
    why = rules.why_unreadable(read_letter(row), read)
    was, row.read_at, row.unreadable_why = row.unreadable_why, at, why or ""
    became = LetterState.DECRYPT_FAILED if why else LetterState.UNSEALED
    if became is not state:
        check_move(LETTER, state, became)
    row.state = became
    row.unsealed_at = None if why else lot.opened_at
    row.save(update_fields=["state", "read_at", "unreadable_why", "unsealed_at"])
    if not why:
        contingencies.overtake(row, at=at, actor=actor)
    if row.unreadable_why != was or became is not state:
        name = "letter.unreadable" if why else "letter.unsealed"
        log.record(steps.event(name, row, reason=row.unreadable_why), at=at, actor=actor)
    return became


@action
def recheck(*, limit: int, at: datetime, actor: Actor) -> int:
    """Look whether letters still hold after their lots moved; return how many were looked at.

    One that ends too soon says to which day it must be extended; one over less than its lot asks for now
    secures it no more.
    """
    require(applying.may_work(actor), "look at letters")
    due = Letter.objects.filter(state=LetterState.ISSUED_SEALED, lot__opened_at=None)
    due = due.exclude(lot__changed_at=F("lot_as_of")).order_by("pk")
    moved = steps.lock(list(due.values_list("pk", flat=True)[:limit]))
    lots = tenders.lots(lot_ids={row.lot_id for row in moved}, actor=SYSTEM)
    events, covers = [], []
    for row in moved:
        if row.state != LetterState.ISSUED_SEALED:
            continue
        lot, product = lots[row.lot_id], row.application.product
        if product is None:
            continue
        needed = applying.valid_until(
            read_product(product, None).terms,
            deadline_at=lot.deadline_at,
            validity_days=lot.validity_days,
        )
        holds_until = read_letter(row).valid_until
        covers.append(steps.cover(row, lot))
        if row.amount_fen < lot.amount.fen:
            events.append(steps.event("letter.too-low", row, needed=str(lot.amount)))
        row.lot_as_of = lot.changed_at
        row.extend_until = None if holds_until >= needed else needed
        row.save(update_fields=["lot_as_of", "extend_until"])
        if row.extend_until:
            events.append(steps.event("letter.too-short", row, needed=needed.isoformat()))
    securities.follow(covers)
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
