"""Letters, inside the actions that end them or pay on them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.states import check_move
from biaobao.domain.documents import steps as documents
from biaobao.domain.documents.types import Kind
from biaobao.domain.guarantees.models import Letter, LetterVersion
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import LETTER, LetterState
from biaobao.domain.guarantees.steps import applications, limits
from biaobao.domain.guarantees.types import SealedLetter
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform import reads
from biaobao.platform.audit import log
from biaobao.platform.db import step


@step
def lock(ids: Collection[UUID]) -> list[Letter]:
    """Lock letters, after their securities and applications."""
    if not ids:
        return []
    wanted = Letter.objects.filter(pk__in=reads.among("uuid", ids))
    applications.lock(list(wanted.values_list("application", flat=True)))
    return list(wanted.select_for_update(of=("self",)).select_related("application").order_by("pk"))


@step
def add_version(letter: Letter, sealed: SealedLetter, *, version: int, at: datetime) -> None:
    """Keep what a letter says from now on, with who signed it."""
    said, signature = sealed.letter, sealed.pdf.signature
    document_id = documents.keep(
        sealed.pdf, kind=Kind.LETTER, bidder_id=letter.bidder_id, lot_id=letter.lot_id, at=at
    )
    LetterVersion.objects.create(
        letter=letter,
        bidder_id=letter.bidder_id,
        lot_id=letter.lot_id,
        version=version,
        document_id=document_id,
        form=said.form,
        paper=said.paper,
        guarantor_name=said.guarantor.name,
        principal_name=said.applicant.name,
        principal_uscc=said.applicant.uscc,
        beneficiary_name=said.beneficiary.name,
        lot_code=said.works.code,
        lot_name=said.works.lot,
        amount_fen=said.amount.fen,
        valid_from=said.valid_from,
        valid_until=said.valid_until,
        sha256=sealed.pdf.sha256,
        size=len(sealed.pdf.content),
        signer_name=signature.signer.name,
        certificate_serial=signature.signer.serial,
        stamped_at=signature.stamped_at,
    )


@step
def cover(letter: Letter, lot: Lot) -> Cover:
    """Return how a locked letter covers its lot before the opening: since it is over its amount, if that is
    enough.
    """
    over = letter.versions.filter(amount_fen=letter.amount_fen).order_by("version")
    since = rules.issued_at(over.values_list("stamped_at", flat=True)[0])
    is_enough = letter.amount_fen >= lot.amount.fen
    return Cover(letter.application.security_id, Way.GUARANTEE, since if is_enough else None)


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
def open_claim(letter: Letter) -> None:
    """Note that a locked letter is claimed: it lives on until that is over, whatever its last day."""
    letter.open_claims += 1
    letter.save(update_fields=["open_claims"])


@step
def close_claim(letter: Letter) -> None:
    """Note that a claim of a locked letter came to nothing."""
    letter.open_claims -= 1
    letter.save(update_fields=["open_claims"])


@step
def pay(letter: Letter, amount: Money, *, at: datetime, actor: Actor) -> None:
    """Note that a claim of a locked letter was paid: the rest still stands, or nothing is left of it.

    :raises django.db.IntegrityError: if it would pay more than its amount.
    """
    letter.open_claims -= 1
    letter.paid_out_fen += amount.fen
    is_full = letter.paid_out_fen == letter.amount_fen
    if not is_full and letter.state != LetterState.CLAIMED_PARTIAL:
        check_move(LETTER, LetterState(letter.state), LetterState.CLAIMED_PARTIAL)
        letter.state = LetterState.CLAIMED_PARTIAL
    letter.save(update_fields=["open_claims", "paid_out_fen", "state"])
    log.record(event("letter.paid-on", letter, amount=str(amount)), at=at, actor=actor)
    if is_full:
        end(letter, LetterState.CLAIMED_FULL, "PAID_OUT", at=at, actor=actor)


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
