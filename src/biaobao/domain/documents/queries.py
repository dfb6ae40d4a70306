"""Reading documents: the bidder its own, after the opening also those who run or watch the lot."""

from __future__ import annotations

from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound
from biaobao.domain.documents import models
from biaobao.domain.documents.types import Document, Kind, Signature
from biaobao.domain.parties.types import Holder
from biaobao.platform import vault
from biaobao.platform.db import query


@query
def document(document_id: UUID, *, actor: Actor) -> Document:  # noqa: ARG001 - the scope reads it
    """Return what is known of a document.

    :raises NotFound: if there is none for this actor.
    """
    row = _row(document_id)
    signed = models.Signature.objects.filter(document=row).first()
    return Document(
        row.id,
        Kind(row.kind),
        row.bidder_id,
        row.lot_id,
        row.sha256,
        row.size,
        row.kept_at,
        None if signed is None else _signature(signed),
    )


@query
def content(document_id: UUID, *, actor: Actor) -> bytes:  # noqa: ARG001 - the scope reads it
    """Return the PDF as it was kept, byte for byte.

    :raises NotFound: if there is none for this actor.
    :raises CannotOpen: if the house's key does not open it.
    """
    row = _row(document_id)
    return vault.read(vault.Kept(row.sha256, row.stored_sha256, bytes(row.wrapped_key)))


def _row(document_id: UUID) -> models.Document:
    try:
        return models.Document.objects.get(id=document_id)
    except models.Document.DoesNotExist:
        raise NotFound(f"document {document_id}") from None


def _signature(row: models.Signature) -> Signature:
    holder = Holder(row.fingerprint, row.serial, row.issuer, row.uscc, row.name)
    return Signature(holder, row.stamped_at)
