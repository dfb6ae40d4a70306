"""Banks push messages: signed ones are stored once, anything else changes nothing."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from standardwebhooks.webhooks import Webhook

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.reading import SIZE_BYTES_MAX
from biaobao.adapters.banks.signature import sign
from biaobao.core.actor import SYSTEM
from biaobao.domain.banking.models import InboundFile
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.ledger import queries as ledger
from biaobao.jobs import sweeps
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given

SECRET = base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()
CONTENT = b"<Document/>"


@pytest.fixture(autouse=True)
def _secret(settings) -> None:
    settings.BANK_SECRETS = {given_banking.BANK: SECRET, "NOBODY": SECRET}


@pytest.fixture
def _bank(db: None) -> None:
    given_banking.bank()


def push(
    content: bytes, headers: dict[str, str], *, bank: str = given_banking.BANK
) -> HttpResponse:
    return Client().post(
        f"/inbound/banks/{bank}/messages", content, content_type="application/xml", headers=headers
    )


def stored() -> int:
    with seeing_as(SYSTEM):
        return InboundFile.objects.count()


def the_file() -> tuple[InboundFile, list[str]]:
    """Return the only stored file and the codes of its problems."""
    with seeing_as(SYSTEM):
        row = InboundFile.objects.get()
        return row, [problem.code for problem in row.problems.all()]


@pytest.mark.usefixtures("_bank")
def test_a_signed_message_is_stored_whole_under_a_receipt():
    answer = push(CONTENT, sign(SECRET, CONTENT))

    assert answer.status_code == 202
    row, _problems = the_file()
    assert answer.json() == {"receipt": str(row.id)}
    assert (bytes(row.content), row.state, row.source) == (CONTENT, "RECEIVED", "PUSH")


@pytest.mark.usefixtures("_bank")
def test_the_same_message_again_gets_the_same_receipt():
    first = push(CONTENT, sign(SECRET, CONTENT))
    again = push(CONTENT, sign(SECRET, CONTENT))

    assert (again.status_code, again.json()) == (202, first.json())
    assert stored() == 1


def stale() -> dict[str, str]:
    then = datetime.now(UTC) - timedelta(minutes=6)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", then, CONTENT.decode()),
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
@pytest.mark.usefixtures("_bank")
def test_a_message_that_is_not_the_banks_changes_nothing(headers: dict[str, str]):
    answer = push(CONTENT, headers)

    assert (answer.status_code, answer.json()) == (401, {"error": "NOT_SIGNED"})
    assert stored() == 0


@pytest.mark.parametrize("bank", ["UNKNOWN", "NOBODY"])
@pytest.mark.usefixtures("_bank")
def test_an_unknown_bank_gets_the_answer_of_a_wrong_signature(bank: str):
    answer = push(CONTENT, sign(SECRET, CONTENT), bank=bank)

    assert (answer.status_code, answer.json()) == (401, {"error": "NOT_SIGNED"})
    assert stored() == 0


@pytest.mark.usefixtures("_bank")
def test_a_message_beyond_the_bound_is_not_even_read():
    answer = push(CONTENT, {**sign(SECRET, CONTENT), "content-length": str(SIZE_BYTES_MAX + 1)})

    assert answer.status_code == 413
    assert stored() == 0


@pytest.mark.usefixtures("_bank")
def test_a_message_that_cannot_be_read_is_kept_aside_with_its_reason():
    bomb = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    push(bomb, sign(SECRET, bomb))

    sweeps.read_files(clock.now())

    row, problems = the_file()
    assert (row.state, bytes(row.content)) == ("SET_ASIDE", bomb)
    assert problems == ["FORBIDDEN_CONSTRUCT"]


def test_eight_pushes_of_one_notice_at_once_move_the_money_once(committed: None):  # INV-4
    given_banking.bank()
    chosen = given.chosen()
    contents = [
        writing.notice(
            writing.Header(
                f"MSG-{number}", given_banking.AT, given_banking.MAIN_ACCOUNT, "SANDBOX"
            ),
            [chosen.pays(serial="SER-1")],
        )
        for number in range(8)
    ]

    def deliver(content: bytes) -> int:
        try:
            status = push(content, sign(SECRET, content)).status_code
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
