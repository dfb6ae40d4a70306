"""应急处理: a letter cannot be read at the opening; its receipt and two people keep the bidder in."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import desk, running
from tests.browser.desk import Visit
from tests.browser.running import Product
from tests.browser.test_after_the_opening import letter_of, letters, lot, opening
from tests.browser.test_guarantee_apply import looks_well

JIANSHE = "衢州示例建设有限公司"
WITHIN = 30_000
# Its file is lost, and the opening reads it anew.
LOSE = """
from pathlib import Path
from django.conf import settings
from biaobao.core.actor import SYSTEM
from biaobao.domain.guarantees.models import Letter
from biaobao.platform.db import seeing_as
with seeing_as(SYSTEM):
    row = Letter.objects.get(lot__code={code!r}, bidder__name={bidder!r})
    stored = row.versions.order_by("version").last().document.stored_sha256
    Path(settings.MEDIA_ROOT, stored[:2], stored).rename(Path(settings.MEDIA_ROOT) / {lost!r})
    Letter.objects.filter(pk=row.pk).update(state="ISSUED_SEALED", unsealed_at=None, read_at=None)
    print(Path(stored[:2], stored))
"""


def test_on_the_receipt_the_supervisor_keeps_the_bidder_in(visit, product: Product):
    code = lot("006")
    files = product.data / "files"
    kept = files / lose(product, code)
    bidder: Visit = visit()
    desk.signs_in_by_password(bidder, "jianshe")
    page = letter_of(bidder, code)
    shows(page, "开标时没有读出这份保函")
    assert looks_well(page)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载购买凭证").click()

    agency: Visit = visit()
    desk.signs_in_by_password(agency, "agency")
    proposes(opening(agency, code), Path(downloading.value.path()).read_bytes())
    shows(page, "等待确认")
    supervisor: Visit = visit()
    desk.signs_in_by_password(supervisor, "supervisor")
    confirms(supervisor.page, code)

    shows(page, "监管部门已确认，投标担保有效")
    assert looks_well(page)
    for list_of in (supervisor.page, opening(agency, code)):
        row = list_of.locator("[aria-labelledby=list] tbody tr", has_text=JIANSHE)
        expect(row).to_contain_text("已缴纳")
        expect(row).to_contain_text("应急确认有效")
        assert looks_well(list_of)
    (files / "lost").rename(kept)


def lose(product: Product, code: str) -> str:
    """Lose the file of the bidder's letter before the worker reads it; return where it was."""
    script = LOSE.format(code=code, bidder=JIANSHE, lost="lost")
    done = running.run(
        "manage", "shell", "-v", "0", "-c", script, data=product.data, port=product.port
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def shows(page: Page, words: str) -> None:
    """Expect that the bidder's page says so by itself."""
    expect(page.locator(".hero-status")).to_contain_text(words, timeout=WITHIN)


def proposes(page: Page, receipt: bytes) -> None:
    letters(page).filter(has_text=JIANSHE).get_by_role("link", name="应急处理").click()
    page.get_by_label("服务器故障或停电").check()
    page.get_by_label("出函机构", exact=True).check()
    file = {"name": "购买凭证.pdf", "mimeType": "application/pdf", "buffer": receipt}
    page.get_by_label("投标人出示的购买凭证（PDF）").set_input_files([file])
    assert looks_well(page)
    page.get_by_role("button", name="提交监管确认").click()
    expect(page.locator("main")).to_contain_text("待监管确认")


def confirms(page: Page, code: str) -> None:
    desk.goes_to(page, "应急确认")
    assert looks_well(page)
    page.get_by_role("link", name=code).click()
    expect(page.locator("main")).to_contain_text("已核验")
    assert looks_well(page)
    page.get_by_label("确认：投标担保有效，继续开标").check()
    page.get_by_role("button", name="登记决定").click()
