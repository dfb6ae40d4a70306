"""Assessing deposits: judge, then write what changed, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.states import check_move
from biaobao.domain.banking.types import NoticeRow
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import AssessedBidder, AssessedLot, Credit, Deposit, Refund
from biaobao.domain.deposits.states import (
    DEPOSIT,
    REFUND,
    DepositState,
    Outcome,
    RefundState,
)
from biaobao.domain.deposits.types import (
    Arrival,
    Assessment,
    CreditFacts,
    Expectation,
    HeldDeposit,
    Judged,
    Payer,
    Verdict,
)
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import BasicAccount
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform import rows
from biaobao.platform.audit import log
from biaobao.platform.db import step
from biaobao.platform.reads import among, prepared

_HELD = (
    *("id", "security_id", "lot_id", "bidder_id", "sub_account_id", "state", "reason"),
    *("received_fen", "payer_name", "payer_number", "payer_is_confirmed"),
    *("released_at", "release_reason"),
)
_CHANGED_LOTS = """
SELECT l.id, l.changed_at FROM tenders_lot l LEFT JOIN deposits_assessedlot a ON a.lot_id = l.id
 WHERE l.published_at IS NOT NULL AND l.changed_at IS DISTINCT FROM a.as_of LIMIT %s
"""
_CHANGED_BIDDERS = """
SELECT b.organisation_id, b.changed_at FROM parties_basicaccount b
  LEFT JOIN deposits_assessedbidder a ON a.bidder_id = b.organisation_id
 WHERE b.changed_at IS DISTINCT FROM a.as_of LIMIT %s
"""


@step
def lock(ids: Collection[UUID]) -> list[HeldDeposit]:
    """Lock deposits, after the securities that they cover."""
    found = Deposit.objects.filter(pk__in=among("uuid", ids))
    securities_of = dict(found.values_list("pk", "security_id"))
    securities.lock(securities_of.values())
    return lock_secured(securities_of)


@step
def lock_secured(ids: Collection[UUID]) -> list[HeldDeposit]:
    """Lock deposits whose securities are locked."""
    if not ids:
        return []
    return list(map(_held, _locked(ids)))


@step
def without_account(limit: int) -> list[HeldDeposit]:
    """Lock deposits that wait for a sub-account, oldest first, but for those that somebody else has.

    Their securities are not locked: they stand as they stood.
    """
    waiting = Deposit.objects.select_for_update(skip_locked=True).filter(sub_account=None)
    return [_held(row) for row in waiting.order_by("chosen_at", "pk").values_list(*_HELD)[:limit]]


@step
def release(deposit: HeldDeposit, reason: str, *, at: datetime) -> HeldDeposit:
    """Let a locked deposit secure nothing from now on, and return it; it is to be assessed next."""
    return _move(deposit, DepositState.RELEASED, released_at=at, release_reason=reason)


@step
def take_up(deposit: HeldDeposit) -> HeldDeposit:
    """Let a locked deposit that was released be expected again, and return it; to be assessed next."""
    return _move(deposit, DepositState.EXPECTED, released_at=None, release_reason="")


@step
def changed(limit: int) -> tuple[dict[UUID, datetime], dict[UUID, datetime]]:
    """Return lots, and bidders' basic accounts, that changed since their deposits were all judged."""
    return _changed(_CHANGED_LOTS, limit), _changed(_CHANGED_BIDDERS, limit)


@step
def note_assessed(lots: Mapping[UUID, datetime], bidders: Mapping[UUID, datetime]) -> None:
    """Note that all deposits of these lots and bidders are judged up to these changes."""
    AssessedLot.objects.bulk_create(
        [AssessedLot(lot_id=lot_id, as_of=as_of) for lot_id, as_of in lots.items()],
        update_conflicts=True,
        unique_fields=["lot"],
        update_fields=["as_of"],
    )
    AssessedBidder.objects.bulk_create(
        [AssessedBidder(bidder_id=bidder_id, as_of=as_of) for bidder_id, as_of in bidders.items()],
        update_conflicts=True,
        unique_fields=["bidder"],
        update_fields=["as_of"],
    )


