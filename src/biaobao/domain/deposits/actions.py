"""What can be done with the money that bidders pay in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking import steps as banking
from biaobao.domain.banking.states import NoticeState
from biaobao.domain.banking.types import Kind, NoticeRow, ReadFile
from biaobao.domain.deposits import rules, steps
from biaobao.domain.deposits.models import Credit, Deposit
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Way
from biaobao.platform.audit import log
from biaobao.platform.db import action

PURPOSE = "deposit"
# A bank is asked about one sub-account at most this often.
BETWEEN_QUESTIONS = timedelta(seconds=10)


@action
def choose(*, lot_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Secure a lot by deposit: from now on there is a sub-account to pay to.

    Choosing again changes nothing and returns the same deposit.

    :raises Refused: REGISTRATION_MISSING, WAY_NOT_OFFERED, DEADLINE_PASSED or OTHER_WAY_CHOSEN.
    """
    require(rules.may_choose(actor), "secure a lot by deposit")
    bidder_id = rules.organisation_of(actor)
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    pair = (lot_id, bidder_id)
    if pair not in tenders.registered_at(pairs={pair}, actor=actor):
        raise refuse("REGISTRATION_MISSING")
    if Way.DEPOSIT not in lot.ways:
        raise refuse("WAY_NOT_OFFERED", way=Way.DEPOSIT)
    if at > lot.deadline_at:
        raise refuse("DEADLINE_PASSED")

    security_id, way = securities.require_by(
        lot_id=lot_id, bidder_id=bidder_id, way=Way.DEPOSIT, at=at
    )
    if way != Way.DEPOSIT:
        raise refuse("OTHER_WAY_CHOSEN", way=way)
    deposit, is_new = Deposit.objects.get_or_create(
        security_id=security_id,
        defaults={
            "lot_id": lot_id,
            "bidder_id": bidder_id,
            "chosen_at": at,
            "assessed_at": at,
            "lot_as_of": lot.changed_at,
        },
    )
    if is_new:
        log.record(
            log.Event(
                "deposit.chosen",
                f"deposit:{deposit.pk}",
                organisation_id=bidder_id,
                lot_id=lot_id,
            ),
            at=at,
            actor=actor,
        )
        _assign(deposit, at=at, actor=actor)
    return deposit.pk


@action
def assign_waiting(*, limit: int, at: datetime, actor: Actor) -> int:
    """Give sub-accounts to deposits that wait for one, oldest first, and return how many got theirs."""
    require(rules.may_book(actor), "assign sub-accounts")
    waiting = list(
        Deposit.objects.select_for_update(skip_locked=True)
        .filter(sub_account=None)
        .order_by("chosen_at", "pk")[:limit]
    )
    return sum(_assign(deposit, at=at, actor=actor) for deposit in waiting)


