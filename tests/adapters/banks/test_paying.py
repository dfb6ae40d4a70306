"""The contract suite of paying: every channel, against a bank that runs as a process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from biaobao.adapters.banks.channels import open_channel
from biaobao.adapters.banks.iso20022.writing import payment_order
from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.adapters.signature import sign
from biaobao.domain.banking.ports import (
    BankChannel,
    BankRefused,
    BankUnreachable,
    PaymentUnknown,
)
from biaobao.domain.banking.types import Address, Answer, AnswerStatus, Entry, Kind, Payment
from tests.adapters.banks.paying import answered, answers_to, funded
from tests.adapters.banks.reading import read
from tests.adapters.banks.running import HOUSE, MAIN, PAYER, PAYER_NAME, SECRET, Sandbox, soon

TITLE = "（投标保证金专户）"


def known(sandbox: Sandbox, payment: Payment) -> dict[str, Any]:
    """Return what the bank knows of a payment, nothing when it has not heard of it."""
    return next((one for one in sandbox.payments() if one["key"] == payment.key), {})


def entries_for(channel: BankChannel, payment: Payment) -> list[Entry]:
    return [
        entry
        for file in channel.waiting_files()
        for entry in read(file.content).entries
        if entry.order_key == payment.key
    ]


def accepted(payment: Payment) -> Answer:
    return Answer(payment.key, AnswerStatus.ACCEPTED)


def test_a_payment_is_carried_out_and_noticed(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    before = sandbox.balance_fen(PAYER)

    assert answered(channel, payment) == accepted(payment)

    (entry,) = soon(lambda: entries_for(channel, payment))
    assert entry == Entry(
        account=payment.from_account,
        serial=entry.serial,
        booked_on=entry.booked_on,
        kind=Kind.DEBIT,
        amount_minor=5_000_000,
        currency="CNY",
        credited_at=entry.credited_at,
        payer_name=HOUSE + TITLE,
        payer_account=payment.from_account,
        payer_bank=entry.payer_bank,
        remittance="退还投标保证金",
        order_key=payment.key,
    )
    assert sandbox.balance_fen(payment.from_account) == 0
    assert sandbox.balance_fen(PAYER) - before == 5_000_000
    (transfer,) = known(sandbox, payment)["transfers"]
    assert known(sandbox, payment) == {
        "key": payment.key,
        "amount_fen": 5_000_000,
        "state": "PAID",
        "reason": "",
        "told": 1,
        "transfers": [transfer],
    }


def test_the_same_key_is_paid_once(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    assert answered(channel, payment) == accepted(payment)
    before = sandbox.balance_fen(PAYER)

    channel.pay(payment)

    assert soon(lambda: known(sandbox, payment)["told"] == 2)
    assert sandbox.balance_fen(PAYER) == before
    assert len(known(sandbox, payment)["transfers"]) == 1


def test_told_eight_times_at_once_it_is_paid_once(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    before = sandbox.balance_fen(PAYER)

    with ThreadPoolExecutor(8) as threads:
        told = [threads.submit(channel.pay, payment) for _ in range(8)]
    for one in told:
        file = one.result()
        if file is not None:
            assert read(file.content).answers == (accepted(payment),)

    assert soon(lambda: known(sandbox, payment).get("state")) == "PAID"
    assert sandbox.balance_fen(PAYER) - before == 5_000_000
    assert len(soon(lambda: entries_for(channel, payment))) == 1


def test_another_payment_under_a_known_key_is_refused(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    assert answered(channel, payment) == accepted(payment)
    before = sandbox.balance_fen(PAYER)
    sandbox.pay(payment.from_account, 100)
    other = replace(payment, amount_minor=100)

    def refusal() -> str:
        try:
            channel.pay(other)
        except BankRefused as words:
            return str(words)
        return ""

    assert soon(refusal) == "同一支付号已用于另一笔付款"
    assert sandbox.balance_fen(payment.from_account) == 100
    assert sandbox.balance_fen(PAYER) == before - 100
    assert (known(sandbox, payment)["state"], known(sandbox, payment)["amount_fen"]) == (
        "PAID",
        5_000_000,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_minor": 5_000_001}, "AM04"),
        ({"payee_account": "1209280100000000000"}, "AC01"),
        ({"payee_name": "浙江丙有限公司"}, "BE01"),
        ({"currency": "USD"}, "AM03"),
        ({"from_account": PAYER, "payee_account": MAIN, "payee_name": HOUSE}, "AC02"),
    ],
)
def test_what_the_bank_does_not_pay(
    channel: BankChannel, sandbox: Sandbox, change: dict[str, Any], reason: str
):
    payment = replace(funded(sandbox, channel), **change)
    before = sandbox.balance_fen(PAYER)

    answer = answered(channel, payment)

    assert (answer.status, answer.reason) == (AnswerStatus.REFUSED, reason)
    assert answer.words
    assert sandbox.balance_fen(PAYER) == before
    assert known(sandbox, payment)["transfers"] == []


def test_a_closed_account_takes_no_money(channel: BankChannel, sandbox: Sandbox):
    first, second = funded(sandbox, channel), funded(sandbox, channel)
    to_second = replace(second, payee_account=first.from_account, payee_name=HOUSE + TITLE)
    SandboxBank(sandbox.url).close_account(first.from_account)

    for payment in (first, to_second):
        answer = answered(channel, payment)
        assert (answer.status, answer.reason) == (AnswerStatus.REFUSED, "AC04")
        assert sandbox.balance_fen(payment.from_account) == 5_000_000


def test_a_bank_that_refuses(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    sandbox.switch(payments="refuse")

    answer = answered(channel, payment)

    assert answer == Answer(payment.key, AnswerStatus.REFUSED, "AC04", "收款账户已销户")
    assert sandbox.balance_fen(payment.from_account) == 5_000_000


def returned(payment: Payment, debit: Entry, credit: Entry) -> None:
    assert (debit.kind, debit.account, debit.original_serial) == (
        Kind.DEBIT,
        payment.from_account,
        "",
    )
    assert (credit.kind, credit.account) == (Kind.CREDIT, payment.from_account)
    assert (credit.original_serial, credit.order_key) == (debit.serial, payment.key)
    assert (credit.payer_name, credit.payer_account) == (PAYER_NAME, PAYER)
    assert credit.amount_minor == payment.amount_minor


def test_money_that_comes_back_names_the_payment(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    before = sandbox.balance_fen(PAYER)
    sandbox.switch(payments="return")

    assert answered(channel, payment) == accepted(payment)

    debit, credit = soon(lambda: _both(channel, payment))
    returned(payment, debit, credit)
    assert known(sandbox, payment)["state"] == "RETURNED"
    assert sandbox.balance_fen(payment.from_account) == 5_000_000
    assert sandbox.balance_fen(PAYER) == before


def _both(channel: BankChannel, payment: Payment) -> list[Entry]:
    entries = entries_for(channel, payment)
    return entries if len(entries) > 1 else []


def test_money_may_come_back_later_and_once(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    assert answered(channel, payment) == accepted(payment)
    bank = SandboxBank(sandbox.url)

    serial = bank.give_back(payment.key)

    assert bank.give_back(payment.key) == serial
    debit, credit = soon(lambda: _both(channel, payment))
    returned(payment, debit, credit)
    assert credit.serial == serial
    assert known(sandbox, payment)["transfers"][1:] == [serial]
    assert sandbox.balance_fen(payment.from_account) == 5_000_000


def test_a_payment_that_is_taken_back_names_itself_and_is_not_given_back(
    channel: BankChannel, sandbox: Sandbox
):
    payment = funded(sandbox, channel)
    assert answered(channel, payment) == accepted(payment)
    (transfer,) = known(sandbox, payment)["transfers"]

    sandbox.ask("POST", f"transfers/{transfer}/reverse")

    debit, credit = soon(lambda: _both(channel, payment))
    returned(payment, debit, credit)
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        SandboxBank(sandbox.url).give_back(payment.key)
    assert sandbox.balance_fen(payment.from_account) == 5_000_000


def test_a_payment_that_was_given_back_is_not_taken_back(sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    payment = funded(sandbox, channel)
    channel.pay(payment)
    bank = SandboxBank(sandbox.url)
    bank.give_back(payment.key)

    with pytest.raises(httpx.HTTPStatusError, match="409"):
        bank.reverse(known(sandbox, payment)["transfers"][0])

    assert sandbox.balance_fen(payment.from_account) == 5_000_000


def test_a_bank_that_is_late_answers_in_a_file(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    sandbox.switch(payments="late", delay_seconds=600)

    assert channel.pay(payment) is None
    assert soon(lambda: known(sandbox, payment)).get("state") == "HEARD"
    assert answers_to(channel, payment) == []
    assert sandbox.balance_fen(payment.from_account) == 5_000_000


def test_what_was_late_is_carried_out_when_it_is_released(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    sandbox.switch(payments="late")

    assert channel.pay(payment) is None

    assert soon(lambda: answers_to(channel, payment)) == [accepted(payment)]
    assert soon(lambda: entries_for(channel, payment))[0].kind is Kind.DEBIT
    assert known(sandbox, payment)["state"] == "PAID"
    assert sandbox.balance_fen(payment.from_account) == 0


def test_a_debit_is_noticed_as_often_as_switched(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    sandbox.switch(repeat=3)
    channel.pay(payment)

    def three() -> list[Entry]:
        entries = entries_for(channel, payment)
        return entries if len(entries) == 3 else []

    assert len({entry.serial for entry in soon(three)}) == 1


def test_a_bank_that_is_silent_has_paid(sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    payment = funded(sandbox, channel)
    sandbox.switch(payments="silent")

    for _ in range(2):
        with pytest.raises(BankUnreachable):
            channel.pay(payment)
    status = channel.status_of(payment.key)

    assert status is not None
    assert read(status.content).answers == (accepted(payment),)
    assert (known(sandbox, payment)["state"], known(sandbox, payment)["told"]) == ("PAID", 2)
    assert sandbox.balance_fen(payment.from_account) == 0


def test_a_silent_bank_says_nothing_in_the_folder(sandbox: Sandbox):
    channel = open_channel(sandbox.address("folder"))
    payment = funded(sandbox, channel)
    sandbox.switch(payments="silent")

    channel.pay(payment)

    assert soon(lambda: entries_for(channel, payment))
    assert answers_to(channel, payment) == []


def test_a_bank_that_is_deaf_has_heard_nothing(channel: BankChannel, sandbox: Sandbox):
    payment = funded(sandbox, channel)
    sandbox.switch(payments="deaf")

    if isinstance(channel, type(open_channel(sandbox.address("http")))):
        with pytest.raises(BankUnreachable):
            channel.pay(payment)
        with pytest.raises(PaymentUnknown, match="没有这笔付款"):
            channel.status_of(payment.key)
    else:
        channel.pay(payment)
        order = sandbox.folder / "out" / f"pain001-{payment.key}.xml"
        assert soon(lambda: not order.exists())
    assert known(sandbox, payment) == {}

    # Telling it again is safe, and does it.
    sandbox.switch(payments="pay")
    assert answered(channel, payment) == accepted(payment)
    assert sandbox.balance_fen(payment.from_account) == 0


def test_asked_the_bank_says_how_a_payment_stands(sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    payment = funded(sandbox, channel)
    refused = replace(payment, key=payment.key[:-1] + "-", payee_name="某某")
    sandbox.switch(payments="late", delay_seconds=600)
    channel.pay(payment)

    waiting = channel.status_of(payment.key)
    sandbox.switch(payments="pay")
    channel.pay(refused)
    declined = channel.status_of(refused.key)

    assert waiting is not None
    assert declined is not None
    assert (waiting.name, read(waiting.content).answers) == (f"pain002-{payment.key}.xml", ())
    assert [answer.reason for answer in read(declined.content).answers] == ["BE01"]


def test_a_folder_cannot_be_asked_how_a_payment_stands(sandbox: Sandbox):
    assert open_channel(sandbox.address("folder")).status_of("any") is None


def test_an_order_waits_in_the_folder_once(tmp_path: Path, sandbox: Sandbox):
    nobody = open_channel(Address("X", "folder", str(tmp_path), MAIN))
    payment = funded(sandbox, nobody)

    for _ in range(2):
        assert nobody.pay(payment) is None
    with pytest.raises(BankRefused, match="another payment"):
        nobody.pay(replace(payment, amount_minor=1))
    with pytest.raises(BankRefused, match="a key cannot be"):
        nobody.pay(replace(payment, key="../k"))

    (order,) = (tmp_path / "out").iterdir()
    assert order.name == f"pain001-{payment.key}.xml"
    assert order.read_bytes() == payment_order(payment)


def test_orders_are_not_files_of_the_bank(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pain001-k.refused.txt").write_text("no")

    assert list(open_channel(Address("X", "folder", str(tmp_path), MAIN)).waiting_files()) == []


@pytest.mark.parametrize("content", [b"<Document/>", b"no XML", b"<!DOCTYPE d><d/>"])
def test_what_is_no_order_is_refused(sandbox: Sandbox, content: bytes):
    before = sandbox.payments()

    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        answer = client.post("/h2h/payments", content=content, headers=sign(SECRET, content))

    assert (answer.status_code, answer.json()["error"][:6]) == (409, "付款指令无法")
    assert sandbox.payments() == before


def test_a_forged_order_pays_nothing(sandbox: Sandbox):
    forger = open_channel(sandbox.address("http", secret="whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQ="))
    payment = funded(sandbox, forger)

    with pytest.raises(BankRefused, match="签名无效"):
        forger.pay(payment)
    with pytest.raises(BankRefused, match="签名无效"):
        forger.status_of(payment.key)

    assert known(sandbox, payment) == {}
    assert sandbox.balance_fen(payment.from_account) == 5_000_000
