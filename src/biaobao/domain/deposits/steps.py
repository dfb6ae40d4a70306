"""Assessing deposits: judge, then write what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.states import check_move
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit
from biaobao.domain.deposits.states import DEPOSIT, DepositState, Outcome
from biaobao.domain.deposits.types import (
    Assessment,
    CreditFacts,
    Expectation,
    Judged,
    Payer,
)
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import BasicAccount
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform.audit import log
from biaobao.platform.db import step


@step
def lock(ids: Collection[UUID]) -> list[Deposit]:
    """Lock deposits, after the securities that they cover."""
    securities.lock(Deposit.objects.filter(pk__in=ids).values_list("security_id", flat=True))
    return list(Deposit.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


@step
def assess(
    deposits: Sequence[Deposit], fresh: Sequence[Credit], *, at: datetime, actor: Actor
) -> None:
    """Judge all credits of locked deposits anew, store the fresh ones, and let securities follow."""
    if not deposits:
        return
    lots = tenders.lots(lot_ids={d.lot_id for d in deposits}, actor=SYSTEM)
    accounts = parties.basic_accounts(
        organisation_ids={d.bidder_id for d in deposits}, actor=SYSTEM
    )
    expectations = _expectations(deposits, lots, accounts)
    credits: dict[UUID | None, list[Credit]] = defaultdict(list)
    for credit in (*Credit.objects.filter(deposit__in=deposits).order_by("pk"), *fresh):
        credits[credit.deposit_id].append(credit)

    covers, events, rejudged = [], [], []
    for deposit in deposits:
        own = credits[deposit.pk]
        assessment = rules.assess(expectations[deposit.pk], [_facts(credit) for credit in own])
        rejudged += _write_verdicts(own, assessment.credits, at=at)
        if (deposit.state, deposit.reason) != (assessment.state, assessment.reason):
            events.append(_event(deposit, assessment))
        account = accounts.get(deposit.bidder_id)
        _write(deposit, assessment, expectations[deposit.pk].basic_account, at=at)
        deposit.lot_as_of = lots[deposit.lot_id].changed_at
        deposit.basic_account_as_of = account.changed_at if account else None
        covers.append(Cover(deposit.security_id, assessment.confirmed_at))

    stored = [credit for credit in rejudged if not credit._state.adding]
    Credit.objects.bulk_create(fresh, batch_size=2000)
    Credit.objects.bulk_update(stored, ["outcome", "reason", "checks", "judged_at"], batch_size=500)
    Deposit.objects.bulk_update(
        deposits,
        [
            "state",
            "reason",
            "received_fen",
            "counted_fen",
            "assessed_at",
            "confirmed_at",
            "lot_as_of",
            "basic_account_as_of",
            "payer_name",
            "payer_number",
            "payer_is_confirmed",
        ],
        batch_size=500,
    )
    securities.follow(covers)
    log.record_all(events, at=at, actor=actor)


@step
def store_unplaced(fresh: Iterable[Credit], reasons: dict[int, str], *, at: datetime) -> None:
    """Store credits that belong to no deposit, each with the reason why it waits."""
    rows = list(fresh)
    for credit in rows:
        judged = rules.judge_unplaced(_facts(credit), reason=reasons[credit.notice_id])
        _write_verdict(credit, judged, at=at)
    Credit.objects.bulk_create(rows, batch_size=2000)


@step
def take_back(credits: Iterable[Credit], *, at: datetime) -> None:
    """Mark credits as reversed by the bank; the deposits they belonged to are to be assessed next."""
    rows = list(credits)
    for credit in rows:
        reason, credit.outcome = credit.reason, Outcome.REVERSED
        if credit.deposit_id is None:
            _write_verdict(credit, rules.judge_unplaced(_facts(credit), reason=reason), at=at)
    Credit.objects.bulk_update(rows, ["outcome", "reason", "checks", "judged_at"])


def _expectations(
    deposits: Sequence[Deposit],
    lots: dict[UUID, Lot],
    accounts: dict[UUID, BasicAccount],
) -> dict[UUID, Expectation]:
    bidders = parties.organisations(ids={d.bidder_id for d in deposits}, actor=SYSTEM)
    registered_at = tenders.registered_at(
        pairs={(d.lot_id, d.bidder_id) for d in deposits}, actor=SYSTEM
    )
    return {
        deposit.pk: Expectation(
            required=lots[deposit.lot_id].amount,
            deadline_at=lots[deposit.lot_id].deadline_at,
            bidder_name=bidders[deposit.bidder_id].name,
            registered_at=registered_at.get((deposit.lot_id, deposit.bidder_id)),
            basic_account=_payer(
                deposit, accounts.get(deposit.bidder_id), lots[deposit.lot_id].deadline_at
            ),
            basic_account_only=lots[deposit.lot_id].basic_account_only,
            accumulate=lots[deposit.lot_id].accumulate,
        )
        for deposit in deposits
    }


def _payer(deposit: Deposit, account: BasicAccount | None, deadline_at: datetime) -> Payer | None:
    # An account told after the deadline neither mends nor undoes what was paid by then.
    if account is not None and account.told_at <= deadline_at:
        return Payer(account.account_name, account.number, account.confirmed_at is not None)
    if deposit.payer_number:
        return Payer(deposit.payer_name, deposit.payer_number, deposit.payer_is_confirmed)
    return None


def _write_verdicts(
    credits: Sequence[Credit], judged: Sequence[Judged], *, at: datetime
) -> list[Credit]:
    by_notice = {j.credit_id: j for j in judged}
    return [c for c in credits if _write_verdict(c, by_notice[c.notice_id], at=at)]


def _write_verdict(credit: Credit, judged: Judged, *, at: datetime) -> bool:
    checks = [asdict(verdict) for verdict in judged.verdicts]
    if credit.checks == checks and credit.outcome == judged.outcome:
        return False
    credit.outcome = judged.outcome
    credit.reason = judged.reason
    credit.checks = checks
    credit.judged_at = at
    return True


def _write(deposit: Deposit, assessment: Assessment, payer: Payer | None, *, at: datetime) -> None:
    if assessment.state != deposit.state:
        check_move(DEPOSIT, DepositState(deposit.state), assessment.state)
    deposit.state = assessment.state
    deposit.reason = assessment.reason
    deposit.received_fen = assessment.received.fen
    deposit.counted_fen = assessment.counted.fen
    deposit.confirmed_at = assessment.confirmed_at
    deposit.assessed_at = at
    deposit.payer_name = payer.account_name if payer else ""
    deposit.payer_number = payer.number if payer else ""
    deposit.payer_is_confirmed = payer is not None and payer.is_confirmed


def _event(deposit: Deposit, assessment: Assessment) -> log.Event:
    return log.Event(
        f"deposit.{assessment.state.lower()}",
        f"deposit:{deposit.pk}",
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
    )
