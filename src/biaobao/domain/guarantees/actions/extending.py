"""延期: a letter that is too short since its lot was postponed gets another version under its number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.numbers import CODE_LENGTH, code_sha256, drawn
from biaobao.core.refusal import NotAllowed, NotFound, refuse, require
from biaobao.core.states import check_move
from biaobao.domain.banking.rules import wait_before_asking
from biaobao.domain.guarantees.models import Extension, Guarantor, Letter, Suspension
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import BINDING, EXTENSION, ExtensionState
from biaobao.domain.guarantees.steps import applications, letters
from biaobao.domain.guarantees.types import Order, SealedLetter, ToExtend
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import wake
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def request(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask for a version of the letter of the actor's application that holds long enough. Twice is once.

    :raises NotFound: if there is no letter of the actor's.
    :raises Refused: EXTENSION_NOT_NEEDED, GUARANTOR_LICENCE_TOO_SHORT or PRINCIPAL_SUSPENDED.
    """
    require(applying.may_apply(actor), "extend a letter")
    application = applications.lock_own(application_id, actor)
    found = Letter.objects.filter(application=application).values_list("pk", flat=True)
    row = next(iter(letters.lock(list(found))), None)
    if row is None:
        raise NotFound(f"letter of {application_id}")
    if Extension.objects.filter(letter=row, state=ExtensionState.REQUESTED).exists():
        return
    if row.extend_until is None or row.state not in BINDING:
        raise refuse("EXTENSION_NOT_NEEDED", number=row.number)
    guarantor = Guarantor.objects.get(products=application.product_id)
    if guarantor.licence_until is not None and guarantor.licence_until < row.extend_until:
        raise refuse("GUARANTOR_LICENCE_TOO_SHORT")
    stopped = Suspension.objects.filter(
        guarantor=guarantor, principal=row.bidder_id, lifted_at=None
    )
    if stopped.exists():
        raise refuse("PRINCIPAL_SUSPENDED")
    if actor.person_id is None:
        raise NotAllowed("extend a letter without a person")
    Extension.objects.create(
        letter=row,
        lot_id=row.lot_id,
        bidder_id=row.bidder_id,
        from_until=row.valid_until,
        to_until=row.extend_until,
        asked_at=at,
        asked_by_id=actor.person_id,
        next_at=at,
    )
    until = row.extend_until.isoformat()
    log.record(letters.event("letter.extension-asked", row, until=until), at=at, actor=actor)
    wake.worker("letters")


@action
def claim(*, limit: int, at: datetime, actor: Actor) -> tuple[ToExtend, ...]:
    """Take letters whose next version is due, oldest first; nobody else gets them for two minutes.

    Codes are drawn anew for each try and kept nowhere. What was asked for of a letter that ended is over.
    """
    require(applying.may_work(actor), "extend letters")
    due = list(
        Extension.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("letter__application__product__guarantor__organisation")
        .filter(state=ExtensionState.REQUESTED, next_at__lte=at)
        .order_by("next_at", "pk")[:limit]
    )
    live = []
    for row in due:
        if row.letter.state in BINDING:
            live.append(row)
        else:
            _end(row, ExtensionState.REFUSED, "LETTER_ENDED", at=at)
    numbered = {row.letter.application_id: (row.letter.number, drawn(CODE_LENGTH)) for row in live}
    said = papers.letters_of(numbered=numbered, actor=actor)
    claimed = []
    for row in live:
        application = row.letter.application
        if application.product is None or application.paid_at is None:
            continue
        row.tries += 1
        row.next_at = at + rules.LEASE
        row.save(update_fields=["tries", "next_at"])
        order = Order(
            key=str(row.pk),
            guarantor_uscc=application.product.guarantor.organisation.uscc,
            amount=Money(row.letter.amount_fen),
            premium=Money(0),
            paid_at=application.paid_at,
        )
        claimed.append(ToExtend(row.pk, row.tries, order, said[application.pk]))
    return tuple(claimed)


