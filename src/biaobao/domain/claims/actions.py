"""A beneficiary drafts, presents and withdraws demands; a guarantor accepts or refuses; courts stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.refusal import NotAllowed, NotFound, Refused, refuse, require
from biaobao.core.uploads import Upload
from biaobao.domain.banking.rules import account_number
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.claims import queries, rules, steps
from biaobao.domain.claims.models import Claim, ClaimFile, Receipt, Stay
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import (
    Discrepancy,
    FileKind,
    SignedDemand,
    StayOutcome,
    Terms,
)
from biaobao.domain.guarantees.queries import letters as letter_queries
from biaobao.domain.guarantees.steps import letters
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities.rules import objections_to_files
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import vault
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import action

DEMAND_BYTES_MAX = 10 * 2**20


@action
def draft(
    *, letter_id: UUID, terms: Terms, documents: Sequence[Upload], at: datetime, actor: Actor
) -> UUID:
    """Draft a demand under a letter of one of the actor's opened lots, to be signed next; return its id.

    :raises NotFound: if the letter is not of an opened lot of which the actor is the tenderer.
    :raises Refused: with all that stands against it: the letter, each term, each document.
    """
    require(rules.may_claim(actor), "claim under a letter")
    letter = letter_queries.opened(letter_id=letter_id, actor=actor)
    lot = tenders.lot(lot_id=letter.lot_id, actor=SYSTEM)
    if lot.tenderer_id != actor.organisation_id:
        raise NotFound(f"letter {letter_id} of which to be the beneficiary")
    terms = _stripped(terms)
    objection = rules.objection_to_letter(letter, at=at)
    objections = [
        *([objection] if objection else []),
        *rules.objections_to_terms(terms, letter, lot.tenderer_name),
        *objections_to_files(documents),
    ]
    if objections:
        raise Refused(*objections)
    principal, guarantor = letter_queries.parties_of(letter_id=letter_id, actor=SYSTEM)
    claim = Claim.objects.create(
        number=f"SP{drawn(10)}",
        letter_id=letter_id,
        lot_id=letter.lot_id,
        bidder_id=principal,
        guarantor_id=guarantor,
        beneficiary_id=lot.tenderer_id,
        cause=terms.cause,
        clause=terms.clause,
        statement=terms.statement,
        amount_fen=terms.amount.fen,
        payee_name=terms.payee_name,
        payee_account=terms.payee_account,
        payee_bank=terms.payee_bank,
        drafted_at=at,
        drafted_by_id=_person(actor),
    )
    for each in documents:
        _keep(claim, FileKind.DOCUMENT, each, at=at)
    steps.record("claim.drafted", claim, at=at, actor=actor)
    return claim.pk


@action
def keep_prepared(*, claim_id: UUID, prepared: bytes, at: datetime, actor: Actor) -> None:
    """Keep the demand with room for a signature, until the signature comes. The newest stands.

    :raises NotFound: if it is not a draft of the actor's.
    """
    claim = _own_draft(claim_id, actor)
    upload = Upload(f"{claim.number}.pdf", "application/pdf", prepared)
    _keep(claim, FileKind.PREPARED, upload, at=at)


@action
def present(*, claim_id: UUID, signed: SignedDemand, at: datetime, actor: Actor) -> None:
    """Present a demand that the beneficiary signed: from now on the guarantor examines it. Twice is once.

    :raises NotFound: if it is not the actor's, or was discarded.
    :raises Refused: LETTER_NOT_CLAIMABLE, CLAIM_LATE, CLAIM_UNDER_WAY_ALREADY, CLAIM_TOO_HIGH,
        DEMAND_CHANGED or CERTIFICATE_OF_ANOTHER.
    """
    require(rules.may_claim(actor), "claim under a letter")
    claim = _own(claim_id, actor)
    if claim.presented_at is not None:
        return
    if claim.state != ClaimState.DRAFT:
        raise NotFound(f"draft {claim_id}")
    letter = letter_queries.opened(letter_id=claim.letter_id, actor=actor)
    if objection := rules.objection_to_letter(letter, at=at):
        raise Refused(objection)
    left = letter.amount.fen - letter.paid_out.fen
    if claim.amount_fen > left:
        facts = {"amount": str(Money(claim.amount_fen)), "left": str(Money(left))}
        raise refuse("CLAIM_TOO_HIGH", field="amount", **facts)
    if signed.demand != queries.demand(claim_id=claim_id, actor=actor):
        raise refuse("DEMAND_CHANGED")
    beneficiary = parties.organisation(organisation_id=claim.beneficiary_id, actor=SYSTEM)
    signer = signed.pdf.signature.signer
    if signer.uscc != beneficiary.uscc:
        raise refuse(
            "CERTIFICATE_OF_ANOTHER",
            field="certificate",
            uscc=beneficiary.uscc,
            certificate=signer.uscc,
        )
    (row,) = letters.lock([claim.letter_id])
    letters.open_claim(row)
    upload = Upload(f"{claim.number}.pdf", "application/pdf", signed.pdf.content)
    _keep(claim, FileKind.DEMAND, upload, at=at)
    steps.move(claim, ClaimState.PRESENTED)
    claim.presented_at = at
    claim.signer = f"{signer.name} {signer.serial}"
    claim.examine_by = rules.examine_by(at, is_working_day=is_working_day)
    claim.save()
    steps.record("claim.presented", claim, at=at, actor=actor)


@action
def withdraw(*, claim_id: UUID, at: datetime, actor: Actor) -> None:
    """Take a demand back before it is decided, or discard its draft. Twice is once.

    :raises NotFound: if it is not the actor's.
    :raises Refused: DEMAND_DECIDED.
    """
    require(rules.may_claim(actor), "withdraw a claim")
    claim = _own(claim_id, actor)
    if claim.state == ClaimState.WITHDRAWN:
        return
    if claim.state not in (ClaimState.DRAFT, ClaimState.PRESENTED):
        raise refuse("DEMAND_DECIDED", number=claim.number)
    was_presented = claim.state == ClaimState.PRESENTED
    _end(claim, ClaimState.WITHDRAWN, "WITHDRAWN", is_open=was_presented, at=at, actor=actor)


@action
def accept(*, claim_id: UUID, at: datetime, actor: Actor) -> None:
    """Accept a demand: it is to be funded, to an account of its own, and is then paid. Twice is once.

    :raises NotFound: if it is not presented to the actor's guarantor.
    :raises Refused: DEMAND_DECIDED or CLAIM_STAYED.
    """
    claim = _to_examine(claim_id, actor)
    if claim.decided_at is not None and claim.state != ClaimState.REFUSED:
        return
    _require_undecided(claim)
    steps.move(claim, ClaimState.ACCEPTED)
    claim.decided_at, claim.decided_by_id = at, _person(actor)
    claim.save()
    steps.record("claim.accepted", claim, at=at, actor=actor)
    _assign(claim, at=at)


@action
def refuse_demand(
    *,
    claim_id: UUID,
    discrepancies: Sequence[Discrepancy],
    words: str,
    at: datetime,
    actor: Actor,
) -> None:
    """Refuse a demand once, with all in which it does not conform on its face. Twice is once.

    While the letter lives another may be presented.

    :raises NotFound: if it is not presented to the actor's guarantor.
    :raises Refused: DEMAND_DECIDED, CLAIM_STAYED or DISCREPANCIES_MISSING.
    """
    claim = _to_examine(claim_id, actor)
    if claim.state == ClaimState.REFUSED:
        return
    _require_undecided(claim)
    if not discrepancies or not words.strip():
        raise refuse("DISCREPANCIES_MISSING", field="discrepancies")
    claim.decided_at, claim.decided_by_id = at, _person(actor)
    claim.discrepancies = sorted(set(discrepancies))
    claim.words = words.strip()
    _end(claim, ClaimState.REFUSED, "DISCREPANT", is_open=True, at=at, actor=actor)


@action
def stay(
    *, claim_id: UUID, court: str, case_number: str, order: Upload, at: datetime, actor: Actor
) -> UUID:
    """Note that a court ordered not to pay for now (中止支付); return the stay's id.

    :raises NotFound: if the claim is not the actor's guarantor's.
    :raises Refused: DEMAND_DECIDED if nothing is left to stay, TEXT_MISSING, or as documents are.
    """
    claim = _to_examine(claim_id, actor)
    if claim.state not in (ClaimState.PRESENTED, ClaimState.ACCEPTED) or claim.funded_fen:
        raise refuse("DEMAND_DECIDED", number=claim.number)
    for field, text in (("court", court), ("case_number", case_number)):
        if not text.strip():
            raise refuse("TEXT_MISSING", field=field)
    if objections := list(objections_to_files([order])):
        raise Refused(*objections)
    row = Stay.objects.create(
        claim=claim,
        court=court.strip(),
        case_number=case_number.strip(),
        ordered_at=at,
        ruling_by=at + rules.RULING_WITHIN,
        sue_by=at + rules.SUE_WITHIN,
        noted_by_id=_person(actor),
        before=claim.state,
    )
    _keep(claim, FileKind.COURT, order, at=at)
    steps.move(claim, ClaimState.STAYED)
    claim.save(update_fields=["state"])
    steps.record("claim.stayed", claim, court=row.court, at=at, actor=actor)
    return row.pk


@action
def end_stay(*, claim_id: UUID, outcome: StayOutcome, at: datetime, actor: Actor) -> None:
    """Note how a stay ended: the claim goes on where it was, or is stopped for good. Twice is once.

    The days of the stay are added to the time for examining.

    :raises NotFound: if the claim is not the actor's guarantor's.
    """
    claim = _to_examine(claim_id, actor)
    row = Stay.objects.select_for_update().filter(claim=claim, ended_at=None).first()
    if row is None:
        return
    row.ended_at, row.outcome = at, outcome
    row.save(update_fields=["ended_at", "outcome"])
    if outcome is StayOutcome.FINAL:
        _end(claim, ClaimState.STOPPED, "COURT", is_open=True, at=at, actor=actor)
        return
    steps.move(claim, ClaimState(row.before))
    if claim.examine_by is not None:
        claim.examine_by += at - row.ordered_at
    claim.save(update_fields=["state", "examine_by"])
    steps.record("claim.resumed", claim, reason=outcome, at=at, actor=actor)
    if claim.state == ClaimState.ACCEPTED:
        _assign(claim, at=at)


@action
def tell_payee(
    *, claim_id: UUID, payee_account: str, payee_bank: str, at: datetime, actor: Actor
) -> None:
    """Tell another account of the beneficiary's own, after the bank did not pay; it is paid there at once.

    :raises NotFound: if the claim is not the actor's.
    :raises Refused: PAYMENT_NOT_FAILED, ACCOUNT_NUMBER_INVALID or BANK_NAME_MISSING.
    """
    require(rules.may_claim(actor), "tell a payee")
    claim = _own(claim_id, actor)
    if claim.state != ClaimState.PAY_FAILED or claim.order is None:
        raise refuse("PAYMENT_NOT_FAILED", number=claim.number)
    number, bank = account_number(payee_account), payee_bank.strip()
    if objections := list(rules.objections_to_payee(claim.payee_name, number, bank)):
        raise Refused(*objections)
    claim.payee_account, claim.payee_bank = number, bank
    claim.save(update_fields=["payee_account", "payee_bank"])
    last = claim.order
    ledger.move([steps.pay(claim, last.bank_id, last.from_account, at=at, actor=actor)], at=at)


@action
def note_receipt(
    *, claim_id: UUID, amount: Money, received_on: date, note: str, at: datetime, actor: Actor
) -> None:
    """Note what the guarantor recovered of the bidder (追偿); when all is, the claim is closed.

    :raises NotFound: if the claim is not the actor's guarantor's.
    :raises Refused: NOTHING_TO_RECOVER or RECOVERED_TOO_MUCH.
    """
    claim = _to_examine(claim_id, actor)
    if claim.state != ClaimState.PAID:
        raise refuse("NOTHING_TO_RECOVER", number=claim.number)
    left = Money(claim.amount_fen - claim.recovered_fen)
    if not 0 < amount.fen <= left.fen:
        raise refuse("RECOVERED_TOO_MUCH", field="amount", amount=str(amount), left=str(left))
    Receipt.objects.create(
        claim=claim,
        amount_fen=amount.fen,
        received_on=received_on,
        note=note.strip(),
        noted_at=at,
        noted_by_id=_person(actor),
    )
    claim.recovered_fen += amount.fen
    claim.save(update_fields=["recovered_fen"])
    steps.record("claim.recovered", claim, amount=str(amount), at=at, actor=actor)
    if claim.recovered_fen == claim.amount_fen:
        _close(claim, "RECOVERED", at=at, actor=actor)


@action
def give_up_recovery(*, claim_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Close a paid claim of which the rest is not to be recovered. Twice is once.

    :raises NotFound: if the claim is not the actor's guarantor's.
    :raises Refused: NOTHING_TO_RECOVER or TEXT_MISSING.
    """
    claim = _to_examine(claim_id, actor)
    if claim.state == ClaimState.CLOSED:
        return
    if claim.state != ClaimState.PAID:
        raise refuse("NOTHING_TO_RECOVER", number=claim.number)
    if not words.strip():
        raise refuse("TEXT_MISSING", field="words")
    _close(claim, words.strip(), at=at, actor=actor)


