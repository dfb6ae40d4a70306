"""退保 and 解保: a bidder gives its letter up and has the premium back; those who run a lot end its duty."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.guarantees.models import Application, Letter, read_letter
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.steps import (
    amendments,
    applications,
    invoicing,
    letters,
    premiums,
)
from biaobao.domain.guarantees.types import ReleaseReason, SurrenderReason
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import wake
from biaobao.platform.db import action


@action
def surrender(
    *, application_id: UUID, reason: SurrenderReason | None, at: datetime, actor: Actor
) -> None:
    """Give up the letter of the actor's application (退保): it secures nothing any more. Twice is once.

    An invoice over its premium is reversed first; then all of the premium goes back to who paid it.

    :param reason: what the bidder says; where the lot itself goes on no more, that is why.
    :raises NotFound: if there is no letter of the actor's.
    :raises Refused: LETTER_IN_FORCE, LETTER_ENDED, LETTER_PAID_ON, LETTER_CLAIMED or
        SURRENDER_REASON_MISSING.
    """
    require(applying.may_apply(actor), "surrender a letter")
    application = applications.lock_own(application_id, actor)
    found = Letter.objects.filter(application=application).values_list("pk", flat=True)
    row = next(iter(letters.lock(list(found))), None)
    if row is None or row.state == LetterState.VOID:
        raise NotFound(f"letter of {application_id}")
    if row.state == LetterState.SURRENDERED:
        return
    lot = tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    if why_not := rules.why_not_surrendered(read_letter(row), lot, at=at):
        raise refuse(why_not, number=row.number)
    why = rules.surrender_reason(lot, reason)
    if why is None:
        raise refuse("SURRENDER_REASON_MISSING", field="reason")
    ledger.move(amendments.end_of(row, "LETTER_ENDED", at=at, actor=actor), at=at)
    letters.end(row, LetterState.SURRENDERED, why, at=at, actor=actor)
    application = row.application
    applications.move(application, ApplicationState.SURRENDERED)
    application.ended_at, application.why = at, "SURRENDERED"
    application.save(update_fields=["state", "ended_at", "why"])
    if lot.opened_at is None:
        securities.give_up_way(application.security_id)
    _give_back(application, at=at, actor=actor)
    wake.worker("premiums")


@action
def give_back_surrendered(*, limit: int, at: datetime, actor: Actor) -> int:
    """Order premiums of surrendered letters back whose invoices are reversed by now; return how many."""
    require(applying.may_work(actor), "give premiums back")
    due = Application.objects.filter(state=ApplicationState.SURRENDERED).order_by("ended_at", "pk")
    rows = applications.lock(list(due.values_list("pk", flat=True)[:limit]))
    surrendered = [row for row in rows if row.state == ApplicationState.SURRENDERED]
    return sum(_give_back(row, at=at, actor=actor) for row in surrendered)


@action
def release(
    *,
    lot_id: UUID,
    letter_ids: Collection[UUID],
    reason: ReleaseReason,
    at: datetime,
    actor: Actor,
) -> int:
    """End the duty of letters of an opened lot (解保); their premiums stay earned. Return how many ended.

    Those that are released already are passed over.

    :raises NotFound: if the actor does not run the lot, or one of the letters is not of it.
    :raises Refused: LETTER_ENDED, LETTER_NOT_OPEN or LETTER_CLAIMED, and then none is released.
    """
    require(rules.may_release(actor), "release letters")
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    rows = letters.lock(letter_ids)
    if len(rows) != len(set(letter_ids)) or any(row.lot_id != lot_id for row in rows):
        raise NotFound(f"letters of {lot_id}")
    standing = [row for row in rows if row.state != LetterState.RELEASED]
    for row in standing:
        if why_not := rules.why_not_released(read_letter(row)):
            raise refuse(why_not, number=row.number)
    for row in standing:
        letters.end(row, LetterState.RELEASED, reason, at=at, actor=actor)
    return len(standing)


def _give_back(application: Application, *, at: datetime, actor: Actor) -> bool:
    """Order a surrendered letter's premium back, unless an invoice over it is still to be reversed."""
    if invoicing.reverse_for(application, why="SURRENDERED", at=at, actor=actor):
        return False
    ledger.move(premiums.give_back_earned(application, at=at, actor=actor), at=at)
    return True
