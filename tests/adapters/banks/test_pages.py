"""企业网银 and the counter, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from biaobao.adapters.banks.channels import open_channel
from tests.adapters.banks.paying import funded
from tests.adapters.banks.reading import read
from tests.adapters.banks.running import MAIN, PAYER, PAYER_NAME, Sandbox, soon


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    sandbox.deliver_by("pull")
    with httpx.Client(base_url=sandbox.url, trust_env=False, follow_redirects=True) as client:
        yield client


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def send(browser: httpx.Client, path: str, page: httpx.Response, **fields: str) -> httpx.Response:
    token = hidden(page, "csrfmiddlewaretoken")
    return browser.post(path, data={"csrfmiddlewaretoken": token, **fields})


def signed_in(browser: httpx.Client) -> httpx.Response:
    return send(browser, "/sign-in/", browser.get("/"), customer="91330800MA28F0001X")


def transfer(browser: httpx.Client, account: str, name: str, amount: str) -> httpx.Response:
    page = browser.get("/transfer/")
    fields = {"from_account": PAYER, "to_account": account, "payee_name": name, "amount": amount}
    return send(browser, "/transfer/", page, **fields, remark="投标保证金")


def balance(sandbox: Sandbox) -> int:
    return int(sandbox.ask("GET", f"accounts/{PAYER}")["balance_fen"])


def test_a_transfer_confirmed_twice_is_one_transfer(browser: httpx.Client, sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    (account,) = channel.open_sub_accounts(key=uuid4().hex, count=1)
    signed_in(browser)
    before = balance(sandbox)
    spaced = " ".join(account.number[at : at + 4] for at in range(0, len(account.number), 4))

    page = transfer(browser, spaced, account.name.replace("（", "( "), "50,000.00")
    order = hidden(page, "order")
    first = send(browser, "/transfer/confirm/", page, order=order)
    second = send(browser, "/transfer/confirm/", page, order=order)

    assert first.url == second.url
    assert "转账成功" in first.text
    assert before - balance(sandbox) == 5_000_000
    (file,) = channel.waiting_files()
    (entry,) = read(file.content).entries
    assert (entry.account, entry.amount_minor) == (account.number, 5_000_000)
    assert (entry.payer_name, entry.remittance) == (PAYER_NAME, "投标保证金")
    assert first.url.path == f"/transfer/{entry.serial}/"


@pytest.mark.parametrize(
    ("account", "name", "amount", "words"),
    [
        ("1234 5678", "某", "1", "收款账号不存在"),
        (MAIN, "某", "1", "收款户名与收款账号不符"),
        (MAIN, "衢州市公共资源交易中心", "99999999999", "可用余额不足"),
        (MAIN, "衢州市公共资源交易中心", "0", "请填写大于零的金额"),
        (MAIN, "衢州市公共资源交易中心", "1.234", "最多两位小数"),
        (MAIN, "衢州市公共资源交易中心", "NaN", "请填写大于零的金额"),
        (PAYER, PAYER_NAME, "1", "付款账号与收款账号相同"),
    ],
)
def test_what_the_bank_does_not_do_is_said(
    browser: httpx.Client, sandbox: Sandbox, account: str, name: str, amount: str, words: str
):
    signed_in(browser)
    before = balance(sandbox)

    page = transfer(browser, account, name, amount)

    assert words in page.text
    assert 'name="order"' not in page.text
    assert balance(sandbox) == before


def test_a_confirmation_cannot_be_made_up(browser: httpx.Client, sandbox: Sandbox):
    signed_in(browser)
    before = balance(sandbox)

    page = browser.get("/transfer/")
    declined = send(browser, "/transfer/confirm/", page, order="made:up")

    assert declined.status_code == 409
    assert "转账未受理" in declined.text
    assert balance(sandbox) == before


def test_nobody_sees_accounts_without_signing_in(browser: httpx.Client):
    for path in ("/accounts/", "/transfer/", "/transfer/1/"):
        page = browser.get(path)
        assert page.url.path == "/"
        assert PAYER not in page.text


def test_nothing_inline_and_nothing_from_elsewhere(browser: httpx.Client):
    for page in (browser.get("/"), signed_in(browser), browser.get("/staff/")):
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "style=" not in page.text
        assert "<script" not in page.text
        assert not re.search(r'(src|href)="(https?:)?//', page.text)


def test_the_counter_pays_interest_on_what_lay_here(browser: httpx.Client, sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    sandbox.pay(MAIN, 360_000_000, booked_at=(datetime.now(UTC) - timedelta(days=10)).isoformat())
    page = browser.get("/staff/")

    assert "已结息" in send(browser, "/staff/interest/", page, to_account=MAIN, amount="").text
    again = send(browser, "/staff/interest/", page, to_account=MAIN, amount="")
    assert "已结息" in send(browser, "/staff/interest/", page, to_account=MAIN, amount="1.5").text

    assert "还没有可结的利息" in again.text
    _, reckoned, asked_for = [read(file.content).entries[0] for file in channel.waiting_files()]
    # Other tests' money may have lain here, too.
    assert reckoned.amount_minor >= 360_000_000 * 10 * 500 / 360_000_000
    assert (asked_for.amount_minor, asked_for.payer_name) == (150, "标保示范银行")
    assert asked_for.account == MAIN


def test_the_counter_reverses_and_states(browser: httpx.Client, sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    serial = sandbox.pay(MAIN)
    page = browser.get("/staff/")

    assert "已冲正" in send(browser, "/staff/reverse/", page, serial=serial).text
    assert "已生成" in send(browser, "/staff/statement/", page, day="2025-12-08").text
    assert "已放出" in send(browser, "/staff/broken-file/", page).text
    credit = {"from_account": PAYER, "to_unopened": "on", "amount": "12.34", "currency": "USD"}
    said = send(browser, "/staff/credit/", page, **credit, booked_at="2025-12-08 14:30:01")

    assert "已入账" in said.text
    _, reversal, statement, broken, foreign = [
        read(file.content) for file in channel.waiting_files()
    ]
    assert reversal.entries[0].original_serial == serial
    assert statement.kind == "camt.053.001.08"
    assert [problem.code for problem in broken.problems] == ["NOT_XML"]
    assert (foreign.entries[0].amount_minor, foreign.entries[0].currency) == (1_234, "USD")
    assert foreign.entries[0].credited_at is not None
    assert foreign.entries[0].credited_at.isoformat() == "2025-12-08T06:30:01+00:00"


def test_the_counter_switches(browser: httpx.Client, sandbox: Sandbox):
    page = browser.get("/staff/")
    switches = {"delay_seconds": "3", "repeat": "2", "booked_at": "2025-12-08 14:30:00"}
    switches["payments"] = "return"

    said = send(browser, "/staff/switches/", page, **switches, hold="on")

    assert "开关已保存" in said.text
    assert sandbox.ask("GET", "switches") == {
        "delay_seconds": 3,
        "hold": True,
        "repeat": 2,
        "offline": False,
        "booked_at": "2025-12-08T14:30:00+08:00",
        "payments": "return",
    }
    wrong = {**switches, "delay_seconds": "-1"}
    assert "没有办成" in send(browser, "/staff/switches/", page, **wrong).text
    assert "已放行" in send(browser, "/staff/release/", page).text
    assert soon(lambda: not sandbox.ask("GET", "switches")["hold"])


def test_a_page_elsewhere_cannot_pull_the_levers(sandbox: Sandbox):
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        simple = client.post("/control/broken-files", content=b"{}")
        elsewhere = client.get("/control/switches", headers={"host": "evil.example"})
        unsigned = client.post("/staff/release/")

    assert (simple.status_code, elsewhere.status_code, unsigned.status_code) == (415, 400, 403)


@pytest.mark.parametrize(
    ("method", "path", "asked", "status"),
    [
        ("PUT", "house", {"main_account": "1", "name": "x", "branch": "y"}, 409),
        ("PUT", "switches", {"repeat": 0}, 409),
        ("PUT", "switches", {"mischief": True}, 409),
        ("PUT", "switches", {"payments": "twice"}, 409),
        ("POST", "accounts/1/close", {}, 409),
        ("POST", "payments/none/give-back", {}, 409),
        ("PUT", "switches", {"booked_at": "2025-12-08T14:30:00"}, 409),
        ("POST", "transfers", {"from_account": PAYER}, 400),
        ("POST", "transfers", {"from_account": "1", "to_account": MAIN, "amount_fen": 1}, 409),
        ("POST", "transfers", {"from_account": PAYER, "to_account": MAIN, "amount_fen": -1}, 409),
        ("POST", "transfers/1/reverse", {}, 409),
        ("POST", "statements", {"day": "today"}, 400),
        ("POST", "interest", {"to_account": PAYER}, 409),
        ("GET", "accounts/1", None, 404),
    ],
)
def test_control_says_what_is_wrong(
    sandbox: Sandbox, method: str, path: str, asked: dict[str, object] | None, status: int
):
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        answer = client.request(method, f"/control/{path}", json=asked)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_counter_gives_money_back(browser: httpx.Client, sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    payment = funded(sandbox, channel)
    channel.pay(payment)

    page = browser.get("/staff/")
    assert f"退汇 {payment.key}" in page.text
    said = send(browser, "/staff/give-back/", page, key=payment.key)

    (known,) = [one for one in sandbox.payments() if one["key"] == payment.key]
    assert known["state"] == "RETURNED"
    assert f"已退汇，流水号 {known['transfers'][1]}" in said.text
    assert f"退汇 {payment.key}" not in said.text