@action
def assign_waiting(*, limit: int, at: datetime, actor: Actor) -> int:
    """Give sub-accounts to accepted claims that wait for one; return how many got theirs."""
    require(rules.may_work(actor), "assign sub-accounts")
    waiting = Claim.objects.filter(state=ClaimState.ACCEPTED, sub_account=None)
    rows = steps.lock(
        list(waiting.order_by("decided_at", "pk").values_list("pk", flat=True)[:limit])
    )
    return sum(_assign(row, at=at) for row in rows if row.state == ClaimState.ACCEPTED)


def _stripped(terms: Terms) -> Terms:
    return Terms(
        cause=terms.cause,
        clause=terms.clause.strip(),
        statement=terms.statement.strip(),
        amount=terms.amount,
        payee_name=terms.payee_name.strip(),
        payee_account=account_number(terms.payee_account),
        payee_bank=terms.payee_bank.strip(),
    )


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotAllowed("act on a claim without a person")
    return actor.person_id


def _own(claim_id: UUID, actor: Actor) -> Claim:
    for row in steps.lock([claim_id]):
        if row.beneficiary_id == actor.organisation_id:
            return row
    raise NotFound(f"claim {claim_id}")


def _own_draft(claim_id: UUID, actor: Actor) -> Claim:
    require(rules.may_claim(actor), "claim under a letter")
    claim = _own(claim_id, actor)
    if claim.state != ClaimState.DRAFT:
        raise NotFound(f"draft {claim_id}")
    return claim


