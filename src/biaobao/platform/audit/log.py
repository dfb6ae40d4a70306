"""Writing and reading the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from biaobao.core.actor import Actor
from biaobao.platform import rows
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.audit.types import Event, Recorded
from biaobao.platform.db import query, step
from biaobao.platform.reads import just, prepared

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
    return tuple(
        Recorded(
            Event(name, subject, reason, orjson.loads(facts), organisation_id, lot_id),
            at,
            actor_name,
        )
        for at, name, subject, reason, actor_name, facts in _history(lot_id, organisation_id)
    )


@prepared
def _history(lot_id: UUID, organisation_id: UUID) -> QuerySet[AuditEvent, tuple[Any, ...]]:
    found = AuditEvent.objects.filter(lot_id=just(lot_id), organisation_id=just(organisation_id))
    return found.order_by("id").values_list(
        *("at", "name", "subject", "reason", "actor_name"), Cast("facts", TextField())
    )
