"""Amendments of letters, inside the actions that carry them on or end them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Amendment, Letter
from biaobao.domain.guarantees.states import AMENDMENT, LIVE_AMENDMENT, AmendmentState
from biaobao.domain.guarantees.steps import letters, limits, premiums
from biaobao.domain.ledger.types import Move
from biaobao.platform import reads, wake
from biaobao.platform.audit import log
from biaobao.platform.db import step


@step
def lock(ids: Collection[UUID]) -> list[Amendment]:
    """Lock amendments, after their letters."""
    wanted = Amendment.objects.filter(pk__in=reads.among("uuid", ids))
    own = {row.pk: row for row in letters.lock(list(wanted.values_list("letter", flat=True)))}
    locked = list(wanted.select_for_update(of=("self",)).order_by("pk"))
    for row in locked:
        row.letter = own[row.letter_id]
    return locked


@step
def end(
    row: Amendment, state: AmendmentState, words: str, *, at: datetime, actor: Actor
) -> list[Move]:
    """End a locked amendment that comes to nothing: the letter stands as it was, what was paid goes back, and
    what was reserved is free. Return the moves that book it.
    """
    check_move(AMENDMENT, AmendmentState(row.state), state)
    row.state, row.words = state, words
    row.ended_at, row.next_at, row.problem = at, None, ""
    row.save()
    limits.give_more_back(row.letter.application)
    log.record(letters.event("letter.not-amended", row.letter, reason=words), at=at, actor=actor)
    if not row.counted_fen:
        return []
    wake.worker("premiums")
    return premiums.give_back_unused(row, at=at, actor=actor)


@step
def end_of(letter: Letter, words: str, *, at: datetime, actor: Actor) -> list[Move]:
    """End the amendment of a locked letter that is on its way, if one is; return the moves that book it."""
    moves = []
    for row in Amendment.objects.filter(
        letter=letter, state__in=LIVE_AMENDMENT
    ).select_for_update():
        row.letter = letter
        moves += end(row, AmendmentState.REFUSED, words, at=at, actor=actor)
    return moves
