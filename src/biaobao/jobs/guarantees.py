"""What the worker does for letters of guarantee: ask guarantors, make letters and receipts, follow premiums.

Each may be killed anywhere and run twice: what a claim made and did not keep is nobody's.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from biaobao.adapters import workshop
from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import Refused
from biaobao.domain.documents import queries as documents
from biaobao.domain.documents.ports import (
    CannotSign,
    NotSet,
    Sealing,
    TimestampUnavailable,
    Verifying,
)
from biaobao.domain.documents.types import Imprint, Letter, Signed
from biaobao.domain.guarantees.actions import (
    amending,
    ending,
    issuing,
    letters,
    paying,
    receipts,
    surrendering,
    underwriting,
)
from biaobao.domain.guarantees.ports import GuarantorUnreachable
from biaobao.domain.guarantees.queries import letters as letter_queries
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.types import AnswerKind, LetterRead, SealedLetter, ToAmend, ToIssue
from biaobao.domain.parties import queries as parties
from biaobao.platform import clock, vault

logger = logging.getLogger(__name__)

BATCH = 200
# So many are made within a claim's lease, even by a timestamp authority that takes its time.
MADE_AT_ONCE = 5
TROUBLE = (GuarantorUnreachable, TimestampUnavailable, CannotSign, NotSet, Refused)


def ask_guarantors(at: datetime) -> None:
    """Ask guarantors whose people decide themselves, and keep what they say."""
    for inquiry in underwriting.claim_inquiries(limit=BATCH, at=at, actor=SYSTEM):
        try:
            answer = workshop.guarantor().decide(inquiry)
        except GuarantorUnreachable as problem:
            logger.warning("guarantor %s: %s", inquiry.guarantor_uscc, problem)
            continue
        underwriting.keep_decision(
            application_id=UUID(inquiry.key), answer=answer, at=clock.now(), actor=SYSTEM
        )


def issue_letters(_: datetime) -> None:
    """Make the letters that are due: asked for, printed, sealed and stamped with no transaction open."""
    while due := issuing.claim(limit=MADE_AT_ONCE, at=clock.now(), actor=SYSTEM):
        seals = _seals()
        for claim in due:
            _issue(claim, seals)


def _issue(claim: ToIssue, seals: Sealing) -> None:
    application_id, attempt = claim.application_id, claim.attempt
    try:
        answer = workshop.guarantor().accept(claim.order)
        if answer.kind is AnswerKind.NO:
            issuing.keep_refusal(
                application_id=application_id,
                attempt=attempt,
                words=answer.words,
                at=clock.now(),
                actor=SYSTEM,
            )
            return
        if answer.kind is AnswerKind.NOT_YET:
            raise GuarantorUnreachable("not yet")
        issuing.keep(
            application_id=application_id,
            attempt=attempt,
            sealed=SealedLetter(claim.letter, sealed(claim.letter, seals, at=clock.now())),
            at=clock.now(),
            actor=SYSTEM,
        )
    except TROUBLE as problem:
        logger.warning("letter of %s: %s", application_id, problem)
        issuing.keep_problem(
            application_id=application_id,
            attempt=attempt,
            problem=_said(problem),
            at=clock.now(),
            actor=SYSTEM,
        )


def amend_letters(_: datetime) -> None:
    """Make the versions that are due of letters whose lots moved; as ``issue_letters``."""
    while due := amending.claim(limit=MADE_AT_ONCE, at=clock.now(), actor=SYSTEM):
        seals = _seals()
        checking = workshop.verifying(parties.revocation_lists(actor=SYSTEM))
        for claim in due:
            _amend(claim, seals, checking)


def _amend(claim: ToAmend, seals: Sealing, checking: Verifying) -> None:
    own: dict[str, Any] = {"amendment_id": claim.amendment_id, "attempt": claim.attempt}
    try:
        answer = workshop.guarantor().accept(claim.order)
        if answer.kind is AnswerKind.NO:
            amending.keep_refusal(words=answer.words, at=clock.now(), actor=SYSTEM, **own)
            return
        if answer.kind is AnswerKind.NOT_YET:
            raise GuarantorUnreachable("not yet")
        made = sealed(claim.letter, seals, at=clock.now())
        amending.keep(
            sealed=SealedLetter(claim.letter, made),
            read=LetterRead(made.sha256, checking.verify(made.content)),
            at=clock.now(),
            actor=SYSTEM,
            **own,
        )
    except TROUBLE as problem:
        logger.warning("amendment %s: %s", claim.amendment_id, problem)
        amending.keep_problem(problem=_said(problem), at=clock.now(), actor=SYSTEM, **own)


def sealed(letter: Letter, seals: Sealing, *, at: datetime) -> Signed:
    """Return a letter as its guarantor prints, seals and has stamped it.

    :raises NotSet, CannotSign, TimestampUnavailable: if it cannot be made now.
    """
    uscc = letter.guarantor.uscc
    url = workshop.verification_url(letter.number, letter.verification_code)
    imprint = Imprint(url, at, seals.holder(uscc).serial)
    printed = workshop.typesetting().letter(letter, imprint, seal_image=seals.picture(uscc))
    return seals.seal(printed, uscc=uscc, at=at)


def make_receipts(at: datetime) -> None:
    """Make the receipts of applications that are paid; what cannot be made now is made at a later round."""
    for application_id in papers.without_receipt(limit=BATCH, actor=SYSTEM):
        receipt = papers.receipt(application_id=application_id, at=at, actor=SYSTEM)
        uscc, seals = receipt.guarantor.uscc, _seals()
        try:
            printed = workshop.typesetting().receipt(receipt, seal_image=seals.picture(uscc))
            made = seals.seal(printed, uscc=uscc, at=at)
            receipts.keep(
                application_id=application_id,
                said=receipt,
                receipt=made,
                at=clock.now(),
                actor=SYSTEM,
            )
        except TROUBLE as problem:
            logger.warning("receipt of %s: %s", application_id, problem)


def follow_premiums(at: datetime) -> None:
    """Give out sub-accounts, end what is over, and see premiums back to who paid them."""
    for act in (
        *(paying.assign_waiting, ending.end_over, amending.end_over),
        *(surrendering.give_back_surrendered, paying.order_again, paying.settle),
    ):
        _all(act, at)


def unseal_letters(at: datetime) -> None:
    """Read the letters of opened lots, and unseal those that are what was issued."""
    last = checking = None
    while due := letter_queries.to_unseal(after=last, limit=BATCH, at=at, actor=SYSTEM):
        # Certificates and revocation lists take long to read, and mostly nothing is due.
        checking = checking or workshop.verifying(parties.revocation_lists(actor=SYSTEM))
        for each in due:
            letters.unseal(
                letter_id=each.letter_id,
                read=_read(each.document_id, checking),
                at=clock.now(),
                actor=SYSTEM,
            )
        last = due[-1].letter_id


def _read(document_id: UUID, checking: Verifying) -> LetterRead | None:
    try:
        content = documents.content(document_id, actor=SYSTEM)
    except vault.CannotOpen:
        return None
    return LetterRead(hashlib.sha256(content).hexdigest(), checking.verify(content))


def follow_lots(at: datetime) -> None:
    """Look anew at the letters of lots that moved, end those that are over."""
    for act in (letters.recheck, letters.expire):
        _all(act, at)


def _all(act: Callable[..., int], at: datetime) -> None:
    while act(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass


def _seals() -> Sealing:
    return workshop.sealing(parties.revocation_lists(actor=SYSTEM))


def _said(problem: Exception) -> str:
    """Return the code under which a problem is kept."""
    match problem:
        case GuarantorUnreachable():
            return "GUARANTOR_SILENT"
        case TimestampUnavailable():
            return "TIMESTAMP_UNAVAILABLE"
        case NotSet():
            return "NOT_PRINTED"
    return str(problem)
