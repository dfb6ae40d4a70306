"""The world that is held before anything is measured, filled in bulk by the superuser.

A *place* is one bidder's registration for one lot with its security, deposit and sub-account. A place is
numbered; all of it follows from the number, so that a file of notices for it can be written without asking
the database.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from bench import tables
from bench.server import BANK, Server
from bench.tables import AMOUNT_FEN, BIDDERS_OF_A_LOT, MAIN_ACCOUNT, OPEN_EVERY, PAST

FUTURE = timedelta(days=30)


def id_of(kind: str, number: int) -> UUID:
    return UUID(hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Place:
    """What the bank and a browser need to know of a place."""

    number: int
    bidders: int

    @property
    def lot_id(self) -> UUID:
        return id_of("lot", self.number // BIDDERS_OF_A_LOT)

    @property
    def bidder(self) -> int:
        lot, seat = divmod(self.number, BIDDERS_OF_A_LOT)
        return (lot * 37 + seat) % self.bidders

    @property
    def account(self) -> str:
        return f"{MAIN_ACCOUNT}{self.number:08d}"

    @property
    def payer_name(self) -> str:
        return f"衢州第{self.bidder}示例建设有限公司"

    @property
    def payer_account(self) -> str:
        return f"3305016862{self.bidder:08d}"


class World:
    """Fills the database and remembers how many places there are."""

    def __init__(self, server: Server, *, bidders: int) -> None:
        self._server = server
        self._bidders = bidders
        self._places = 0
        self._held: list[range] = []
        with filling(server) as connection:
            _fill(connection, tables.HOUSE, bidders=bidders, folder=str(server.bank_folder))

    def hold(self, total: int) -> None:
        """Let there be so many deposits with their booked notices in all."""
        missing = total - sum(map(len, self._held))
        if missing > 0:
            self._held.append(self._add(missing, deadline_at=PAST, paid=True))
            with self._server.connect() as connection:
                settle(connection)

    def expect(self, number: int, *, deadline_at: datetime | None = None) -> list[Place]:
        """Return new places whose money is still to come, in lots that are open."""
        deadline_at = deadline_at or datetime.now(UTC) + FUTURE
        new = self._add(number, deadline_at=deadline_at, paid=False)
        return [Place(number, self._bidders) for number in new]

    def open_places(self, number: int) -> list[Place]:
        """Return places that are held and paid, in lots that are still to be opened."""
        held = [place for places in self._held for place in places if _is_open(place)]
        chosen = random.Random(number).sample(held, min(number, len(held)))  # noqa: S311 - no secret
        return [Place(place, self._bidders) for place in chosen]

    def signed_in(self, places: Sequence[Place]) -> list[str]:
        """Sign a person of each place's bidder in, and return the session keys."""
        people = [(id_of("person", each.bidder), id_of("bidder", each.bidder)) for each in places]
        return signed_in(self._server, people)

    def verdicts(self, deadline_at: datetime) -> dict[str, tuple[str, str, str, datetime | None]]:
        """Return state, outcome, reason and time of confirmation by serial, of lots with this deadline."""
        with self._server.connect() as connection:
            rows = connection.execute(tables.VERDICTS, [deadline_at]).fetchall()
        return {serial: (state, outcome, reason, at) for serial, state, outcome, reason, at in rows}

    def _add(self, number: int, *, deadline_at: datetime, paid: bool) -> range:
        # A lot is full or new: each call begins with a new one.
        first = -(-self._places // BIDDERS_OF_A_LOT) * BIDDERS_OF_A_LOT
        self._places = first + number
        with filling(self._server) as connection:
            _fill(
                connection,
                (*tables.PLACES, *tables.PAID) if paid else tables.PLACES,
                first=first,
                last=self._places - 1,
                bidders=self._bidders,
                deadline_at=deadline_at,
                paid=paid,
            )
        return range(first, self._places)


def _is_open(place: int) -> bool:
    return place // BIDDERS_OF_A_LOT % OPEN_EVERY == 0


def signed_in(server: Server, people: Sequence[tuple[UUID, UUID]]) -> list[str]:
    """Sign people in, each for an organisation, and return the session keys."""
    if not settings.configured:
        # Sessions are signed as the product signs them; nothing else of Django is used here.
        settings.configure(SECRET_KEY=server.environment["BIAOBAO_SECRET_KEY"])
    now = datetime.now(UTC)
    rows = []
    for person, organisation in people:
        session = {
            "person": str(person),
            "organisation": str(organisation),
            "seen": now.timestamp(),
            "began": now.timestamp(),
        }
        key = secrets.token_hex(16)
        rows.append((key, SessionStore().encode(session), now + timedelta(hours=12)))
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO django_session VALUES (%s, %s, %s)", rows)
    return [key for key, _, _ in rows]


def filling(server: Server) -> psycopg.Connection[Any]:
    # Values are put in by the client: in what is filled no type can be told from its place.
    connection = server.connect()
    connection.cursor_factory = psycopg.ClientCursor
    return connection


def _fill(connection: psycopg.Connection[Any], statements: Sequence[str], **values: Any) -> None:
    given = {"bank": BANK, "main": MAIN_ACCOUNT, "past": PAST, "amount": AMOUNT_FEN} | values
    fill(connection, statements, given)


def fill(
    connection: psycopg.Connection[Any], statements: Sequence[str], given: Mapping[str, Any]
) -> None:
    """Run statements that fill tables; triggers and foreign keys sleep for them, and for nobody else."""
    connection.execute("SET session_replication_role = replica")
    for statement in statements:
        connection.execute(statement, given)
    connection.execute("SET session_replication_role = origin")
    connection.execute("ANALYZE")  # autovacuum would, a minute later


def settle(connection: psycopg.Connection[Any]) -> None:
    """Let what was filled be as settled as what has been there for long."""
    connection.execute("VACUUM")
    connection.execute("CHECKPOINT")
