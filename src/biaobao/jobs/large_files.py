"""Books files that say much, part by part: a process beside this one reads, threads of this one book.

Reading is Python and so is judging: in one process they would take turns.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from itertools import count, takewhile
from threading import Barrier

from django.db import close_old_connections, connection

from biaobao.core.actor import SYSTEM
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import files
from biaobao.domain.banking.types import ReadFile, UnreadFile
from biaobao.domain.booking import actions as booking
from biaobao.jobs.reading import Reader
from biaobao.platform import clock

logger = logging.getLogger(__name__)

# While one waits for the database and one for the disk, another judges.
BOOKERS = 3

Watch = Callable[[UnreadFile, ReadFile], object]


def nobody(_file: UnreadFile, _read: ReadFile) -> None:
    """Watch nothing."""


def book(file: UnreadFile, watch: Watch) -> None:
    """Book a file, several parts at once, each in a transaction of its own: memory stays bounded.

    Whoever is interrupted begins again: what was booked is known by its serial.
    """
    try:
        with _crew() as crew:
            _book(file, crew, watch)
    except Exception:
        logger.exception("bank file %s could not be booked whole", file.id)


def be_ready() -> None:
    """Have a crew wait for the first large file: starting one takes as long as booking hundreds."""
    _idle.append(_Crew())


def be_done() -> None:
    """Let crews that wait end now, and not only when this process does."""
    while _idle:
        _idle.pop().close()


class _Crew:
    """A process that reads, and threads that book; each keeps its connection, and what is prepared there."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.bookers = ThreadPoolExecutor(BOOKERS)

    def close(self) -> None:
        together = Barrier(BOOKERS)
        for _ in range(BOOKERS):
            self.bookers.submit(_leave, together)
        self.bookers.shutdown()
        self.reader.close()


_idle: list[_Crew] = []


@contextmanager
def _crew() -> Iterator[_Crew]:
    """Lend a crew; who breaks off leaves none behind that is half through a file."""
    crew = _idle.pop() if _idle else _Crew()
    try:
        yield crew
    except BaseException:
        crew.close()
        raise
    _idle.append(crew)


def _leave(together: Barrier) -> None:
    # Each thread does this once: none is free for another until all are here.
    together.wait()
    connection.close()


def _book(file: UnreadFile, crew: _Crew, watch: Watch) -> None:
    under_way: set[Future[ReadFile]] = set()
    entries_booked = 0
    for part in crew.reader.parts(file, _content(file)):
        if len(under_way) > BOOKERS or part.is_last:
            # The last part closes the file, when all others are booked.
            done, under_way = wait(
                under_way, return_when=ALL_COMPLETED if part.is_last else FIRST_COMPLETED
            )
            entries_booked += _finish(file, done, watch)
            files.note_progress(
                file_id=file.id,
                bytes_read=part.bytes_read * entries_booked // max(1, part.entries_before),
                entries_read=entries_booked,
                at=clock.now(),
                actor=SYSTEM,
            )
        under_way.add(crew.bookers.submit(_book_part, part))
    _finish(file, under_way, watch)


def _content(file: UnreadFile) -> Iterator[bytes]:
    parts = (queries.part_of(file.id, number, actor=SYSTEM) for number in count())
    return takewhile(bool, parts)


def _book_part(part: ReadFile) -> ReadFile:
    close_old_connections()
    booking.book(files=[part], at=clock.now(), actor=SYSTEM)
    return part


def _finish(file: UnreadFile, booked: Iterable[Future[ReadFile]], watch: Watch) -> int:
    """Tell the watcher of parts that are booked, and return how many entries they had."""
    entries = 0
    for each in booked:
        part = each.result()
        entries += len(part.message.entries)
        watch(file, part)
    return entries
