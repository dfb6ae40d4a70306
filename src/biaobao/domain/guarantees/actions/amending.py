"""延期 and 变更保额: a letter whose lot moved gets another version under its number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import CODE_LENGTH, code_sha256, drawn
from biaobao.core.refusal import NotAllowed, NotFound, Objection, Refused, refuse, require
from biaobao.core.states import check_move
from biaobao.domain.banking.rules import wait_before_asking
from biaobao.domain.documents.types import Letter as SaidLetter
from biaobao.domain.guarantees.models import (
    Amendment,
    Closure,
    Guarantor,
    Letter,
    Suspension,
    read_amendment,
    read_letter,
)
from biaobao.domain.guarantees.queries import letters as letter_queries
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.rules import amending as rules
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as letter_rules
from biaobao.domain.guarantees.rules import premiums as premium_rules
from biaobao.domain.guarantees.states import (
    AMENDMENT,
    BINDING,
    LIVE_AMENDMENT,
    AmendmentState,
    LetterState,
)
from biaobao.domain.guarantees.steps import amendments, applications, letters, limits, premiums
from biaobao.domain.guarantees.types import (
    AmendmentQuote,
    LetterRead,
    Order,
    SealedLetter,
    ToAmend,
)
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import AnnouncementKind, Lot
from biaobao.platform import wake
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def request(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask for a version of the letter of the actor's application that fits its lot again. Twice is once.

    If its premium rises, the difference is to be paid first, to the account that its premium was paid to.

    :raises NotFound: if there is no letter of the actor's.
    :raises Refused: AMENDMENT_NOT_NEEDED, GUARANTOR_LICENCE_TOO_SHORT or PRINCIPAL_SUSPENDED; of another
        amount also CAPACITY_REACHED, TOO_LATE_TO_ISSUE, DEADLINE_PASSED, LOT_OPENED, LOT_SUSPENDED or
        LOT_TERMINATED.
    """
    require(applying.may_apply(actor), "amend a letter")
    row = _own_letter(application_id, actor)
    if Amendment.objects.filter(letter=row, state__in=LIVE_AMENDMENT).exists():
        return
    lot = tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    terms = letter_queries.amendment_terms(application_id=application_id, actor=actor)
    said = read_letter(row)
    quote = rules.quote(said, lot, terms, at=at)
    if quote is None:
        objection = rules.objection_to_the_amount(said, lot, terms, at=at)
        raise Refused(objection or Objection("AMENDMENT_NOT_NEEDED", facts={"number": row.number}))
    _check_guarantor(row, quote)
    asked = _asked(row, quote, at=at, actor=actor)
    if quote.difference.fen > 0 and terms.latest_at is not None:
        asked.state, asked.next_at = AmendmentState.PAY_PENDING, None
        asked.pay_due_at = premium_rules.due_at(terms.latest_at, at=at)
    more = quote.to_amount - quote.from_amount
    if more.fen > 0 and not limits.reserve_more(row.application, more):
        raise refuse("CAPACITY_REACHED")
    asked.save(force_insert=True)
    facts = {"until": quote.to_until.isoformat(), "amount": str(quote.to_amount)}
    log.record(letters.event("letter.amendment-asked", row, **facts), at=at, actor=actor)
    wake.worker("letters")


