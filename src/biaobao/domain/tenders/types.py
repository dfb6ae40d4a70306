"""What other contexts and pages know of tenders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.domain.tenders.states import LotState, RegistrationState


class Way(StrEnum):
    """A way to secure a lot: 保证金, 电子保函, 联保金."""

    DEPOSIT = "DEPOSIT"
    GUARANTEE = "GUARANTEE"
    POOL = "POOL"


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a dated policy row asks of lots of its region and kind.

    :param cap_ppm: the security may be at most this many parts per million of the estimate.
    :param cap: and at most this much, if there is such a cap.
    :param statutory: whether the tender is one that law requires (依法必须招标).
    :param basic_account_only: whether money from elsewhere than the basic account is invalid.
    :param accumulate: whether several transfers may add up to the amount.
    :param citation: the articles and documents that the row rests on.
    """

    id: UUID
    region: str
    kind: str
    valid_from: date
    valid_until: date | None
    ways: tuple[Way, ...]
    cap_ppm: int
    cap: Money | None
    statutory: bool
    basic_account_only: bool
    accumulate: bool
    validity_days: int
    citation: str


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
    """A lot with its terms, as everyone may see it once published."""

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
