"""Booking what banks report, and judging what it means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.core.refusal import require
from biaobao.domain.banking.states import NoticeState, OrderState
from biaobao.domain.banking.steps import notices as banking
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Kind, NoticeRow, Order, ReadFile
from biaobao.domain.booking import rules
from biaobao.domain.claims import steps as funding
from biaobao.domain.deposits.steps import assessing, crediting, refunding
from biaobao.domain.guarantees.steps import applications, premiums
from biaobao.domain.interest import steps as interest
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.pools.steps import forfeiting, memberships
from biaobao.domain.pools.steps import funding as pooling
from biaobao.domain.securities import steps as securities
from biaobao.platform.audit import log
from biaobao.platform.db import action

# What sub-accounts are for whose money is no deposit.
_PURPOSES = (premiums.PURPOSE, funding.PURPOSE, pooling.PURPOSE, interest.PURPOSE)
_OTHER = "other"
# Notices with the orders that they carried out or brought back.
Carried = list[tuple[NoticeRow, Order]]


@action
def book(*, files: Sequence[ReadFile], at: datetime, actor: Actor) -> int:
    """Book what banks report and judge what it means; return how many notices were new.

    Money that arrived is always booked, whatever it was for. The same notice again, in this file or
    another, at once or later, moves nothing. Debits and answers carry our payment orders on, and with
    them the refunds that they are for.

    :raises NotAllowed: if the actor may not book bank notices.
    """
    require(rules.may_book(actor), "book bank notices")
    unread = banking.open_files(files)
    banking.take_turns(unread, files)
    fresh = banking.read_files(unread, files, at=at)
    refused: list[Order] = []
    for file in files:
        if file.id in unread and file.message.answers:
            bank = unread[file.id].bank_id
            refused += orders.take_answers(bank, file.message.answers, at=at)
    read = [log.Event("file.read", f"file:{f.id}") for f in files if f.id in unread and f.is_last]
    log.record_all(read, at=at, actor=actor)
    sides: dict[Kind, list[NoticeRow]] = {kind: [] for kind in Kind}
    for notice in fresh:
        sides[notice.kind].append(notice)

    # All locks are taken in the order of the house; the ledger's own come last.
    paid = _pay_out(sides[Kind.DEBIT])
    returned, credits = _bring_back(sides[Kind.CREDIT], paid)
    moves = [*_refusals(refused, at=at), *_debits(paid), *_returns(returned)]
    moves += _take_in_and_back(credits, sides[Kind.REVERSAL], at=at, actor=actor)
    _let_refunds_follow(refused, OrderState.REFUSED, at=at, actor=actor)
    _let_refunds_follow([o for _, o in paid], OrderState.PAID, at=at, actor=actor)
    _let_refunds_follow([o for _, o in returned], OrderState.RETURNED, at=at, actor=actor)
    ledger.move(moves, at=at)
    return len(fresh)


def _pay_out(debits: Sequence[NoticeRow]) -> Carried:
    """Let orders follow the debits that carried them out, and return both; a debit without one waits."""
    paid_by = orders.paid_by(debits)
    banking.let_wait(debit for debit in debits if debit.id not in paid_by)
    return [(debit, paid_by[debit.id]) for debit in debits if debit.id in paid_by]


def _bring_back(credits: Sequence[NoticeRow], paid: Carried) -> tuple[Carried, list[NoticeRow]]:
    """Let orders follow the credits whose money came back (退汇); return both, and the other credits.

    One that came before its order's debit was heard of waits for it.
    """
    waiting = banking.waiting_returns_of(
        [debit for debit, _ in paid], [order.key for _, order in paid]
    )
    named = [c for c in credits if c.order_key or c.original_serial]
    returned_by = orders.returned_by([*waiting, *named])
    early = orders.may_still_return([c for c in named if c.id not in returned_by])
    banking.let_wait(c for c in named if c.id in early)
    banking.move_notices((c for c in waiting if c.id in returned_by), NoticeState.BOOKED)
    back = [(c, returned_by[c.id]) for c in (*waiting, *named) if c.id in returned_by]
    return back, [c for c in credits if c.id not in returned_by and c.id not in early]


def _take_in_and_back(
    credits: Sequence[NoticeRow], reversals: Sequence[NoticeRow], *, at: datetime, actor: Actor
) -> list[Move]:
    """Book credits, and what the bank takes back of these and of earlier ones, each where it belongs."""
    reversals = [*reversals, *banking.waiting_reversals_of(credits)]
    originals = banking.originals_of(reversals)
    to = _by_purpose(credits)
    of: dict[str, list[tuple[NoticeRow, NoticeRow]]] = defaultdict(list)
    for reversal in reversals:
        if original := originals.get(reversal.id):
            of[original.purpose].append((reversal, original))

    deposits_of = crediting.securities_of(to[_OTHER], originals.values())
    premiums_of = premiums.securities_of(
        [*to[premiums.PURPOSE], *_taken_back(of[premiums.PURPOSE])]
    )
    securities.lock([*deposits_of.values(), *premiums_of.values()])
    deposits = assessing.lock_secured(deposits_of)
    applied = applications.lock_secured(premiums_of)
    members = memberships.lock(
        pooling.memberships_of([*to[pooling.PURPOSE], *_taken_back(of[pooling.PURPOSE])])
    )
    claims = funding.lock_lettered(
        funding.claims_of([*to[funding.PURPOSE], *_taken_back(of[funding.PURPOSE])])
    )
    counts = funding.counting(to[funding.PURPOSE], claims)
    funded, moves = interest.take_in(to[interest.PURPOSE], at=at, actor=actor)

    # What no claim asks for fits nothing, and waits; so does what a stranger pays to a fund.
    unclaimed = [c for c in to[funding.PURPOSE] if c.id not in counts]
    unclaimed += [c for c in to[interest.PURPOSE] if c.id not in funded]
    moves += crediting.take_in([*to[_OTHER], *unclaimed], deposits, at=at, actor=actor)
    counted = [c for c in to[funding.PURPOSE] if c.id in counts]
    moves += funding.take_in(counted, claims, at=at, actor=actor)
    moves += premiums.take_in(to[premiums.PURPOSE], applied, at=at, actor=actor)
    moves += pooling.take_in(to[pooling.PURPOSE], members, at=at, actor=actor)
    taken = premiums.take_back(of[premiums.PURPOSE], applied, at=at, actor=actor)
    taken |= funding.take_back(of[funding.PURPOSE], claims, at=at, actor=actor)
    taken |= pooling.take_back(of[pooling.PURPOSE], members, at=at, actor=actor)
    taken |= interest.take_back(of[interest.PURPOSE], at=at, actor=actor)
    # Money may have lain in suspense before its sub-account was for a premium, a claim or a membership.
    rest = [pair for pairs in of.values() for pair in pairs if pair[0].id not in taken]
    taken |= crediting.take_back(rest, deposits, at=at, actor=actor)
    _move_reversals(reversals, originals, taken.keys())
    return [*moves, *(move for back in taken.values() for move in back)]


def _by_purpose(credits: Sequence[NoticeRow]) -> dict[str, list[NoticeRow]]:
    """Sort credits by what their sub-account is for, those of closed ones and of deposits under _OTHER."""
    by_purpose: dict[str, list[NoticeRow]] = defaultdict(list)
    for credit in credits:
        is_known = credit.purpose in _PURPOSES and not credit.is_to_closed
        by_purpose[credit.purpose if is_known else _OTHER].append(credit)
    return by_purpose


def _taken_back(pairs: Sequence[tuple[NoticeRow, NoticeRow]]) -> list[NoticeRow]:
    return [original for _, original in pairs]


def _move_reversals(
    reversals: Sequence[NoticeRow], originals: Mapping[int, NoticeRow], taken: Collection[int]
) -> None:
    """Let reversals and their credits follow what was taken back; the rest waits."""
    banking.let_wait(r for r in reversals if r.id not in taken and r.state is NoticeState.BOOKED)
    done = [r for r in reversals if r.id in taken]
    banking.move_notices((r for r in done if r.state is NoticeState.WAITING), NoticeState.BOOKED)
    banking.move_notices((originals[r.id] for r in done), NoticeState.REVERSED)


def _refusals(refused: Sequence[Order], *, at: datetime) -> list[Move]:
    """Return the moves that keep the money owed of orders that the bank refused."""
    return [
        Move(
            Money(order.amount_minor),
            debit=chart.in_transit(order.id, order.currency),
            credit=chart.returned(order.id, order.currency),
            key=f"refused:{order.id}",
            effective_at=at,
        )
        for order in refused
    ]


def _debits(paid: Carried) -> list[Move]:
    return [
        Move(
            Money(debit.amount_minor),
            debit=_lies_at(order),
            credit=chart.bank(debit.bank, debit.currency),
            key=f"debit:{debit.key}",
            effective_at=debit.credited_at,
        )
        for debit, order in paid
    ]


def _returns(returned: Carried) -> list[Move]:
    return [
        Move(
            Money(credit.amount_minor),
            debit=chart.bank(credit.bank, credit.currency),
            credit=chart.returned(order.id, credit.currency),
            key=f"return:{credit.key}",
            effective_at=credit.credited_at,
        )
        for credit, order in returned
    ]


def _lies_at(order: Order) -> str:
    """Return where the money of an order lies until its debit is booked."""
    if order.state is OrderState.REFUSED:
        return chart.returned(order.id, order.currency)
    return chart.in_transit(order.id, order.currency)


def _let_refunds_follow(
    ended: Sequence[Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let each purpose's refunds follow what became of their orders."""
    for purpose, follow_orders in (
        (refunding.PURPOSE, refunding.follow_orders),
        (premiums.REFUND_PURPOSE, premiums.follow_orders),
        (funding.PAYOUT_PURPOSE, funding.follow_orders),
        (pooling.REFUND_PURPOSE, pooling.follow_orders),
        (forfeiting.PURPOSE, forfeiting.follow_orders),
        (interest.PURPOSE, interest.follow_orders),
    ):
        of_purpose = {order.purpose_id: order for order in ended if order.purpose == purpose}
        if of_purpose:
            follow_orders(of_purpose, became, at=at, actor=actor)
