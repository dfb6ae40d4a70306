"""What is moved, and what a recount finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from biaobao.core.money import Money
from biaobao.core.values import value


@value
class Move:
    """Money to move from one account to another.

    :param key: names the event for ever; the same key again moves nothing.
    :param effective_at: when the money moved in the world, by the bank's clock.
    """

    amount: Money
    debit: str
    credit: str
    key: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """An account whose totals are not what its transfers add up to."""

    account: str
    kept: tuple[Money, Money]
    recounted: tuple[Money, Money]


@dataclass(frozen=True, slots=True)
class Recount:
    """The books recomputed from their transfers alone."""

    accounts: int
    transfers: int
    moved: Money
    discrepancies: tuple[Discrepancy, ...]
