"""Reading interest: a bidder its own, operators that of opened lots and of pooled deposits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import require
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.types import SubAccount
from biaobao.domain.interest import models, rules, types
from biaobao.domain.interest.models import read_interest
from biaobao.domain.interest.states import STUCK
from biaobao.platform import reads
from biaobao.platform.db import query

PAGE_SIZE = 20
_MISMATCHES = """
SELECT 'interest fund ' || f.bank_id, 'has ' || f.balance_fen || ' fen, in the books '
       || coalesce(l.credit_fen - l.debit_fen, 0)
  FROM interest_fund f LEFT JOIN ledger_account l ON l.code = 'interest:' || f.bank_id
 WHERE f.balance_fen <> coalesce(l.credit_fen - l.debit_fen, 0)
UNION ALL
SELECT 'interest ' || i.number, 'is ' || i.state || ', its order ' || o.state
  FROM interest_interest i JOIN banking_paymentorder o ON o.id = i.order_id
 WHERE i.state <> CASE o.state WHEN 'PAID' THEN 'PAID' WHEN 'REFUSED' THEN 'FAILED'
                               WHEN 'RETURNED' THEN 'RETURNED' ELSE 'ORDERED' END
   AND NOT (i.state = 'WAITING' AND o.state IN ('REFUSED', 'RETURNED'))
UNION ALL
SELECT 'interest ' || i.number, 'is over ' || i.amount_fen || ' fen, its order over ' || o.amount_minor
  FROM interest_interest i JOIN banking_paymentorder o ON o.id = i.order_id
 WHERE i.amount_fen <> o.amount_minor
"""


@query
def on(*, purpose_ids: Collection[UUID], actor: Actor) -> dict[UUID, tuple[types.Interest, ...]]:  # noqa: ARG001 - the scope reads it
    """Return the interest on money that was paid back for these purposes, by them, the oldest first."""
    found: dict[UUID, tuple[types.Interest, ...]] = {}
    if not purpose_ids:
        return found
    wanted = _interest().filter(purpose_id__in=reads.among("uuid", purpose_ids))
    for row in wanted.order_by("owed_at", "pk"):
        found[row.purpose_id] = (*found.get(row.purpose_id, ()), read_interest(row))
    return found


@query
def listed(
    *, search: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE, actor: Actor
) -> Page[types.Interest]:
    """Return interest for operators, the newest first.

    :param search: part of its number, or of the name of whose money it was; empty for all.
    """
    require(rules.may_keep_rates(actor), "see interest")
    found = _interest()
    if state:
        found = found.filter(state=state)
    if search:
        found = found.filter(
            Q(number__icontains=search)
            | Q(holder__name__icontains=search)
            | Q(payee_name__icontains=search)
        )
    total = found.count()
    shown, first, pages = slice_of(page, total, size)
    listed_ = found.order_by("-owed_at", "pk")[first : first + size]
    return Page(tuple(read_interest(row) for row in listed_), shown, pages, total)


@query
def funds(*, actor: Actor) -> tuple[types.Fund, ...]:
    """Return each bank's fund with its rates, for operators."""
    require(rules.may_keep_rates(actor), "see interest")
    names = {bank.code: bank.name for bank in banking.banks(actor=SYSTEM)}
    rates: dict[str, list[types.Rate]] = defaultdict(list)
    for rate in models.InterestRate.objects.order_by("-valid_from", "-pk"):
        rates[rate.bank_id].append(types.Rate(rate.valid_from, rate.ppm, rate.note))
    found = models.Fund.objects.order_by("bank")
    accounts = banking.sub_accounts(
        {fund.sub_account_id for fund in found if fund.sub_account_id}, actor=actor
    )
    return tuple(
        _fund(
            fund,
            names[fund.bank_id],
            rates[fund.bank_id],
            accounts.get(fund.sub_account_id) if fund.sub_account_id else None,
        )
        for fund in found
    )


@query
def needs(*, actor: Actor) -> tuple[int, int]:
    """Return how many funds lack money or a rate, and how much interest did not reach its payee."""
    require(rules.may_keep_rates(actor), "see interest")
    lacking = models.Fund.objects.filter(Q(short_fen__gt=0) | Q(unrated_from__isnull=False))
    return lacking.count(), models.Interest.objects.filter(state__in=STUCK).count()


@query
def mismatches(*, actor: Actor) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - the scope reads it
    """Return what funds and interest say otherwise than the books and orders: whose it is, and what."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return tuple(cursor.fetchall())


def _interest() -> QuerySet[models.Interest]:
    return models.Interest.objects.select_related("lot", "holder")


def _fund(
    row: models.Fund, bank_name: str, rates: Iterable[types.Rate], account: SubAccount | None
) -> types.Fund:
    return types.Fund(
        bank=row.bank_id,
        bank_name=bank_name,
        account=account,
        balance=Money(row.balance_fen),
        rates=tuple(rates),
        short=Money(row.short_fen),
        unrated_from=row.unrated_from,
    )
