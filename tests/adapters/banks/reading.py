"""What a file says, as one message: how many it came in is another question."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from biaobao.adapters.banks.iso20022 import reading
from biaobao.domain.banking.ports import BankChannel
from biaobao.domain.banking.types import Message


def read(content: bytes | BinaryIO, *, entries_max: int = 1000) -> Message:
    file = BytesIO(content) if isinstance(content, bytes) else content
    with file:
        return joined(list(reading.read(file, entries_max=entries_max)))


def names(channel: BankChannel) -> list[str]:
    """Return the names of the files that wait, oldest first."""
    waiting = []
    for file in channel.waiting_files():
        file.content.close()
        waiting.append(file.name)
    return waiting


def joined(parts: list[Message]) -> Message:
    """Return the parts of one file as one message."""
    assert {(part.kind, part.message_id) for part in parts} == {
        (parts[0].kind, parts[0].message_id)
    }
    return Message(
        parts[0].kind,
        parts[0].message_id,
        tuple(entry for part in parts for entry in part.entries),
        tuple(balance for part in parts for balance in part.balances),
        tuple(problem for part in parts for problem in part.problems),
        tuple(answer for part in parts for answer in part.answers),
    )