@action
def ask_bank(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask the bank now what is on the bidder's sub-account (子账号转账结果查询).

    :raises NotFound: if the bidder has no sub-account for the lot.
    :raises Refused: ASKED_JUST_NOW, with the seconds to wait.
    """
    require(rules.may_choose(actor), "ask the bank")
    deposit = (
        Deposit.objects.select_for_update()
        .filter(lot_id=lot_id, bidder_id=actor.organisation_id)
        .first()
    )
    if deposit is None or deposit.sub_account_id is None:
        raise NotFound(f"sub-account for lot {lot_id}")
    account = bank_queries.sub_accounts(ids={deposit.sub_account_id}, actor=SYSTEM)[
        deposit.sub_account_id
    ]
    if account.asked_at and at - account.asked_at < BETWEEN_QUESTIONS:
        wait = BETWEEN_QUESTIONS - (at - account.asked_at)
        raise refuse("ASKED_JUST_NOW", seconds=str(wait.seconds + 1))
    banking.ask(deposit.sub_account_id, at=at)
    log.record(
        log.Event(
            "bank.asked",
            f"deposit:{deposit.pk}",
            organisation_id=deposit.bidder_id,
            lot_id=lot_id,
        ),
        at=at,
        actor=actor,
    )


@action
def book(*, files: Sequence[ReadFile], at: datetime, actor: Actor) -> int:
    """Book what banks report and judge what it means; return how many notices were new.

    Money that arrived is always booked, whatever it was for. The same notice again, in this file or
    another, at once or later, moves nothing.

    :raises NotAllowed: if the actor may not book bank notices.
    """
    require(rules.may_book(actor), "book bank notices")
    unread = banking.lock_files(files)
    # Two files of one batch may report the same notice: it is booked once.
    fresh: dict[int, NoticeRow] = {}
    for file in sorted(files, key=lambda f: f.id):
        if file.id in unread:
            fresh |= {n.id: n for n in banking.read_file(unread[file.id], file.message, at=at)}
    read = [log.Event("file.read", f"file:{file_id}") for file_id in unread]
    log.record_all(read, at=at, actor=actor)
    credits = [notice for notice in fresh.values() if notice.kind == Kind.CREDIT]
    reversals = [notice for notice in fresh.values() if notice.kind == Kind.REVERSAL]
    debits = [notice for notice in fresh.values() if notice.kind == Kind.DEBIT]

    # All locks are taken here, in the order of the house; the ledger's own come last.
    reversals += banking.waiting_reversals_of(credits)
    originals = banking.originals_of(reversals)
    deposits = _lock_deposits([*credits, *originals.values()])
    moves = _take_in(credits, deposits, at=at, actor=actor)
    moves += _give_back(reversals, originals, deposits, at=at, actor=actor)
    ledger.move(moves, at=at)
    # A debit is the answer to an order of ours; until one claims it, it waits.
    banking.move_notices(debits, NoticeState.WAITING)
    return len(fresh)


@action
def reassess(*, limit: int, at: datetime, actor: Actor) -> int:
    """Judge anew the deposits whose lot or basic account changed since, and return how many.

    A postponed deadline makes late money timely; a confirmed basic account makes its money count.
    """
    require(rules.may_book(actor), "assess deposits")
    moved = ~Q(lot__changed_at=F("lot_as_of")) | (
        Q(bidder__basic_account__isnull=False)
        & (
            Q(basic_account_as_of=None)
            | ~Q(bidder__basic_account__changed_at=F("basic_account_as_of"))
        )
    )
    # What was confirmed before the opening counts even when it is judged only after it.
    sealed = Q(lot__opened_at=None) | Q(bidder__basic_account__changed_at__lte=F("lot__opened_at"))
    stale = Deposit.objects.filter(moved, sealed).order_by("pk")[:limit]
    deposits = steps.lock(list(stale.values_list("pk", flat=True)))
    steps.assess(deposits, [], at=at, actor=actor)
    return len(deposits)


def _assign(deposit: Deposit, *, at: datetime, actor: Actor) -> bool:
    deposit.sub_account_id = banking.take_sub_account(
        purpose=PURPOSE, purpose_id=deposit.pk, holder_id=deposit.bidder_id, at=at
    )
    if deposit.sub_account_id is None:
        return False
    deposit.save(update_fields=["sub_account"])
    log.record(
        log.Event(
            "sub-account.assigned",
            f"deposit:{deposit.pk}",
            organisation_id=deposit.bidder_id,
            lot_id=deposit.lot_id,
        ),
        at=at,
        actor=actor,
    )
    return True


def _lock_deposits(notices: Iterable[NoticeRow]) -> list[Deposit]:
    accounts = {notice.sub_account_id for notice in notices if notice.sub_account_id}
    paid_to = Deposit.objects.filter(sub_account__in=accounts)
    return steps.lock(list(paid_to.values_list("pk", flat=True)))


def _take_in(
    notices: Sequence[NoticeRow], deposits: Sequence[Deposit], *, at: datetime, actor: Actor
) -> list[Move]:
    """Judge and store credits, and return the moves that book them."""
    by_account = {deposit.sub_account_id: deposit for deposit in deposits}
    placed: list[Credit] = []
    unplaced: list[Credit] = []
    for notice in notices:
        deposit = by_account.get(notice.sub_account_id) if notice.sub_account_id else None
        (placed if deposit else unplaced).append(_credit(notice, deposit))

    steps.assess(deposits, placed, at=at, actor=actor)
    reasons = {n.id: "NOT_IN_USE" if n.sub_account_id else "UNKNOWN_SUB_ACCOUNT" for n in notices}
    steps.store_unplaced(unplaced, reasons, at=at)
    banking.move_notices(notices, NoticeState.BOOKED)
    log.record_all(map(_booked, (*placed, *unplaced)), at=at, actor=actor)
    places = _places((*placed, *unplaced), deposits)
    return [
        Move(
            Money(notice.amount_minor),
            debit=chart.bank(notice.bank, notice.currency),
            credit=places[notice.id],
            key=f"credit:{notice.key}",
            effective_at=notice.credited_at,
        )
        for notice in notices
    ]


def _give_back(
    reversals: Sequence[NoticeRow],
    originals: dict[int, NoticeRow],
    deposits: Sequence[Deposit],
    *,
    at: datetime,
    actor: Actor,
) -> list[Move]:
    """Take back what the bank reversed, and return the moves that book it; the rest waits."""
    found = [reversal for reversal in reversals if reversal.id in originals]
    early = [r for r in reversals if r.id not in originals and r.state is NoticeState.RECEIVED]
    banking.move_notices(early, NoticeState.WAITING)
    if not found:
        return []
    credits = list(Credit.objects.filter(notice__in=[o.id for o in originals.values()]))
    steps.take_back(credits, at=at)
    touched = {credit.deposit_id for credit in credits}
    steps.assess([d for d in deposits if d.pk in touched], [], at=at, actor=actor)
    banking.move_notices(found, NoticeState.BOOKED)
    # Those of this very batch have been booked a moment ago.
    booked = [replace(original, state=NoticeState.BOOKED) for original in originals.values()]
    banking.move_notices(booked, NoticeState.REVERSED)
    log.record_all(map(_reversed, credits), at=at, actor=actor)
    places = _places(credits, deposits)
    return [
        Move(
            Money(reversal.amount_minor),
            debit=places[originals[reversal.id].id],
            credit=chart.bank(reversal.bank, reversal.currency),
            key=f"reversal:{reversal.key}",
            effective_at=reversal.credited_at,
        )
        for reversal in found
    ]


def _credit(notice: NoticeRow, deposit: Deposit | None) -> Credit:
    return Credit(
        notice_id=notice.id,
        deposit=deposit,
        lot_id=deposit.lot_id if deposit else None,
        bidder_id=deposit.bidder_id if deposit else None,
        bank_id=notice.bank,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        credited_at=notice.credited_at,
        payer_name=notice.payer_name,
        payer_account=notice.payer_account,
        serial=notice.serial,
    )


def _places(credits: Iterable[Credit], deposits: Sequence[Deposit]) -> dict[int, str]:
    """Return the account that holds the money of each credit, by the notice's id."""
    securities_of = {deposit.pk: deposit.security_id for deposit in deposits}
    return {
        credit.notice_id: chart.deposit(securities_of[credit.deposit_id])
        if credit.deposit_id and credit.currency == chart.HOME
        else chart.suspense(credit.bank_id, credit.currency)
        for credit in credits
    }


def _booked(credit: Credit) -> log.Event:
    return log.Event(
        "credit.booked",
        f"credit:{credit.pk}",
        reason=credit.reason,
        facts={
            "amount": str(Money(credit.amount_minor)),
            "currency": credit.currency,
            "outcome": credit.outcome,
            "serial": credit.serial,
        },
        organisation_id=credit.bidder_id,
        lot_id=credit.lot_id,
    )


def _reversed(credit: Credit) -> log.Event:
    return log.Event(
        "credit.reversed",
        f"credit:{credit.pk}",
        facts={"amount": str(Money(credit.amount_minor)), "serial": credit.serial},
        organisation_id=credit.bidder_id,
        lot_id=credit.lot_id,
    )
