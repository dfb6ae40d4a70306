"""Who acts: a person for an organisation, or the house itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """In what capacity somebody acts; it decides the console and what may be seen."""

    BIDDER = "BIDDER"
    TENDERER = "TENDERER"
    AGENCY = "AGENCY"
    GUARANTOR = "GUARANTOR"
    OPERATOR = "OPERATOR"
    SUPERVISOR = "SUPERVISOR"
    SYSTEM = "SYSTEM"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, as the audit trail names him.

    ``person_id`` and ``organisation_id`` are None for the house's own jobs and for visitors.
    """

    name: str
    role: Role
    person_id: UUID | None = None
    organisation_id: UUID | None = None


SYSTEM = Actor("system", Role.SYSTEM)
NOBODY = Actor("visitor", Role.NOBODY)
