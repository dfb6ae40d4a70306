"""电子保函 1.4 to 1.6, as the manual's annex tells them: 材料签章, 保函支付, 保函生成."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from biaobao.core.instants import SHANGHAI
from biaobao.jobs.demo import CERTIFICATE_PASSWORD, TO_BE_GUARANTEED
from tests.browser import desk
from tests.browser.desk import Visit
from tests.browser.test_guarantee_apply import applies, fills_in, looks_well
from tests.browser.test_verify import drops

# From here on the paper is read on the page.
WIDE = 721
# A letter is rendered, sealed and timestamped in seconds; the worker looks for work each few.
ISSUED_WITHIN = 60_000


def test_it_is_signed_paid_and_issued(visit, tmp_path: Path):
    bidder: Visit = visit(width=1440)
    code = f"QZGC{datetime.now(SHANGHAI):%Y%m}001-1"

    letter = gets_a_letter(bidder, "jianshe", "衢州示例建设有限公司", code, tmp_path)

    drops_the_letter(bidder.page, letter)
    stranger: Visit = visit(width=1440)
    stranger.page.goto("/verify/")
    drops_a_sealed_letter(stranger.page, letter)


def test_on_a_phone_it_is_issued_and_follows_a_raised_amount(visit, tmp_path: Path):
    bidder: Visit = visit(width=390)
    page, company = bidder.page, "柯城示例市政工程有限公司"
    old = gets_a_letter(bidder, "shizheng", company, TO_BE_GUARANTEED, tmp_path)
    letter_page = page.url

    postpones_and_raises(visit(width=1440))

    page.goto(letter_page)
    expect(page.locator(".hero-status")).to_contain_text(
        "这份保函的金额不够", timeout=ISSUED_WITHIN
    )
    page.reload()
    assert looks_well(page)
    page.get_by_role("button", name="申请变更到 ¥150,000.00").click()
    expect(page.locator(".hero-status")).to_contain_text("请向下方子账号支付保费差额")
    pays(bidder, company)
    current = page.get_by_role("row", name="第 2 版")
    expect(current).to_contain_text("现行", timeout=ISSUED_WITHIN)
    expect(page.locator(".hero-status")).to_contain_text("保函已开立")
    page.reload()
    assert looks_well(page)
    expect(page.get_by_text("壹拾伍万元整").first).to_be_visible()
    page.goto("/verify/")
    drops(page, old)
    answer = page.locator("section:has(#answer)")
    expect(answer).to_contain_text("已被新版本取代")
    expect(answer).to_contain_text("捌万元整")


def gets_a_letter(bidder: Visit, username: str, company: str, code: str, folder: Path) -> bytes:
    """Register, apply, sign, pay, and return the letter that the page offers in the end."""
    page = bidder.page
    file = desk.signs_in_by_certificate(bidder, username, folder)
    desk.registers(bidder, code)
    applies(page, code)
    page.get_by_role("button", name="选择 衢州融担（示例）有限公司 投标保函（见索即付）").click()
    fills_in(bidder)
    page.get_by_role("link", name="保函申请").click()
    signs(page, file)
    reads_the_declaration(page)
    pays(bidder, company)
    return sees_the_letter(page)


def postpones_and_raises(agency: Visit) -> None:
    """So far that the amount may change: those who have to follow must have fifteen days."""
    page = agency.page
    desk.signs_in_by_password(agency, "agency")
    page.locator("tr", has_text=TO_BE_GUARANTEED).get_by_role("link").first.click()
    lot = page.url
    page.goto(f"{lot}postpone/")
    later = datetime.now(SHANGHAI) + timedelta(days=30)
    page.get_by_label("新的投标截止时间").fill(f"{later:%Y-%m-%dT%H:%M}")
    page.get_by_label("延期原因").fill("澄清文件补充")
    page.get_by_role("button", name="确认延期").click()
    page.goto(f"{lot}amount/")
    page.get_by_label("新的保证金金额（元）").fill("150000")
    page.get_by_label("变更原因").fill("补充文件一")
    assert looks_well(page)
    page.get_by_role("button", name="确认变更").click()
    expect(page.get_by_text("变更保证金金额").first).to_be_visible()


def signs(page: Page, file: Path) -> None:
    page.get_by_role("button", name="确定经办人").click()
    frame = page.get_by_title("申请书暨委托担保协议")
    by_itself = page.get_by_role("link", name="打开申请书暨委托担保协议")
    # A phone shows no more of a PDF than its first page: it opens the paper by itself.
    expect(by_itself if page.viewport_size["width"] < WIDE else frame).to_be_visible()
    assert looks_well(page)
    page.locator("#certificate-file").set_input_files(file)
    page.locator("#certificate-password").fill("wrong")
    page.locator("[data-sign]:enabled").click()
    expect(page.locator("[data-said]")).to_contain_text("证书密码不正确")
    page.locator("#certificate-password").fill(CERTIFICATE_PASSWORD)
    page.locator("[data-sign]:enabled").click()


def reads_the_declaration(page: Page) -> None:
    expect(page.locator(".hero-status")).to_contain_text("请阅读出函申明")
    known = page.get_by_role("button", name="我已知晓")
    expect(known).to_be_disabled()
    assert looks_well(page)
    page.get_by_role("region", name="出函申明").press("End")
    expect(known).to_be_enabled()
    page.get_by_label("本单位已从头到尾阅读并同意以上申明").check()
    known.click()


def pays(bidder: Visit, company: str) -> None:
    page = bidder.page
    account = desk.sub_account(page)
    expect(page.locator(".hero .clock-label")).to_contain_text("距支付时限")
    assert looks_well(page)
    yuan = page.locator(".hero .money").inner_text().removeprefix("¥")
    desk.transfers(bidder, payer=company, to=account, yuan=yuan)
    expect(page.locator(".hero-status")).to_contain_text("已支付")
    page.get_by_role("link", name="保函生成").first.click()


def sees_the_letter(page: Page) -> bytes:
    """Save all papers, and return the letter."""
    expect(page.locator(".hero-status")).to_contain_text("保函已开立", timeout=ISSUED_WITHIN)
    expect(page.get_by_text("担保期间从投标截止当天开始")).to_be_visible()
    page.reload()
    assert looks_well(page)
    saved = {}
    for paper in ("保函", "申请书暨委托担保协议", "购买凭证"):
        with page.expect_download() as downloading:
            page.get_by_role("link", name=f"下载{paper}", exact=True).click()
        saved[paper] = Path(downloading.value.path()).read_bytes()
        assert saved[paper].startswith(b"%PDF-")
    return saved["保函"]


def drops_the_letter(page: Page, letter: bytes) -> None:
    """Its holder learns how it stands, and that a copy with one other byte proves nothing."""
    page.goto("/verify/")
    drops(page, letter)
    answer = page.locator("section:has(#answer)")
    expect(answer).to_contain_text("签名真实，文件没有改动")
    expect(answer).to_contain_text("衢州融担（示例）有限公司")
    assert looks_well(page)
    middle = len(letter) // 3
    altered = letter[:middle] + bytes([letter[middle] ^ 1]) + letter[middle + 1 :]
    drops(page, altered)
    expect(page.get_by_role("heading", name="文件在签名之后被改动")).to_be_visible()
    expect(answer).not_to_contain_text("签名真实")
    assert looks_well(page)


def drops_a_sealed_letter(page: Page, letter: bytes) -> None:
    """Before the opening somebody else learns what the file itself proves, and nothing of the house."""
    drops(page, letter)
    expect(page.locator("section:has(#answer)")).to_contain_text("平台现在查不到它的现状")
    assert looks_well(page)
