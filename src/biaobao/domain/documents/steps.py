"""Keeping documents, inside somebody's transaction."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from biaobao.domain.documents.models import Document, Signature
from biaobao.domain.documents.types import Kind, Signed
from biaobao.platform import vault
from biaobao.platform.db import step

SIZE_MAX = 10 * 2**20


@step
def keep(made: bytes | Signed, *, kind: Kind, bidder_id: UUID, lot_id: UUID, at: datetime) -> UUID:
    """Keep a PDF of a bidder for a lot, with who signed it, and return its id; once, however often it comes.

    :raises TooLarge: if it has more than ``SIZE_MAX`` bytes.
    """
    content = made.content if isinstance(made, Signed) else made
    natural = {
        "bidder_id": bidder_id,
        "lot_id": lot_id,
        "kind": kind,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if kept_before := Document.objects.filter(**natural).first():
        return kept_before.id
    kept = vault.keep(content, limit=SIZE_MAX)
    document = Document(
        **natural,
        size=len(content),
        stored_sha256=kept.stored_sha256,
        wrapped_key=kept.wrapped_key,
        kept_at=at,
    )
    document.save(force_insert=True)
    if isinstance(made, Signed):
        signature = made.signature
        Signature.objects.create(
            document=document, stamped_at=signature.stamped_at, **asdict(signature.signer)
        )
    return document.id
