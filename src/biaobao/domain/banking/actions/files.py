"""What the house does with files from banks: storing them whole, handing them out for reading."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import IO, cast
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Greatest

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import FilePart, InboundFile
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import Source, UnreadFile
from biaobao.platform import wake
from biaobao.platform.audit import log
from biaobao.platform.db import action

LEASE = timedelta(seconds=60)
PART_BYTES = 2**20

# One statement for what every pushed notice waits for: is the bank ours, is it new, wake the worker.
_STORE = """
INSERT INTO banking_inboundfile
       (id, bank_id, source, name, sha256, size, content, state, received_at, bytes_read, entries_read, kind,
        message_id)
SELECT %s, code, %s, %s, %s, %s, %s, 'RECEIVED', %s, 0, 0, '', ''
  FROM banking_bank, pg_notify(%s, 'files') WHERE code = %s
ON CONFLICT (bank_id, sha256) DO NOTHING
RETURNING id, true
"""
_STORED = "SELECT id FROM banking_inboundfile WHERE bank_id = %s AND sha256 = %s"


@action
def receive_file(
    *, bank: str, source: Source, name: str, content: IO[bytes], at: datetime, actor: Actor
) -> UUID:
    """Store a file from a bank, whole, and return its receipt; the same content is stored once.

    :param content: open for reading at its beginning; it is read twice.
    :raises NotFound: if no such bank is connected.
    """
    require(rules.may_keep_bank_matters(actor), "store a bank's file")
    return _store(bank, source, name, content, at=at, actor=actor)


@action
def claim_files(*, limit: int, at: datetime, actor: Actor) -> tuple[UnreadFile, ...]:
    """Take unread files for reading, oldest first; nobody else gets them for a minute."""
    require(rules.may_keep_bank_matters(actor), "read bank files")
    rows = list(
        InboundFile.objects.select_for_update(skip_locked=True)
        .filter(Q(lease_until=None) | Q(lease_until__lt=at), state=FileState.RECEIVED)
        .order_by("received_at", "id")[:limit]
    )
    InboundFile.objects.filter(pk__in=[row.pk for row in rows]).update(
        lease_until=at + LEASE, claimed_at=at, bytes_read=0
    )
    return tuple(
        UnreadFile(row.id, row.bank_id, bytes(row.content), row.size, row.received_at)
        for row in rows
    )


def _store(
    bank: str, source: Source, name: str, content: IO[bytes], *, at: datetime, actor: Actor
) -> UUID:
    digest = hashlib.sha256()
    while part := content.read(PART_BYTES):
        digest.update(part)
    sha256, size = digest.hexdigest(), content.tell()
    content.seek(0)
    head = content.read(PART_BYTES)
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE, [uuid4(), source.value, name, sha256, size, head, at, wake.CHANNEL, bank]
        )
        receipt, is_new = cursor.fetchone() or (None, False)
        if receipt is None:
            # Stored before, or by somebody else at this instant, or by nobody for there is no such bank.
            cursor.execute(_STORED, [bank, sha256])
            receipt = (cursor.fetchone() or (None,))[0]
    if receipt is None:
        raise NotFound(f"bank {bank}")
    if is_new:
        for number, part in enumerate(iter(lambda: content.read(PART_BYTES), b""), start=1):
            FilePart.objects.create(file_id=receipt, number=number, content=part)
        facts = {"bank": bank, "source": source.value, "sha256": sha256}
        log.record(log.Event("file.received", f"file:{receipt}", facts=facts), at=at, actor=actor)
    return cast(UUID, receipt)


@action
def note_progress(
    *, file_id: UUID, bytes_read: int, entries_read: int, at: datetime, actor: Actor
) -> None:
    """Note how far a large file is read, and keep it for another minute."""
    require(rules.may_keep_bank_matters(actor), "read bank files")
    InboundFile.objects.filter(pk=file_id, state=FileState.RECEIVED).update(
        bytes_read=Greatest("bytes_read", bytes_read),
        entries_read=Greatest("entries_read", entries_read),
        lease_until=at + LEASE,
    )
