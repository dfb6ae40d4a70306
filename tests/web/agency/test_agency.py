"""The agency's console: from a new project to the opening list, and what is sealed before it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.tenders import models, queries
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform import clock
from tests.given import parties, tenders
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def text(response) -> str:
    return response.content.decode()


def typed(instant) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


def lot_form(**changes):
    values = {
        "name": "一标段",
        "estimate": "10,000,000",
        "amount": "",
        "ways": ["DEPOSIT", "GUARANTEE"],
        "deadline_at": typed(clock.now() + 30 * DAY),
        "opening_at": "",
        "payment_deadline_at": "",
        "validity_days": "90",
        "guarantors": "",
    }
    return values | changes


def coming(**changes) -> Lot:
    """Return a published lot whose opening is still to come."""
    return tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 5 * DAY, **changes)


def due(**changes) -> Lot:
    """Return a published lot whose opening time has come."""
    deadline_at = clock.now().replace(microsecond=0) - timedelta(minutes=1)
    return tenders.lot(deadline_at=deadline_at, **changes)


def keeper(lot: Lot) -> Client:
    return visiting(tenders.keeper_of(lot))


def test_a_project_goes_from_nothing_to_published():
    agency, tenderer = parties.agency(), parties.tenderer()
    browser = visiting(agency)
    assert "还没有项目" in text(browser.get("/agency/"))

    made = browser.post(
        "/agency/projects/new/",
        {
            "name": "滨江路改造",
            "region": "QZ",
            "kind": "GC",
            "tenderer": str(tenderer.organisation_id),
        },
    )
    assert made.status_code == 302
    project_url = made["Location"]
    assert "市本级工程有保证金、保函、联保金三种方式" in text(browser.get(project_url))

    form = text(browser.get(f"{project_url}lots/new/"))
    assert form.count("checked") == 3
    made = browser.post(f"{project_url}lots/new/", lot_form())
    assert made.status_code == 302
    lot_url = made["Location"]
    lot = models.Lot.objects.get()
    # Left empty, the amount is the most that the policy allows.
    assert lot.amount_fen == Money.yuan(200_000).fen
    assert "发布前还有 1 处要改" in text(browser.get(lot_url))

    refused = browser.post(f"{lot_url}publish/")
    assert refused.status_code == 422
    assert "还没有上传招标文件" in text(refused)
    upload = SimpleUploadedFile("招标文件.pdf", tenders.PDF, "application/pdf")
    assert browser.post(f"{lot_url}files/", {"file": upload}).status_code == 302
    assert "全部符合" in text(browser.get(f"{lot_url}publish/"))

    assert browser.post(f"{lot_url}publish/").status_code == 302
    lot.refresh_from_db()
    assert lot.state == LotState.PUBLISHED
    file_id = queries.tender_files(lot_id=lot.id, actor=SYSTEM)[0].id
    download = browser.get(f"{lot_url}files/{file_id}/")
    assert (download.content, download["Content-Type"]) == (tenders.PDF, "application/pdf")
    assert download["Content-Disposition"].startswith("attachment;")


def test_a_tenderer_drafts_for_itself():
    tenderer = parties.tenderer()

    made = visiting(tenderer).post(
        "/agency/projects/new/", {"name": "滨江路改造", "region": "LY", "kind": "GQ"}
    )

    project = models.Project.objects.get()
    assert made["Location"] == f"/agency/projects/{project.id}/"
    assert (project.tenderer_id, project.agency_id) == (tenderer.organisation_id, None)


def test_terms_that_break_the_rules_are_refused_with_reasons_and_articles():
    lot = tenders.lot(
        published=False,
        deadline_at=clock.now() + 5 * DAY,
        amount=Money.yuan(900_000),
        estimate=Money.yuan(1_000_000),
        ways=(Way.DEPOSIT,),
        guarantors=("衢州融担",),
        payment_deadline_at=clock.now() + 4 * DAY,
    )

    refused = keeper(lot).post(f"/agency/lots/{lot.id}/publish/")

    page = text(refused)
    assert refused.status_code == 422
    for said in (
        "保证金 ¥900,000.00 超过估算价 ¥1,000,000.00 的 2 %",
        "《中华人民共和国招标投标法实施条例》第二十六条",
        "超过最高限额 ¥800,000.00",
        "平台规则（参照《工程建设项目施工招标投标办法》第三十七条，待核对）",
        "投标人只能缴纳现金",
        "发改法规〔2023〕27号",
        "只指定了一家担保机构：衢州融担",
        "《招标投标领域公平竞争审查规则》（2024年第16号令）",
        "早于投标截止",
        "财库〔2019〕38号",
        "只有 5 天，至少应有 20 天",
        "《中华人民共和国招标投标法》第二十四条",
        "还没有上传招标文件",
    ):
        assert said in page
    assert "发布标段" not in page
    assert queries.lot(lot_id=lot.id, actor=SYSTEM).state is LotState.DRAFT


def test_a_lot_form_keeps_what_was_typed_and_says_what_is_wrong():
    lot = tenders.lot(published=False)
    browser = keeper(lot)

    wrong = browser.post(
        f"/agency/projects/{lot.project_id}/lots/new/",
        lot_form(estimate="一千万", code="QZGQ202511019-1"),
    )

    assert wrong.status_code == 422
    assert "请填写金额，最多两位小数" in text(wrong)
    assert 'value="一千万"' in text(wrong)
    other = browser.post(
        f"/agency/projects/{lot.project_id}/lots/new/", lot_form(code="QZGQ202511019-1")
    )
    assert other.status_code == 422
    assert "应以 QZGC 开头" in text(other)
    assert models.Lot.objects.count() == 1


def test_a_draft_is_edited_and_shows_what_it_was():
    lot = tenders.lot(published=False)
    browser = keeper(lot)
    page = text(browser.get(f"/agency/lots/{lot.id}/edit/"))
    assert 'value="50,000.00"' in page
    assert f'value="{typed(lot.deadline_at)}"' in page

    sent = browser.post(f"/agency/lots/{lot.id}/edit/", lot_form(name="新名", amount="60000"))

    assert sent.status_code == 302
    changed = queries.lot(lot_id=lot.id, actor=SYSTEM)
    assert (changed.name, changed.amount) == ("新名", Money.yuan(60_000))


def test_the_highest_security_is_said_while_the_form_is_filled_in():
    lot = tenders.lot(published=False)
    url = f"/agency/projects/{lot.project_id}/highest/"
    browser = keeper(lot)

    assert "¥800,000.00" in text(browser.get(url, {"estimate": "50000000"}))
    assert text(browser.get(url, {"estimate": "x"})).strip() == ""


def test_a_file_that_is_not_what_it_says_is_refused_beside_its_field():
    lot = tenders.lot(published=False)
    upload = SimpleUploadedFile("招标文件.pdf", b"MZ", "application/pdf")

    refused = keeper(lot).post(f"/agency/lots/{lot.id}/files/", {"file": upload})

    assert refused.status_code == 422
    assert "文件内容与后缀名不符" in text(refused)
    assert queries.tender_files(lot_id=lot.id, actor=SYSTEM) == ()


def test_postponing_says_why_to_everyone():
    lot = coming()
    later = lot.deadline_at + 3 * DAY
    browser = keeper(lot)

    early = browser.post(
        f"/agency/lots/{lot.id}/postpone/",
        {"deadline_at": typed(lot.deadline_at - DAY), "reason": "补充图纸"},
    )
    assert early.status_code == 422
    assert "时间只能往后移" in text(early)
    sent = browser.post(
        f"/agency/lots/{lot.id}/postpone/", {"deadline_at": typed(later), "reason": "补充图纸"}
    )

    assert sent.status_code == 302
    assert queries.lot(lot_id=lot.id, actor=SYSTEM).opening_at == later
    bidder = visiting(parties.bidder())
    assert "补充图纸" in text(bidder.get(f"/bidder/lots/{lot.id}/registration/"))


def test_before_its_time_a_lot_does_not_open():
    lot = coming()
    browser = keeper(lot)
    url = f"/agency/lots/{lot.id}/opening/"

    page = text(browser.get(url))
    assert "看不到谁报了名、有多少家" in page
    assert 'method="post" action' not in page.split('id="content"')[1]
    refused = browser.post(url)

    assert refused.status_code == 422
    assert "还不能开标" in text(refused)
    assert browser.get(f"/agency/lots/{lot.id}/opening.csv").status_code == 404


def test_at_its_time_it_opens_and_lists_who_registered():
    lot, bidder = due(), parties.bidder(name="=浙江云岭建设有限公司")
    tenders.registered(lot, bidder)
    browser = keeper(lot)
    url = f"/agency/lots/{lot.id}/opening/"
    assert "云岭" not in text(browser.get(url))

    assert browser.post(url).status_code == 302

    page = text(browser.get(url))
    assert "浙江云岭建设有限公司" in page
    assert "共 1 家" in page
    export = browser.get(f"/agency/lots/{lot.id}/opening.csv")
    assert export["Content-Disposition"] == f'attachment; filename="{lot.code}.csv"'
    rows = list(csv.reader(io.StringIO(export.content.decode("utf-8-sig"))))
    assert rows[0][:2] == [lot.code, lot.name]
    # A spreadsheet must not take the name for a formula.
    assert rows[2][0] == "'=浙江云岭建设有限公司"
    assert len(rows) == 3


PAGES = (
    "/agency/",
    "/agency/?q={lot.code}",
    "/agency/projects/{lot.project_id}/",
    "/agency/lots/{lot.id}/",
    "/agency/lots/{lot.id}/postpone/",
    "/agency/lots/{lot.id}/opening/",
    "/agency/lots/{lot.id}/opening.csv",
)


def still(response) -> tuple[int, str, list[tuple[str, str]]]:
    """Return what a page says apart from the time that passes and the form's token."""
    page = text(response)
    page = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", page)
    page = re.sub(r'data-now="\d+"|剩[^<]*', "", page)
    headers = [(name, value) for name, value in response.items() if name != "Content-Length"]
    return response.status_code, page, headers