@step
def assess(
    deposits: Sequence[HeldDeposit],
    fresh: Sequence[Arrival] = (),
    *,
    at: datetime,
    actor: Actor,
) -> dict[int, Judged]:
    """Judge all credits of locked deposits anew, store the fresh ones, and let securities follow.

    A proposed refund that the facts no longer bear out is cancelled. What each fresh credit came to is
    returned by its notice's id.
    """
    if not deposits:
        return {}
    lots = tenders.lots(lot_ids={d.lot_id for d in deposits}, actor=SYSTEM)
    accounts = parties.basic_accounts(
        organisation_ids={d.bidder_id for d in deposits}, actor=SYSTEM
    )
    expectations = _expectations(deposits, lots, accounts)
    stored: dict[UUID | None, list[Credit]] = defaultdict(list)
    for credit in _credits_of([deposit.id for deposit in deposits]):
        stored[credit.deposit_id].append(credit)
    arrived: dict[UUID, list[CreditFacts]] = defaultdict(list)
    for arrival in fresh:
        if arrival.deposit:
            arrived[arrival.deposit.id].append(_facts_of(arrival.notice))

    assessments, covers, events, rejudged = [], [], [], []
    judged: dict[int, Judged] = {}
    for deposit, expected in zip(deposits, expectations, strict=True):
        own, lot = stored[deposit.id], lots[deposit.lot_id]
        assessment = rules.assess(expected, [*map(_facts, own), *arrived[deposit.id]])
        of_deposit = {one.credit_id: one for one in assessment.credits}
        judged.update(of_deposit)
        rejudged += _write_verdicts(own, of_deposit, at=at)
        if (deposit.state, deposit.reason) != (assessment.state, assessment.reason):
            events.append(_event(deposit, assessment))
        assessments.append(
            _assessed(deposit, assessment, expected, lot, accounts.get(deposit.bidder_id))
        )
        is_given_back = assessment.state is DepositState.RELEASED and _is_over(lot)
        covers.append(
            Cover(
                deposit.security_id,
                Way.DEPOSIT,
                assessment.confirmed_at,
                is_given_back=is_given_back,
            )
        )

    rows.insert_all(Credit, (_stored(a, judged[a.notice.id]) for a in fresh), judged_at=at)
    rows.update_all(Credit, map(_judged, rejudged))
    rows.update_all(Deposit, assessments, assessed_at=at)
    securities.follow(covers)
    known = [credit for own in stored.values() for credit in own]
    _cancel_what_no_longer_holds(known, lots, at=at, events=events)
    log.record_all(events, at=at, actor=actor)
    return judged


@prepared
def _locked(ids: Collection[UUID]) -> QuerySet[Deposit, tuple[Any, ...]]:
    wanted = Deposit.objects.select_for_update().filter(pk__in=among("uuid", ids))
    return wanted.order_by("pk").values_list(*_HELD)


@prepared
def _credits_of(deposits: Sequence[UUID]) -> QuerySet[Credit]:
    return Credit.objects.filter(deposit__in=among("uuid", deposits)).order_by("pk")


@step
def store_unplaced(
    fresh: Iterable[Arrival], reasons: Mapping[int, str], *, at: datetime
) -> dict[int, Judged]:
    """Store credits that belong to no deposit, each with the reason why it waits by its notice's id."""
    waiting = list(fresh)
    judged = {
        a.notice.id: rules.judge_unplaced(_facts_of(a.notice), reason=reasons[a.notice.id])
        for a in waiting
    }
    rows.insert_all(Credit, (_stored(a, judged[a.notice.id]) for a in waiting), judged_at=at)
    return judged


@step
def judge_unplaced_again(credits: Iterable[Credit], *, at: datetime, actor: Actor) -> None:
    """Judge locked credits in suspense anew, after money of them left or was taken back."""
    waiting = list(credits)
    for credit in waiting:
        judged = rules.judge_unplaced(_facts(credit), reason=_why_unplaced(credit))
        _write_verdict(credit, judged, at=at)
    rows.update_all(Credit, map(_judged, waiting))
    events: list[log.Event] = []
    _cancel_what_no_longer_holds(waiting, {}, at=at, events=events)
    log.record_all(events, at=at, actor=actor)


@step
def take_back(credits: Iterable[Credit], *, at: datetime, actor: Actor) -> None:
    """Mark credits as reversed by the bank; the deposits they belonged to are to be assessed next."""
    reversed_ = list(credits)
    for credit in reversed_:
        credit.outcome = Outcome.REVERSED
    rows.update_all(Credit, ({"id": c.pk, "outcome": Outcome.REVERSED} for c in reversed_))
    judge_unplaced_again([c for c in reversed_ if c.deposit_id is None], at=at, actor=actor)


