"""The guarantee system's pages from coming in to the verdict of underwriting."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from biaobao.core.actor import Actor
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Application
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import Organisation
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import guarantees as given
from tests.given import tenders as given_tenders
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

FILLED = {
    "address": "衢州市柯城区示例路9号",
    "email": "office@example.com",
    "contact_name": "李晓梅",
    "contact_phone": "0570-3811136",
    "legal_name": "王建国",
    "legal_id_number": "110101198001011013",
    "legal_phone": "0570-3811136",
    "qualification": "建筑工程施工总承包二级",
    "registered_capital": "20,000,000",
    "consents": "on",
}


@pytest.fixture
def lot() -> Lot:
    return given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + timedelta(days=30))


@pytest.fixture
def bidder(lot: Lot) -> Actor:
    acting = given.bidder()
    given_tenders.registered(lot, acting)
    return acting


def begun(browser: Client, lot: Lot) -> str:
    """Begin an application in a browser and return its address."""
    return browser.post(f"/guarantee/lots/{lot.id}/begin/")["Location"]


def standing(lot: Lot, bidder: Actor) -> Application:
    found = applications.of_lot(lot_id=lot.id, actor=bidder)
    assert found is not None
    return found


def chosen(browser: Client, lot: Lot, product_id: UUID) -> str:
    """Choose a product in a browser and return the address of 填写授信信息."""
    address = begun(browser, lot)
    return browser.post(f"{address}products/", {"product": str(product_id)})["Location"]


def steps_on(page: HttpResponse) -> list[tuple[str, str]]:
    """Return each step of the bar with the word for its state."""
    shown = page.content.decode()
    titles = re.findall(r'class="step-title"[^>]*>([^<]+)<', shown)
    return list(zip(titles, re.findall(r'class="step-state">([^<]+)<', shown), strict=True))


def test_the_lot_s_page_leads_to_its_application_begun_once(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    page = browser.get(f"/bidder/lots/{lot.id}/security/").content.decode()
    assert f'action="/guarantee/lots/{lot.id}/begin/"' in page
    assert "点此办理电子保函" in page

    assert begun(browser, lot) == begun(browser, lot)
    assert applications.mine(search="", page=1, actor=bidder).total == 1


def test_who_has_begun_is_not_offered_to_pay_a_deposit(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    begun(browser, lot)

    page = browser.get(f"/bidder/lots/{lot.id}/security/").content.decode()

    assert "正在办理电子保函" in page
    assert "用保证金缴纳</button>" not in page


def row_of(browser: Client, lot: Lot) -> str:
    """Return what 选择标段 says of a lot, in words."""
    page = browser.get("/guarantee/lots/").content.decode()
    (row,) = [each for each in page.split("<tr>") if lot.code in each]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row.partition("</tr>")[0]))


def test_each_lot_that_cannot_be_served_says_why(bidder: Actor):
    given_banking.bank()
    given.product()
    now = clock.now().replace(microsecond=0)
    past, paid, still, over = (
        given_tenders.lot(deadline_at=now + timedelta(days=days)) for days in (-1, 5, 6, 7)
    )
    for each in (past, still, over):
        given_tenders.registered(each, bidder)
    given_deposits.chosen(paid, bidder)
    given_tenders.suspended(still)
    given_tenders.terminated(over)
    browser = visiting(bidder)

    said = {each.id: row_of(browser, each) for each in (past, paid, still, over)}

    assert "投标已截止，不再办理" in said[past.id]
    assert "已用保证金办理；要改用保函，请先撤回保证金" in said[paid.id]
    assert "标段暂停，恢复后可以申请" in said[still.id]
    assert "标段已终止，不需要办理" in said[over.id]
    assert all("立即申请" not in each for each in said.values())
    page = browser.get("/guarantee/lots/").content.decode()
    assert f'href="/bidder/lots/{paid.id}/security/"' in page


def test_a_lot_that_nobody_can_serve_in_time_says_so(lot: Lot, bidder: Actor):
    given.product(lead=timedelta(days=60))

    said = row_of(visiting(bidder), lot)

    assert "目前没有机构能在投标截止前出函，请用其他方式缴纳" in said
    assert "立即申请" not in said


def test_lots_are_found_and_say_what_can_be_done(lot: Lot, bidder: Actor):
    given.product()
    browser = visiting(bidder)
    assert "立即申请" in browser.get("/guarantee/lots/", {"q": lot.code}).content.decode()
    assert lot.code not in browser.get("/guarantee/lots/", {"q": "没有这个"}).content.decode()

    begun(browser, lot)

    assert "继续办理" in browser.get("/guarantee/lots/").content.decode()


def test_a_chosen_product_is_quoted_and_the_particulars_come_next(lot: Lot, bidder: Actor):
    product = given.product()
    browser = visiting(bidder)

    address = chosen(browser, lot, product.id)

    application = standing(lot, bidder)
    assert (application.product_id, application.amount) == (product.id, lot.amount)
    page = browser.get(address).content.decode()
    assert str(application.premium) in page
    assert browser.get(f"/guarantee/applications/{application.id}/")["Location"] == address


def test_a_sample_is_printed_for_the_own_lot_alone(lot: Lot, bidder: Actor):
    product = given.product()
    address = begun(visiting(bidder), lot)
    sample = f"{address}products/{product.id}/sample.pdf"

    assert visiting(bidder).get(sample).content.startswith(b"%PDF")
    assert visiting(given.bidder()).get(sample).status_code == 404


def test_a_product_that_comes_too_late_is_not_chosen(lot: Lot, bidder: Actor):
    slow = given.product(lead=timedelta(days=60))
    browser = visiting(bidder)
    address = begun(browser, lot)
    page = browser.get(f"{address}products/").content.decode()
    assert "剩余时间不够在投标截止前出函" in page

    answer = browser.post(f"{address}products/", {"product": str(slow.id)})

    assert answer.status_code == 422
    assert standing(lot, bidder).product_id is None


def test_every_wrong_field_is_named_and_nothing_is_submitted(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product().id)

    answer = browser.post(
        address,
        FILLED | {"email": "nowhere", "legal_id_number": "1", "registered_capital": "0"},
    )

    assert answer.status_code == 422
    wrong = re.findall(r'<a href="#id_(\w+)">', answer.content.decode())
    assert wrong == ["email", "legal_id_number", "registered_capital"]
    assert standing(lot, bidder).state is ApplicationState.DRAFT


WRONG = {
    "address": "",
    "email": "nowhere",
    "contact_name": " ",
    "contact_phone": "12",
    "legal_name": "",
    "legal_id_number": "110101198001011014",
    "legal_phone": "十二",
    "qualification": "",
    "registered_capital": "0",
}


def judged(browser: Client, address: str, field: str, told: dict[str, str]) -> HttpResponse:
    """Leave a field of the page, as its script tells the server."""
    headers = {"HX-Request": "true", "HX-Trigger-Name": field}
    return browser.post(f"{address}judge/", told, headers=headers)


def errors_of(page: HttpResponse, field: str) -> list[str]:
    """Return what the page says beside a field."""
    beside = re.search(rf'id="id_{field}_errors">(.*?)</div>', page.content.decode(), re.DOTALL)
    return re.findall(r"<span>([^<]+)</span>", beside[1]) if beside else []


@pytest.mark.parametrize("field", WRONG)
def test_a_field_that_is_left_is_judged_as_it_would_be_when_submitted(
    lot: Lot, bidder: Actor, field: str
):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product().id)
    told = FILLED | {field: WRONG[field]}

    left = judged(browser, address, field, told)

    assert left.status_code == 200
    assert errors_of(left, field) == errors_of(browser.post(address, told), field) != []
    assert "hx-post" in left.content.decode()
    (aloud,) = re.findall(r'hx-swap-oob="innerHTML">([^<]*)<', left.content.decode())
    assert aloud.endswith(errors_of(left, field)[0])
    # Of the others, which may not have been reached yet, nothing is said.
    assert left.content.decode().count("<label") == 1
    right = judged(browser, address, field, FILLED)
    assert errors_of(right, field) == []
    assert standing(lot, bidder).state is ApplicationState.DRAFT
    particulars = applications.progress(
        application_id=standing(lot, bidder).id, actor=bidder
    ).particulars
    assert particulars.contact_name == ""


def test_only_own_fields_are_judged(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product().id)

    assert judged(browser, address, "password", FILLED).status_code == 404
    assert judged(browser, address, "", FILLED).status_code == 404
    assert judged(visiting(given.bidder()), address, "email", FILLED).status_code == 404
    assert browser.get(f"{address}judge/").status_code == 405


def test_what_is_wrong_is_said_without_claiming_that_anything_was_tried(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product().id)

    left = judged(browser, address, "contact_phone", FILLED | {"contact_phone": "12"})

    assert errors_of(left, "contact_phone") == [
        "电话号码的格式不正确。请填写手机号码，或带区号的固定电话，例如 0570-3811136。"
    ]


def test_what_was_kept_is_there_again(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product().id)

    browser.post(address, {"contact_name": "赵敏", "save": "1"})

    assert 'value="赵敏"' in browser.get(address).content.decode()
    assert standing(lot, bidder).state is ApplicationState.DRAFT


def test_submitted_it_shows_every_check(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product().id)

    browser.post(address, FILLED)

    answer = browser.get(address)
    page = answer.content.decode()
    assert [word for _, word in steps_on(answer)[:4]] == ["已完成", "已完成", "已完成", "进行中"]
    assert standing(lot, bidder).state is ApplicationState.APPROVED
    assert "授信审核已通过" in page
    assert page.count('class="verdict ') == 7


def test_a_person_s_decision_is_waited_for(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = chosen(browser, lot, given.product(needs_person=True).id)

    browser.post(address, FILLED)

    page = browser.get(address).content.decode()
    assert "等待人工审核" in page
    assert 'hx-trigger="every 3s"' in page


def test_a_cancelled_application_frees_the_lot(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    address = begun(browser, lot)
    assert "确认撤销" in browser.get(f"{address}cancel/").content.decode()
    assert standing(lot, bidder).state is ApplicationState.DRAFT

    browser.post(f"{address}cancel/")

    assert standing(lot, bidder).state is ApplicationState.CANCELLED
    assert steps_on(browser.get(f"{address}letter/")) == [
        ("选择标段", "已完成"),
        ("选择产品", "已结束"),
        ("填写授信信息", "未开始"),
        ("材料签章", "未开始"),
        ("保函支付", "未开始"),
        ("保函生成", "未开始"),
    ]
    assert "已撤销" in browser.get("/guarantee/applications/").content.decode()
    page = browser.get(f"/bidder/lots/{lot.id}/security/").content.decode()
    assert "用保证金缴纳</button>" in page


def test_what_the_house_knows_is_shown_and_not_asked(lot: Lot, bidder: Actor):
    browser = visiting(bidder)
    page = browser.get(chosen(browser, lot, given.product().id)).content.decode()

    for fact in (bidder_of(bidder).uscc, "33050168620800000123", lot.tenderer_name):
        assert f"<dd>{fact}" in page


def bidder_of(actor: Actor) -> Organisation:
    return parties.organisation(organisation_id=actor.organisation_id, actor=actor)


@pytest.mark.parametrize("page", ["", "products/", "credit/", "cancel/"])
def test_somebody_else_s_application_is_nowhere(lot: Lot, bidder: Actor, page: str):
    address = begun(visiting(bidder), lot)

    assert visiting(given.bidder()).get(f"{address}{page}").status_code == 404
