"""One command starts everything, says where it is, and stops all of it; data stay until forgotten."""

from __future__ import annotations

import shutil

from playwright.sync_api import expect

from biaobao.jobs.demo import PASSWORD
from tests.browser import desk, running
from tests.browser.running import Product

PEOPLE = [
    "tenderer",
    "agency",
    "operator",
    "operator2",
    "supervisor",
    "rongdan",
    "yinhang",
    "baoxian",
    "jianshe",
    "jianshe2",
    "shizheng",
    "shizheng2",
    "luqiao",
    "luqiao2",
    "yuanlin",
    "yuanlin2",
    "shuili",
    "shuili2",
]


def test_it_says_where_it_is_and_who_may_come_in(product: Product):
    said = [line.split() for line in product.said]

    assert ["交易平台", f"{product.url}/"] in said
    assert ["示范银行", "企业网银", f"{product.bank}/"] in said
    assert ["示范银行", "柜台开关", f"{product.bank}/staff/"] in said
    assert [words[1] for words in said if len(words) > 2 and words[2] == PASSWORD] == PEOPLE


def test_healthz_says_ready(visit, product: Product):
    answer = visit().page.request.get(f"{product.url}/healthz")

    assert (answer.status, answer.json()) == (200, {"ready": True})


def test_stopped_and_started_again_it_knows_what_it_knew(visit, product: Product):
    bidder = visit()
    desk.signs_in_by_password(bidder, "luqiao")
    desk.registers(bidder, "QZGQ202512008-1")
    account = desk.chooses_deposit(bidder, "QZGQ202512008-1")
    address = bidder.page.url
    # While it is away, no page may ask for it.
    bidder.page.goto("about:blank")

    assert product.stop() == 0
    assert product.said[-1] == "标保已停止，数据留在原处。"
    product.start()

    bidder.page.goto(address)
    expect(bidder.page.locator("h1")).to_have_text("保证金查询")
    assert desk.sub_account(bidder.page) == account


def test_a_taken_port_is_said_and_nothing_is_started(product: Product, tmp_path):
    data = tmp_path / "data"

    done = running.run("run", data=data, port=product.port)

    assert done.returncode == 1
    assert done.stderr == (
        f"标保没有启动：端口 {product.port} 已被占用。"
        "请先停止占用它的程序，或用 PORT=8100 make run 换一组端口。\n"
    )
    assert not data.exists()


def test_the_demo_is_forgotten(product: Product, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(product.data / "demo", data / "demo")

    done = running.run("forget-demo", data=data, port=running.free_ports())

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not data.exists()


def test_a_running_demo_is_not_forgotten(product: Product):
    done = running.run("forget-demo", data=product.data, port=product.port)

    assert done.returncode == 1
    assert done.stderr == "标保正在运行：请先按 Ctrl-C 停止，再清除数据。\n"
    assert (product.data / "demo" / "people.json").exists()
