"""Asks a server over connections that stay open, from a process of its own that costs it little.

The requests are bytes made beforehand: nothing is signed, built or understood here while the clock runs.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

TIMEOUT_SECONDS = 120.0
_CHUNK_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    :param due_at: when it was to be asked, or was asked if nothing was due; seconds since the epoch.
    :param seconds: from then to the answer's last byte: waiting for a free connection counts.
    """

    due_at: float
    seconds: float
    status: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked.

    :param requests: whole HTTP/1.1 requests; asked in their order.
    :param at_once: connections, each with one request under way.
    :param begin_at: when the first is due.
    :param per_second: how many fall due in a second; 0 asks the next as soon as a connection is free.
    :param seconds: go through the requests again and again for so long; 0 asks each once.
    """

    port: int
    requests: Sequence[bytes]
    at_once: int = 8
    begin_at: float = 0.0
    per_second: float = 0.0
    seconds: float = 0.0


@contextmanager
def generator() -> Iterator[Generator]:
    """Keep processes ready that send what is planned."""
    with ProcessPoolExecutor(max_workers=3, mp_context=get_context("spawn")) as pool:
        yield Generator(pool)


class Generator:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def send(self, plan: Plan) -> list[Answer]:
        """Ask all that is planned and return the answers in the order of the requests."""
        return self.start(plan).result()

    def start(self, plan: Plan) -> Future[list[Answer]]:
        return self._pool.submit(_send, plan)


def _send(plan: Plan) -> list[Answer]:
    sending = _Sending(plan)
    threads = [threading.Thread(target=sending.go_on) for _ in range(plan.at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sending.trouble:
        raise sending.trouble[0]
    return [answer for _, answer in sorted(sending.answers, key=lambda one: one[0])]


class _Sending:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._begun_at = max(plan.begin_at, time.time())
        self._next = 0
        self._lock = threading.Lock()
        self.answers: list[tuple[int, Answer]] = []
        self.trouble: list[OSError] = []

    def go_on(self) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self._plan.port)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(TIMEOUT_SECONDS)
                while (number := self._take()) is not None:
                    self.answers.append((number, self._ask(connection, number)))
        except OSError as problem:
            self.trouble.append(problem)

    def _take(self) -> int | None:
        plan = self._plan
        with self._lock:
            is_over = (
                time.time() > self._begun_at + plan.seconds
                if plan.seconds
                else self._next >= len(plan.requests)
            )
            if is_over:
                return None
            self._next += 1
            return self._next - 1

    def _ask(self, connection: socket.socket, number: int) -> Answer:
        plan = self._plan
        due_at = self._begun_at
        if plan.per_second:
            due_at += number / plan.per_second
        else:
            due_at = max(due_at, time.time())
        time.sleep(max(0.0, due_at - time.time()))
        connection.sendall(plan.requests[number % len(plan.requests)])
        status = _receive(connection)
        return Answer(due_at, time.time() - due_at, status)


def _receive(connection: socket.socket) -> int:
    """Read one answer, all of it, and return its status."""
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(connection)
    head = received[:end].lower()
    missing = _length(head) - (len(received) - end - 4)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head[9:12])


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise ConnectionError(f"an answer without a length: {head[:200]!r}")
    return int(rest.split(b"\r\n", 1)[0])


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(_CHUNK_BYTES)
    if not more:
        raise ConnectionError("the server hung up")
    return more