def _changed(statement: str, limit: int) -> dict[UUID, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [limit])
        return dict(cursor.fetchall())


def _held(row: tuple[Any, ...]) -> HeldDeposit:
    pk, security, lot, bidder, account, state, reason, received, *payer, released_at, why = row
    name, number, is_confirmed = payer
    return HeldDeposit(
        id=pk,
        security_id=security,
        lot_id=lot,
        bidder_id=bidder,
        sub_account_id=account,
        state=DepositState(state),
        reason=reason,
        received=Money(received),
        payer=Payer(name, number, is_confirmed) if number else None,
        released_at=released_at,
        release_reason=why,
    )


def _move(deposit: HeldDeposit, state: DepositState, **settings: Any) -> HeldDeposit:
    if deposit.state is not state:
        check_move(DEPOSIT, deposit.state, state)
    Deposit.objects.filter(pk=deposit.id).update(state=state, confirmed_at=None, **settings)
    return replace(deposit, state=state, **settings)


def _expectations(
    deposits: Sequence[HeldDeposit],
    lots: Mapping[UUID, Lot],
    accounts: Mapping[UUID, BasicAccount],
) -> list[Expectation]:
    """Return what each of the deposits must be, in their order."""
    bidders = parties.organisations(ids={d.bidder_id for d in deposits}, actor=SYSTEM)
    registered_at = tenders.registered_at(
        pairs={(d.lot_id, d.bidder_id) for d in deposits}, actor=SYSTEM
    )
    expectations = []
    for deposit in deposits:
        lot = lots[deposit.lot_id]
        expectations.append(
            Expectation(
                required=lot.amount,
                deadline_at=lot.deadline_at,
                bidder_name=bidders[deposit.bidder_id].name,
                registered_at=registered_at.get((deposit.lot_id, deposit.bidder_id)),
                basic_account=_payer(deposit, accounts.get(deposit.bidder_id), lot.deadline_at),
                basic_account_only=lot.basic_account_only,
                accumulate=lot.accumulate,
                released=deposit.release_reason or _ended_by(lot),
            )
        )
    return expectations


_ENDS = {LotState.TERMINATED: "LOT_TERMINATED", LotState.FAILED: "LOT_FAILED"}


def _is_over(lot: Lot) -> bool:
    return lot.opened_at is not None or lot.state is LotState.TERMINATED


def _ended_by(lot: Lot) -> str:
    return _ENDS.get(lot.state, "")


def _payer(
    deposit: HeldDeposit, account: BasicAccount | None, deadline_at: datetime
) -> Payer | None:
    # An account told after the deadline neither mends nor undoes what was paid by then.
    if account is not None and account.told_at <= deadline_at:
        return Payer(account.account_name, account.number, account.confirmed_at is not None)
    return deposit.payer


def _write_verdicts(
    credits: Iterable[Credit], judged: Mapping[int, Judged], *, at: datetime
) -> list[Credit]:
    return [c for c in credits if _write_verdict(c, judged[c.notice_id], at=at)]


def _write_verdict(credit: Credit, judged: Judged, *, at: datetime) -> bool:
    checks = _as_kept(judged.verdicts)
    before = (credit.outcome, credit.refundable_minor, credit.checks)
    if before == (judged.outcome, judged.refundable_minor, checks):
        return False
    credit.outcome = judged.outcome
    credit.reason = judged.reason
    credit.refundable_minor = judged.refundable_minor
    credit.checks = checks
    credit.judged_at = at
    return True


def _as_kept(verdicts: Iterable[Verdict]) -> str:
    return orjson.dumps(
        [(v.check, v.finding, v.reason, v.expected, v.actual) for v in verdicts]
    ).decode()


def _why_unplaced(credit: Credit) -> str:
    # The first check says why it fits nothing, whatever became of it since.
    return str(orjson.loads(credit.checks)[0][2])