@action
def keep(
    *, extension_id: UUID, attempt: int, sealed: SealedLetter, at: datetime, actor: Actor
) -> ExtensionState:
    """Keep the next version of a letter, once: from now on the earlier one is superseded.

    One that an earlier claim made is not kept, and one that says what no longer holds is made anew.

    :raises Refused: SEAL_OF_ANOTHER, if it is not the guarantor who signed.
    """
    require(applying.may_work(actor), "extend letters")
    row, letter = _lock(extension_id)
    if row.state != ExtensionState.REQUESTED or row.tries != attempt:
        return ExtensionState(row.state)
    application, said = letter.application, sealed.letter
    guarantor = Guarantor.objects.select_related("organisation").get(
        products=application.product_id
    )
    if sealed.pdf.signature.signer.uscc != guarantor.organisation.uscc:
        raise refuse("SEAL_OF_ANOTHER", guarantor=guarantor.organisation.name)
    holds = papers.letter(
        application_id=application.pk,
        number=letter.number,
        code=said.verification_code,
        actor=actor,
    )
    if letter.state not in BINDING:
        _end(row, ExtensionState.REFUSED, "LETTER_ENDED", at=at)
        return ExtensionState.REFUSED
    if said != holds:
        _try_again(row, "LOT_CHANGED", at=at)
        return ExtensionState.REQUESTED
    version = letter.versions.count() + 1
    letters.add_version(letter, sealed, version=version, at=at)
    row.version, row.to_until = version, said.valid_until
    row.replaced_code_sha256 = letter.code_sha256
    _end(row, ExtensionState.ISSUED, "", at=at)
    letter.code_sha256 = code_sha256(said.verification_code)
    letter.valid_until = said.valid_until
    letter.extend_until = None
    letter.lot_as_of = tenders.lot(lot_id=letter.lot_id, actor=SYSTEM).changed_at
    letter.save(update_fields=["code_sha256", "valid_until", "extend_until", "lot_as_of"])
    until = said.valid_until.isoformat()
    log.record(
        letters.event("letter.extended", letter, until=until, version=str(version)),
        at=at,
        actor=actor,
    )
    return ExtensionState.ISSUED


@action
def keep_refusal(
    *, extension_id: UUID, attempt: int, words: str, at: datetime, actor: Actor
) -> None:
    """Note that the guarantor does not extend: the letter stands as it was. From an earlier claim nothing."""
    require(applying.may_work(actor), "extend letters")
    row, letter = _lock(extension_id)
    if row.state == ExtensionState.REQUESTED and row.tries == attempt:
        _end(row, ExtensionState.REFUSED, words or "GUARANTOR_DECLINED", at=at)
        log.record(letters.event("letter.not-extended", letter, reason=words), at=at, actor=actor)


@action
def keep_problem(
    *, extension_id: UUID, attempt: int, problem: str, at: datetime, actor: Actor
) -> None:
    """Note why it could not be made now; it is tried again, ever later. From an earlier claim nothing."""
    require(applying.may_work(actor), "extend letters")
    row, _letter = _lock(extension_id)
    if row.state == ExtensionState.REQUESTED and row.tries == attempt:
        _try_again(row, problem, at=at)


def _lock(extension_id: UUID) -> tuple[Extension, Letter]:
    """Lock an extension after its letter.

    :raises NotFound: if there is none.
    """
    found = Extension.objects.filter(pk=extension_id).values_list("letter", flat=True)
    letter = next(iter(letters.lock(list(found))), None)
    if letter is None:
        raise NotFound(f"extension {extension_id}")
    return Extension.objects.select_for_update().get(pk=extension_id), letter


def _end(row: Extension, state: ExtensionState, words: str, *, at: datetime) -> None:
    check_move(EXTENSION, ExtensionState(row.state), state)
    row.state, row.words = state, words
    row.ended_at, row.next_at, row.problem = at, None, ""
    row.save()


def _try_again(row: Extension, problem: str, *, at: datetime) -> None:
    row.next_at = at + wait_before_asking(row.tries)
    row.problem = problem
    row.save(update_fields=["next_at", "problem"])
