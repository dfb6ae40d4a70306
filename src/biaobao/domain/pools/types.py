"""What pages and other contexts know of pooled deposits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.domain.banking.types import SubAccount
from biaobao.domain.interest.types import Interest
from biaobao.domain.parties.types import BasicAccount
from biaobao.domain.pools.states import (
    AppealState,
    DeductionState,
    ForfeitureState,
    HoldState,
    MembershipState,
    PoolCreditState,
    PoolRefundState,
)
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders.types import Lot


class Coverage(StrEnum):
    """What a scheme's members are covered for.

    PER_BID_CAP: each lot up to the cap of the member's tier. POOL_BALANCE: all lots together up to what the
    member paid in. MUTUAL: as by cap, and all members bear a default together, by their contributions.
    """

    PER_BID_CAP = "PER_BID_CAP"
    POOL_BALANCE = "POOL_BALANCE"
    MUTUAL = "MUTUAL"


@dataclass(frozen=True, slots=True)
class Tier:
    """What a member may pay in, and up to what amount a lot may then ask."""

    name: str
    contribution: Money
    cap: Money


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme's members agree to from a day on.

    :param regions: two letters each; lots of others are not covered. Likewise kinds.
    :param floor: with less than this left a member is not covered.
    :param parallel_max: so many lots may be covered at once; None is any number.
    :param renewal_days: so long before its last day, and any time after it, a membership can be renewed.
    :param top_up_days: so long has a member to pay in again what the pool paid out for it.
    :param cooling_days: so long after it asks to leave its money goes back.
    """

    regions: tuple[str, ...]
    kinds: tuple[str, ...]
    floor: Money
    parallel_max: int | None
    term_months: int
    renewal_days: int
    top_up_days: int
    cooling_days: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class DatedTerms:
    """Terms with the day from which they hold for those who join or renew."""

    id: UUID
    valid_from: date
    terms: Terms


@dataclass(frozen=True, slots=True)
class Scheme:
    """A pooled deposit that companies may join (联保金方案), with all its terms, the newest first."""

    id: UUID
    name: str
    coverage: Coverage
    dated: tuple[DatedTerms, ...]

    def terms_on(self, day: date) -> DatedTerms | None:
        """Return the terms of those who join on a day."""
        return next((each for each in self.dated if each.valid_from <= day), None)


@dataclass(frozen=True, slots=True)
class Membership:
    """A company's membership; it keeps the terms of the day on which it applied or was renewed.

    :param terms: of their tiers its own alone.
    :param member_name: as it was reviewed.
    :param balance: what lies here of what it paid in.
    :param shared: what it bore for others, of what is missing.
    :param why: why it was rejected or is suspended.
    """

    id: UUID
    number: str
    scheme_id: UUID
    scheme_name: str
    coverage: Coverage
    terms: Terms
    tier: Tier
    member_id: UUID
    member_name: str
    state: MembershipState
    balance: Money
    shared: Money
    missing: Money
    applied_at: datetime
    decided_at: datetime | None
    starts_on: date | None
    ends_on: date | None
    top_up_by: date | None
    leaves_on: date | None
    why: str


@dataclass(frozen=True, slots=True)
class PoolRefund:
    """Money of a membership on its way back, and the interest on it."""

    id: UUID
    number: str
    amount_minor: int
    currency: str
    reason: str
    state: PoolRefundState
    payee_account: str
    ordered_at: datetime | None
    paid_at: datetime | None
    interest: tuple[Interest, ...]


@dataclass(frozen=True, slots=True)
class PoolCredit:
    """Money that came for a membership."""

    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_account: str
    state: PoolCreditState
    reason: str
    counted: Money


@dataclass(frozen=True, slots=True)
class Borne:
    """What a membership bears of what was not given back (不予退还) at a lot.

    :param forfeiture_id: of its member's own; None where it helps to bear another's.
    """

    lot: Lot
    amount: Money
    ordered_at: datetime
    forfeiture_id: UUID | None