def _to_examine(claim_id: UUID, actor: Actor) -> Claim:
    require(rules.may_examine(actor), "examine a claim")
    for row in steps.lock([claim_id]):
        if row.guarantor_id == actor.organisation_id and row.presented_at is not None:
            return row
    raise NotFound(f"claim {claim_id}")


def _require_undecided(claim: Claim) -> None:
    if claim.state == ClaimState.STAYED:
        raise refuse("CLAIM_STAYED", number=claim.number)
    if claim.state != ClaimState.PRESENTED:
        raise refuse("DEMAND_DECIDED", number=claim.number)


def _end(
    claim: Claim, state: ClaimState, why: str, *, is_open: bool, at: datetime, actor: Actor
) -> None:
    """End a locked claim that came to nothing; its letter is free of it."""
    steps.move(claim, state)
    claim.ended_at, claim.ended_why = at, why
    claim.save()
    if is_open:
        (letter,) = letters.lock([claim.letter_id])
        letters.close_claim(letter)
    steps.record(f"claim.{state.lower()}", claim, reason=why, at=at, actor=actor)


def _close(claim: Claim, why: str, *, at: datetime, actor: Actor) -> None:
    steps.move(claim, ClaimState.CLOSED)
    claim.ended_at, claim.ended_why = at, why
    claim.save(update_fields=["state", "ended_at", "ended_why"])
    steps.record("claim.closed", claim, reason=why, at=at, actor=actor)


def _assign(claim: Claim, *, at: datetime) -> bool:
    claim.sub_account_id = banking.take_sub_account(
        purpose=steps.PURPOSE,
        purpose_id=claim.pk,
        holder_id=claim.guarantor_id,
        lot_id=claim.lot_id,
        at=at,
    )
    claim.save(update_fields=["sub_account"])
    return claim.sub_account_id is not None


def _keep(claim: Claim, kind: FileKind, upload: Upload, *, at: datetime) -> None:
    kept = vault.keep(upload.content, limit=DEMAND_BYTES_MAX)
    ClaimFile.objects.create(
        claim=claim,
        kind=kind,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=kept.sha256,
        stored_sha256=kept.stored_sha256,
        wrapped_key=kept.wrapped_key,
        kept_at=at,
    )
