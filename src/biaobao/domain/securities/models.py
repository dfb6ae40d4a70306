"""The table of securities."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from biaobao.domain.securities.states import SecurityState


class Security(models.Model):
    """One bidder must secure one lot with its amount by its deadline. Sealed until the opening.

    Amount and deadline are the lot's own, so that postponing a lot moves them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    way = models.TextField(blank=True)
    state = models.TextField(default=SecurityState.REQUIRED)
    required_at = models.DateTimeField()
    secured_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "bidder"], name="securities_security_is_one_for_each_bidder"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["SECURED", "RELEASED"], secured_at__isnull=False, way__gt="")
                | Q(state="REQUIRED", secured_at=None),
                name="securities_security_secured_by_a_way_at_a_time",
            ),
        ]
