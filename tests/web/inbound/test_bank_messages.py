"""Banks push messages: signed ones are stored once, anything else changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from django.db import connection
from standardwebhooks.webhooks import Webhook

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.signature import sign
from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound
from biaobao.domain.banking.models import InboundFile
from biaobao.domain.banking.types import ArrivedFile, Entry, Source
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.ledger import queries as ledger
from biaobao.jobs import sweeps
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from biaobao.web.inbound import storing
from tests.conftest import maintenance
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import guarantees as given_guarantees
from tests.given import premiums
from tests.web.inbound.opening import SECRET, Door

CONTENT = b"<Document/>"
BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def stored() -> int:
    with seeing_as(SYSTEM):
        return InboundFile.objects.count()


def the_file() -> tuple[InboundFile, list[str]]:
    """Return the only stored file and the codes of its problems."""
    with seeing_as(SYSTEM):
        row = InboundFile.objects.get()
        return row, [problem.code for problem in row.problems.all()]


def test_a_signed_message_is_stored_whole_under_a_receipt(door: Door):  # INV-12
    answer = door.push(CONTENT)

    assert answer.status_code == 202
    row, _problems = the_file()
    assert answer.json() == {"receipt": str(row.id)}
    assert (bytes(row.content), row.state, row.source) == (CONTENT, "RECEIVED", "PUSH")


def test_a_large_message_is_stored_whole(door: Door):
    content = b"<Document>" + b"x" * (3 * 2**20) + b"</Document>"

    answer = door.push(content)

    assert answer.status_code == 202
    with seeing_as(SYSTEM):
        row = InboundFile.objects.get()
        parts = [bytes(part.content) for part in row.parts.order_by("number")]
    assert b"".join((bytes(row.content), *parts)) == content
    assert row.size == len(content)


def test_the_same_message_again_gets_the_same_receipt(door: Door):
    first = door.push(CONTENT)
    again = door.push(CONTENT)

    assert (again.status_code, again.json()) == (202, first.json())
    assert stored() == 1


def test_one_message_after_another_comes_over_one_connection(door: Door):
    with httpx.Client(base_url=door.url, trust_env=False) as bank:
        answers = [
            bank.post(
                f"/inbound/banks/{given_banking.BANK}/messages",
                content=content,
                headers=sign(SECRET, content),
            )
            for content in (b"one", b"two", b"three")
        ]

    assert [answer.status_code for answer in answers] == [202] * 3
    assert stored() == 3


def stale(content: bytes = CONTENT, *, minutes: int = 6) -> dict[str, str]:
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", then, content.decode()),
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        sign(base64.b64encode(b"another secret of that length!!").decode(), CONTENT),
        sign(SECRET, b"<Another/>"),
        stale(),
    ],
    ids=["unsigned", "wrong secret", "other content", "six minutes old"],
)
def test_a_message_that_is_not_the_banks_changes_nothing(door: Door, headers: dict[str, str]):
    answer = door.push(CONTENT, headers)

    assert (answer.status_code, answer.json()) == (401, {"error": "NOT_SIGNED"})
    assert stored() == 0


@pytest.mark.parametrize("bank", ["UNKNOWN", "NOBODY"])
def test_an_unknown_bank_gets_the_answer_of_a_wrong_signature(door: Door, bank: str):
    answer = door.push(CONTENT, bank=bank)

    assert (answer.status_code, answer.json()) == (401, {"error": "NOT_SIGNED"})
    assert stored() == 0


def test_a_message_that_cannot_be_read_is_kept_aside_with_its_reason(door: Door):
    bomb = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    door.push(bomb)

    sweeps.read_files(clock.now())

    row, problems = the_file()
    assert (row.state, bytes(row.content)) == ("SET_ASIDE", bomb)
    assert problems == ["FORBIDDEN_CONSTRUCT"]


def test_eight_pushes_of_one_notice_at_once_move_the_money_once(door: Door):  # INV-4
    chosen = given.chosen()
    contents = [told_in(f"MSG-{number}", chosen.pays(serial="SER-1")) for number in range(8)]

    def deliver(content: bytes) -> int:
        try:
            status = door.push(content).status_code
            sweeps.read_files(clock.now())
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(deliver, contents)) == [202] * 8
    sweeps.read_files(clock.now() + timedelta(minutes=2))

    assert chosen.held == chosen.lot.amount
    assert ledger.recount(actor=SYSTEM).transfers == 1
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def told_in(message: str, entry: Entry) -> bytes:
    """Return a bank's notice of an entry."""
    header = writing.Header(message, given_banking.AT, given_banking.MAIN_ACCOUNT, "SANDBOX")
    return writing.notice(header, [entry])


