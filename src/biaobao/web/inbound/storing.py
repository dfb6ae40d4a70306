"""Stores what banks push: all that waits at an instant in one transaction, while the next gathers."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from uuid import UUID

from django.db import connection

from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.types import ArrivedFile
from biaobao.platform import clock

logger = logging.getLogger(__name__)

BANKS = Actor("banks", Role.SYSTEM)
# So long the first waits for others. Banks that push at once push again when they are answered, and one
# transaction for all of them costs little more than one for each.
GATHER_SECONDS = 0.001
# More would let the first wait for too many others.
TOGETHER_MAX = 100

# The receipt of what is stored, or why it is not.
Outcome = UUID | Exception
Tell = Callable[[Outcome], None]
Waiting = tuple[ArrivedFile, Tell]


class Storing:
    """A thread with a database connection of its own, and the files that wait for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting = SimpleQueue[Waiting | None]()
        self._thread = threading.Thread(target=self._store_until_stopped, name="storing")

    def start(self) -> None:
        self._thread.start()

    async def stop(self) -> None:
        """Store what waits, tell of it, and end."""
        self._waiting.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def put(self, file: ArrivedFile, tell: Tell) -> None:
        """Have a file stored; what became of it is told to the loop, once that is certain."""
        self._waiting.put((file, tell))

    def _store_until_stopped(self) -> None:
        try:
            while together := self._gather():
                outcomes = stored([file for file, _ in together])
                self._loop.call_soon_threadsafe(_tell, [tell for _, tell in together], outcomes)
        finally:
            connection.close()

    def _gather(self) -> list[Waiting]:
        """Wait for a file and for what comes right behind it; nothing comes when it is to end."""
        first = self._waiting.get()
        if first is None:
            return []
        time.sleep(GATHER_SECONDS)
        together = [first]
        while len(together) < TOGETHER_MAX and not self._waiting.empty():
            following = self._waiting.get()
            if following is None:
                # It is to end after these.
                self._waiting.put(None)
                break
            together.append(following)
        return together


def stored(files: Sequence[ArrivedFile]) -> Sequence[Outcome]:
    """Store files, in one transaction if it can be, and return what became of each."""
    try:
        return bank_files.receive_files(files=files, at=clock.now(), actor=BANKS)
    except Exception:  # noqa: BLE001 - whatever it is, it comes again for the one that it is about
        # Perhaps one of them is at fault, perhaps the connection broke: each has its chance on a new one.
        connection.close()
        return [_stored_alone(file) for file in files]


def _stored_alone(file: ArrivedFile) -> Outcome:
    file.content.seek(0)
    try:
        (receipt,) = bank_files.receive_files(files=[file], at=clock.now(), actor=BANKS)
    except NotFound as problem:
        return problem
    except Exception as problem:
        logger.exception("a message of bank %s could not be stored", file.bank)
        connection.close()
        return problem
    return receipt


def _tell(waiting: Sequence[Tell], outcomes: Sequence[Outcome]) -> None:
    for tell, outcome in zip(waiting, outcomes, strict=True):
        tell(outcome)
