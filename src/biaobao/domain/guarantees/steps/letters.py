"""Letters, inside the actions that end them or pay on them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Letter
from biaobao.domain.guarantees.states import LETTER, LetterState
from biaobao.domain.guarantees.steps import applications, limits
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Way
from biaobao.platform import rows
from biaobao.platform.audit import log
from biaobao.platform.db import step


@step
def lock(ids: Collection[UUID]) -> list[Letter]:
    """Lock letters, after their securities and applications."""
    if not ids:
        return []
    wanted = Letter.objects.filter(pk__in=rows.among("uuid", ids))
    applications.lock(list(wanted.values_list("application", flat=True)))
    return list(wanted.select_for_update(of=("self",)).select_related("application").order_by("pk"))


@step
def end(letter: Letter, state: LetterState, why: str, *, at: datetime, actor: Actor) -> None:
    """End a locked letter: its limits are free, and it covers its security no more.

    Before the opening the security is required again; after it the record of the opening stands.
    """
    check_move(LETTER, LetterState(letter.state), state)
    letter.state = state
    letter.ended_at, letter.ended_why = at, why
    letter.extend_until = None
    letter.save(update_fields=["state", "ended_at", "ended_why", "extend_until"])
    application = letter.application
    limits.release(application, at=at)
    lot = tenders.lot(lot_id=letter.lot_id, actor=SYSTEM)
    is_given_back = lot.opened_at is not None
    uncovered = Cover(application.security_id, Way.GUARANTEE, None, is_given_back=is_given_back)
    securities.follow([uncovered])
    log.record(event(f"letter.{state.lower()}", letter, reason=why), at=at, actor=actor)


@step
def event(name: str, letter: Letter, *, reason: str = "", **facts: str) -> log.Event:
    """Return what is to be written down of a letter."""
    return log.Event(
        name,
        f"letter:{letter.pk}",
        reason=reason,
        facts={"number": letter.number, **facts},
        organisation_id=letter.bidder_id,
        lot_id=letter.lot_id,
    )
