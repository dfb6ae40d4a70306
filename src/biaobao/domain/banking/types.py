"""What banks tell us, in the house's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import IO
from uuid import UUID

from biaobao.core.values import value
from biaobao.domain.banking.states import FileState, NoticeState, OrderState


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


@value
class Entry:
    """One booked entry of an account, as a camt.054 notice or a camt.053 statement reports it.

    :param account: number or IBAN of the account that the entry belongs to, without spaces.
    :param serial: the bank's own serial (AcctSvcrRef); with bank and day it is the natural key.
    :param booked_on: the bank's booking day, in Asia/Shanghai.
    :param amount_minor: minor units of ``currency``: fen when it is CNY.
    :param credited_at: the bank's booking instant, or None when the bank reports a day only.
    :param original_serial: for a reversal, the serial of the credit that it takes back; for a credit, that
        of the debit whose money comes back to us (退汇).
    :param order_key: the key of the payment order of ours that it carries out or gives back (EndToEndId).
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
    order_key: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that the house orders, as the bank is told it (pain.001.001.09, one in a message).

    :param key: names it for ever, at most 35 characters: message id, instruction id and end-to-end id. The
        bank carries out one payment for a key, however often it is told.
    :param from_account: the account that is debited, one of our sub-accounts or the main account.
    """

    key: str
    from_account: str
    amount_minor: int
    currency: str
    payee_name: str
    payee_account: str
    payee_bank: str
    remittance: str
    ordered_at: datetime


class AnswerStatus(StrEnum):
    """What a bank says of an order: it is on its way, or it will not be carried out."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a pain.002 says of one order.

    :param order_key: the end-to-end id that the order had.
    :param reason: the ISO 20022 code for a refusal, e.g. AC04 (closed account); empty when accepted.
    :param words: the bank's own words.
    """

    order_key: str
    status: AnswerStatus
    reason: str = ""
    words: str = ""


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
    """A file, or a part of one, as it was understood, and the problems found on the way.

    :param answers: what a pain.002 says of our orders.
    """

    kind: str
    message_id: str
    entries: tuple[Entry, ...] = ()
    balances: tuple[Balance, ...] = ()
    problems: tuple[Problem, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """A virtual sub-account that the bank opened for us: 账号, 户名, 开户行."""

    number: str
    name: str
    branch: str


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file from the bank; ``name`` is the bank's own and acknowledges it.

    ``content`` is open for reading, whole on this machine, and closed by whoever takes the file.
    """

    name: str
    content: IO[bytes]


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file that came from a bank and is not stored yet.

    :param content: open for reading at its beginning; it is read twice.
    """

    bank: str
    source: Source
    name: str
    content: IO[bytes]


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


class Stock(StrEnum):
    """How many free sub-accounts there are, as coarsely as an operator may know before openings.

    LOW: at half of what is to be kept, or fewer; more are asked for.
    """

    ENOUGH = "ENOUGH"
    LOW = "LOW"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Pool:
    """The sub-accounts of a bank as an operator sees them.

    How many are free falls with every bidder who chooses, so only its level is told. Those that are given
    out are counted once their lot is opened.

    :param problem: BANK_REFUSED or BANK_UNREACHABLE when the last refill was not answered with numbers.
    """

    bank: str
    bank_name: str
    stock: Stock
    spare: int
    threshold: int
    assigned: int
    closed: int
    asked_at: datetime | None
    answered_at: datetime | None
    problem: str


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
    """A stored file that nobody has read whole yet.

    :param content: all of it, or the first mebibyte of a file that is larger.
    """

    id: UUID
    bank: str
    content: bytes
    size: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A stored file and what it says, or what the next part of it says.

    :param entries_before: how many entries the parts before this one had.
    :param bytes_read: how much of the file was read for this part; 0 when that is not known.
    :param is_last: whether the file is read whole with this.
    """

    id: UUID
    message: Message
    entries_before: int = 0
    bytes_read: int = 0
    is_last: bool = True


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


@value
class NoticeRow:
    """A stored notice that an action holds the lock of; amounts in minor units of its currency.

    :param is_to_closed: whether its sub-account was closed when it was stored.
    :param purpose: what its sub-account was for when it was stored; empty where it has none.
    """

    id: int
    bank: str
    serial: str
    booked_on: date
    kind: Kind
    state: NoticeState
    account: str
    sub_account_id: UUID | None
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str
    payer_bank: str = ""
    original_serial: str = ""
    order_key: str = ""
    is_to_closed: bool = False
    purpose: str = ""

    @property
    def key(self) -> str:
        """The natural key, whole: what the bank calls this entry, for ever."""
        return f"{self.bank}:{self.serial}:{self.booked_on}"


@dataclass(frozen=True, slots=True)
class Payout:
    """Money to be paid out: what for, whose it is, and to whom.

    :param attempt: 1 for the first order for this purpose; each further one needs the last to have failed.
    :param holder_id: the organisation that may read the order.
    :param lot_id: the lot at whose opening others may read it.
    """

    bank: str
    purpose: str
    purpose_id: UUID
    attempt: int
    holder_id: UUID | None
    lot_id: UUID | None
    from_account: str
    amount_minor: int
    currency: str
    payee_name: str
    payee_account: str
    payee_bank: str
    remittance: str


class Errand(StrEnum):
    """What is to be done about an order at its bank."""

    PAY = "PAY"
    ASK = "ASK"
    LOOK = "LOOK"


