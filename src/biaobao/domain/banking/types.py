"""What banks tell us, in the house's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.domain.banking.states import NoticeState


class Kind(StrEnum):
    """What an entry did to the account: money in, money out, or an earlier credit taken back."""

    CREDIT = "CREDIT"
    DEBIT = "DEBIT"
    REVERSAL = "REVERSAL"


class Source(StrEnum):
    """How a file reached us."""

    PUSH = "PUSH"
    PULL = "PULL"
    FOLDER = "FOLDER"


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked entry of an account, as a camt.054 notice or a camt.053 statement reports it.

    :param account: number or IBAN of the account that the entry belongs to, without spaces.
    :param serial: the bank's own serial (AcctSvcrRef); with bank and day it is the natural key.
    :param booked_on: the bank's booking day, in Asia/Shanghai.
    :param amount_minor: minor units of ``currency``: fen when it is CNY.
    :param credited_at: the bank's booking instant, or None when the bank reports a day only.
    :param original_serial: for a reversal, the serial of the credit that it takes back.
    """

    account: str
    serial: str
    booked_on: date
    kind: Kind
    amount_minor: int
    currency: str
    credited_at: datetime | None
    payer_name: str = ""
    payer_account: str = ""
    payer_bank: str = ""
    remittance: str = ""
    original_serial: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """Opening and closing booked balance of one account on one day, from a camt.053, in fen."""

    account: str
    day: date
    statement_id: str
    opening_fen: int
    closing_fen: int
    entries: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that could not be read; the rest of the file was.

    :param position: 1 for the first entry of the file; 0 for the file itself.
    :param code: NOT_XML, FORBIDDEN_CONSTRUCT, TOO_LARGE, UNKNOWN_MESSAGE, NOT_VALID, UNREADABLE_ENTRY or
        SERIAL_CONFLICT (a known serial came again with other content).
    :param detail: the reader's own words: line, element, expectation.
    """

    position: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Message:
    """A file as it was understood: its entries and balances, and the problems found on the way."""

    kind: str
    message_id: str
    entries: tuple[Entry, ...] = ()
    balances: tuple[Balance, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """A virtual sub-account that the bank opened for us: 账号, 户名, 开户行."""

    number: str
    name: str
    branch: str


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file that waits at the bank; ``name`` is the bank's own and acknowledges it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bank is reached, from its row: never a secret itself, only the secret's name.

    :param channel: ``http`` or ``folder``.
    :param location: base URL, or the folder that holds ``in/`` (from the bank) and ``out/`` (to the bank).
    :param secret: the shared secret that signs requests, read from the environment at the edge.
    """

    bank: str
    channel: str
    location: str
    main_account: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that keeps our main account, and how it is reached."""

    code: str
    name: str
    channel: str
    location: str
    main_account: str


@dataclass(frozen=True, slots=True)
class SubAccount:
    """A sub-account as its holder sees it, and when the bank last answered about it.

    :param problem: why the bank did not answer the last question, in its own or our words.
    """

    id: UUID
    number: str
    name: str
    branch: str
    asked_at: datetime | None
    answered_at: datetime | None
    problem: str

    @property
    def is_being_asked(self) -> bool:
        return self.asked_at is not None and (
            self.answered_at is None or self.answered_at < self.asked_at
        )


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A stored file that nobody has read yet."""

    id: UUID
    bank: str
    content: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A stored file and what it says."""

    id: UUID
    message: Message


@dataclass(frozen=True, slots=True)
class Question:
    """A holder's question to the bank: what is on this sub-account now?"""

    sub_account_id: UUID
    bank: str
    number: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class KeptAside:
    """A file of which something was kept aside, as the operator sees it: never its content."""

    id: UUID
    bank: str
    name: str
    source: str
    size: int
    received_at: datetime
    state: str
    kind: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A stored notice that an action holds the lock of; amounts in minor units of its currency."""

    id: int
    bank: str
    serial: str
    booked_on: date
    kind: Kind
    state: NoticeState
    sub_account_id: UUID | None
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str

    @property
    def key(self) -> str:
        """The natural key, whole: what the bank calls this entry, for ever."""
        return f"{self.bank}:{self.serial}:{self.booked_on}"


@dataclass(frozen=True, slots=True)
class SafeTime:
    """The latest time at which a transfer by a rail still arrives before a deadline.

    :param rail: the payment system's name.
    :param latest_at: None when no window of the rail is left before the deadline.
    :param certain: False when the calendar does not know the year's working days.
    """

    rail: str
    latest_at: datetime | None
    certain: bool
