"""Writing and reading the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.platform import rows
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.audit.types import Event, Recorded
from biaobao.platform.db import query, step

__all__ = ["Event", "history", "record", "record_all"]


@step
def record(event: Event, *, at: datetime, actor: Actor) -> None:
    """Write one event."""
    record_all([event], at=at, actor=actor)


@step
def record_all(events: Iterable[Event], *, at: datetime, actor: Actor) -> None:
    """Write events in one statement, in their order."""
    rows.insert_all(
        AuditEvent,
        (
            {
                "name": event.name,
                "subject": event.subject,
                "reason": event.reason,
                "facts": event.facts,
                "organisation_id": event.organisation_id,
                "lot_id": event.lot_id,
            }
            for event in events
        ),
        at=at,
        actor_name=actor.name,
        actor_role=actor.role.value,
        actor_id=actor.person_id,
    )


@query
def history(*, lot_id: UUID, organisation_id: UUID, actor: Actor) -> tuple[Recorded, ...]:  # noqa: ARG001 - the scope reads it
    """Return what happened to one bidder in one lot, oldest first."""
    found = AuditEvent.objects.filter(lot_id=lot_id, organisation_id=organisation_id).order_by("id")
    return tuple(
        Recorded(
            Event(row.name, row.subject, row.reason, row.facts, row.organisation_id, row.lot_id),
            row.at,
            row.actor_name,
        )
        for row in found
    )
