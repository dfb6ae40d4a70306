"""Who may speak to whom: requests to the bank, messages pushed to the house."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from biaobao.adapters.banks.channels import open_channel
from biaobao.adapters.signature import NotSigned, request_line, sign, verify
from biaobao.domain.banking.ports import BankRefused
from tests.adapters.banks.reading import names, read
from tests.adapters.banks.running import MAIN, SECRET, Sandbox, soon

FORGED = "whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2VkIGZvcg=="


def test_what_is_signed_passes():
    verify(SECRET, sign(SECRET, "甲（乙）".encode()), "甲（乙）".encode())


def test_we_and_the_reference_implementation_take_each_others_signatures():
    content = "甲（乙）"
    ours = sign(SECRET, content.encode())
    at = datetime.now(UTC)
    theirs = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": "v1a,other v1,b3RoZXI= " + Webhook(SECRET).sign("msg_1", at, content),
    }

    Webhook(SECRET).verify(content, ours, json_parse=False)
    verify(SECRET, theirs, content.encode())


def test_header_names_may_come_in_any_case():
    headers = {name.title(): value for name, value in sign(SECRET, b"x").items()}

    verify(SECRET, headers, b"x")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.clear(),
        lambda headers: headers.update({"webhook-id": "another"}),
        lambda headers: headers.update({"webhook-timestamp": "soon"}),
        lambda headers: headers.update({"webhook-timestamp": "1e999"}),
        lambda headers: headers.update({"webhook-signature": "v1"}),
        lambda headers: headers.update({"webhook-signature": "v1,***"}),
        lambda headers: headers.update({"webhook-signature": "v1,签名"}),
        lambda headers: headers.update(
            {"webhook-signature": "v2," + headers["webhook-signature"][3:]}
        ),
    ],
)
def test_headers_that_were_touched_are_refused(spoil):
    headers = sign(SECRET, b"content")
    spoil(headers)

    with pytest.raises(NotSigned):
        verify(SECRET, headers, b"content")


@pytest.mark.parametrize("content", [b"content ", b"", b"\xff\xfe"])
def test_content_that_was_touched_is_refused(content):
    with pytest.raises(NotSigned):
        verify(SECRET, sign(SECRET, b"content"), content)


@pytest.mark.parametrize("secret", [FORGED, "", "whsec_", "whsec_!"])
def test_another_secret_is_refused(secret):
    with pytest.raises(NotSigned):
        verify(secret, sign(SECRET, b"content"), b"content")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_lasts_five_minutes(minutes):
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", at, "content"),
    }

    with pytest.raises(NotSigned, match="too"):
        verify(SECRET, headers, b"content")


def test_a_forged_request_changes_nothing_at_the_bank(sandbox: Sandbox):
    forger = open_channel(sandbox.address("http", secret=FORGED))
    house = open_channel(sandbox.address("http"))
    sandbox.deliver_by("pull")
    sandbox.pay(MAIN)
    (file,) = names(house)
    messages = sandbox.ask("GET", "messages")

    for attempt in (
        lambda: forger.open_sub_accounts(key="forged", count=1),
        lambda: list(forger.waiting_files()),
        lambda: forger.acknowledge(file),
        lambda: forger.entries_of(MAIN),
    ):
        with pytest.raises(BankRefused, match="签名无效"):
            attempt()

    assert names(house) == [file]
    assert sandbox.ask("GET", "messages") == messages


def test_a_signature_is_good_for_its_own_request_only(sandbox: Sandbox):
    sandbox.pay(MAIN)
    (file,) = open_channel(sandbox.address("http")).waiting_files()
    with file.content:
        content = file.content.read()
    path = f"/h2h/files/{file.name}"
    headers = sign(SECRET, request_line("GET", path))

    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        assert client.get(path, headers=headers).content == content
        assert client.delete(path, headers=headers).status_code == 401


def test_the_bank_pushes_signed_messages_until_they_are_taken(sandbox: Sandbox):
    sandbox.deliver_by("push")
    sandbox.house.received.clear()
    sandbox.house.status = 503

    serial = sandbox.pay(MAIN, key=uuid4().hex)
    assert soon(lambda: len(sandbox.house.received) >= 1)
    sandbox.house.status = 202
    assert soon(lambda: len(sandbox.house.received) >= 2)

    (first, content), (second, again) = sandbox.house.received
    verify(SECRET, second, again)
    assert again == content
    assert first["webhook-id"] == second["webhook-id"]
    assert [entry.serial for entry in read(content).entries] == [serial]
    assert soon(lambda: sandbox.ask("GET", "messages")["messages"][0]["push"] == 0)
    assert len(sandbox.house.received) == 2
    assert list(open_channel(sandbox.address("http")).waiting_files()) == []
