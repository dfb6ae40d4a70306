"""Reading letters: the holder its own; everybody by number and code, once the lot is opened."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.refusal import NotFound
from biaobao.domain.guarantees.models import Letter, read_letter
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import IssuedLetter, Verified
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.db import query


@query
def letter(*, application_id: UUID, actor: Actor) -> IssuedLetter:
    """Return the letter of an application of the actor's own.

    :raises NotFound: if there is none for him.
    """
    row = (
        Letter.objects.filter(application=application_id, bidder_id=applying.bidder_of(actor))
        .prefetch_related("versions")
        .first()
    )
    if row is None:
        raise NotFound(f"letter of {application_id}")
    return read_letter(row)


@query
def to_extend(*, actor: Actor) -> tuple[IssuedLetter, ...]:
    """Return the actor's letters that no longer hold long enough since their lots were postponed."""
    found = Letter.objects.filter(
        bidder_id=applying.bidder_of(actor), extend_until__isnull=False
    ).prefetch_related("versions")
    return tuple(read_letter(row) for row in found.order_by("extend_until", "pk"))


@query
def of_opened_lot(*, lot_id: UUID, actor: Actor) -> tuple[IssuedLetter, ...]:
    """Return the letters that secured an opened lot, to those who run its project and to those who watch.

    :raises NotFound: for a lot that the actor may not see or that is not opened.
    """
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    found = Letter.objects.filter(lot_id=lot_id).exclude(state=LetterState.VOID)
    return tuple(read_letter(row) for row in found.prefetch_related("versions").order_by("number"))


@query
def verify(*, number: str, code: str, at: datetime, actor: Actor) -> Verified | None:  # noqa: ARG001 - the scope reads it
    """Return the letter that a number and its code belong to, and what it is worth now.

    Before the opening only its holder learns anything: for others there is none, as for a wrong code.
    """
    plain = number.strip().upper()
    row = Letter.objects.filter(number=plain).prefetch_related("versions").first()
    given = rules.code_sha256(code)
    # As long for an unknown number as for a known one.
    if not compare_digest(given, row.code_sha256 if row else rules.code_sha256("")) or row is None:
        return None
    found = read_letter(row)
    return Verified(found, rules.standing_of(found, on=day_of(at)))