@action
def cancel(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Leave an amendment that is not paid for: the letter stands as it was. Twice is once.

    :raises NotFound: if there is no letter of the actor's.
    :raises Refused: AMENDMENT_PAID, if its difference is paid in full.
    """
    require(applying.may_apply(actor), "cancel an amendment")
    letter = _own_letter(application_id, actor)
    row = Amendment.objects.filter(letter=letter, state__in=LIVE_AMENDMENT).first()
    if row is None:
        return
    if row.state == AmendmentState.REQUESTED and row.counted_fen:
        raise refuse("AMENDMENT_PAID", number=letter.number)
    row.letter = letter
    cancelled = AmendmentState.CANCELLED
    ledger.move(amendments.end(row, cancelled, "CANCELLED", at=at, actor=actor), at=at)


@action
def claim(*, limit: int, at: datetime, actor: Actor) -> tuple[ToAmend, ...]:
    """Take letters whose next version is due, oldest first; nobody else gets them for two minutes.

    Codes are drawn anew for each try and kept nowhere.
    """
    require(applying.may_work(actor), "amend letters")
    due = list(
        Amendment.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("letter__application__product__guarantor__organisation")
        .filter(state=AmendmentState.REQUESTED, next_at__lte=at)
        .exclude(_over_now(at))
        .exclude(lot__state=LotState.SUSPENDED)
        .exclude(
            Exists(
                Closure.on(
                    day_of(at),
                    product=OuterRef("letter__application__product"),
                    known_by=OuterRef("asked_at"),
                )
            )
        )
        .order_by("next_at", "pk")[:limit]
    )
    numbered = {row.letter.application_id: (row.letter.number, drawn(CODE_LENGTH)) for row in due}
    said = papers.letters_of(numbered=numbered, actor=actor)
    claimed = []
    for row in due:
        application = row.letter.application
        if application.product is None or application.paid_at is None:
            continue
        row.tries += 1
        row.next_at = at + letter_rules.LEASE
        row.save(update_fields=["tries", "next_at"])
        more = row.credits.aggregate(at=Max("credited_at"))["at"]
        order = Order(
            key=str(row.pk),
            guarantor_uscc=application.product.guarantor.organisation.uscc,
            amount=Money(row.to_amount_fen),
            premium=Money(max(0, row.premium_fen)),
            paid_at=more or application.paid_at,
        )
        letter = _with_amount(said[application.pk], row)
        claimed.append(ToAmend(row.pk, row.tries, order, letter))
    return tuple(claimed)


@action
def keep(
    *,
    amendment_id: UUID,
    attempt: int,
    sealed: SealedLetter,
    read: LetterRead,
    at: datetime,
    actor: Actor,
) -> AmendmentState:
    """Keep the next version of a letter, once: from now on the earlier one is superseded.

    One that an earlier claim made is not kept, and one that says what no longer holds is made anew. Over
    another amount it secures its lot from its own second on, and only until the deadline.

    :param read: what the house reads in it: it is not kept unread, as the earlier one was not opened unread.
    :raises Refused: SEAL_OF_ANOTHER, if it is not the guarantor who signed, or why it cannot be read.
    """
    require(applying.may_work(actor), "amend letters")
    row = _lock(amendment_id)
    letter = row.letter
    if row.state != AmendmentState.REQUESTED or row.tries != attempt:
        return AmendmentState(row.state)
    application, said = letter.application, sealed.letter
    guarantor = Guarantor.objects.select_related("organisation").get(
        products=application.product_id
    )
    if sealed.pdf.signature.signer.uscc != guarantor.organisation.uscc:
        raise refuse("SEAL_OF_ANOTHER", guarantor=guarantor.organisation.name)
    lot = tenders.lot(lot_id=letter.lot_id, actor=SYSTEM)
    issued_at = letter_rules.issued_at(sealed.pdf.signature.stamped_at)
    state = LetterState(letter.state)
    why = rules.why_over(read_amendment(row), state, lot, at=issued_at)
    if not why and _is_licence_short(guarantor, said.valid_until):
        why = "GUARANTOR_LICENCE_TOO_SHORT"
    if why:
        ledger.move(amendments.end(row, AmendmentState.REFUSED, why, at=at, actor=actor), at=at)
        return AmendmentState.REFUSED
    holds = papers.letter(
        application_id=application.pk,
        number=letter.number,
        code=said.verification_code,
        actor=actor,
    )
    if said != _with_amount(holds, row) or lot.state is LotState.SUSPENDED:
        _try_again(row, "LOT_CHANGED", at=at)
        return AmendmentState.REQUESTED
    ledger.move(_issue(row, sealed, read, lot, at=at, actor=actor), at=at)
    return AmendmentState.ISSUED


@action
def keep_refusal(
    *, amendment_id: UUID, attempt: int, words: str, at: datetime, actor: Actor
) -> None:
    """Note that the guarantor does not amend: the letter stands as it was, what was paid for it goes back.

    From an earlier claim nothing.
    """
    require(applying.may_work(actor), "amend letters")
    row = _lock(amendment_id)
    if row.state == AmendmentState.REQUESTED and row.tries == attempt:
        why = words or "GUARANTOR_DECLINED"
        ledger.move(amendments.end(row, AmendmentState.REFUSED, why, at=at, actor=actor), at=at)


@action
def keep_problem(
    *, amendment_id: UUID, attempt: int, problem: str, at: datetime, actor: Actor
) -> None:
    """Note why it could not be made now; it is tried again, ever later. From an earlier claim nothing."""
    require(applying.may_work(actor), "amend letters")
    row = _lock(amendment_id)
    if row.state == AmendmentState.REQUESTED and row.tries == attempt:
        _try_again(row, problem, at=at)


@action
def end_over(*, limit: int, at: datetime, actor: Actor) -> int:
    """End amendments that come to nothing: their letters or lots are over, the amount moved on, or they were
    not paid for in time. Return how many ended.
    """
    require(applying.may_work(actor), "end amendments")
    waiting = Q(next_at=None) | Q(next_at__lte=at)
    unpaid = Q(pay_due_at__lt=at - premium_rules.HEARD_WITHIN, state=AmendmentState.PAY_PENDING)
    due = Amendment.objects.filter(waiting, state__in=LIVE_AMENDMENT)
    due = due.filter(_over_now(at) | unpaid).order_by("asked_at", "pk")
    rows = amendments.lock(list(due.values_list("pk", flat=True)[:limit]))
    lots = tenders.lots(lot_ids={row.lot_id for row in rows}, actor=SYSTEM)
    moves: list[Move] = []
    ended = 0
    for row in rows:
        said, state = read_amendment(row), LetterState(row.letter.state)
        why = rules.why_over(said, state, lots[row.lot_id], at=at)
        if why and row.state in LIVE_AMENDMENT:
            became = AmendmentState.CANCELLED if why == "UNPAID" else AmendmentState.REFUSED
            moves += amendments.end(row, became, why, at=at, actor=actor)
            ended += 1
    ledger.move(moves, at=at)
    return ended


def _over_now(at: datetime) -> Q:
    """Return the condition that an amendment comes to nothing, as ``rules.why_over`` tells why."""
    other = ~Q(lot__amount_fen=F("to_amount_fen"))
    is_same = Q(to_amount_fen=F("from_amount_fen"))
    is_sealed = Q(letter__state=LetterState.ISSUED_SEALED, lot__opened_at=None)
    past = Q(lot__opened_at__isnull=False) | Q(
        lot__state=LotState.PUBLISHED, lot__deadline_at__lt=at
    )
    return (
        ~Q(letter__state__in=BINDING)
        | Q(lot__state__in=[LotState.TERMINATED, LotState.FAILED])
        | (~is_same & (other | past))
        | (is_same & is_sealed & Q(lot__amount_fen__gt=F("to_amount_fen")))
    )


def _own_letter(application_id: UUID, actor: Actor) -> Letter:
    application = applications.lock_own(application_id, actor)
    found = Letter.objects.filter(application=application).exclude(state=LetterState.VOID)
    row = next(iter(letters.lock(list(found.values_list("pk", flat=True)))), None)
    if row is None:
        raise NotFound(f"letter of {application_id}")
    return row


def _lock(amendment_id: UUID) -> Amendment:
    for row in amendments.lock([amendment_id]):
        return row
    raise NotFound(f"amendment {amendment_id}")


def _check_guarantor(row: Letter, quote: AmendmentQuote) -> None:
    guarantor = Guarantor.objects.select_related("organisation").get(
        products=row.application.product_id
    )
    if _is_licence_short(guarantor, quote.to_until):
        raise refuse("GUARANTOR_LICENCE_TOO_SHORT")
    if guarantor.paused_at is not None and quote.to_amount > quote.from_amount:
        raise refuse("GUARANTOR_PAUSED", guarantor=guarantor.organisation.name)
    stopped = Suspension.objects.filter(
        guarantor=guarantor, principal=row.bidder_id, lifted_at=None
    )
    if stopped.exists():
        raise refuse("PRINCIPAL_SUSPENDED")


def _is_licence_short(guarantor: Guarantor, until: date) -> bool:
    return guarantor.licence_until is not None and guarantor.licence_until < until


def _asked(row: Letter, quote: AmendmentQuote, *, at: datetime, actor: Actor) -> Amendment:
    """Return the amendment of a locked letter that was asked for."""
    if actor.person_id is None:
        raise NotAllowed("amend a letter without a person")
    announced_at = None
    if quote.to_amount != quote.from_amount:
        announced_at = next(
            said.at
            for said in tenders.announcements(lot_id=row.lot_id, actor=SYSTEM)
            if said.kind is AnnouncementKind.AMOUNT_CHANGED
        )
    return Amendment(
        letter=row,
        lot_id=row.lot_id,
        bidder_id=row.bidder_id,
        from_until=quote.from_until,
        to_until=quote.to_until,
        from_amount_fen=quote.from_amount.fen,
        to_amount_fen=quote.to_amount.fen,
        announced_at=announced_at,
        premium_fen=quote.difference.fen,
        asked_at=at,
        asked_by_id=actor.person_id,
        next_at=at,
    )


def _with_amount(said: SaidLetter, row: Amendment) -> SaidLetter:
    return replace(said, amount=Money(row.to_amount_fen))


def _issue(
    row: Amendment,
    sealed: SealedLetter,
    read: LetterRead,
    lot: Lot,
    *,
    at: datetime,
    actor: Actor,
) -> list[Move]:
    """Let a version be the one that counts; return the moves that book what its premium changes by."""
    letter, said = row.letter, sealed.letter
    application = letter.application
    version = letter.versions.count() + 1
    letters.add_version(letter, sealed, version=version, at=at)
    row.version, row.to_until = version, said.valid_until
    row.replaced_code_sha256 = letter.code_sha256
    check_move(AMENDMENT, AmendmentState(row.state), AmendmentState.ISSUED)
    row.state, row.ended_at, row.next_at, row.problem = AmendmentState.ISSUED, at, None, ""
    row.save()
    letter.code_sha256 = code_sha256(said.verification_code)
    letter.amount_fen, letter.valid_until = said.amount.fen, said.valid_until
    letter.extend_until, letter.lot_as_of = None, lot.changed_at
    letter.save(
        update_fields=["code_sha256", "amount_fen", "valid_until", "extend_until", "lot_as_of"]
    )
    if why := letter_rules.why_unreadable(read_letter(letter), read):
        raise refuse(why, number=letter.number)
    facts = {"until": said.valid_until.isoformat(), "version": str(version)}
    facts["amount"] = str(said.amount)
    log.record(letters.event("letter.amended", letter, **facts), at=at, actor=actor)
    if letter.state == LetterState.ISSUED_SEALED and lot.opened_at is None:
        # The lot may have moved since it was looked at last.
        securities.follow([letters.cover(letter, lot)])
    if row.to_amount_fen == row.from_amount_fen:
        return []
    application.amount_fen = row.to_amount_fen
    # What was bought is another amount: there is another receipt for it.
    application.receipt = None
    application.save(update_fields=["amount_fen", "receipt"])
    limits.amend(application)
    wake.worker("receipts")
    issued_at = letter_rules.issued_at(sealed.pdf.signature.stamped_at)
    return premiums.follow_amendment(application, row, at=issued_at, actor=actor)


def _try_again(row: Amendment, problem: str, *, at: datetime) -> None:
    row.next_at = at + wait_before_asking(row.tries)
    row.problem = problem
    row.save(update_fields=["next_at", "problem"])
