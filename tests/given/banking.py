"""Banks, sub-accounts and what banks report, for tests, made by the real actions."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from uuid import UUID

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.banking.actions import banks
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.types import (
    ArrivedFile,
    Entry,
    Kind,
    Message,
    OpenedAccount,
    Problem,
    ReadFile,
    Source,
)

BANK = "SANDBOX"
MAIN_ACCOUNT = "33050100000000000001"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

_numbers = count(1)


def bank(*, code: str = BANK, spare: int = 10) -> str:
    """Connect a bank and keep some free sub-accounts of it."""
    banks.connect_bank(
        code=code,
        name="标保示范银行",
        channel="http",
        location="http://127.0.0.1:9/",
        main_account=MAIN_ACCOUNT,
        spare_accounts=spare,
        at=AT,
        actor=SYSTEM,
    )
    if spare:
        sub_accounts(spare, bank=code)
    return code


def sub_accounts(number: int, *, bank: str = BANK) -> tuple[OpenedAccount, ...]:
    opened = tuple(
        OpenedAccount(
            f"{MAIN_ACCOUNT}{next(_numbers):06d}", "衢州交易中心保证金专户", "衢州示范支行"
        )
        for _ in range(number)
    )
    banks.keep_accounts(bank=bank, key="given", opened=opened, at=AT, actor=SYSTEM)
    return opened


def entry(
    *,
    account: str,
    amount: Money,
    at: datetime,
    payer_name: str = "",
    payer_account: str = "",
    serial: str | None = None,
    kind: Kind = Kind.CREDIT,
    currency: str = "CNY",
    original_serial: str = "",
    order_key: str = "",
) -> Entry:
    """Return an entry as a bank reports it, with a serial of its own unless given."""
    return Entry(
        account=account,
        serial=serial or f"S{next(_numbers):08d}",
        booked_on=day_of(at),
        kind=kind,
        amount_minor=amount.fen,
        currency=currency,
        credited_at=at,
        payer_name=payer_name,
        payer_account=payer_account,
        original_serial=original_serial,
        order_key=order_key,
    )


def stored(
    content: bytes, *, bank: str = BANK, source: Source = Source.PUSH, at: datetime = AT
) -> UUID:
    """Have a file from a bank stored, and return its receipt."""
    arrived = ArrivedFile(bank, source, "message.xml", BytesIO(content))
    (receipt,) = bank_files.receive_files(files=[arrived], at=at, actor=SYSTEM)
    return receipt


def file(
    *entries: Entry,
    bank: str = BANK,
    at: datetime = AT,
    problems: tuple[Problem, ...] = (),
) -> ReadFile:
    """Return a stored file that says these entries; its stored bytes are some of their own."""
    file_id = stored(f"file {next(_numbers)}".encode(), bank=bank, at=at)
    return ReadFile(file_id, Message("camt.054", "M1", entries, (), problems))
