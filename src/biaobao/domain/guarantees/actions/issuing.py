"""Issuing letters: claimed, made with no transaction open, kept; or not issued, and the premium goes back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import CODE_LENGTH, code_sha256, drawn
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking.rules import wait_before_asking
from biaobao.domain.guarantees.models import Application, Closure, Guarantor, Letter
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.steps import applications, letters, limits, premiums
from biaobao.domain.guarantees.types import Order, SealedLetter, ToIssue
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.db import action


@action
def claim(*, limit: int, at: datetime, actor: Actor) -> tuple[ToIssue, ...]:
    """Take paid applications whose letters are due, oldest first; nobody else gets them for two minutes.

    Number and code are drawn anew for each try and kept nowhere: what a killed try made is nobody's.
    """
    require(applying.may_work(actor), "issue letters")
    due = list(
        Application.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("product__guarantor__organisation")
        .filter(
            state__in=[ApplicationState.PAID, ApplicationState.ISSUING],
            next_at__lte=at,
            lot__state=LotState.PUBLISHED,
            lot__deadline_at__gte=at.replace(microsecond=0),
            amount_fen=F("lot__amount_fen"),
        )
        .exclude(
            Exists(
                Closure.on(
                    day_of(at), product=OuterRef("product"), known_by=OuterRef("acknowledged_at")
                )
            )
        )
        .order_by("next_at", "pk")[:limit]
    )
    if not due:
        return ()
    numbered = {row.pk: (f"BH{drawn(12)}", drawn(CODE_LENGTH)) for row in due}
    letters = papers.letters_of(numbered=numbered, actor=actor)
    claimed = []
    for row in due:
        if row.product is None or row.paid_at is None:
            continue
        if row.state == ApplicationState.PAID:
            applications.move(row, ApplicationState.ISSUING)
        row.tries += 1
        row.next_at = at + rules.LEASE
        order = Order(
            key=str(row.pk),
            guarantor_uscc=row.product.guarantor.organisation.uscc,
            amount=Money(row.amount_fen or 0),
            premium=Money(row.premium_fen or 0),
            paid_at=row.paid_at,
        )
        claimed.append(ToIssue(row.pk, row.tries, order, letters[row.pk]))
    Application.objects.bulk_update(due, ["state", "tries", "next_at"])
    return tuple(claimed)


@action
def keep(
    *, application_id: UUID, attempt: int, sealed: SealedLetter, at: datetime, actor: Actor
) -> ApplicationState:
    """Keep a letter that was made for a claim, once, and return what became of the application.

    In time it covers its lot; a second late it is void, secures nothing, and the premium goes back. One that
    an earlier claim made is not kept, and one that says what no longer holds is made anew.

    :raises Refused: SEAL_OF_ANOTHER, if it is not the guarantor who signed.
    """
    require(applying.may_work(actor), "issue letters")
    row = _claimed(application_id, attempt)
    if row is None:
        return _state_of(application_id)
    guarantor = Guarantor.objects.select_related("organisation").get(products=row.product_id)
    if sealed.pdf.signature.signer.uscc != guarantor.organisation.uscc:
        raise refuse("SEAL_OF_ANOTHER", guarantor=guarantor.organisation.name)
    lot = tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    letter = sealed.letter
    holds = papers.letter(
        application_id=row.pk, number=letter.number, code=letter.verification_code, actor=actor
    )
    is_still = lot.state not in (LotState.SUSPENDED, LotState.TERMINATED)
    if letter != holds or letter.amount != lot.amount or not is_still:
        _try_again(row, "LOT_CHANGED", at=at, actor=actor)
    elif rules.is_in_time(rules.issued_at(sealed.pdf.signature.stamped_at), lot.deadline_at):
        _issue(row, guarantor, sealed, lot, at=at, actor=actor)
    else:
        _store(row, sealed, lot, LetterState.VOID, at=at)
        applications.end(row, ApplicationState.LATE_ISSUED, "LATE_ISSUED", at=at, actor=actor)
        ledger.move(premiums.give_back(row, at=at, actor=actor), at=at)
    return ApplicationState(row.state)


@action
def keep_refusal(
    *, application_id: UUID, attempt: int, words: str, at: datetime, actor: Actor
) -> None:
    """Note that the guarantor does not issue after all: the premium goes back, the other ways are open.

    From an earlier claim it changes nothing.
    """
    require(applying.may_work(actor), "issue letters")
    row = _claimed(application_id, attempt)
    if row is not None:
        applications.end(
            row,
            ApplicationState.ISSUE_FAILED,
            "GUARANTOR_DECLINED",
            words=words,
            at=at,
            actor=actor,
        )
        ledger.move(premiums.give_back(row, at=at, actor=actor), at=at)


@action
def keep_problem(
    *, application_id: UUID, attempt: int, problem: str, at: datetime, actor: Actor
) -> None:
    """Note why a letter could not be made now; it is tried again, ever later, until the deadline.

    From an earlier claim it changes nothing.
    """
    require(applying.may_work(actor), "issue letters")
    row = _claimed(application_id, attempt)
    if row is not None:
        _try_again(row, problem, at=at, actor=actor)


def _claimed(application_id: UUID, attempt: int) -> Application | None:
    """Lock and return the application, if this is the claim that holds it."""
    for row in applications.lock([application_id]):
        if row.state == ApplicationState.ISSUING and row.tries == attempt:
            return row
    return None


def _state_of(application_id: UUID) -> ApplicationState:
    state = Application.objects.filter(pk=application_id).values_list("state", flat=True).first()
    if state is None:
        raise NotFound(f"application {application_id}")
    return ApplicationState(state)


def _try_again(row: Application, problem: str, *, at: datetime, actor: Actor) -> None:
    applications.move(row, ApplicationState.PAID)
    row.next_at = at + wait_before_asking(row.tries)
    row.problem = problem
    row.save(update_fields=["state", "next_at", "problem"])
    applications.record("letter.delayed", row, reason=problem, at=at, actor=actor)


def _issue(
    row: Application,
    guarantor: Guarantor,
    sealed: SealedLetter,
    lot: Lot,
    *,
    at: datetime,
    actor: Actor,
) -> None:
    applications.move(row, ApplicationState.ISSUED)
    row.issued_at = rules.issued_at(sealed.pdf.signature.stamped_at)
    row.next_at, row.problem = None, ""
    row.save(update_fields=["state", "issued_at", "next_at", "problem"])
    _store(row, sealed, lot, LetterState.ISSUED_SEALED, at=at)
    limits.use(row, at=at)
    securities.follow([Cover(row.security_id, Way.GUARANTEE, row.issued_at)])
    applications.record("letter.issued", row, at=at, actor=actor)
    premium = Move(
        Money(row.premium_fen or 0),
        debit=chart.premium(row.pk),
        credit=chart.guarantor(guarantor.pk),
        key=f"issued:{row.pk}",
        effective_at=row.issued_at,
    )
    ledger.move([premium], at=at)


def _store(
    row: Application, sealed: SealedLetter, lot: Lot, state: LetterState, *, at: datetime
) -> None:
    said = sealed.letter
    letter = Letter.objects.create(
        application=row,
        bidder_id=row.bidder_id,
        lot_id=row.lot_id,
        number=said.number,
        code_sha256=code_sha256(said.verification_code),
        state=state,
        amount_fen=said.amount.fen,
        valid_until=said.valid_until,
        issued_at=rules.issued_at(sealed.pdf.signature.stamped_at),
        lot_as_of=lot.changed_at,
    )
    letters.add_version(letter, sealed, version=1, at=at)
