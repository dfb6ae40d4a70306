"""Interest: the rates that it is reckoned by, the funds that it comes from, reckoning and paying it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Min, Q, QuerySet, Sum

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking.rules import same_account, same_name
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Payout
from biaobao.domain.interest import rules, steps
from biaobao.domain.interest.models import (
    Fund,
    Interest,
    InterestRate,
    read_changes,
    write_stretches,
)
from biaobao.domain.interest.states import STUCK, InterestState
from biaobao.domain.interest.types import Payee, Rate
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.platform import wake
from biaobao.platform.audit import log
from biaobao.platform.db import action

REMITTANCE = "保证金利息"
# Before the opening nobody but the payee may tell from a fund who was paid back what.
PAYABLE = Q(lot=None) | Q(lot__opened_at__isnull=False) | Q(lot__terminated_at__isnull=False)

# What did not reach its payee takes nothing of the fund any more: no other is to be waited for.
_FIRST = (F("order").asc(nulls_last=True), "owed_at", "pk")


@action
def add_rate(*, bank: str, rate: Rate, at: datetime, actor: Actor) -> None:
    """Add a bank's demand rate from a day on, or correct that of a day. What was reckoned keeps its rate.

    :raises NotFound: if there is no such bank.
    :raises Refused: RATE_INVALID or TEXT_TOO_LONG.
    """
    require(rules.may_keep_rates(actor), "keep interest rates")
    fund = Fund.objects.select_for_update().filter(bank=bank).first()
    if fund is None:
        raise NotFound(f"the fund of bank {bank}")
    if len(rate.note) > rules.NOTE_MAX:
        raise refuse("TEXT_TOO_LONG", field="note", limit=str(rules.NOTE_MAX))
    if objection := rules.objection_to_rate(rate):
        raise refuse(objection, field="rate")
    InterestRate.objects.create(
        bank_id=bank,
        valid_from=rate.valid_from,
        ppm=rate.ppm,
        note=rate.note.strip(),
        added_at=at,
        added_by_id=actor.person_id,
    )
    facts = {"bank": bank, "valid_from": rate.valid_from.isoformat(), "rate_ppm": str(rate.ppm)}
    log.record(log.Event("interest-rate.added", f"fund:{fund.pk}", facts=facts), at=at, actor=actor)
    wake.worker(steps.PURPOSE)


@action
def open_funds(*, at: datetime, actor: Actor) -> int:
    """See that each bank has a fund with a sub-account of its own; return how many got theirs."""
    require(rules.may_work(actor), "open funds")
    for bank in bank_queries.banks(actor=SYSTEM):
        Fund.objects.get_or_create(bank_id=bank.code, defaults={"opened_at": at})
    given = 0
    for fund in Fund.objects.select_for_update().filter(sub_account=None).order_by("pk"):
        fund.sub_account_id = banking.take_sub_account(
            purpose=steps.PURPOSE,
            purpose_id=fund.pk,
            holder_id=None,
            lot_id=None,
            bank=fund.bank_id,
            at=at,
        )
        if fund.sub_account_id:
            fund.save(update_fields=["sub_account"])
            given += 1
    return given


@action
def reckon(*, limit: int, at: datetime, actor: Actor) -> int:
    """Reckon interest that is due, by the rates of its days, the oldest first; return how many moved.

    Where a rate lacks it waits for one, and its fund says from which day on.
    """
    require(rules.may_work(actor), "reckon interest")
    done = 0
    for fund in Fund.objects.select_for_update().order_by("pk"):
        dated = InterestRate.objects.filter(bank=fund.bank_id).order_by("valid_from", "pk")
        rates = [Rate(each.valid_from, each.ppm) for each in dated]
        due = Interest.objects.filter(bank=fund.bank_id, state=InterestState.DUE)
        rated = due.filter(since__gte=rates[0].valid_from) if rates else due.none()
        locked = rated.select_for_update(of=("self",)).order_by("owed_at", "pk")[:limit]
        done += sum(_reckon(row, rates, at=at, actor=actor) for row in locked)
        unrated_from = due.filter(PAYABLE).aggregate(day=Min("since"))["day"]
        if fund.unrated_from != unrated_from:
            fund.unrated_from = unrated_from
            fund.save(update_fields=["unrated_from"])
    return done


@action
def pay(*, limit: int, at: datetime, actor: Actor) -> int:
    """Order interest that waits, the oldest first, as far as each fund reaches; return how many.

    What is lacking shows on the fund.
    """
    require(rules.may_work(actor), "pay interest")
    done = 0
    funds = Fund.objects.select_for_update(of=("self",)).select_related("sub_account")
    for fund in funds.order_by("pk"):
        waiting = Interest.objects.filter(PAYABLE, bank=fund.bank_id, state=InterestState.WAITING)
        locked = waiting.select_for_update(of=("self",)).order_by(*_FIRST)[:limit]
        moves = []
        for row in locked if fund.sub_account else ():
            if row.order_id is None and row.amount_fen > fund.balance_fen:
                break
            moves.append(_order(row, fund, at=at, actor=actor))
        ledger.move(moves, at=at)
        done += len(moves)
        _note_what_lacks(fund, waiting)
    return done


@action
def follow_basic_accounts(*, limit: int, at: datetime, actor: Actor) -> int:
    """Let interest that did not reach its payee go to its holder's confirmed basic account; return how many.

    Only what was to go to the holder itself, and never to the account that it did not reach.
    """
    require(rules.may_work(actor), "redirect interest")
    stuck = Interest.objects.filter(
        state__in=STUCK, holder__basic_account__confirmed_at__isnull=False
    )
    locked = list(stuck.select_for_update(of=("self",)).order_by("owed_at", "pk")[:limit])
    holders = {row.holder_id for row in locked if row.holder_id}
    accounts = parties.basic_accounts(organisation_ids=holders, actor=SYSTEM)
    done = 0
    for row in locked:
        account = accounts.get(row.holder_id) if row.holder_id else None
        if account is None or account.confirmed_at is None:
            continue
        is_own = same_name(row.payee_name, account.account_name)
        if is_own and not same_account(row.payee_account, account.number):
            payee = Payee(account.account_name, account.number, account.bank_name)
            steps.pay_to(row, payee, at=at, actor=actor)
            done += 1
    return done


@action
def pay_again(*, interest_id: UUID, at: datetime, actor: Actor) -> None:
    """Order interest that did not reach its payee once more, to the same account: its holder, or an operator.

    :raises NotFound: if it is not for the actor to see.
    :raises Refused: INTEREST_NOT_FAILED.
    """
    require(rules.may_pay_again(actor), "pay interest again")
    own = Q(holder=actor.organisation_id) if actor.role is Role.BIDDER else PAYABLE
    row = Interest.objects.select_for_update(of=("self",)).filter(own, pk=interest_id).first()
    if row is None:
        raise NotFound(f"interest {interest_id}")
    if row.state not in STUCK:
        raise refuse("INTEREST_NOT_FAILED", number=row.number)
    steps.wait_again(row, at=at, actor=actor)


def _reckon(row: Interest, rates: Sequence[Rate], *, at: datetime, actor: Actor) -> bool:
    reckoning = rules.reckon(read_changes(row), row.until, rates)
    if reckoning is None:
        return False
    steps.move(row, InterestState.WAITING if reckoning.amount else InterestState.NOTHING)
    row.amount_fen = reckoning.amount.fen
    row.stretches = write_stretches(reckoning.stretches)
    row.reckoned_at = at
    row.save()
    steps.record("interest.reckoned", row, at=at, actor=actor)
    return True


def _order(row: Interest, fund: Fund, *, at: datetime, actor: Actor) -> Move:
    source = chart.returned(row.order_id) if row.order_id else chart.interest(fund.bank_id)
    if row.order_id is None:
        fund.balance_fen -= row.amount_fen
        fund.save(update_fields=["balance_fen"])
    steps.move(row, InterestState.ORDERED)
    row.attempt += 1
    order = orders.order(_payout(row, fund), at=at)
    row.order_id, row.ordered_at = order.id, at
    row.save()
    steps.record("interest.ordered", row, at=at, actor=actor)
    return Move(
        Money(row.amount_fen),
        debit=source,
        credit=chart.in_transit(order.id),
        key=f"order:{order.id}",
        effective_at=at,
    )


def _payout(row: Interest, fund: Fund) -> Payout:
    account = fund.sub_account
    if account is None:
        raise LookupError(f"fund {fund.pk} has no sub-account")
    return Payout(
        bank=fund.bank_id,
        purpose=steps.PURPOSE,
        purpose_id=row.pk,
        attempt=row.attempt,
        holder_id=row.holder_id,
        lot_id=row.lot_id,
        from_account=account.number,
        amount_minor=row.amount_fen,
        currency=chart.HOME,
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        payee_bank=row.payee_bank,
        remittance=f"{REMITTANCE} {row.number}",
    )


def _note_what_lacks(fund: Fund, waiting: QuerySet[Interest]) -> None:
    wanted = waiting.filter(order=None).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    short = rules.short_of(Money(wanted), Money(fund.balance_fen)).fen
    if fund.short_fen != short:
        fund.short_fen = short
        fund.save(update_fields=["short_fen"])