def test_before_the_opening_no_page_differs_by_who_registered_nor_by_how_many():
    lot = coming()
    agency, supervisor = tenders.keeper_of(lot), parties.supervisor()

    def seen() -> list[object]:
        pages = [still(visiting(agency).get(url.format(lot=lot))) for url in PAGES]
        watched = ["/supervisor/", f"/supervisor/lots/{lot.id}/"]
        return pages + [still(visiting(supervisor).get(url)) for url in watched]

    nobody = seen()
    for step in (tenders.contact_chosen, tenders.file_collected, tenders.registered):
        step(lot, parties.bidder(account=None))

    assert seen() == nobody


def test_strangers_find_nothing():
    lot = coming()
    stranger = visiting(parties.agency())
    for url in PAGES[2:]:
        assert stranger.get(url.format(lot=lot)).status_code == 404
    assert stranger.post(f"/agency/lots/{lot.id}/opening/").status_code == 403
    assert lot.code not in text(stranger.get("/agency/"))


@pytest.mark.parametrize("who", [parties.bidder, parties.operator, parties.supervisor])
def test_others_have_no_business_here(who):
    assert visiting(who()).get("/agency/").status_code == 403


def test_visitors_sign_in_first():
    response = Client(HTTP_HOST="localhost").get("/agency/")
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def _lots_of(agency: Actor, number: int) -> None:
    for _ in range(number):
        tenders.lot(agency=agency, deadline_at=clock.now() + 5 * DAY)


def test_the_list_costs_the_same_for_one_project_as_for_many():
    agency = parties.agency()
    browser = visiting(agency)
    counts = []
    for number in (1, 3):
        _lots_of(agency, number)
        with CaptureQueriesContext(connection) as asked:
            browser.get("/agency/")
        counts.append(len(asked))

    assert counts[0] == counts[1]
