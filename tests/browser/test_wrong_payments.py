"""Money that is short, too much, from elsewhere, or taken back: the page says what, why, and what now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.core.money import Money
from tests.browser import desk
from tests.browser.desk import SubAccount, Visit
from tests.browser.running import Product

JIANSHE, SHIZHENG = "衢州示例建设有限公司", "柯城示例市政工程有限公司"
DONE = "已到账，本标段保证金缴纳完成"


def waiting(visit, username: str, code: str) -> tuple[Visit, SubAccount]:
    """Return a bidder before 保证金查询 of a lot that waits for its money, and the sub-account."""
    bidder = visit()
    desk.signs_in_by_password(bidder, username)
    desk.registers(bidder, code)
    return bidder, desk.chooses_deposit(bidder, code)


def test_short_then_the_rest(visit):
    bidder, account = waiting(visit, "shizheng", "QZGQ202511019-1")
    page = bidder.page

    desk.transfers(bidder, payer=SHIZHENG, to=account, yuan="30000")

    expect(desk.standing(page)).to_contain_text("还差 ¥50,000.00")
    expect(desk.standing(page)).to_contain_text("部分到账")
    assert desk.figures(page) == {
        "已收到": "¥30,000.00",
        "计入保证金": "¥30,000.00",
        "还差": "¥50,000.00",
    }
    assert desk.verdicts(page.locator(".credit"))["金额足额"] == "需留意"
    expect(page.locator(".credit > p")).to_have_text(
        "金额不足。请在截止前从基本账户补足差额，付到同一子账号，系统自动累计。"
    )

    desk.transfers(bidder, payer=SHIZHENG, to=account, yuan="50000")

    expect(desk.standing(page)).to_contain_text(DONE)
    assert desk.figures(page) == {"已收到": "¥80,000.00", "计入保证金": "¥80,000.00"}


def test_from_another_account_of_the_company(visit):
    bidder, account = waiting(visit, "shizheng", "QZGQ202511020-1")
    page = bidder.page

    desk.transfers(
        bidder, payer=SHIZHENG, to=account, yuan="50000", from_account="330500000000002029"
    )

    expect(desk.standing(page)).to_contain_text("到账的款项不计入保证金")
    expect(page.locator(".credit-head .tag")).to_have_text("不计入，可申请退回")
    expect(page.locator(".credit > p")).to_have_text(
        "不是从基本账户付出。请在截止前从登记的基本账户重新转账。这笔钱不计入，可在本页申请退回。"
    )
    assert desk.verdicts(page.locator(".credit"))["从基本账户付出"] == "不符合"
    compared = page.get_by_role("group", name="从基本账户付出").locator("dd")
    assert compared.all_text_contents() == [
        f"{SHIZHENG}（尾号 2022）",
        f"{SHIZHENG}（尾号 2029）",
    ]
    assert desk.figures(page) == {
        "已收到": "¥50,000.00",
        "计入保证金": "¥0.00",
        "还差": "¥50,000.00",
        "可退回": "¥50,000.00",
    }
    assert desk.faults(page, [1440, 390]) == []


def test_too_much(visit):
    bidder, account = waiting(visit, "shizheng", "QZGQ202512008-1")
    page = bidder.page

    desk.transfers(bidder, payer=SHIZHENG, to=account, yuan="30000.01")

    expect(desk.standing(page)).to_contain_text(DONE)
    assert desk.figures(page) == {
        "已收到": "¥30,000.01",
        "计入保证金": "¥30,000.01",
        "可退回": "¥0.01",
    }
    expect(page.locator(".credit > p")).to_have_text(
        "多付。不影响有效性；多出的部分可在本页申请退回，开标后系统也会自动提出退款。"
    )


@pytest.fixture
def offline_bank(product: Product) -> Iterator[SandboxBank]:
    bank = SandboxBank(product.bank)
    yield bank
    bank.switch(offline=False)


def test_a_bank_that_does_not_answer(visit, offline_bank: SandboxBank):
    bidder, _account = waiting(visit, "jianshe", "LYGQ202511008-1")
    page = bidder.page
    offline_bank.switch(offline=True)

    desk.asks_the_bank(page)

    expect(page.locator("[aria-labelledby=bank] [role=status]")).to_contain_text(
        "银行系统暂时没有应答，可能正忙。资金不受影响，请稍后再查询。"
    )
    expect(desk.standing(page)).to_contain_text("请向下方子账号转账")
    desk.asks_the_bank(page)
    expect(page.locator("main")).to_contain_text("刚刚已经向银行查询过。")
    bidder.was_refused(422)


def test_money_that_the_bank_takes_back(visit, product: Product):
    bidder, account = waiting(visit, "shizheng", "JSGQ202511002-1")
    page = bidder.page
    bank = SandboxBank(product.bank)
    serial = bank.transfer(
        Money.yuan(48_000),
        from_account="330500000000002022",
        to_account=account.number,
        key="taken-back",
    )
    expect(desk.standing(page)).to_contain_text(DONE)

    bank.reverse(serial)

    expect(page.locator(".credit-head .tag")).to_have_text("银行已冲回")
    expect(page.locator(".credit > p")).to_have_text(
        "银行已冲回这笔入账。请与付款银行核实原因，并在截止前重新转账。"
    )
    expect(desk.standing(page)).to_contain_text("等待到账")
    assert desk.sub_account(page) == account
