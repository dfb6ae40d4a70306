"""What is judged, what judging says, and what pages show of deposits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.domain.banking.types import SafeTime, SubAccount
from biaobao.domain.deposits.states import DepositState, Outcome
from biaobao.domain.tenders.types import Lot, Registration
from biaobao.platform.audit.types import Recorded


class Check(StrEnum):
    """The checks of a credit, in the order in which they are made."""

    SUB_ACCOUNT = "SUB_ACCOUNT"
    CURRENCY = "CURRENCY"
    BIDDER = "BIDDER"
    REGISTERED = "REGISTERED"
    BASIC_ACCOUNT = "BASIC_ACCOUNT"
    IN_TIME = "IN_TIME"
    AMOUNT = "AMOUNT"
    NOT_COVERED = "NOT_COVERED"
    OWN_PAYER = "OWN_PAYER"
    NOT_REVERSED = "NOT_REVERSED"


class Finding(StrEnum):
    """What a check found. SEALED is found only after the opening, and not by the bidder."""

    PASS = "PASS"  # noqa: S105 - a verdict, no secret
    WARN = "WARN"
    FAIL = "FAIL"
    SEALED = "SEALED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of one credit: what it found, why, and the two values compared, fit for people.

    :param reason: empty for PASS, else the fail code of the decision table.
    """

    check: Check
    finding: Finding
    reason: str = ""
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """A credit as far as judging needs it, in minor units of its currency (fen for CNY)."""

    id: int
    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class Payer:
    """A bidder's basic account as deposits are compared with it."""

    account_name: str
    number: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one bidder's deposit for one lot must be.

    :param registered_at: when the bidder registered, or None if he did not.
    """

    required: Money
    deadline_at: datetime
    bidder_name: str
    registered_at: datetime | None
    basic_account: Payer | None
    basic_account_only: bool
    accumulate: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What a credit came to, with every verdict."""

    credit_id: int
    outcome: Outcome
    reason: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a deposit stands by all its credits.

    :param received: CNY that lies at the sub-account.
    :param counted: the part of it that counts towards the amount.
    :param confirmed_at: the credit time at which the amount was complete.
    """

    state: DepositState
    reason: str
    received: Money
    counted: Money
    confirmed_at: datetime | None
    credits: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A judged credit as its bidder sees it."""

    id: UUID
    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_account: str
    outcome: Outcome
    reason: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """One bidder's deposit for one lot: where to pay, how far the money has come, and each credit.

    :param sub_account: None while the bank opens one.
    """

    id: UUID
    security_id: UUID
    state: DepositState
    reason: str
    required: Money
    received: Money
    counted: Money
    sub_account: SubAccount | None
    confirmed_at: datetime | None
    credits: tuple[CreditRow, ...]

    @property
    def missing(self) -> Money:
        return Money(max(0, self.required.fen - self.counted.fen))

    @property
    def surplus(self) -> Money:
        """What lies at the sub-account beyond what the security needs, and goes back."""
        needed = min(self.counted.fen, self.required.fen)
        return Money(self.received.fen - needed)


@dataclass(frozen=True, slots=True)
class Position:
    """All that 保证金查询 shows a bidder of one lot.

    :param way: the way chosen, empty while none is.
    :param standing: his deposit, once he chose that way.
    :param safe_time: until when to pay so that the money arrives in time.
    """

    lot: Lot
    registration: Registration | None
    way: str
    secured_at: datetime | None
    standing: Standing | None
    safe_time: SafeTime
    history: tuple[Recorded, ...]

    @property
    def is_registered(self) -> bool:
        return self.registration is not None and self.registration.registered_at is not None


@dataclass(frozen=True, slots=True)
class UnplacedCredit:
    """Money that fits no lot, as operators see it."""

    id: UUID
    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str
    reason: str


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One registered bidder at the opening: whether and how he secured the lot.

    :param received: what came in for this lot, whether it counted or not.
    :param reason: why it is not secured, as a reason of the decision table, or empty.
    """

    bidder_id: UUID
    bidder_name: str
    bidder_uscc: str
    registered_at: datetime
    way: str
    state: str
    secured_at: datetime | None
    required: Money
    received: Money
    reason: str
    flags: tuple[str, ...]
