"""What the audit trail tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from biaobao.core.values import value


@value
class Event:
    """Something that happened.

    :param name: past tense, ``deposit.confirmed``.
    :param subject: ``kind:id`` of the thing it happened to.
    :param organisation_id: the bidder whose own business it is; he may read it before the opening.
    :param lot_id: the lot at whose opening it may be read by the others.
    """

    name: str
    subject: str
    reason: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    organisation_id: UUID | None = None
    lot_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the audit trail keeps it: with its time and the name of who acted."""

    event: Event
    at: datetime
    actor_name: str
