"""查验 and 账户中心 in a real browser, wide and narrow: a file is dropped, a field is told."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page, expect

from biaobao.adapters.typesetting.typesetter import Typesetter
from tests.browser import desk
from tests.browser.desk import Visit
from tests.given import documents as given

WIDTHS = (1440, 390)
DROP = """([form, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], "保函.pdf", {type: "application/pdf"}));
  form.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
}"""


def drops(page: Page, content: bytes) -> None:
    form = page.locator("[data-drop]").element_handle()
    page.evaluate(DROP, [form, base64.b64encode(content).decode()])


@pytest.mark.parametrize("width", WIDTHS)
def test_anybody_verifies_by_number_and_by_dropping_a_file(visit, width: int):
    somebody: Visit = visit()
    page = somebody.page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")
    page.get_by_role("link", name="查验保函").first.click()
    page.get_by_label("保函编号").fill("BH000000000000")
    page.get_by_role("textbox", name="验证码").fill("A" * 26)
    page.get_by_role("button", name="查验", exact=True).click()
    expect(page.get_by_role("heading", name="没有查到与此编号和验证码对应的保函")).to_be_visible()
    faults = desk.faults(page, WIDTHS)

    page.set_viewport_size({"width": width, "height": 900})
    unsigned = Typesetter().letter(given.letter(), given.IMPRINT, seal_image=given.SEAL_IMAGE)
    drops(page, unsigned)
    expect(page.get_by_role("heading", name="文件没有电子签名")).to_be_visible()
    faults += desk.faults(page, WIDTHS)

    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_bidder_keeps_its_profile(visit, width: int):
    somebody: Visit = visit()
    page = somebody.page
    desk.signs_in_by_password(somebody, "jianshe")
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("link", name="账户中心").click()
    page.get_by_label("法定代表人身份证号").fill("110101198001011014")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#id_legal_id_number_errors")).to_contain_text("校验位不符")
    somebody.was_refused(422)
    faults = desk.faults(page, WIDTHS)

    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_label("法定代表人身份证号").fill("110101198001011013")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("企业资料已保存。")).to_be_visible()
    faults += desk.faults(page, WIDTHS)

    assert faults == []