@dataclass(frozen=True, slots=True)
class MembershipDesk:
    """A membership with its money, as its member and operators see it.

    :param account: where to pay, once it is there.
    """

    membership: Membership
    account: SubAccount | None
    credits: tuple[PoolCredit, ...]
    refunds: tuple[PoolRefund, ...]
    borne: tuple[Borne, ...]


@dataclass(frozen=True, slots=True)
class PaidFacts:
    """What judging asks of money that came."""

    amount_minor: int
    currency: str
    payer_name: str
    payer_account: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is asked for of a member still, and from which account it must come."""

    is_payable: bool
    missing: Money
    basic_account: BasicAccount | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What of a credit counts, and why the rest goes back."""

    counted: Money
    back_minor: int
    reason: str


class Check(StrEnum):
    """What is looked at to tell whether a pool covers a lot; also why it does not."""

    NOT_MEMBER = "NOT_MEMBER"
    DATA_NOT_SYNCED = "DATA_NOT_SYNCED"
    SUSPENDED = "SUSPENDED"
    NAME_CHANGED = "NAME_CHANGED"
    EXPIRED_BEFORE_OPENING = "EXPIRED_BEFORE_OPENING"
    EXPIRES_BEFORE_BID_VALIDITY_END = "EXPIRES_BEFORE_BID_VALIDITY_END"
    AREA_NOT_COVERED = "AREA_NOT_COVERED"
    KIND_NOT_COVERED = "KIND_NOT_COVERED"
    BELOW_FLOOR = "BELOW_FLOOR"
    CAP_TOO_LOW = "CAP_TOO_LOW"
    BALANCE_TOO_LOW = "BALANCE_TOO_LOW"
    PARALLEL_LIMIT = "PARALLEL_LIMIT"


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What a check asks of a member.

    :param held: what is held for its other lots; ``lots`` is how many those are.
    :param group: what lies here of all members of its scheme, where they bear defaults together.
    :param name: the company's name now.
    :param has_hold: whether the lot that is looked at is held already.
    """

    membership: Membership
    name: str
    has_hold: bool
    held: Money
    lots: int
    group: Money


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What a check asks of a lot."""

    region: str
    kind: str
    amount: Money
    opening_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class CoverVerdict:
    """One thing looked at, with the values compared."""

    check: Check
    passes: bool
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """What a pool holds for the member's lot.

    :param code: with the number it verifies the receipt.
    :param until: the last day of the membership, as it stands.
    """

    id: UUID
    number: str
    code: str
    membership_id: UUID
    membership_number: str
    scheme_name: str
    lot_id: UUID
    amount: Money
    state: HoldState
    reserved_at: datetime
    held_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    until: date | None


@dataclass(frozen=True, slots=True)
class VerifiedHold:
    """What a receipt's number and code belong to, as it stands now.

    :param valid_until: the last day of the bid validity that it was checked for.
    """

    number: str
    bidder_name: str
    bidder_uscc: str
    lot_code: str
    lot_name: str
    tenderer_name: str
    is_opened: bool
    amount: Money
    valid_until: date
    state: HoldState
    reserved_at: datetime
    held_at: datetime | None
    ended_at: datetime | None
    ended_why: str


