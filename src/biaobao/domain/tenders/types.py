"""What other contexts and pages know of tenders."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.domain.parties.types import Organisation, Person
from biaobao.domain.tenders.states import LotState, RegistrationState


class Way(StrEnum):
    """A way to secure a lot: 保证金, 电子保函, 联保金."""

    DEPOSIT = "DEPOSIT"
    GUARANTEE = "GUARANTEE"
    POOL = "POOL"


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a policy asks of lots.

    :param ways: the ways that may be offered; none means that no security may be asked for at all.
    :param cap_ppm: the security may be at most this many parts per million of the estimate.
    :param cap: and at most this much, if there is such a cap.
    :param statutory: whether the tender is one that law requires (依法必须招标).
    :param basic_account_only: whether money from elsewhere than the basic account is invalid.
    :param accumulate: whether several transfers may add up to the amount.
    :param shares_account: whether all bidders of a lot pay to one sub-account, told apart by who pays; else
        each has its own.
    :param validity_days: the bid validity that it proposes.
    :param min_notice_days: days between publication and bid deadline, at least.
    :param citation: what the ways and the row as a whole rest on.
    """

    ways: tuple[Way, ...]
    cap_ppm: int
    cap: Money | None
    statutory: bool
    basic_account_only: bool
    accumulate: bool
    validity_days: int
    min_notice_days: int
    citation: str
    share_citation: str = ""
    cap_citation: str = ""
    notice_citation: str = ""
    shares_account: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated row of policy: what holds in a region for a kind, from a day on.

    :param region: empty for all regions; a row for the region itself goes before it.
    """

    id: UUID
    region: str
    region_name: str
    kind: str
    kind_name: str
    valid_from: date
    valid_until: date | None
    terms: PolicyTerms


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at before publication, with the values compared and the article that asks.

    :param code: the objection that it is, when it does not pass.
    """

    code: str
    passes: bool
    field: str = ""
    facts: dict[str, str] = dataclass_field(default_factory=dict)
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A region or a kind of procurement: its two letters and its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a lot asks of its bidders, as drafted or published.

    :param payment_deadline_at: must be the bid deadline; drafts may say otherwise and are refused.
    :param guarantors: guarantors that the tender file names; empty means any.
    """

    estimate: Money
    amount: Money
    ways: tuple[Way, ...]
    deadline_at: datetime
    payment_deadline_at: datetime
    opening_at: datetime
    validity_days: int
    guarantors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot with its terms, as everyone may see it once published.

    :param suspended_at: when it was suspended, if it has not been resumed since.
    :param terminated_by: the person who terminated it.
    :param awarded_at: when its winner was told, if the award has not been withdrawn since.
    """

    id: UUID
    code: str
    name: str
    project_id: UUID
    project_name: str
    region: str
    kind: str
    tenderer_id: UUID
    tenderer_name: str
    agency_id: UUID | None
    agency_name: str
    state: LotState
    amount: Money
    estimate: Money
    ways: tuple[Way, ...]
    deadline_at: datetime
    opening_at: datetime
    validity_days: int
    statutory: bool
    basic_account_only: bool
    accumulate: bool
    citation: str
    published_at: datetime | None
    opened_at: datetime | None
    changed_at: datetime
    region_name: str = ""
    kind_name: str = ""
    suspended_at: datetime | None = None
    terminated_at: datetime | None = None
    failed_at: datetime | None = None
    terminated_by: UUID | None = None
    awarded_at: datetime | None = None
    contracted_at: datetime | None = None
    winner_id: UUID | None = None
    winner_name: str = ""
    shares_account: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A project with those of its lots that the reader may see."""

    id: UUID
    name: str
    region: str
    region_name: str
    kind: str
    kind_name: str
    tenderer_id: UUID
    tenderer_name: str
    agency_id: UUID | None
    agency_name: str
    drafted_at: datetime
    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True)
class TenderFile:
    """A tender file (招标文件) of a lot; its content is kept under ``sha256``."""

    id: UUID
    lot_id: UUID
    name: str
    media_type: str
    sha256: str
    size: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """How far a bidder has come in registering for a lot."""

    id: UUID
    lot_id: UUID
    bidder_id: UUID
    contact_id: UUID
    contact_name: str
    state: RegistrationState
    contact_chosen_at: datetime
    file_collected_at: datetime | None
    registered_at: datetime | None


class AnnouncementKind(StrEnum):
    """What happened to a published lot: before its opening 延期, 变更, 暂停, 恢复, 终止, after it 流标, or
    中标, 撤销中标 and 签订合同.
    """

    POSTPONED = "POSTPONED"
    AMOUNT_CHANGED = "AMOUNT_CHANGED"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"
    AWARDED = "AWARDED"
    AWARD_WITHDRAWN = "AWARD_WITHDRAWN"
    CONTRACTED = "CONTRACTED"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What happened to a lot since it was published, and why; where its clocks moved, from when.

    :param amount_before: of the security, where it changed, and ``amount`` since; else None.
    :param winner_name: whose award it is about, where it is about one.
    """

    kind: AnnouncementKind
    at: datetime
    deadline_before: datetime
    deadline_at: datetime
    opening_before: datetime
    opening_at: datetime
    amount_before: Money | None
    amount: Money | None
    reason: str
    winner_name: str = ""


@dataclass(frozen=True, slots=True)
class ProjectChoices:
    """What a new project may be drafted from."""

    regions: tuple[Area, ...]
    kinds: tuple[Area, ...]
    tenderers: tuple[Organisation, ...]
    agencies: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True)
class LotDesk:
    """A lot as those see it who run its project."""

    lot: Lot
    terms: Terms
    policy: Policy | None
    files: tuple[TenderFile, ...]
    checks: tuple[Check, ...]
    announcements: tuple[Announcement, ...]


@dataclass(frozen=True, slots=True)
class BidderDesk:
    """The lots that a bidder has begun with, and those that he still may."""

    mine: tuple[tuple[Lot, Registration], ...]
    open: Page[Lot]
    regions: tuple[Area, ...]
    kinds: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class Workbench:
    """A lot as a bidder works on it."""

    lot: Lot
    files: tuple[TenderFile, ...]
    registration: Registration | None
    contacts: tuple[Person, ...]
    announcements: tuple[Announcement, ...]
