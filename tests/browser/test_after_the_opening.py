"""After the opening: claims paid and refused, an invoice of two orders, letters given up or not."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from biaobao.core.instants import SHANGHAI
from biaobao.jobs.demo import CERTIFICATE_PASSWORD, TENDERERS_ACCOUNT, TO_BE_SURRENDERED
from tests.browser import desk
from tests.browser.desk import Visit
from tests.browser.test_guarantee_apply import BOTH, looks_well

YUANLIN = "江山示例园林工程有限公司"
GUARANTOR = "衢州融担（示例）有限公司"
WITHIN = 60_000
PAPER = {"name": "招标文件第三章.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 3.4.4"}


def lot(number: str) -> str:
    return f"QZGC{datetime.now(SHANGHAI):%Y%m}{number}-1"


def opening(visit: Visit, code: str) -> Page:
    page = visit.page
    page.goto(f"/agency/?q={code}")
    page.locator("tr", has_text=code).get_by_role("link").first.click()
    page.get_by_role("link", name="查看开标名单").click()
    return page


def letters(page: Page) -> Locator:
    return page.locator("[aria-labelledby=letters] tbody tr")


def test_a_claim_is_presented_accepted_funded_and_paid(visit, tmp_path: Path):
    tenderer: Visit = visit()
    file = desk.signs_in_by_certificate(tenderer, "tenderer", tmp_path)
    page = opening(tenderer, lot("005"))
    letters(page).filter(has_text=YUANLIN).get_by_role("link", name="索赔").click()
    demands(page)
    signs(page, file)
    number = page.get_by_role("heading", level=1).inner_text().split()[-1]

    guarantor: Visit = visit()
    desk.signs_in_by_password(guarantor, "rongdan")
    accepts_and_funds(guarantor, number)

    # It asks by itself.
    expect(guarantor.page.locator(".hero-status .tag")).to_have_text("已赔付", timeout=WITHIN)
    page.reload()
    expect(page.locator(".hero-status .tag")).to_have_text("已赔付")
    expect(page.locator(".timeline")).to_contain_text("付给受益人")
    assert looks_well(page)
    page = opening(tenderer, lot("005"))
    expect(letters(page).filter(has_text=YUANLIN)).to_contain_text("部分赔付")
    assert looks_well(page)


def demands(page: Page) -> None:
    page.get_by_label("中标后，无正当理由不与招标人订立合同").check()
    page.get_by_label("招标文件条款").fill("第三章 3.4.4")
    page.get_by_label("事实说明").fill("中标通知书发出三十日后，中标人仍拒绝签订合同。")
    page.get_by_label("索赔金额").fill("50,000")
    page.get_by_label("收款账号").fill(TENDERERS_ACCOUNT)
    page.get_by_label("开户行").fill("标保示范银行衢州分行")
    page.get_by_label("证明文件").set_input_files([PAPER])
    assert looks_well(page)
    page.get_by_role("button", name="下一步：阅读并签章").click()


def signs(page: Page, file: Path) -> None:
    expect(page.locator(".hero-status")).to_contain_text("待签章")
    assert looks_well(page)
    page.locator("#certificate-file").set_input_files(file)
    page.locator("#certificate-password").fill(CERTIFICATE_PASSWORD)
    page.locator("[data-sign]:enabled").click()
    expect(page.locator(".hero-status")).to_contain_text("审查中")


def accepts_and_funds(guarantor: Visit, number: str) -> None:
    page = guarantor.page
    desk.goes_to(page, "索赔")
    assert looks_well(page)
    page.get_by_role("link", name=number).click()
    assert looks_well(page)
    page.get_by_role("button", name=re.compile("同意赔付")).click()
    shown = page.locator("[aria-labelledby=fund] .copyable-value")
    expect(shown).to_have_count(2)
    name, account = shown.all_inner_texts()
    assert looks_well(page)
    to = desk.SubAccount(re.sub(r"\s", "", account), name)
    desk.transfers(guarantor, payer=GUARANTOR, to=to, yuan="50000")


def test_a_claim_is_refused_with_every_discrepancy_and_can_be_made_again(visit):
    guarantor: Visit = visit(width=390)
    desk.signs_in_by_password(guarantor, "rongdan")
    page = guarantor.page
    page.goto(f"/guarantor/claims/?q={lot('006')}")
    page.get_by_role("link", name=re.compile("^SP")).click()
    page.get_by_role("link", name="不符，拒绝赔付").click()
    page.get_by_role("button", name="拒绝赔付").click()
    expect(page.locator(".form-errors")).to_be_visible()
    guarantor.was_refused(422)
    page.get_by_label("所引的招标文件条款不符").check()
    page.get_by_label("缺少保函要求的文件，或文件之间互相矛盾").check()
    page.get_by_role("textbox", name="说明").fill("招标文件没有 3.4.4 条；未附中标通知书。")
    assert looks_well(page)
    page.get_by_role("button", name="拒绝赔付").click()
    expect(page.locator(".hero-status .tag")).to_have_text("已拒绝")
    assert looks_well(page)

    tenderer: Visit = visit(width=390)
    desk.signs_in_by_password(tenderer, "tenderer")
    page = opening(tenderer, lot("006"))
    page.locator("[aria-labelledby=claims] a").first.click()
    for said in ("所引的招标文件条款不符", "未附中标通知书。", "可以重新提出索赔"):
        expect(page.locator("main")).to_contain_text(said)
    assert looks_well(page)
    page = opening(tenderer, lot("006"))
    expect(letters(page).filter(has_text=YUANLIN).get_by_role("link", name="索赔")).to_be_visible()


def test_two_orders_are_invoiced_in_one(visit):
    bidder: Visit = visit()
    desk.signs_in_by_password(bidder, "jianshe")
    page = bidder.page
    page.goto("/guarantee/invoices/")
    assert looks_well(page)
    for code in (lot("005"), lot("006")):
        page.locator("tr", has_text=code).get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("申请发票|下一步")).first.click()
    assert looks_well(page)
    page.get_by_role("button", name="提交").click()

    expect(page.locator(".hero-status .tag")).to_have_text("已开票", timeout=WITHIN)
    expect(page.locator("main")).to_contain_text("¥900.00")
    for name in ("发票（PDF）", "发票（XML 原件）"):
        with page.expect_download() as downloading:
            page.get_by_role("link", name=f"下载{name}").click()
        assert Path(downloading.value.path()).stat().st_size
    assert looks_well(page)
    page.goto("/guarantee/invoices/")
    expect(page.locator("tr", has_text=lot("005")).get_by_role("checkbox")).to_have_count(0)


@pytest.mark.parametrize(("width", "username"), [(1440, "yuanlin"), (390, "shuili")])
def test_before_the_deadline_a_letter_is_given_up(visit, width: int, username: str):
    bidder: Visit = visit(width=width)
    desk.signs_in_by_password(bidder, username)
    page = letter_of(bidder, TO_BE_SURRENDERED)
    page.get_by_role("link", name="退保申请").click()
    expect(page.locator("main")).to_contain_text("退保以后，本标段没有投标担保")
    assert looks_well(page)
    page.get_by_role("button", name="确认退保").click()
    expect(page.locator(".form-errors")).to_be_visible()
    bidder.was_refused(422)
    page.get_by_label("退保原因").select_option(label="放弃投标")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="确认退保").click()
    expect(page.locator("main")).to_contain_text("已退保")
    assert looks_well(page)


@pytest.mark.parametrize("width", BOTH)
def test_after_the_deadline_it_is_not_and_says_why(visit, width: int):
    bidder: Visit = visit(width=width)
    desk.signs_in_by_password(bidder, "jianshe")
    page = letter_of(bidder, lot("005"))
    page.get_by_role("link", name="退保申请").click()
    expect(page.get_by_role("heading", name="现在不能退保")).to_be_visible()
    expect(page.get_by_role("button", name="确认退保")).to_have_count(0)
    assert looks_well(page)


def letter_of(bidder: Visit, code: str) -> Page:
    page = bidder.page
    page.goto(f"/guarantee/applications/?q={code}")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    page.get_by_role("link", name="保函生成").first.click()
    return page