@dataclass(frozen=True, slots=True)
class HeldLot:
    """A lot with what is or was held for it.

    :param forfeiture_id: that waits for its decision, if one does.
    """

    lot: Lot
    hold: Hold
    forfeiture_id: UUID | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a company's membership holds for its lots; nobody else sees it.

    :param amount: of all that are held now, ``lots`` of them.
    :param page: those held now first, then the newest.
    """

    amount: Money
    lots: int
    page: Page[HeldLot]


@dataclass(frozen=True, slots=True)
class Bearer:
    """A membership that bears a loss, by what it is to pay in, and up to what lies here of it."""

    membership_id: UUID
    contribution: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why what is held for a bidder is not given back, and to which account of the tenderer it goes.

    :param clause: where the tender file says so.
    :param statement: what happened.
    """

    cause: Cause
    clause: str
    statement: str
    payee_account: str
    payee_bank: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that shows what a forfeiture rests on."""

    id: UUID
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Deduction:
    """What one membership bears of a forfeiture, and how it gets to the tenderer."""

    membership_number: str
    member_name: str
    amount: Money
    state: DeductionState
    payee_account: str
    ordered_at: datetime
    paid_at: datetime | None
    ended_why: str


@dataclass(frozen=True, slots=True)
class Forfeiture:
    """That what is held for a bidder is not given back, as those concerned see it.

    :param amount: what was held; ``deducted`` is what of it there was when it was decided.
    :param objections_until: the last day on which its bidder may object.
    :param decide_by: the last day on which it may be approved; after it the hold follows its lot again.
    :param payee_told_by: who told the account; another person confirms it.
    """

    id: UUID
    number: str
    hold_id: UUID
    hold_number: str
    lot_id: UUID
    lot_code: str
    lot_name: str
    bidder_id: UUID
    bidder_name: str
    amount: Money
    deducted: Money
    state: ForfeitureState
    grounds: Grounds
    payee_name: str
    proposed_at: datetime
    proposed_by: UUID
    proposer: str
    objections_until: date
    decide_by: date
    objection: str
    objected_at: datetime | None
    decided_at: datetime | None
    decider: str
    words: str
    payee_told_by: UUID
    payee_confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ForfeitureDesk:
    """A forfeiture with all that belongs to it."""

    forfeiture: Forfeiture
    papers: tuple[Paper, ...]
    deductions: tuple[Deduction, ...]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """What is or was held for a bidder of an opened lot.

    :param kept_until: the last day of what its lot's end alone does not let go, if it is such.
    :param forfeiture_id: of the newest that was proposed, if one was.
    """

    hold_id: UUID
    number: str
    bidder_name: str
    amount: Money
    state: HoldState
    ended_at: datetime | None
    ended_why: str
    kept_until: date | None
    forfeiture_id: UUID | None
    forfeiture_state: ForfeitureState | None


class Mend(StrEnum):
    """What is mended of a membership when an appeal is upheld.

    TAKE_NAME: it takes the company's present name over. RESUME: it is suspended no more.
    """

    TAKE_NAME = "TAKE_NAME"
    RESUME = "RESUME"


@dataclass(frozen=True, slots=True)
class AppealFile:
    """A document of an appeal.

    :param name: as its company called it; others read a name that tells nothing.
    """

    id: UUID
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Appeal:
    """A company's appeal. It tells of no lot: not for which one it was refused, either.

    :param reasons: the checks that failed when it was filed, for whatever lot.
    :param membership_number: empty if there was none.
    :param mends: what was mended when it was upheld; what was mended elsewhere stands in ``decision``.
    """

    id: UUID
    number: str
    bidder_name: str
    membership_number: str
    reasons: tuple[Check, ...]
    words: str
    files: tuple[AppealFile, ...]
    state: AppealState
    filed_at: datetime
    filed_by: str
    decided_at: datetime | None
    decided_by: str
    decision: str
    mends: tuple[Mend, ...]


@dataclass(frozen=True, slots=True)
class AppealDesk:
    """An appeal as it is decided on.

    :param membership: the company's, as it stands; None if it has none.
    :param verdicts: what is looked at for whatever lot, as it stands.
    """

    appeal: Appeal
    membership: Membership | None
    verdicts: tuple[CoverVerdict, ...]


class Reminder(StrEnum):
    """What a member is to do, or has missed."""

    PAY = "PAY"
    TOP_UP = "TOP_UP"
    TOP_UP_MISSED = "TOP_UP_MISSED"
    RENEW = "RENEW"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder, and the day by which it is to be done, or on which it was missed; None without one."""

    reminder: Reminder
    membership: Membership
    by: date | None
