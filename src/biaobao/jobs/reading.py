"""Reads what banks' files say; large ones in a process beside this one, so that booking need not wait.

Reading is Python and so is judging: in one process they would take turns.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from biaobao.adapters.banks.iso20022 import reading as iso20022
from biaobao.domain.banking.types import Message, ReadFile, UnreadFile

_idle: list[Reader] = []


def parts(file: UnreadFile) -> Iterator[ReadFile]:
    """Return what a file says that is small enough to be here whole; the last part is marked."""
    before = 0
    messages = list(iso20022.read(BytesIO(file.content)))
    for message in messages:
        yield ReadFile(file.id, message, before, file.size, is_last=message is messages[-1])
        before += len(message.entries)


@contextmanager
def beside() -> Iterator[Reader]:
    """Lend a process that reads large files; who breaks off leaves none behind that is half through one."""
    reader = _idle.pop() if _idle else Reader()
    try:
        yield reader
    except BaseException:
        reader.close()
        raise
    _idle.append(reader)


def be_ready() -> None:
    """Have a process wait for the first large file: starting one takes as long as reading thousands."""
    _idle.append(Reader())


def be_done() -> None:
    """Let processes that wait end now, and not only when this one does."""
    while _idle:
        _idle.pop().close()


class Reader:
    """A process that reads large files. It ends when told to, and when this one ends in whatever way."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._asks, answers = context.Pipe()
        self._process = context.Process(target=_read_what_is_asked, args=(answers,), daemon=True)
        self._process.start()
        # With only one end open on either side, each hears when the other is gone.
        answers.close()

    def parts(self, file: UnreadFile, path: Path) -> Iterator[ReadFile]:
        """Return what the file at a path says, part by part. The last is marked and has no entries.

        It only closes the file, when all others are booked. The next part is read while one is booked, and no
        further.

        :raises EOFError: if the process was killed.
        """
        self._asks.send((file.id, file.size, path))
        while True:
            part: ReadFile = self._asks.recv()
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
            file_id, size, path = asked.recv()
            with path.open("rb") as content:
                for part in _parts(file_id, size, content):
                    asked.send(part)


def _parts(file_id: UUID, size: int, content: BinaryIO) -> Iterator[ReadFile]:
    before = 0
    message = Message("", "")
    for message in iso20022.read(content):
        yield ReadFile(file_id, message, before, content.tell(), is_last=False)
        before += len(message.entries)
    yield ReadFile(file_id, Message(message.kind, message.message_id), before, size)
