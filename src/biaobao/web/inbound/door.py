"""The banks' door: takes the messages that banks push, in a process of its own."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from io import BytesIO
from uuid import UUID

import uvloop
from django.conf import settings
from django.db import connection

from biaobao.adapters.banks.iso20022.reading import SIZE_BYTES_MAX
from biaobao.adapters.signature import NotSigned, verify
from biaobao.core.refusal import NotFound
from biaobao.domain.banking.types import ArrivedFile, Source
from biaobao.web.inbound.health import readiness
from biaobao.web.inbound.http import Answer, Connection, Reply, Request, no
from biaobao.web.inbound.storing import Outcome, Storing

MESSAGES = re.compile(r"/inbound/banks/([^/?]+)/messages")
HEALTH = "/healthz"
LOOK_ROUND_SECONDS = 5.0

NO_SUCH_PLACE = no(HTTPStatus.NOT_FOUND, "NOT_FOUND")
OTHER_METHOD = no(HTTPStatus.METHOD_NOT_ALLOWED, "OTHER_METHOD")
TOO_LARGE = no(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE")
# One answer for an unknown bank and a wrong signature: a forger learns nothing.
NOT_SIGNED = no(HTTPStatus.UNAUTHORIZED, "NOT_SIGNED")
NOT_STORED = no(HTTPStatus.SERVICE_UNAVAILABLE, "NOT_STORED")


class Door:
    """What is said to a request."""

    def __init__(self, storing: Storing) -> None:
        self._storing = storing

    def refuse(self, request: Request) -> Answer | None:
        if request.path != HEALTH and not MESSAGES.fullmatch(request.path):
            return NO_SUCH_PLACE
        if request.method != ("GET" if request.path == HEALTH else "POST"):
            return OTHER_METHOD
        return TOO_LARGE if request.size > SIZE_BYTES_MAX else None

    def take(self, request: Request, reply: Reply) -> None:
        """Take a message that the bank signed within the last five minutes.

        The answer 202 means that it is stored here; the same message again is answered the same.
        """
        address = MESSAGES.fullmatch(request.path)
        if not address:
            answering = asyncio.get_running_loop().run_in_executor(None, _health)
            answering.add_done_callback(lambda answered: reply(answered.result()))
            return
        try:
            verify(settings.BANK_SECRETS[address[1]], request.headers, request.content)
        except (KeyError, NotSigned):
            reply(NOT_SIGNED)
            return
        name, content = request.headers["webhook-id"], BytesIO(request.content)
        self._storing.put(
            ArrivedFile(address[1], Source.PUSH, name, content),
            lambda outcome: reply(_answer(outcome)),
        )


def serve(host: str, port: int) -> None:
    """Serve until told to stop."""
    uvloop.run(_serve(host, port))


async def _serve(host: str, port: int) -> None:
    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    async with opened(host, port):
        await stop.wait()


@asynccontextmanager
async def opened(host: str, port: int) -> AsyncIterator[int]:
    """Have the door open, and say at which port; for 0 it is any that is free.

    Whoever waits for an answer when it closes still gets it.
    """
    loop = asyncio.get_running_loop()
    storing, connections = Storing(loop), set[Connection]()
    knocked = partial(Connection, Door(storing), connections)
    server = await loop.create_server(knocked, host, port)
    storing.start()
    looking = loop.create_task(_hang_up_on_the_slow(connections))
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        looking.cancel()
        server.close()
        await storing.stop()
        for peer in list(connections):
            peer.close()


async def _hang_up_on_the_slow(connections: set[Connection]) -> None:
    while True:
        await asyncio.sleep(LOOK_ROUND_SECONDS)
        for slow in [peer for peer in connections if peer.is_slow()]:
            slow.close()


def _answer(outcome: Outcome) -> Answer:
    if isinstance(outcome, UUID):
        return Answer(HTTPStatus.ACCEPTED, {"receipt": outcome})
    return NOT_SIGNED if isinstance(outcome, NotFound) else NOT_STORED


def _health() -> Answer:
    try:
        return Answer(*readiness())
    finally:
        connection.close()
