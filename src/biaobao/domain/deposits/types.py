"""What is judged, what judging says, and what pages show of deposits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.core.values import value
from biaobao.domain.banking.types import NoticeRow, SafeTime, SubAccount
from biaobao.domain.banking.types import Order as PaymentOrder
from biaobao.domain.deposits.states import (
    ClaimState,
    DepositState,
    Outcome,
    PayeeState,
    RefundState,
)
from biaobao.domain.interest.types import Interest
from biaobao.domain.tenders.types import Lot, Registration
from biaobao.platform.audit.types import Recorded


class Purpose(StrEnum):
    """What deposits have sub-accounts for: one for each, or one that all bidders of a lot pay to."""

    DEPOSIT = "deposit"
    LOT = "lot"


class Check(StrEnum):
    """The checks of a credit, in the order in which they are made."""

    SUB_ACCOUNT = "SUB_ACCOUNT"
    CURRENCY = "CURRENCY"
    BIDDER = "BIDDER"
    REGISTERED = "REGISTERED"
    BASIC_ACCOUNT = "BASIC_ACCOUNT"
    IN_TIME = "IN_TIME"
    WANTED = "WANTED"
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


@value
class Verdict:
    """One check of one credit: what it found, why, and the two values compared, fit for people.

    :param reason: empty for PASS, else the fail code of the decision table.
    """

    check: Check
    finding: Finding
    reason: str = ""
    expected: str = ""
    actual: str = ""


@value
class CreditFacts:
    """A credit as far as judging needs it, in minor units of its currency (fen for CNY).

    :param returned_minor: what of it has left for good, or is on its way back.
    :param is_claimed: whether it was not paid to this deposit's own sub-account, but claimed for it.
    """

    id: int
    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str
    is_reversed: bool = False
    returned_minor: int = 0
    is_claimed: bool = False

    @property
    def live_minor(self) -> int:
        """What of it still lies here."""
        return 0 if self.is_reversed else self.amount_minor - self.returned_minor


@value
class Payer:
    """A bidder's basic account as deposits are compared with it."""

    account_name: str
    number: str
    is_confirmed: bool


@value
class HeldDeposit:
    """A deposit that an action holds the lock of, as it stood when it was locked.

    :param payer: from whom the money must come, as far as that was known by the deadline.
    :param released_at: from when on it secures nothing; ``release_reason`` says why.
    """

    id: UUID
    security_id: UUID
    lot_id: UUID
    bidder_id: UUID
    sub_account_id: UUID | None
    state: DepositState
    reason: str
    received: Money
    payer: Payer | None
    released_at: datetime | None
    release_reason: str


@value
class Arrival:
    """Money that has just been heard of, under the id its credit will have; to a deposit or to none."""

    credit_id: UUID
    notice: NoticeRow
    deposit: HeldDeposit | None


@value
class Expectation:
    """What one bidder's deposit for one lot must be.

    :param registered_at: when the bidder registered, or None if he did not.
    :param released: why nothing is expected any more (SWITCHED, WITHDRAWN, LOT_TERMINATED, …); else empty.
    """

    required: Money
    deadline_at: datetime
    bidder_name: str
    registered_at: datetime | None
    basic_account: Payer | None
    basic_account_only: bool
    accumulate: bool
    released: str = ""


@value
class Judged:
    """What a credit came to, with every verdict.

    :param refundable_minor: what of it may go back now.
    """

    credit_id: int
    outcome: Outcome
    reason: str
    verdicts: tuple[Verdict, ...]
    refundable_minor: int = 0


@value
class Assessment:
    """How a deposit stands by all its credits.

    :param received: CNY that came and lies here still: not reversed, not on its way back.
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
    refundable_minor: int = 0
    returned_minor: int = 0


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


class Work(StrEnum):
    """What waits for an operator, in the order in which it should be looked at."""

    REFUND_OVERDUE = "REFUND_OVERDUE"
    REFUND_FAILED = "REFUND_FAILED"
    UNEXPLAINED = "UNEXPLAINED"
    REFUND_PROPOSED = "REFUND_PROPOSED"
    PAYEE_CHANGE = "PAYEE_CHANGE"
    CLAIM = "CLAIM"
    SUSPENSE = "SUSPENSE"
    TERMINATED_LOT = "TERMINATED_LOT"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of one kind: how much of it there is, and since when the oldest waits."""

    work: Work
    items: int
    oldest_at: datetime | None


class RefundReason(StrEnum):
    """Why money goes back: the codes of the field (REF-01 …), as refunds carry them."""

    LOSER = "REF-01"
    WINNER_AFTER_CONTRACT = "REF-02"
    WITHDRAWN = "REF-03"
    LOT_TERMINATED = "REF-04"
    LOT_FAILED = "REF-05"
    OVERPAID = "REF-06"
    DUPLICATE = "REF-07"
    WRONG_PAYER = "REF-08"
    LATE = "REF-09"
    UNMATCHED = "REF-10"
    SWITCHED = "REF-11"
    EXTENSION_REFUSED = "REF-12"
    ORDERED_BY_AUTHORITY = "REF-14"


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """An account that money may go back to."""

    account_name: str
    number: str
    bank_name: str


