"""What letters say of those concerned, and how long they must hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import orjson

from biaobao.core.actor import Actor, Role
from biaobao.domain.documents import rules as documents
from biaobao.domain.documents.types import Finding, Party, Works
from biaobao.domain.guarantees.states import BINDING, LetterState
from biaobao.domain.guarantees.types import (
    Guarantor,
    IssuedLetter,
    LetterRead,
    Standing,
    SurrenderReason,
    Unreadable,
)
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot

# So long may a letter take to be made; then somebody else tries.
LEASE = timedelta(minutes=2)
# After so long it is tried again to read a letter that could not be read.
READ_AGAIN = timedelta(minutes=1)
_ENDED = {
    LetterState.VOID: Standing.VOID,
    LetterState.RELEASED: Standing.RELEASED,
    LetterState.SURRENDERED: Standing.SURRENDERED,
    LetterState.CLAIMED_FULL: Standing.PAID_OUT,
    LetterState.EXPIRED: Standing.EXPIRED,
}


def issued_at(stamped_at: datetime) -> datetime:
    """Return the second in which a letter was issued: the timestamp is the evidence."""
    return stamped_at.replace(microsecond=0)


def is_in_time(issued_at: datetime, deadline_at: datetime) -> bool:
    # The deadline's own second is still in time.
    return issued_at <= deadline_at


def standing_of(letter: IssuedLetter, *, on: date) -> Standing:
    """Return what a genuine letter is worth on a day, its first and its last included."""
    if letter.state in _ENDED:
        return _ENDED[letter.state]
    if on < letter.valid_from:
        return Standing.NOT_YET
    return Standing.VALID if on <= letter.valid_until else Standing.EXPIRED


def is_over(state: LetterState, open_claims: int, valid_until: date, *, on: date) -> bool:
    """Tell whether a letter ends by its last day: not while a claim that came in time is open."""
    return state in BINDING and not open_claims and valid_until < on


def why_unreadable(said: IssuedLetter, read: LetterRead | None) -> Unreadable | None:
    """Return why what was read is not the letter as it was issued; None if it is.

    The certificate had to be valid at the instant of the timestamp, which the letter itself proves.

    :param read: None if it could not be opened.
    """
    if read is None:
        return Unreadable.NOT_OPENED
    if read.sha256 != said.sha256:
        return Unreadable.CONTENT_CHANGED
    verdict = documents.as_named(read.verdict)
    if verdict.finding is not Finding.GENUINE:
        return Unreadable.NOT_GENUINE
    kept = {
        "number": said.number,
        "guarantor": said.guarantor_name,
        "applicant": said.principal_uscc,
        "beneficiary": said.beneficiary_name,
        "lot": said.lot_code,
        "fen": said.amount.fen,
        "valid_from": said.valid_from.isoformat(),
        "valid_until": said.valid_until.isoformat(),
    }
    return None if _said_in(verdict.data) == kept else Unreadable.FIELDS_DIFFER


def _said_in(data: bytes) -> dict[str, object]:
    try:
        facts = orjson.loads(data)["facts"]
        return {
            "number": facts["number"],
            "guarantor": facts["guarantor"]["name"],
            "applicant": facts["applicant"]["uscc"],
            "beneficiary": facts["beneficiary"]["name"],
            "lot": facts["works"]["code"],
            "fen": facts["amount"]["fen"],
            "valid_from": facts["valid_from"],
            "valid_until": facts["valid_until"],
        }
    except (ValueError, KeyError, TypeError):
        return {}


_STANDS_STILL = {
    LotState.SUSPENDED: SurrenderReason.LOT_SUSPENDED,
    LotState.TERMINATED: SurrenderReason.LOT_TERMINATED,
    LotState.FAILED: SurrenderReason.LOT_FAILED,
}
# What a bidder may say himself, before the deadline.
OF_THE_BIDDER = (SurrenderReason.WITHDRAWN, SurrenderReason.SWITCHED)


def why_not_surrendered(letter: IssuedLetter, lot: Lot, *, at: datetime) -> str:
    """Return why a letter cannot be given up now, a code; empty if it can.

    Before the deadline no bid binds yet (Implementing Regulations of the Bidding Law, art. 35); afterwards
    only where its lot stands still or leads to nothing.
    """
    if letter.paid_out.fen or letter.state is LetterState.CLAIMED_PARTIAL:
        return "LETTER_PAID_ON"
    if letter.state not in BINDING:
        return "LETTER_ENDED"
    if letter.open_claims:
        return "LETTER_CLAIMED"
    is_in_time = lot.state is LotState.PUBLISHED and at <= lot.deadline_at
    return "" if is_in_time or lot.state in _STANDS_STILL else "LETTER_IN_FORCE"


def surrender_reason(lot: Lot, told: SurrenderReason | None) -> SurrenderReason | None:
    """Return why a letter is given up: what became of its lot, else what the bidder says."""
    return _STANDS_STILL.get(lot.state, told)


def may_release(actor: Actor) -> bool:
    return actor.role in (Role.TENDERER, Role.AGENCY)


def why_not_released(letter: IssuedLetter) -> str:
    """Return why those who run the lot cannot release a letter, a code; empty if they can."""
    if letter.state not in (LetterState.UNSEALED, LetterState.CLAIMED_PARTIAL):
        return "LETTER_NOT_OPEN" if letter.state in BINDING else "LETTER_ENDED"
    return "LETTER_CLAIMED" if letter.open_claims else ""


def party_of(guarantor: Guarantor) -> Party:
    address = f"{guarantor.address} {guarantor.postcode}".strip()
    return Party(guarantor.name, guarantor.uscc, address, guarantor.phone)


def works_of(lot: Lot) -> Works:
    return Works(lot.project_name, lot.name, lot.code, lot.deadline_at)
