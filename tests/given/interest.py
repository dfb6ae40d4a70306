"""Funds, rates and the bank's interest for tests, made by the real actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import Entry
from biaobao.domain.interest import actions, queries
from biaobao.domain.interest.types import Fund, Interest, Rate
from biaobao.domain.ledger import queries as ledger
from tests.given import banking as given_banking
from tests.given import parties as given_parties

RATE = Rate(date(2025, 1, 1), 3_500, "活期 0.35 %")
BANKS_NAME = "标保示范银行"


def fund(*rates: Rate, at: datetime = given_banking.AT) -> Actor:
    """Give the connected bank a fund with these rates, or one of 0.35 %, and return an operator."""
    keeper = given_parties.operator()
    actions.open_funds(at=at, actor=SYSTEM)
    for rate in rates or (RATE,):
        actions.add_rate(bank=given_banking.BANK, rate=rate, at=at, actor=keeper)
    return keeper


def now(keeper: Actor) -> Fund:
    (found,) = queries.funds(actor=keeper)
    return found


def number(keeper: Actor) -> str:
    """Return the account that the bank is to pay interest to."""
    account = now(keeper).account
    assert account is not None
    return account.number


def comes(keeper: Actor, amount: Money, *, at: datetime, **how: Any) -> Entry:
    """Return the bank's entry of having paid interest to the fund's account."""
    given: dict[str, Any] = {"account": number(keeper), "payer_name": BANKS_NAME}
    return given_banking.entry(amount=amount, at=at, **(given | how))


def reckoned(*, at: datetime) -> int:
    return actions.reckon(limit=99, at=at, actor=SYSTEM)


def ordered(*, at: datetime) -> int:
    """Reckon what is due and order what can be paid; return how much was ordered."""
    reckoned(at=at)
    return actions.pay(limit=99, at=at, actor=SYSTEM)


def on(purpose_id: UUID, *, actor: Actor) -> tuple[Interest, ...]:
    return queries.on(purpose_ids={purpose_id}, actor=actor).get(purpose_id, ())


def all_is_well() -> bool:
    """Tell whether funds, interest and the books agree."""
    return (
        queries.mismatches(actor=SYSTEM) == () and ledger.recount(actor=SYSTEM).discrepancies == ()
    )
