"""Limits, letters, premiums, invoices, and applications to decide on, at a guarantor's desk."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.guarantees.actions import paying, surrendering
from biaobao.domain.guarantees.models import Suspension
from biaobao.domain.guarantees.queries import applications as progress
from biaobao.domain.guarantees.queries import business
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.parties import queries as parties
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import invoicing as given_invoicing
from tests.given import letters as given_letters
from tests.given import premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
PAGES = ("", "limits/", "letters/", "premiums/", "invoices/", "applications/")


@pytest.fixture(autouse=True)
def bank(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def at_desk(applied: Applied) -> Actor:
    return given.desk(applied.product.guarantor.id)


def text(browser: Client, page: str) -> str:
    answer = browser.get(f"/guarantor/{page}")
    assert answer.status_code == 200, page
    return answer.content.decode()


def table(browser: Client, name: str) -> list[list[str]]:
    content = browser.get(f"/guarantor/{name}.csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))[1:]


def name_of(applied: Applied) -> str:
    return parties.organisation(organisation_id=applied.bidder.organisation_id, actor=SYSTEM).name


class TestLimits:
    def test_what_is_taken_on_shows_by_bidder_and_of_lots_only_those_opened(self):
        applied, _claim = given_letters.issued()
        browser = visiting(at_desk(applied))

        before = text(browser, "limits/")
        given_tenders.opened(applied.lot)
        after = text(browser, "limits/")

        name, code = name_of(applied), applied.lot.code
        assert name in before
        assert str(applied.now.amount) in before
        assert (code in before, "未开标，合计" in before) == (False, True)
        assert (code in after, "未开标，合计" in after) == (True, False)
        assert table(browser, "limits")[0][0] == name
        assert "没有符合条件的投标人" in text(browser, "limits/?q=没有这家")
        taken = business.total(actor=at_desk(applied))
        assert taken.used == applied.now.amount
        assert taken.free.fen == taken.limit.fen - taken.used.fen

    def test_a_bidder_is_suspended_with_a_reason_and_readmitted(self):
        applied = given.submitted()
        browser = visiting(at_desk(applied))
        principal = applied.bidder.organisation_id

        assert browser.post(f"/guarantor/limits/{principal}/suspend/", {"reason": ""}).status_code
        assert suspensions() == []
        browser.post(f"/guarantor/limits/{principal}/suspend/", {"reason": "多次违约"})
        assert "多次违约" in text(browser, "limits/")
        assert suspensions() == [(principal, True)]
        browser.post(f"/guarantor/limits/{principal}/readmit/")

        assert "多次违约" not in text(browser, "limits/")
        assert suspensions() == [(principal, False)]

    def test_one_for_whom_nothing_was_ever_taken_on_is_not_found(self):
        applied = given.submitted()
        browser = visiting(given.desk())
        principal = applied.bidder.organisation_id

        for page in ("suspend/", "readmit/"):
            answer = browser.post(f"/guarantor/limits/{principal}/{page}", {"reason": "x"})
            assert answer.status_code == 404
        assert suspensions() == []


def suspensions() -> list[tuple[UUID, bool]]:
    with seeing_as(SYSTEM):
        rows = Suspension.objects.values_list("principal", "lifted_at")
        return [(principal, lifted_at is None) for principal, lifted_at in rows]


class TestLettersAndIncome:
    def test_letters_and_premiums_show_from_the_opening_on(self):
        applied, claim = given_letters.issued()
        browser = visiting(at_desk(applied))
        number = claim.letter.number

        assert number not in text(browser, "letters/")
        assert "还没有保费" in text(browser, "premiums/")
        given_tenders.opened(applied.lot)
        given_letters.unsealed(applied, given_letters.read(claim))

        assert number in text(browser, "letters/")
        assert number in text(browser, f"letters/?q={applied.lot.code}&state=UNSEALED")
        assert "没有符合条件的保函" in text(browser, "letters/?state=RELEASED")
        assert table(browser, "letters")[0][0] == number
        premium = str(applied.now.premium)
        assert premium in text(browser, "premiums/")
        assert table(browser, "premiums")[0][1] == "1"

    def test_of_a_surrendered_letter_the_way_back_of_its_premium_shows(self):
        applied, _claim = given_letters.issued()
        given_tenders.opened(applied.lot)
        failed = given_tenders.failed(applied.lot)
        browser = visiting(at_desk(applied))
        assert "退回" not in text(browser, "letters/?state=SURRENDERED")
        surrendering.surrender(
            application_id=applied.id, reason=None, at=failed.changed_at, actor=applied.bidder
        )

        ordered = text(browser, "letters/?state=SURRENDERED")
        (payment,) = given_refunds.told(at=failed.changed_at)
        premiums.booked(given_refunds.debit(payment, at=failed.changed_at))
        paying.settle(limit=9, at=failed.changed_at, actor=SYSTEM)

        assert "退回办理中" in ordered
        assert "已退回" in text(browser, "letters/?state=SURRENDERED")
        assert "已退回" in table(browser, "letters")[0]

    def test_invoices_over_its_premiums_are_listed(self):
        one, other = given_invoicing.two()
        (invoice,) = given_invoicing.applied_for(one, other)
        browser = visiting(at_desk(one))

        assert invoice.number in text(browser, "invoices/")
        assert invoice.number in text(browser, f"invoices/?q={invoice.title}&state=APPLIED")
        assert "没有符合条件的发票" in text(browser, "invoices/?state=ISSUED")
        assert table(browser, "invoices")[0][0] == invoice.number


class TestDecide:
    @pytest.fixture
    def waiting(self) -> Applied:
        return given.submitted(offered=given.product(needs_person=True))

    def test_what_waits_is_shown_without_its_lot(self, waiting: Applied):
        browser = visiting(at_desk(waiting))

        listed = text(browser, "applications/")
        page = text(browser, f"applications/{waiting.id}/")

        for shown in (listed, page):
            assert waiting.now.number in shown
            assert name_of(waiting) in shown
            for secret in (waiting.lot.code, waiting.lot.name, waiting.lot.project_name):
                assert secret not in shown
        for said in ("系统已核对", "企业资料完整", "建筑工程施工总承包二级", "担保机构人工审核"):
            assert said in page

    def test_approved_it_goes_on_and_its_limit_is_reserved(self, waiting: Applied):
        browser = visiting(at_desk(waiting))
        url = f"/guarantor/applications/{waiting.id}/"

        answer = browser.post(url, {"decision": "approve", "words": ""})

        assert answer["Location"] == "/guarantor/applications/"
        assert (waiting.state, waiting.exposure) == (ApplicationState.APPROVED, "RESERVED")
        assert browser.get(url).status_code == 404
        assert "没有待审核的申请" in text(browser, "applications/")

    def test_declined_it_says_why_and_without_a_reason_nothing_changes(self, waiting: Applied):
        browser = visiting(at_desk(waiting))
        url = f"/guarantor/applications/{waiting.id}/"

        for told in ({"decision": "decline"}, {"words": "x"}):
            assert browser.post(url, told).status_code == 422
        assert (waiting.state, waiting.exposure) == (ApplicationState.UNDERWRITING, "")
        browser.post(url, {"decision": "decline", "words": "近期有不良记录"})

        assert waiting.state is ApplicationState.DECLINED
        assert waiting.now.words == "近期有不良记录"
        assert progress.mismatches(actor=SYSTEM) == ()

    def test_another_guarantor_decides_nothing(self, waiting: Applied):
        browser = visiting(given.desk())
        url = f"/guarantor/applications/{waiting.id}/"

        assert browser.get(url).status_code == 404
        assert browser.post(url, {"decision": "approve"}).status_code == 404
        assert waiting.state is ApplicationState.UNDERWRITING


def test_a_second_guarantor_sees_nothing_of_the_firsts():
    one, other = given_invoicing.two()
    given_invoicing.applied_for(one, other)
    waiting = given.submitted(offered=given.product(one.product.guarantor.id, needs_person=True))
    first, second = visiting(at_desk(one)), visiting(given.desk())

    secrets = (name_of(one), name_of(waiting), given_letters.letter_of(one).number)
    shown = "".join(text(first, page) for page in PAGES)
    hidden = "".join(text(second, page) for page in PAGES)
    assert [each for each in secrets if each not in shown] == []
    assert [each for each in secrets if each in hidden] == []
    for name in ("limits", "letters", "premiums", "invoices"):
        assert table(second, name) == []


def test_the_home_leads_to_what_waits():
    waiting = given.submitted(offered=given.product(needs_person=True))

    page = text(visiting(at_desk(waiting)), "")

    assert "1 份" in page
    assert "0 笔" in page
    assert str(business.total(actor=at_desk(waiting)).limit) in page
    assert Money(0) == business.total(actor=at_desk(waiting)).used
