"""The contract suite of the bank port: every channel, against a bank that runs as a process."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from biaobao.adapters.banks.channels import open_channel
from biaobao.domain.banking.ports import BankChannel, BankRefused, BankUnreachable
from biaobao.domain.banking.types import Address, Balance, Entry, Kind, Message, OpenedAccount
from tests.adapters.banks.reading import names, read
from tests.adapters.banks.running import (
    BRANCH,
    HOUSE,
    MAIN,
    OTHER_PAYER,
    PAYER,
    PAYER_NAME,
    Sandbox,
    soon,
)


def opened(channel: BankChannel, count: int, key: str = "") -> tuple[OpenedAccount, ...]:
    key = key or uuid4().hex
    return soon(lambda: channel.open_sub_accounts(key=key, count=count))


def waiting(channel: BankChannel) -> list[Message]:
    return [read(file.content) for file in channel.waiting_files()]


def waiting_soon(channel: BankChannel, count: int = 1) -> list[Message]:
    def enough() -> list[Message]:
        messages = waiting(channel)
        return messages if len(messages) >= count else []

    messages = soon(enough)
    assert len(messages) == count
    return messages


def only_entry(channel: BankChannel) -> Entry:
    (message,) = waiting_soon(channel)
    (entry,) = message.entries
    assert message.problems == ()
    return entry


def test_opens_sub_accounts_in_the_houses_name(channel: BankChannel):
    accounts = opened(channel, 3)

    assert {account.name for account in accounts} == {HOUSE + "（投标保证金专户）"}
    assert {account.branch for account in accounts} == {BRANCH}
    assert len({account.number for account in accounts}) == 3


def test_the_same_key_opens_once(channel: BankChannel):
    key = uuid4().hex
    first = opened(channel, 2, key)

    assert opened(channel, 2, key) == first
    assert set(opened(channel, 2)).isdisjoint(first)


def test_numbers_do_not_tell_how_many_were_opened(channel: BankChannel):
    numbers = [int(account.number) for account in opened(channel, 20)]

    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    assert 1 not in steps
    assert len(set(steps)) == len(steps)


def test_the_bank_says_no_in_its_own_words(channel: BankChannel):
    def refusal() -> str:
        try:
            channel.open_sub_accounts(key="far-too-many", count=100_000)
        except BankRefused as words:
            return str(words)
        return ""

    assert soon(refusal) == "一次可开立 1 至 1000 个子账户，且须有请求号"


def test_a_payment_is_noticed_with_all_that_decides(channel: BankChannel, sandbox: Sandbox):
    (account,) = opened(channel, 1)
    before = datetime.now(UTC).replace(microsecond=0)

    serial = sandbox.pay(account.number, 123_456_789, remark="投标保证金（第2标段）《龙游》𠮷")

    entry = only_entry(channel)
    assert entry.credited_at is not None
    assert before <= entry.credited_at <= datetime.now(UTC)
    assert entry == Entry(
        account=account.number,
        serial=serial,
        booked_on=entry.booked_on,
        kind=Kind.CREDIT,
        amount_minor=123_456_789,
        currency="CNY",
        credited_at=entry.credited_at,
        payer_name=PAYER_NAME,
        payer_account=PAYER,
        payer_bank=BRANCH,
        remittance="投标保证金（第2标段）《龙游》𠮷",
    )


def test_a_file_waits_until_it_is_acknowledged(channel: BankChannel, sandbox: Sandbox):
    sandbox.pay(MAIN)
    waiting_soon(channel)
    (file,) = channel.waiting_files()
    (again,) = channel.waiting_files()
    with file.content, again.content:
        assert (again.name, again.content.read()) == (file.name, file.content.read())

    channel.acknowledge(file.name)
    channel.acknowledge(file.name)

    assert list(channel.waiting_files()) == []


def test_files_come_oldest_first(channel: BankChannel, sandbox: Sandbox):
    serials = []
    for count in (1, 2, 3):
        serials.append(sandbox.pay(MAIN, count))
        waiting_soon(channel, count)

    assert [message.entries[0].serial for message in waiting(channel)] == serials


def test_the_bank_books_to_the_second(channel: BankChannel, sandbox: Sandbox):
    sandbox.pay(MAIN, booked_at="2025-12-08T00:00:01+08:00")

    entry = only_entry(channel)
    assert entry.credited_at == datetime(2025, 12, 7, 16, 0, 1, tzinfo=UTC)
    assert entry.booked_on == date(2025, 12, 8)


def test_a_late_notice_comes_late(channel: BankChannel, sandbox: Sandbox):
    sandbox.switch(delay_seconds=2)
    at = datetime.now(UTC)
    sandbox.pay(MAIN)
    assert waiting(channel) == []

    entry = only_entry(channel)
    assert (datetime.now(UTC) - at).total_seconds() >= 2
    assert entry.credited_at is not None
    assert (entry.credited_at - at).total_seconds() < 1


def test_what_is_held_comes_when_released(channel: BankChannel, sandbox: Sandbox):
    sandbox.switch(hold=True)
    serial = sandbox.pay(MAIN)
    assert waiting(channel) == []

    sandbox.switch(hold=False)

    assert only_entry(channel).serial == serial


def test_a_bank_that_repeats_itself_repeats_the_serial(channel: BankChannel, sandbox: Sandbox):
    sandbox.switch(repeat=3)
    serial = sandbox.pay(MAIN)

    messages = waiting_soon(channel, 3)
    assert len({message.message_id for message in messages}) == 3
    assert {entry.serial for message in messages for entry in message.entries} == {serial}


def test_a_reversal_names_what_it_takes_back(channel: BankChannel, sandbox: Sandbox):
    (account,) = opened(channel, 1)
    serial = sandbox.pay(account.number)

    reversal = sandbox.ask("POST", f"transfers/{serial}/reverse")["serial"]
    again = sandbox.ask("POST", f"transfers/{serial}/reverse")["serial"]

    credit, taken_back = waiting_soon(channel, 2)
    assert again == reversal
    assert (taken_back.entries[0].kind, taken_back.entries[0].account) == (
        Kind.REVERSAL,
        account.number,
    )
    assert taken_back.entries[0].serial == reversal
    assert taken_back.entries[0].original_serial == credit.entries[0].serial == serial
    assert taken_back.entries[0].payer_account == PAYER


def test_a_payment_under_another_payers_name(channel: BankChannel, sandbox: Sandbox):
    sandbox.pay(MAIN, from_account=OTHER_PAYER, payer_name="某某个人")

    entry = only_entry(channel)
    assert (entry.payer_name, entry.payer_account) == ("某某个人", OTHER_PAYER)


def test_another_currency_keeps_its_name(channel: BankChannel, sandbox: Sandbox):
    sandbox.pay(MAIN, 1_000_000, currency="JPY")

    entry = only_entry(channel)
    assert (entry.amount_minor, entry.currency) == (1_000_000, "JPY")


def test_a_sub_account_that_nobody_opened(channel: BankChannel, sandbox: Sandbox):
    sandbox.pay(MAIN[:10] + "000000000", to_unopened=True)

    assert only_entry(channel).account == MAIN[:10] + "000000000"


def test_a_statement_has_balances_and_all_entries(channel: BankChannel, sandbox: Sandbox):
    # A day on which no other test books.
    day = "2024-02-29"
    serials = {sandbox.pay(MAIN, 700, booked_at=f"{day}T10:00:0{n}+08:00") for n in range(2)}
    number = sandbox.ask("POST", "statements", day=day)["statement_id"]

    *_, statement = waiting_soon(channel, 3)
    (balance,) = statement.balances
    assert {entry.serial for entry in statement.entries} >= serials
    assert balance == Balance(
        MAIN,
        date(2024, 2, 29),
        number,
        balance.opening_fen,
        balance.opening_fen + 700 * len(statement.entries),
        len(statement.entries),
    )


def test_a_broken_file_is_offered_like_any_other(channel: BankChannel, sandbox: Sandbox):
    name = sandbox.ask("POST", "broken-files")["name"]

    (message,) = waiting_soon(channel)
    assert names(channel) == [name]
    assert [problem.code for problem in message.problems] == ["NOT_XML"]


def test_a_bank_that_is_off_line_loses_nothing(sandbox: Sandbox):
    http = open_channel(sandbox.address("http"))
    folder = open_channel(sandbox.address("folder"))
    sandbox.switch(offline=True)
    serial = sandbox.pay(MAIN)

    with pytest.raises(BankUnreachable, match="银行主机暂停服务"):
        http.open_sub_accounts(key="off-line", count=1)
    with pytest.raises(BankUnreachable):
        list(http.waiting_files())
    with pytest.raises(BankUnreachable):
        http.entries_of(MAIN)
    assert waiting(folder) == []

    sandbox.switch(offline=False)

    assert only_entry(http).serial == serial
    assert only_entry(folder).serial == serial


def test_asked_now_the_bank_tells_what_its_notices_hold_back(sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    account, untouched = opened(channel, 2)
    sandbox.switch(hold=True)
    serials = [sandbox.pay(account.number, 100), sandbox.pay(account.number, 200)]

    answer = channel.entries_of(account.number)
    nothing = channel.entries_of(untouched.number)

    assert answer is not None
    assert nothing is not None
    assert [entry.serial for entry in read(answer.content).entries] == serials
    assert read(nothing.content).entries == ()
    with pytest.raises(BankRefused, match="不是贵单位的账户"):
        channel.entries_of(PAYER)


def test_a_folder_cannot_be_asked(sandbox: Sandbox):
    assert open_channel(sandbox.address("folder")).entries_of(MAIN) is None


@pytest.mark.parametrize(
    ("channel", "location"), [("http", "http://127.0.0.1:9"), ("folder", "no/such/place")]
)
def test_a_bank_that_is_not_there(channel: str, location: str, tmp_path: Path):
    place = location if channel == "http" else str(tmp_path / location)
    absent = open_channel(Address("X", channel, place, MAIN, "whsec_c2VjcmV0"))

    with pytest.raises(BankUnreachable):
        list(absent.waiting_files())


def test_no_other_channel():
    with pytest.raises(LookupError, match="no channel 'fax'"):
        open_channel(Address("X", "fax", "", MAIN))
