"""The audit trail's table."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One thing that happened. Append-only by trigger; sealed like what it tells of."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    name = models.TextField()
    subject = models.TextField()
    actor_name = models.TextField()
    actor_role = models.TextField()
    actor_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    organisation_id = models.UUIDField(null=True)
    lot_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["lot_id", "organisation_id"], name="audit_event_by_lot"),
        ]
