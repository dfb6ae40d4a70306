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
        message = joined(list(reading.read(file, entries_max=entries_max)))
    breaks_off = {problem.code for problem in message.problems} & {"NOT_XML", "TOO_LARGE"}
    if isinstance(content, bytes) and not breaks_off:
        # A file that is there at once is read in another way than one that trickles in, and says the same.
        # Where one breaks off, it depends on its pieces how much came before.
        assert joined(list(reading.read(Trickle(content), entries_max=entries_max))) == message
    return message


class Trickle(BytesIO):
    """A file of which a little comes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - however much is asked for
        return super().read(100)


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
