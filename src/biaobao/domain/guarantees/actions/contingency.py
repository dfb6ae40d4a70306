"""应急处理: a letter that cannot be read at the opening, the receipt, the cause, two people's decision."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, refuse, require
from biaobao.core.states import check_move
from biaobao.domain.documents import queries as documents
from biaobao.domain.documents.ports import Verifying
from biaobao.domain.guarantees.models import (
    Application,
    Contingency,
    Letter,
    read_contingency,
    read_letter,
)
from biaobao.domain.guarantees.rules import contingency as rules
from biaobao.domain.guarantees.states import (
    CONTINGENCY,
    LIVE_CONTINGENCY,
    ContingencyState,
    LetterState,
)
from biaobao.domain.guarantees.steps import letters
from biaobao.domain.guarantees.types import Cause, Established, Fault
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Way
from biaobao.platform import vault
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def propose(
    *,
    letter_id: UUID,
    established: Established,
    shown: bytes | None,
    checking: Verifying,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Say why a letter of the actor's opened lot cannot be read, for the supervisor to decide; return its id.

    Saying the same twice is once. What proves the payment is the receipt that the bidder shows, else the one
    that the house kept.

    :param shown: the receipt as the bidder showed it; None if it showed none.
    :raises NotFound: if it is no letter of an opened lot that the actor runs.
    :raises Refused: CONTINGENCY_WAITS, CONTINGENCY_NOT_NEEDED, CAUSE_UNTOLD or RECEIPT_NO_PROOF.
    """
    require(rules.may_propose(actor), "handle a letter that cannot be read")
    row = next(iter(letters.lock([letter_id])), None)
    if row is None:
        raise NotFound(f"letter {letter_id}")
    lot = tenders.opened_lot(lot_id=row.lot_id, actor=actor)
    live = Contingency.objects.filter(letter=row, state__in=LIVE_CONTINGENCY).first()
    if live is not None and _is_same(live, established, shown):
        return live.pk
    if live is not None:
        raise refuse("CONTINGENCY_WAITS", number=row.number)
    if row.state != LetterState.DECRYPT_FAILED:
        raise refuse("CONTINGENCY_NOT_NEEDED", number=row.number)
    if not rules.is_told(established):
        raise refuse("CAUSE_UNTOLD", field="words")
    content = _kept(row.application) if shown is None else shown
    is_proof = content is not None and rules.proves(
        checking.verify(content), read_letter(row), lot, row.application.number
    )
    if shown is not None and not is_proof:
        raise refuse("RECEIPT_NO_PROOF", field="receipt", number=row.number)
    made = Contingency.objects.create(
        letter=row,
        lot_id=row.lot_id,
        bidder_id=row.bidder_id,
        cause=established.cause,
        fault=established.fault,
        cause_words=established.words,
        receipt_sha256=sha256(content).hexdigest() if content is not None and is_proof else "",
        proposed_at=at,
        proposed_by_id=_person(actor),
    )
    log.record(
        letters.event("contingency.proposed", row, reason=established.cause), at=at, actor=actor
    )
    return made.pk


@action
def prove(
    *, contingency_id: UUID, shown: bytes, checking: Verifying, at: datetime, actor: Actor
) -> None:
    """Add the receipt that the bidder shows to what waits for the supervisor without one. Twice is once.

    :raises NotFound: if it is nothing of an opened lot that the actor runs.
    :raises Refused: CONTINGENCY_DECIDED, CONTINGENCY_WAITS or RECEIPT_NO_PROOF.
    """
    require(rules.may_propose(actor), "handle a letter that cannot be read")
    row, letter = _lock(contingency_id)
    lot = tenders.opened_lot(lot_id=row.lot_id, actor=actor)
    told = sha256(shown).hexdigest()
    if row.receipt_sha256 == told:
        return
    if row.state != ContingencyState.PROPOSED:
        raise refuse("CONTINGENCY_DECIDED", number=letter.number)
    if row.receipt_sha256:
        raise refuse("CONTINGENCY_WAITS", number=letter.number)
    number = letter.application.number
    if not rules.proves(checking.verify(shown), read_letter(letter), lot, number):
        raise refuse("RECEIPT_NO_PROOF", field="receipt", number=letter.number)
    row.receipt_sha256 = told
    row.save(update_fields=["receipt_sha256"])
    log.record(letters.event("contingency.proved", letter, receipt=told), at=at, actor=actor)


@action
def decide(
    *, contingency_id: UUID, is_accepted: bool, words: str, at: datetime, actor: Actor
) -> None:
    """Keep the bidder in, or not. Deciding the same twice is once.

    Accepted, the letter secures its lot as it did, also where an earlier one was refused. Refused, the lot is
    not secured any more, whether or not its letter is read later.

    :raises NotFound: if there is none.
    :raises Refused: CONTINGENCY_DECIDED, PROOF_MISSING or DECISION_UNTOLD.
    """
    require(rules.may_decide(actor), "decide on a letter that cannot be read")
    row, letter = _lock(contingency_id)
    became = ContingencyState.ACCEPTED if is_accepted else ContingencyState.REFUSED
    if row.state == became:
        return
    if row.state != ContingencyState.PROPOSED:
        raise refuse("CONTINGENCY_DECIDED", number=letter.number)
    if is_accepted and not rules.may_be_accepted(read_contingency(row)):
        raise refuse("PROOF_MISSING", number=letter.number)
    if not is_accepted and not words.strip():
        raise refuse("DECISION_UNTOLD", field="words")
    check_move(CONTINGENCY, ContingencyState(row.state), became)
    row.state, row.words = became, words.strip()
    row.decided_at, row.decided_by_id = at, _person(actor)
    row.save()
    covers_at = letter.application.issued_at if is_accepted else None
    securities.follow([Cover(letter.application.security_id, Way.GUARANTEE, covers_at)])
    log.record(
        letters.event(f"contingency.{became.lower()}", letter, reason=row.words),
        at=at,
        actor=actor,
    )


def _lock(contingency_id: UUID) -> tuple[Contingency, Letter]:
    found = Contingency.objects.filter(pk=contingency_id).values_list("letter", flat=True)
    letter = next(iter(letters.lock(list(found))), None)
    if letter is None:
        raise NotFound(f"contingency {contingency_id}")
    return Contingency.objects.select_for_update().get(pk=contingency_id), letter


def _is_same(row: Contingency, established: Established, shown: bytes | None) -> bool:
    """Tell whether somebody says again what is there."""
    said = Established(Cause(row.cause), Fault(row.fault), row.cause_words)
    is_shown = shown is None or sha256(shown).hexdigest() == row.receipt_sha256
    return said == established and is_shown


def _kept(application: Application) -> bytes | None:
    if application.receipt_id is None:
        return None
    try:
        return documents.content(application.receipt_id, actor=SYSTEM)
    except vault.CannotOpen:
        return None


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotAllowed("decide without a person")
    return actor.person_id
