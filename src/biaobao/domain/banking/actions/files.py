"""What the house does with files from banks: storing them whole, handing them out for reading."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from os import SEEK_END
from typing import IO
from uuid import UUID

from django.db.models import Q

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import Bank, FilePart, InboundFile
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import Source, UnreadFile
from biaobao.platform import wake
from biaobao.platform.audit import log
from biaobao.platform.db import action

LEASE = timedelta(seconds=60)
PART_BYTES = 2**20


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
def upload_file(*, bank: str, name: str, content: IO[bytes], at: datetime, actor: Actor) -> UUID:
    """Store a file that an operator has from the bank, whole, and return its receipt.

    It is booked like every other; the audit trail names who brought it, and the day's statement says
    whether the bank knows of it.

    :param content: open for reading at its beginning; it is never in memory whole.
    :raises NotFound: if no such bank is connected.
    :raises Refused: UPLOAD_IS_NOT_XML or UPLOAD_TOO_LARGE.
    """
    require(rules.may_upload(actor), "upload a bank's file")
    if not rules.looks_like_xml(content.read(rules.START_BYTES)):
        raise refuse("UPLOAD_IS_NOT_XML", field="file")
    size = content.seek(0, SEEK_END)
    if size > rules.UPLOAD_BYTES_MAX:
        sizes = {
            "size": f"{size / 2**20:.1f} MiB",
            "most": f"{rules.UPLOAD_BYTES_MAX // 2**20} MiB",
        }
        raise refuse("UPLOAD_TOO_LARGE", field="file", **sizes)
    content.seek(0)
    return _store(bank, Source.UPLOAD, name, content, at=at, actor=actor)


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
    if not Bank.objects.filter(pk=bank).exists():
        raise NotFound(f"bank {bank}")
    digest = hashlib.sha256()
    while part := content.read(PART_BYTES):
        digest.update(part)
    sha256 = digest.hexdigest()
    size = content.tell()
    content.seek(0)
    file = InboundFile(
        bank_id=bank,
        source=source,
        name=name,
        sha256=sha256,
        size=size,
        content=content.read(PART_BYTES),
        received_at=at,
    )
    InboundFile.objects.bulk_create([file], ignore_conflicts=True)
    receipt: UUID = InboundFile.objects.values_list("pk", flat=True).get(bank=bank, sha256=sha256)
    if receipt == file.pk:
        for number, part in enumerate(iter(lambda: content.read(PART_BYTES), b""), start=1):
            FilePart.objects.create(file=file, number=number, content=part)
        facts = {"bank": bank, "source": source.value, "sha256": sha256}
        log.record(log.Event("file.received", f"file:{receipt}", facts=facts), at=at, actor=actor)
    wake.worker("files")
    return receipt
