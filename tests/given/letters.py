"""Letters for tests: claimed, made as a guarantor would, and kept by the real actions."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from biaobao.core.actor import SYSTEM, Actor
from biaobao.domain.documents.types import Finding, Kind, Letter, Verdict
from biaobao.domain.guarantees.actions import issuing
from biaobao.domain.guarantees.actions import letters as actions
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.types import (
    IssuedLetter,
    LetterRead,
    Product,
    SealedLetter,
    ToIssue,
)
from biaobao.domain.tenders.types import Lot
from tests.given import documents as given_documents
from tests.given import guarantees as given
from tests.given import premiums
from tests.given.guarantees import Applied


def paid(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> Applied:
    """Return an application whose premium is paid; the bank must be connected."""
    applied = given.payable(lot, applicant, offered)
    premiums.booked(premiums.pays(applied))
    return applied


def due_at(applied: Applied) -> datetime:
    """Return some time after the payment at which the letter is to be made."""
    return applied.at + timedelta(hours=1)


def claimed(applied: Applied, *, at: datetime | None = None) -> ToIssue:
    """Let a worker take the application's letter; it must be the only one that is due."""
    (claim,) = issuing.claim(limit=9, at=at or due_at(applied), actor=SYSTEM)
    assert claim.application_id == applied.id
    return claim


def sealed(
    claim: ToIssue, *, at: datetime, letter: Letter | None = None, uscc: str = ""
) -> SealedLetter:
    """Return the letter as its guarantor signed it, seen by a timestamp authority at an instant."""
    letter = letter or claim.letter
    content = f"%PDF-1.7 {letter.number}".encode()
    return SealedLetter(letter, given_documents.signed(content, letter.guarantor, at=at, uscc=uscc))


def kept(claim: ToIssue, *, at: datetime, **changes: Any) -> ApplicationState:
    return issuing.keep(
        application_id=claim.application_id,
        attempt=claim.attempt,
        sealed=sealed(claim, at=at, **changes),
        at=at,
        actor=SYSTEM,
    )


def issued(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> tuple[Applied, ToIssue]:
    """Return an application with its letter, and the claim that says number and code."""
    applied = paid(lot, applicant, offered)
    claim = claimed(applied)
    kept(claim, at=due_at(applied))
    return applied, claim


def read(claim: ToIssue, *, stored: str = "", **changes: Any) -> LetterRead:
    """Return what reading the letter of a claim gives at the opening.

    :param stored: another content than was kept.
    :param changes: what it says otherwise, or another ``finding``.
    """
    finding = changes.pop("finding", Finding.GENUINE)
    letter = replace(claim.letter, **changes)
    pdf = sealed(claim, at=given.AT, letter=letter).pdf
    data = {"kind": Kind.LETTER, "facts": asdict(letter)}
    kept = hashlib.sha256((stored or f"%PDF-1.7 {claim.letter.number}").encode()).hexdigest()
    return LetterRead(kept, Verdict(finding, pdf.signature, orjson.dumps(data)))


def unsealed(applied: Applied, read_as: LetterRead | None) -> LetterState:
    """Let the worker read the letter of an opened lot."""
    return actions.unseal(
        letter_id=letter_of(applied).id,
        read=read_as,
        at=applied.lot.deadline_at + timedelta(seconds=1),
        actor=SYSTEM,
    )


def letter_of(applied: Applied) -> IssuedLetter:
    return letters.letter(application_id=applied.id, actor=applied.bidder)