def test_scenario_18_a_premium_told_forged_replayed_wrong_lost_and_twice_counts_once(door: Door):
    applied = given_guarantees.payable()
    entry = premiums.pays(applied)
    notice = told_in("MSG-1", entry)

    forged = sign(base64.b64encode(b"another secret of that length!!").decode(), notice)
    for headers in (forged, stale(notice, minutes=10)):
        assert door.push(notice, headers).status_code == 401
    assert (stored(), applied.state) == (0, ApplicationState.PAY_PENDING)
    # Of another amount: it counts as far as it goes, and what is missing is waited for.
    few = premiums.pays(applied, Money.yuan(1))
    assert door.push(told_in("MSG-2", few)).status_code == 202
    sweeps.read_files(clock.now())
    assert (applied.state, applied.payment.counted) == (
        ApplicationState.PAY_PENDING,
        Money.yuan(1),
    )
    # The notice was lost: the bank tells of it when it is asked, and then twice more, late.
    for message in ("MSG-3", "MSG-1", "MSG-1"):
        assert door.push(told_in(message, entry)).status_code == 202
        sweeps.read_files(clock.now())

    assert applied.state is ApplicationState.PAID
    assert applied.held == applied.now.premium
    assert applications.mismatches(actor=SYSTEM) == ()


def test_what_waits_together_is_stored_in_one_transaction(committed: None):
    given_banking.bank()

    outcomes = storing.stored([arrived(b"one"), arrived(b"two"), arrived(b"one")])

    assert outcomes[0] == outcomes[2] != outcomes[1]
    with seeing_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT xmin::text) FROM banking_inboundfile")
        assert cursor.fetchone() == (2, 1)


def test_one_that_cannot_be_stored_holds_up_no_other(committed: None):
    given_banking.bank()

    first, nobodys, broken, last = storing.stored(
        [
            arrived(b"one"),
            arrived(b"two", bank="NOBODY"),
            arrived(b"three", name="\0"),
            arrived(b"four"),
        ]
    )

    with seeing_as(SYSTEM):
        kept = {row.id: bytes(row.content) for row in InboundFile.objects.all()}
    assert kept == {first: b"one", last: b"four"}
    assert isinstance(nobodys, NotFound)
    assert not isinstance(broken, NotFound | UUID)


def arrived(content: bytes, *, bank: str = given_banking.BANK, name: str = "m") -> ArrivedFile:
    return ArrivedFile(bank, Source.PUSH, name, BytesIO(content))


@contextmanager
def database_away() -> Iterator[None]:
    """Let nobody connect to the database, and throw out who is."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with maintenance() as keeper:
        keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        thrown_out(keeper, name)
        yield
        keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def thrown_out(keeper, name: str) -> None:
    keeper.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
    )


def test_while_the_database_is_away_nothing_is_acknowledged_and_then_it_is(door: Door):  # INV-12
    before = door.push(b"one").status_code
    with database_away():
        meanwhile = door.push(b"two")
        health = httpx.get(f"{door.url}/healthz", trust_env=False)
    again = door.push(b"two")

    assert before == 202
    assert (meanwhile.status_code, meanwhile.json()) == (503, {"error": "NOT_STORED"})
    assert (health.status_code, health.json()) == (503, {"ready": False, "why": "DATABASE_AWAY"})
    assert again.status_code == 202
    assert stored() == 2


def test_a_connection_that_broke_meanwhile_costs_the_bank_nothing(door: Door):
    door.push(b"one")
    name = connection.settings_dict["NAME"]
    connection.close()
    with maintenance() as keeper:
        thrown_out(keeper, name)

    assert door.push(b"two").status_code == 202
    assert stored() == 2


def test_who_waits_when_the_door_closes_is_answered(door: Door):
    with ThreadPoolExecutor(1) as pool:
        with maintenance(name=connection.settings_dict["NAME"]) as keeper, keeper.transaction():
            keeper.execute("LOCK TABLE banking_inboundfile IN EXCLUSIVE MODE")
            pushing = pool.submit(door.push, CONTENT)
            while keeper.execute(BLOCKED).fetchone() == (0,):
                pass
            door.closing.set_result(None)
        answer = pushing.result()

    assert answer.status_code == 202
    assert stored() == 1
