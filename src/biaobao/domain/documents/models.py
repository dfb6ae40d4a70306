"""Tables of documents and of who signed them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from biaobao.domain.documents.types import Kind


class Document(models.Model):
    """A PDF that is kept, encrypted, and never changes. Sealed until the opening.

    ``sha256`` commits to the PDF as its holder has it. The lot is of a context beside this one, so its key is
    not declared.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.TextField()
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    lot_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    stored_sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bidder", "lot_id", "kind", "sha256"],
                name="documents_document_is_kept_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]),
                name="documents_document_is_of_a_known_kind",
            ),
        ]


class Signature(models.Model):
    """Who signed a document, and the instant that its timestamp proves."""

    document = models.OneToOneField(
        Document, models.PROTECT, primary_key=True, related_name="signature"
    )
    fingerprint = models.CharField(max_length=64)
    serial = models.TextField()
    issuer = models.TextField()
    uscc = models.TextField()
    name = models.TextField()
    stamped_at = models.DateTimeField()