def _cancel_what_no_longer_holds(
    credits: Sequence[Credit], lots: dict[UUID, Lot], *, at: datetime, events: list[log.Event]
) -> None:
    if not credits:
        return
    by_id = {credit.pk: credit for credit in credits}
    proposed = Refund.objects.select_for_update().filter(
        credit__in=among("uuid", by_id), state=RefundState.PROPOSED, attempt=1
    )
    for refund in proposed.order_by("pk"):
        credit = by_id[refund.credit_id]
        lot = lots.get(refund.lot_id) if refund.lot_id else None
        if refund.amount_minor <= may_go_back(credit, lot):
            continue
        check_move(REFUND, RefundState.PROPOSED, RefundState.CANCELLED)
        refund.state = RefundState.CANCELLED
        refund.ended_at = at
        refund.ended_why = "FACTS_CHANGED"
        refund.save(update_fields=["state", "ended_at", "ended_why"])
        events.append(
            log.Event(
                "refund.cancelled",
                f"refund:{refund.pk}",
                reason="FACTS_CHANGED",
                organisation_id=refund.bidder_id,
                lot_id=refund.lot_id,
            )
        )


@step
def may_go_back(credit: Credit, lot: Lot | None) -> int:
    """Return how much of a credit may go back now, in minor units: all of it once the lot is opened."""
    if credit.outcome == Outcome.REVERSED:
        return 0
    if lot is not None and lot.opened_at is not None:
        return credit.amount_minor - credit.returned_minor
    return credit.refundable_minor


def _event(deposit: HeldDeposit, assessment: Assessment) -> log.Event:
    return log.Event(
        f"deposit.{assessment.state.lower()}",
        f"deposit:{deposit.id}",
        reason=assessment.reason,
        facts={"counted": str(assessment.counted), "received": str(assessment.received)},
        organisation_id=deposit.bidder_id,
        lot_id=deposit.lot_id,
    )


def _facts(credit: Credit) -> CreditFacts:
    return CreditFacts(
        id=credit.notice_id,
        serial=credit.serial,
        amount_minor=credit.amount_minor,
        currency=credit.currency,
        credited_at=credit.credited_at,
        payer_name=credit.payer_name,
        payer_account=credit.payer_account,
        is_reversed=credit.outcome == Outcome.REVERSED,
        returned_minor=credit.returned_minor,
        is_claimed=credit.claimed_at is not None,
    )


def _facts_of(notice: NoticeRow) -> CreditFacts:
    return CreditFacts(
        id=notice.id,
        serial=notice.serial,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        credited_at=notice.credited_at,
        payer_name=notice.payer_name,
        payer_account=notice.payer_account,
    )


def _stored(arrival: Arrival, judged: Judged) -> rows.Row:
    notice, deposit = arrival.notice, arrival.deposit
    return {
        "id": arrival.credit_id,
        "notice_id": notice.id,
        "bank_id": notice.bank,
        "deposit_id": deposit.id if deposit else None,
        "lot_id": deposit.lot_id if deposit else None,
        "bidder_id": deposit.bidder_id if deposit else None,
        "amount_minor": notice.amount_minor,
        "currency": notice.currency,
        "credited_at": notice.credited_at,
        "payer_name": notice.payer_name,
        "payer_account": notice.payer_account,
        "payer_bank": notice.payer_bank,
        "account": notice.account,
        "serial": notice.serial,
        "outcome": judged.outcome,
        "reason": judged.reason,
        "checks": _as_kept(judged.verdicts),
        "refundable_minor": judged.refundable_minor,
    }


def _judged(credit: Credit) -> rows.Row:
    return {
        "id": credit.pk,
        "outcome": credit.outcome,
        "reason": credit.reason,
        "checks": credit.checks,
        "judged_at": credit.judged_at,
        "refundable_minor": credit.refundable_minor,
    }


def _assessed(
    deposit: HeldDeposit,
    assessment: Assessment,
    expected: Expectation,
    lot: Lot,
    account: BasicAccount | None,
) -> rows.Row:
    if assessment.state is not deposit.state:
        check_move(DEPOSIT, deposit.state, assessment.state)
    payer = expected.basic_account
    return {
        "id": deposit.id,
        "state": assessment.state,
        "reason": assessment.reason,
        "received_fen": assessment.received.fen,
        "counted_fen": assessment.counted.fen,
        "confirmed_at": assessment.confirmed_at,
        "lot_as_of": lot.changed_at,
        "basic_account_as_of": account.changed_at if account else None,
        "payer_name": payer.account_name if payer else "",
        "payer_number": payer.number if payer else "",
        "payer_is_confirmed": payer is not None and payer.is_confirmed,
    }
