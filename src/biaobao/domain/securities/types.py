"""What other contexts and pages know of securities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.values import value
from biaobao.domain.securities.states import SecurityState
from biaobao.domain.tenders.types import Way


class Cause(StrEnum):
    """Why a security is not given back (Implementing Regulations of the Bidding Law, art. 35 and 74)."""

    BID_REVOKED = "FOR-01"
    CONTRACT_REFUSED = "FOR-02"
    CONDITIONS_ADDED = "FOR-03"
    NO_PERFORMANCE_SECURITY = "FOR-04"
    TENDER_FILE = "FOR-05"


@dataclass(frozen=True, slots=True)
class Security:
    """How one bidder's obligation for one lot stands; ``way`` is empty until one is chosen."""

    id: UUID
    lot_id: UUID
    bidder_id: UUID
    way: str
    state: SecurityState
    secured_at: datetime | None


@value
class Cover:
    """What a way says of a security: complete at an instant, or not.

    :param way: a cover of another way than the chosen one says nothing: it was given up.
    :param is_given_back: whether a cover that is not complete has done its duty and was released.
    """

    security_id: UUID
    way: Way
    complete_at: datetime | None
    is_given_back: bool = False
