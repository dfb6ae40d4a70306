"""Reads what banks' files say; large ones in a process beside this one, so that booking need not wait."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, BytesIO, RawIOBase
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import BinaryIO
from uuid import UUID

from biaobao.adapters.banks.iso20022 import reading as iso20022
from biaobao.domain.banking.types import Message, ReadFile, UnreadFile


def parts(file: UnreadFile) -> Iterator[ReadFile]:
    """Return what a file says that is small enough to be here whole; the last part is marked."""
    before = 0
    messages = list(iso20022.read(BytesIO(file.content)))
    for message in messages:
        yield ReadFile(file.id, message, before, file.size, is_last=message is messages[-1])
        before += len(message.entries)


class Reader:
    """A process that reads large files. It ends when told to, and when this one ends in whatever way."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._asks, answers = context.Pipe()
        self._process = context.Process(target=_read_what_is_asked, args=(answers,), daemon=True)
        self._process.start()
        # With only one end open on either side, each hears when the other is gone.
        answers.close()

    def parts(self, file: UnreadFile, content: Iterator[bytes]) -> Iterator[ReadFile]:
        """Return what a file says, part by part. The last is marked and has no entries.

        It only closes the file, when all others are booked. The next part is read while one is booked, and no
        further; no more of the content is taken than that needs.

        :raises EOFError: if the process was killed.
        """
        self._asks.send((file.id, file.size))
        while True:
            part: ReadFile | None = self._asks.recv()
            if part is None:
                self._asks.send_bytes(next(content, b""))
                continue
            yield part
            if part.is_last:
                return

    def close(self) -> None:
        # It may be about to send what nobody takes any more.
        self._asks.close()
        self._process.join()


def _read_what_is_asked(asked: Connection) -> None:
    # Ctrl-C reaches it, too, and is for the process that it serves.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            file_id, size = asked.recv()
            for part in _parts(file_id, size, BufferedReader(_Content(asked))):
                asked.send(part)


class _Content(RawIOBase):
    """What a file holds, of which more is asked for when it is read on."""

    def __init__(self, asked: Connection) -> None:
        self._asked = asked
        self._piece = memoryview(b"")
        self._read = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._read

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # it is always given this
        if not self._piece:
            self._asked.send(None)
            self._piece = memoryview(self._asked.recv_bytes())
        number = min(len(buffer), len(self._piece))
        buffer[:number] = self._piece[:number]
        self._piece = self._piece[number:]
        self._read += number
        return number


def _parts(file_id: UUID, size: int, content: BinaryIO) -> Iterator[ReadFile]:
    before = 0
    message = Message("", "")
    for message in iso20022.read(content):
        yield ReadFile(file_id, message, before, content.tell(), is_last=False)
        before += len(message.entries)
    yield ReadFile(file_id, Message(message.kind, message.message_id), before, size)
