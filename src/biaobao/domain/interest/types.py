"""What interest is reckoned from, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from biaobao.core.money import Money
from biaobao.domain.banking.types import Order, SubAccount
from biaobao.domain.interest.states import InterestState


@dataclass(frozen=True, slots=True)
class Change:
    """Money that came to lie here on a day, or left; fen, negative for what left."""

    day: date
    fen: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A bank's demand rate (活期) from a day on.

    :param ppm: a year's, in parts of a million: 500 is 0.05 %.
    """

    valid_from: date
    ppm: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which principal and rate were the same: ``since`` counts, ``until`` does not.

    :param principal: with what was capitalised before, to the fen.
    :param interest: in fen, to four decimals, as it is read.
    """

    since: date
    until: date
    principal: Money
    ppm: int
    interest: str

    @property
    def days(self) -> int:
        return (self.until - self.since).days


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What interest comes to, and how."""

    amount: Money
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """Money that was paid back, on which interest is owed.

    :param order: the order that paid it back, with when.
    :param changes: how it came to lie here, from the first day on.
    """

    order: Order
    payee_bank: str
    holder_id: UUID | None
    lot_id: UUID | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Payee:
    """The account that interest goes to."""

    name: str
    account: str
    bank: str


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest on money that was paid back, as its payee and those who see the refund see it.

    :param purpose_id: what the money was paid back for, in the words of the context above.
    :param since: the first day that counts, ``until`` the day on which the money left.
    """

    id: UUID
    number: str
    bank: str
    purpose: str
    purpose_id: UUID
    holder_name: str
    state: InterestState
    since: date
    until: date
    amount: Money
    stretches: tuple[Stretch, ...]
    payee_name: str
    payee_account: str
    is_sealed: bool
    owed_at: datetime
    ordered_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    ended_why: str


@dataclass(frozen=True, slots=True)
class Fund:
    """What a bank paid in interest and is not paid on yet, and what it needs.

    :param account: the sub-account that the bank is to pay interest to; None until there is one.
    :param rates: the newest first.
    :param short: how much is lacking, rounded up so that it tells of no single lot; zero if nothing is.
    :param unrated_from: the first day for which a rate is asked and there is none.
    """

    bank: str
    bank_name: str
    account: SubAccount | None
    balance: Money
    rates: tuple[Rate, ...]
    short: Money
    unrated_from: date | None