@dataclass(frozen=True, slots=True)
class PayeeChange:
    """Another account for a refund, as told by somebody, and what became of it."""

    id: UUID
    refund_id: UUID
    bidder_name: str
    account_name: str
    number: str
    bank_name: str
    note: str
    state: PayeeState
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decline_reason: str


@dataclass(frozen=True, slots=True)
class PayeeToDecide:
    """Another account for a refund that waits for an operator, beside those that are known.

    :param paid_from: the account that the money goes back to without it; None while that is sealed.
    :param basic: the bidder's basic account; None if it told none.
    """

    change: PayeeChange
    paid_from: PayeeAccount | None
    basic: PayeeAccount | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund with all that its reader may see of it.

    :param number: random, for people; it tells nothing of how many there are.
    :param can_approve: whether the reader may approve it now; else ``cannot_why`` says why not, a code.
    :param order: the payment order of its latest attempt, once it was approved.
    :param interest: on what was paid back, one for each time that it was.
    """

    id: UUID
    number: str
    lot_id: UUID | None
    lot_code: str
    lot_name: str
    bidder_id: UUID | None
    bidder_name: str
    credit_id: UUID
    credit_serial: str
    credited_at: datetime
    amount_minor: int
    currency: str
    reason: RefundReason
    note: str
    state: RefundState
    attempt: int
    payee_name: str
    payee_account: str
    payee_bank: str
    due_at: datetime
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None
    approved_by: str
    paid_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    order: PaymentOrder | None
    payee_change: PayeeChange | None
    can_approve: bool
    cannot_why: str
    interest: tuple[Interest, ...]

    @property
    def is_to_its_payer(self) -> bool:
        return self.payee_change is None or self.payee_change.state is not PayeeState.CONFIRMED


@dataclass(frozen=True, slots=True)
class TerminatedLot:
    """A terminated lot, whose deposits go back as a whole: not to whom, nor how many, nor whether any.

    :param approved_at: when that was approved last; None if never.
    """

    lot_id: UUID
    lot_code: str
    lot_name: str
    terminated_at: datetime
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a bidder tells of money that it paid and that did not arrive where it should."""

    amount: Money
    paid_on: date
    payer_account: str
    note: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim as its reader sees it; the lot only to the bidder's own people.

    :param is_own_proposal: whether the reader himself made it, so that another has to confirm it.
    :param candidates: for an operator, the credits in suspense that it may mean, the likeliest first.
    """

    id: UUID
    bidder_id: UUID
    bidder_name: str
    by_operator: bool
    amount: Money | None
    paid_on: date | None
    payer_account: str
    note: str
    slip_name: str
    slip_type: str
    slip_sha256: str
    state: ClaimState
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    decline_reason: str
    credit: UnplacedCredit | None
    lot_id: UUID | None
    lot_code: str
    is_own_proposal: bool
    candidates: tuple[UnplacedCredit, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """All that 保证金查询 shows a bidder of one lot.

    :param way: the way chosen, empty while none is.
    :param standing: his deposit, once he chose that way.
    :param safe_time: until when to pay so that the money arrives in time.
    :param offers: money in suspense that operators take for his; for which lot it is, he says.
    :param elsewhere: his other lots that money may still be claimed for, if some of it is idle here.
    :param colleagues: how many other people of his may approve his refunds; not counted while he has none.
    """

    lot: Lot
    registration: Registration | None
    way: str
    secured_at: datetime | None
    standing: Standing | None
    safe_time: SafeTime
    history: tuple[Recorded, ...]
    refunds: tuple[RefundRow, ...] = ()
    claims: tuple[ClaimRow, ...] = ()
    offers: tuple[ClaimRow, ...] = ()
    elsewhere: tuple[Lot, ...] = ()
    colleagues: int = 0

    @property
    def is_registered(self) -> bool:
        return self.registration is not None and self.registration.registered_at is not None


@dataclass(frozen=True, slots=True)
class UnplacedCredit:
    """Money that fits no lot, as operators see it.

    :param account: the account that it was paid to.
    """

    id: UUID
    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str
    reason: str
    payer_bank: str
    account: str
    refundable_minor: int


@dataclass(frozen=True, slots=True)
class SuspenseList:
    """Money in suspense for one reason: how much of it there is, and how long the oldest has waited."""

    reason: str
    credits: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class SuspenseRow:
    """Money in suspense, and what is under way for it.

    :param refund_id: the refund proposed or under way, if there is one; ``refund_state`` its state.
    :param offer_to: the bidder whom it was offered to, while he has not decided.
    """

    credit: UnplacedCredit
    refund_id: UUID | None
    refund_state: str
    claim_id: UUID | None
    offer_to: str


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One registered bidder at the opening: whether and how he secured the lot.

    :param received: what came in for this lot, whether it counted or not, and whatever became of it since.
    :param held: what of it lies here still.
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
    held: Money