@dataclass(frozen=True, slots=True)
class OrderErrand:
    """An order whose time has come: tell the bank, ask what became of it, or look for its debit."""

    bank: str
    errand: Errand
    payment: Payment


@dataclass(frozen=True, slots=True)
class Order:
    """A payment order as pages and upper contexts see it.

    :param reason: why the bank refused it, an ISO 20022 code; ``words`` are the bank's own.
    :param problem: why the bank could not be told or asked just now.
    :param tries: how often the bank was told or asked about it.
    """

    id: UUID
    key: str
    bank: str
    purpose: str
    purpose_id: UUID
    attempt: int
    state: OrderState
    amount_minor: int
    currency: str
    payee_name: str
    payee_account: str
    ordered_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    problem: str
    reason: str
    words: str
    tries: int


@dataclass(frozen=True, slots=True)
class FileProgress:
    """A large file as it is being read, or once it was.

    :param claimed_at: when the reading that goes on began; None while nobody has.
    """

    id: UUID
    bank: str
    name: str
    size: int
    bytes_read: int
    entries_read: int
    state: FileState
    received_at: datetime
    claimed_at: datetime | None
    read_at: datetime | None

    @property
    def percent(self) -> int:
        """Return how much is read, whole only when all is booked."""
        if self.state is not FileState.RECEIVED:
            return 100
        return min(99, self.bytes_read * 100 // max(1, self.size))

    def bytes_each_second(self, *, at: datetime) -> int:
        """Return how fast it is being read; 0 while that is not known."""
        seconds = (at - self.claimed_at).total_seconds() if self.claimed_at else 0
        return int(self.bytes_read / seconds) if seconds > 0 else 0

    def seconds_left(self, *, at: datetime) -> int | None:
        """Return how long the rest takes at this speed; None while that is not known."""
        speed = self.bytes_each_second(at=at)
        return -(-(self.size - self.bytes_read) // speed) if speed else None


class Cause(StrEnum):
    """In what a day's statement differs from the notices or the books."""

    NOTICE_MISSED = "NOTICE_MISSED"
    NOT_IN_STATEMENT = "NOT_IN_STATEMENT"
    CONTENT_DIFFERS = "CONTENT_DIFFERS"
    UNBOOKED = "UNBOOKED"
    DOES_NOT_ADD_UP = "DOES_NOT_ADD_UP"
    GAP = "GAP"
    DAY_MISSING = "DAY_MISSING"
    BOOKS_DIFFER = "BOOKS_DIFFER"


@dataclass(frozen=True, slots=True)
class StatedBalance:
    """A statement of an account on a day, whose file was read whole."""

    account: str
    statement_id: str
    opening_fen: int
    closing_fen: int
    file_id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DayEntry:
    """An entry of a day that needs a look.

    :param is_stated: whether the day's statement has it.
    :param is_missed: whether the statement was the first to tell of it.
    :param is_waiting: whether it waits to be booked.
    """

    serial: str
    amount_minor: int
    is_stated: bool
    is_missed: bool
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What a day came to, by each of those who tell of it; all in CNY, money out negative.

    :param entries_fen: the sum of the entries that the statements have.
    :param previous: of each account, what it closed with before and opens with now.
    :param missing_days: days since the last statement for which there is none.
    :param conflicts: places in the statements' files whose entry was known otherwise, and in what.
    :param noticed_fen: the sum of the notices that were booked with a time on this day.
    :param booked_fen: what the books moved; None where the statements tell only of some accounts.
    """

    opening_fen: int
    closing_fen: int
    entries_fen: int
    previous: tuple[tuple[int, int], ...] = ()
    missing_days: tuple[date, ...] = ()
    conflicts: tuple[tuple[int, str], ...] = ()
    noticed_fen: int = 0
    booked_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a day differs.

    :param serial: the entry's; for what concerns the day, its place in the file or the missing day.
    :param stated_minor: what the statement says, ``ours_minor`` what we have; None where there is nothing.
    :param apart_minor: for sums of the day, how much more the statement says.
    """

    cause: Cause
    serial: str = ""
    stated_minor: int | None = None
    ours_minor: int | None = None
    apart_minor: int | None = None
    detail: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.cause.value, self.serial


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference as an operator sees it, and what became of it."""

    id: UUID
    found: Difference
    found_at: datetime
    settled_at: datetime | None
    explained_at: datetime | None
    explained_by: str
    explanation: str

    @property
    def is_open(self) -> bool:
        return self.settled_at is None and self.explained_at is None


@dataclass(frozen=True, slots=True)
class ReconciledDay:
    """A day of a bank and how it compares.

    :param open: how many differences are neither settled nor explained.
    :param explained: how many were explained and still stand.
    """

    id: UUID
    bank: str
    bank_name: str
    day: date
    statement_ids: str
    reconciled_at: datetime | None
    open: int
    explained: int


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What a day came to, once no lot waits whose bidders that would count."""

    previous_closing_fen: int | None
    opening_fen: int
    entries: int
    entries_fen: int
    closing_fen: int
    booked_fen: int | None


@dataclass(frozen=True, slots=True)
class DayAccount:
    """A reconciled day with what an operator may see of it.

    :param differences: the first hundred, those that are open before the others; ``not_shown`` counts the
        rest.
    """

    day: ReconciledDay
    totals: DayTotals | None
    differences: tuple[DifferenceRow, ...]
    not_shown: int = 0


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
