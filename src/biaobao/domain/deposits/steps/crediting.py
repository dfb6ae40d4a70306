"""Money that comes for deposits, or for nothing, and what the bank takes back of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import QuerySet

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import NoticeRow
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit
from biaobao.domain.deposits.steps import assessing
from biaobao.domain.deposits.types import Arrival, HeldDeposit, Judged, Payer, Purpose
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.platform.audit import log
from biaobao.platform.db import step
from biaobao.platform.reads import among, prepared


@step
def securities_of(
    credits: Sequence[NoticeRow], originals: Collection[NoticeRow]
) -> dict[UUID, UUID]:
    """Return the deposits that these notices pay to, or were claimed for, each with its security."""
    paid = (*credits, *originals)
    accounts = {notice.sub_account_id for notice in paid if notice.sub_account_id}
    found = set(_paid_to(accounts) if accounts else ())
    if originals:
        claimed = Credit.objects.filter(
            notice__in=[notice.id for notice in originals], claimed_at__isnull=False
        )
        found |= set(claimed.values_list("deposit", "deposit__security_id"))
    return dict(found)


@prepared
def _paid_to(accounts: Collection[UUID]) -> QuerySet[Deposit, tuple[UUID, UUID]]:
    found = Deposit.objects.filter(sub_account__in=among("uuid", accounts))
    return found.values_list("pk", "security_id")


@step
def take_in(
    notices: Sequence[NoticeRow], deposits: Sequence[HeldDeposit], *, at: datetime, actor: Actor
) -> list[Move]:
    """Judge and store credits, for locked deposits or for none; return the moves that book them."""
    place = _Places(deposits, notices)
    arrivals = [Arrival(uuid4(), notice, place.deposit_of(notice)) for notice in notices]
    placed = [arrival for arrival in arrivals if arrival.deposit]
    unplaced = [arrival for arrival in arrivals if not arrival.deposit]
    reasons = {a.notice.id: place.why_none(a.notice) for a in unplaced}
    judged = assessing.assess(deposits, placed, at=at, actor=actor)
    judged |= assessing.store_unplaced(unplaced, reasons, at=at)
    log.record_all([_booked(a, judged[a.notice.id]) for a in arrivals], at=at, actor=actor)
    return [
        Move(
            Money(a.notice.amount_minor),
            debit=chart.bank(a.notice.bank, a.notice.currency),
            credit=_holder(a.notice.bank, a.notice.currency, a.deposit),
            key=f"credit:{a.notice.key}",
            effective_at=a.notice.credited_at,
        )
        for a in arrivals
    ]


@step
def take_back(
    pairs: Sequence[tuple[NoticeRow, NoticeRow]],
    deposits: Sequence[HeldDeposit],
    *,
    at: datetime,
    actor: Actor,
) -> dict[int, list[Move]]:
    """Take back what the bank reversed, given with the credits; return the moves that book it, by the
    reversal's id.

    A reversal of none of our credits is left out. What had gone back to its payer before is owed to the
    house from then on.
    """
    if not pairs:
        return {}
    credits = {
        credit.notice_id: credit
        for credit in Credit.objects.select_for_update()
        .filter(notice__in=[original.id for _, original in pairs])
        .order_by("pk")
    }
    if not credits:
        return {}
    assessing.take_back(credits.values(), at=at, actor=actor)
    touched = {credit.deposit_id for credit in credits.values()}
    assessing.assess([d for d in deposits if d.id in touched], at=at, actor=actor)
    log.record_all(map(_reversed, credits.values()), at=at, actor=actor)
    by_id: dict[UUID | None, HeldDeposit] = {deposit.id: deposit for deposit in deposits}
    return {
        reversal.id: _moves_back(reversal, credit, by_id.get(credit.deposit_id))
        for reversal, original in pairs
        if (credit := credits.get(original.id))
    }


def _moves_back(reversal: NoticeRow, credit: Credit, deposit: HeldDeposit | None) -> list[Move]:
    gone = credit.returned_minor
    account = _holder(credit.bank_id, credit.currency, deposit)
    parts = (
        (reversal.amount_minor - gone, account, f"reversal:{reversal.key}"),
        (
            gone,
            chart.taken_back(reversal.bank, reversal.currency),
            f"reversal-of-returned:{reversal.key}",
        ),
    )
    return [
        Move(
            Money(minor),
            debit=debit,
            credit=chart.bank(reversal.bank, reversal.currency),
            key=key,
            effective_at=reversal.credited_at,
        )
        for minor, debit, key in parts
        if minor
    ]


@dataclass(frozen=True, slots=True)
class _Bidder:
    deposit: HeldDeposit
    payer: Payer


class _Places:
    """Which deposit a credit is for: by the sub-account alone, or by its payer where all pay to one."""

    def __init__(self, deposits: Sequence[HeldDeposit], notices: Iterable[NoticeRow]) -> None:
        of_lots = {n.sub_account_id for n in notices if n.purpose == Purpose.LOT}
        shared = [d for d in deposits if d.sub_account_id in of_lots]
        self._own = {d.sub_account_id: d for d in deposits if d.sub_account_id not in of_lots}
        self._sharing: dict[UUID | None, dict[UUID, _Bidder]] = defaultdict(dict)
        for deposit, payer in _payers(shared):
            self._sharing[deposit.sub_account_id][deposit.id] = _Bidder(deposit, payer)

    def deposit_of(self, notice: NoticeRow) -> HeldDeposit | None:
        if notice.sub_account_id is None or notice.is_to_closed:
            return None
        sharing = self._sharing.get(notice.sub_account_id)
        if sharing is None:
            return self._own.get(notice.sub_account_id)
        found = rules.find_payer(
            notice.payer_name,
            notice.payer_account,
            {deposit_id: bidder.payer for deposit_id, bidder in sharing.items()},
        )
        return sharing[found].deposit if found else None

    def why_none(self, notice: NoticeRow) -> str:
        if notice.sub_account_id is None:
            return "UNKNOWN_SUB_ACCOUNT"
        if notice.is_to_closed:
            return "CLOSED"
        return "PAYER_UNKNOWN" if notice.sub_account_id in self._sharing else "NOT_IN_USE"


def _payers(deposits: Collection[HeldDeposit]) -> Iterable[tuple[HeldDeposit, Payer]]:
    if not deposits:
        return
    bidders = {d.bidder_id for d in deposits}
    accounts = parties.basic_accounts(organisation_ids=bidders, actor=SYSTEM)
    names = parties.organisations(ids=bidders, actor=SYSTEM)
    for deposit in deposits:
        account = accounts.get(deposit.bidder_id)
        name = account.account_name if account else names[deposit.bidder_id].name
        yield deposit, Payer(name, account.number if account else "", is_confirmed=False)


def _holder(bank: str, currency: str, deposit: HeldDeposit | None) -> str:
    """Return the account that holds money that came for a deposit, or for none."""
    if deposit and currency == chart.HOME:
        return chart.deposit(deposit.security_id)
    return chart.suspense(bank, currency)


def _booked(arrival: Arrival, judged: Judged) -> log.Event:
    notice, deposit = arrival.notice, arrival.deposit
    return log.Event(
        "credit.booked",
        f"credit:{arrival.credit_id}",
        reason=judged.reason,
        facts={
            "amount": str(Money(notice.amount_minor)),
            "currency": notice.currency,
            "outcome": judged.outcome,
            "serial": notice.serial,
        },
        organisation_id=deposit.bidder_id if deposit else None,
        lot_id=deposit.lot_id if deposit else None,
    )


def _reversed(credit: Credit) -> log.Event:
    return log.Event(
        "credit.reversed",
        f"credit:{credit.pk}",
        facts={"amount": str(Money(credit.amount_minor)), "serial": credit.serial},
        organisation_id=credit.bidder_id,
        lot_id=credit.lot_id,
    )
