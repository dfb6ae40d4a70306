"""Payments that the house orders from a sub-account with money on it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from biaobao.adapters.banks.channels import open_channel
from biaobao.domain.banking.ports import BankChannel
from biaobao.domain.banking.types import Answer, Payment
from tests.adapters.banks.reading import read
from tests.adapters.banks.running import BRANCH, PAYER, PAYER_NAME, Sandbox, soon


def funded(
    sandbox: Sandbox, channel: BankChannel, amount_minor: int = 5_000_000, *, key: str = ""
) -> Payment:
    """Return an order to send back what has just been paid to a new sub-account."""
    # Asked over HTTPS, where the answer comes at once.
    http = open_channel(sandbox.address("http"))
    (account,) = http.open_sub_accounts(key=uuid4().hex, count=1)
    sandbox.pay(account.number, amount_minor)
    return Payment(
        key=key or uuid4().hex,
        from_account=account.number,
        amount_minor=amount_minor,
        currency="CNY",
        payee_name=PAYER_NAME,
        payee_account=PAYER,
        payee_bank=BRANCH,
        remittance="退还投标保证金",
        ordered_at=datetime.now(UTC).replace(microsecond=0),
    )


def answered(channel: BankChannel, payment: Payment) -> Answer:
    """Tell the bank to pay, and return what it answers: at once, or in a file."""
    told = channel.pay(payment)
    if told is not None:
        (answer,) = read(told.content).answers
        return answer
    return soon(lambda: answers_to(channel, payment))[-1]


def answers_to(channel: BankChannel, payment: Payment) -> list[Answer]:
    return [
        answer
        for file in channel.waiting_files()
        for answer in read(file.content).answers
        if answer.order_key == payment.key
    ]
