"""What the house does with files from banks: storing them whole, handing them out for reading."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import IO
from uuid import UUID

from django.db import connection
from django.db.models.functions import Greatest

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import FilePart, InboundFile
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import ArrivedFile, Source, UnreadFile
from biaobao.platform import rows, wake
from biaobao.platform.audit import log
from biaobao.platform.db import action

LEASE = timedelta(seconds=60)
PART_BYTES = 2**20

# What is told of a file that is to be stored. The beginnings of all stand in one string, one behind another.
_GIVEN = rows.given(
    *("bank text", "source text", "name text", "sha256 text", "size bigint"),
    *("start integer", "length integer"),
)
# One statement for what every pushed notice waits for: are the banks ours, are the contents new, wake the
# worker. In the order of their keys, so that two who store the same contents cannot wait for each other.
_STORE = f"""
INSERT INTO banking_inboundfile
       (id, bank_id, source, name, sha256, size, content, state, received_at, bytes_read, entries_read, kind,
        message_id)
SELECT gen_random_uuid(), code, source, given.name, sha256, size, substring(%b FROM start FOR length),
       'RECEIVED', %s, 0, 0, '', ''
  FROM {_GIVEN}
  JOIN banking_bank ON code = bank,
       LATERAL pg_notify(CASE WHEN size > %s THEN %s ELSE %s END, '')
 ORDER BY code, sha256
ON CONFLICT (bank_id, sha256) DO NOTHING
RETURNING bank_id, sha256, id
"""
_WAKING = (wake.channel("large files"), wake.channel("files"))
_STORED = """
SELECT bank_id, file.sha256, id
  FROM banking_inboundfile AS file
  JOIN unnest(%s::text[], %s::text[]) AS given (bank, sha256)
    ON bank_id = bank AND file.sha256 = given.sha256
"""
# As an array, so that each row is found by its key however few or many the planner expects.
_CLAIM = """
UPDATE banking_inboundfile
   SET lease_until = %(lease_until)s, claimed_at = %(at)s, bytes_read = 0
 WHERE id = ANY (ARRAY(
       SELECT id
         FROM banking_inboundfile
        WHERE state = 'RECEIVED' AND (lease_until IS NULL OR lease_until < %(at)s)
          AND (size > %(part)s) = %(are_large)s
        ORDER BY received_at, id
        LIMIT %(limit)s
          FOR UPDATE SKIP LOCKED))
RETURNING id, bank_id, content, size, received_at
"""

# Bank and SHA-256: what is stored once.
Key = tuple[str, str]


@action
def receive_files(*, files: Sequence[ArrivedFile], at: datetime, actor: Actor) -> tuple[UUID, ...]:
    """Store files from banks, whole, and return their receipts; the same content is stored once.

    :raises NotFound: if the bank of one is not connected; then none is stored.
    """
    require(rules.may_keep_bank_matters(actor), "store banks' files")
    keys = [(file.bank, _sha256(file.content)) for file in files]
    files_by_key = dict(zip(keys, files, strict=True))
    new = _store(files_by_key, at=at)
    receipts = new | _stored(files_by_key.keys() - new.keys())
    if unknown := [bank for bank, sha256 in keys if (bank, sha256) not in receipts]:
        raise NotFound(f"bank {unknown[0]}")
    for key, receipt in new.items():
        _store_parts(receipt, files_by_key[key].content)
    log.record_all(
        (_received(receipt, key, files_by_key[key].source) for key, receipt in new.items()),
        at=at,
        actor=actor,
    )
    return tuple(receipts[key] for key in keys)


@action
def claim_files(
    *, limit: int, at: datetime, actor: Actor, are_large: bool = False
) -> tuple[UnreadFile, ...]:
    """Take unread files for reading, oldest first; nobody else gets them for a minute.

    :param are_large: take those of more than one part, instead of those that come whole.
    """
    require(rules.may_keep_bank_matters(actor), "read bank files")
    with connection.cursor() as cursor:
        wanted = {"limit": limit, "part": PART_BYTES, "are_large": are_large}
        cursor.execute(_CLAIM, {"at": at, "lease_until": at + LEASE, **wanted})
        files = [UnreadFile(*row) for row in cursor.fetchall()]
    return tuple(sorted(files, key=lambda file: (file.received_at, file.id)))


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for part in _parts(content):
        digest.update(part)
    return digest.hexdigest()


def _parts(content: IO[bytes]) -> Iterator[bytes]:
    return iter(partial(content.read, PART_BYTES), b"")


def _store(files: Mapping[Key, ArrivedFile], *, at: datetime) -> dict[Key, UUID]:
    """Store those of the files that are new, up to their first mebibyte, and return their receipts.

    They were read to their ends, and are left where their second mebibyte begins.
    """
    heads = bytearray()
    given = []
    for (bank, sha256), file in files.items():
        size = file.content.tell()
        file.content.seek(0)
        start = len(heads) + 1
        heads += file.content.read(PART_BYTES)
        length = len(heads) + 1 - start
        given.append(
            {
                "bank": bank,
                "source": file.source,
                "name": file.name,
                "sha256": sha256,
                "size": size,
                "start": start,
                "length": length,
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [bytes(heads), at, rows.packed(given), PART_BYTES, *_WAKING])
        return _receipts(cursor.fetchall())


def _stored(keys: Collection[Key]) -> dict[Key, UUID]:
    """Return the receipts of what was stored before, or by somebody else at this instant."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [[bank for bank, _ in keys], [sha256 for _, sha256 in keys]])
        return _receipts(cursor.fetchall())


def _receipts(found: Iterable[tuple[str, str, UUID]]) -> dict[Key, UUID]:
    return {(bank, sha256): receipt for bank, sha256, receipt in found}


def _store_parts(receipt: UUID, content: IO[bytes]) -> None:
    """Store what follows the first part."""
    for number, part in enumerate(_parts(content), start=1):
        FilePart.objects.create(file_id=receipt, number=number, content=part)


def _received(receipt: UUID, key: Key, source: Source) -> log.Event:
    bank, sha256 = key
    facts = {"bank": bank, "source": source.value, "sha256": sha256}
    return log.Event("file.received", f"file:{receipt}", facts=facts)


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
