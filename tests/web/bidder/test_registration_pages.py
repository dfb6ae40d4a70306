"""The bidder's list of lots and 招标文件领取."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from biaobao.domain.tenders.states import RegistrationState
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


def coming(**changes):
    return tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 5 * DAY, **changes)


def gone(**changes):
    return tenders.lot(deadline_at=clock.now().replace(microsecond=0) - DAY, **changes)


def test_contact_download_and_save_register():
    lot, bidder = coming(), parties.bidder()
    browser = visiting(bidder)
    here = f"/bidder/lots/{lot.id}/registration/"
    file = tenders.file_of(lot)
    collect = f"/bidder/lots/{lot.id}/files/{file.id}/collect/"
    assert browser.get(f"/bidder/lots/{lot.id}/")["Location"] == here
    page = text(browser.get(here))
    assert "先选择联系人" in page
    assert collect not in page

    assert browser.post(f"{here}contact/", {"contact": str(bidder.person_id)})["Location"] == here
    page = text(browser.get(here))
    assert "请下载招标文件" in page
    assert collect in page
    assert f"{here}save/" not in page

    back = browser.post(collect)["Location"]
    assert back == f"{here}?download={file.id}"
    arrived = browser.get(back)
    assert arrived["Refresh"] == f"0; url=/bidder/lots/{lot.id}/files/{file.id}/"
    assert "还差一步：点击“保存”" in text(arrived)
    assert browser.get(f"/bidder/lots/{lot.id}/files/{file.id}/").content == tenders.PDF

    assert browser.post(f"{here}save/")["Location"] == here
    page = text(browser.get(here))
    assert "报名完成" in page
    assert f'href="/bidder/lots/{lot.id}/security/"' in page
    assert tenders.registration(lot, bidder).state is RegistrationState.REGISTERED
    assert browser.get(f"/bidder/lots/{lot.id}/")["Location"] == f"/bidder/lots/{lot.id}/security/"


def test_until_then_the_security_page_says_which_step_is_missing():
    lot, bidder = coming(), parties.bidder()
    browser = visiting(bidder)
    here = f"/bidder/lots/{lot.id}/security/"

    for step in (None, tenders.contact_chosen, tenders.file_collected):
        if step:
            step(lot, bidder)
        page = text(browser.get(here))
        assert f'href="/bidder/lots/{lot.id}/registration/"' in page
        assert "保证金子账户" not in page


def test_steps_out_of_order_are_refused_in_words():
    lot, bidder = coming(), parties.bidder()
    browser = visiting(bidder)

    refused = browser.post(f"/bidder/lots/{lot.id}/registration/save/")

    assert refused.status_code == 422
    assert "还没有选择联系人" in text(refused)
    nobody = browser.post(f"/bidder/lots/{lot.id}/registration/contact/", {})
    assert nobody.status_code == 422
    assert "请选择一项" in text(nobody)
    other = browser.post(
        f"/bidder/lots/{lot.id}/registration/contact/",
        {"contact": str(parties.bidder().person_id)},
    )
    assert other.status_code == 422


def test_a_file_is_not_handed_out_before_it_is_collected():
    lot, bidder = coming(), parties.bidder()
    tenders.contact_chosen(lot, bidder)
    file = tenders.file_of(lot)
    browser = visiting(bidder)

    assert browser.get(f"/bidder/lots/{lot.id}/files/{file.id}/").status_code == 404
    page = browser.get(f"/bidder/lots/{lot.id}/registration/?download={file.id}")
    assert "Refresh" not in page


def test_after_the_deadline_the_page_says_so_and_offers_nothing():
    lot, bidder = gone(), parties.bidder()
    tenders.contact_chosen(lot, bidder)
    browser = visiting(bidder)

    page = text(browser.get(f"/bidder/lots/{lot.id}/registration/"))

    assert "没有在截止前完成报名" in page
    assert "/collect/" not in page
    assert "/contact/" not in page
    refused = browser.post(f"/bidder/lots/{lot.id}/registration/save/")
    assert refused.status_code == 422
    assert "截止" in text(refused)


def test_the_list_shows_ones_own_lots_first_with_their_next_step():
    bidder = parties.bidder()
    begun, fresh = coming(name="滨江路改造施工"), coming(name="市民公园改造施工")
    hidden = tenders.lot(published=False, name="未发布标段")
    tenders.contact_chosen(begun, bidder)

    response = visiting(bidder).get("/bidder/")

    page = text(response)
    assert [lot.code for lot, _registration, _next in response.context["mine"]] == [begun.code]
    assert [next_step for _lot, _registration, next_step in response.context["mine"]] == [
        "下载招标文件"
    ]
    assert {lot.code for lot in response.context["desk"].open.rows} == {begun.code, fresh.code}
    assert hidden.code not in page
    assert "已在参与" in page


def test_the_list_is_searched_by_words_region_and_kind():
    works, purchase = coming(name="滨江路改造施工"), coming(kind="GQ", region="LY", name="管网采购")
    browser = visiting(parties.bidder())

    def found(**asked) -> set[str]:
        return {lot.code for lot in browser.get("/bidder/", asked).context["desk"].open.rows}

    assert found(q="滨江") == found(q=works.code) == found(region="QZ") == {works.code}
    assert found(kind="GQ") == found(region="LY", kind="GQ", page="1") == {purchase.code}
    assert found(q="没有", page="x") == set()


def test_one_bidder_learns_nothing_of_another():
    lot = coming()
    browser = visiting(parties.bidder())
    before = [lot.changed_at, browser.get("/bidder/").context["desk"]]
    tenders.registered(lot, parties.bidder())

    assert [lot.changed_at, browser.get("/bidder/").context["desk"]] == before


@pytest.mark.parametrize("who", [parties.agency, parties.operator, parties.supervisor])
def test_others_have_no_business_here(who):
    lot, browser = coming(), visiting(who())
    assert browser.get("/bidder/").status_code == 403
    assert browser.post(f"/bidder/lots/{lot.id}/registration/save/").status_code == 403


def test_a_draft_is_not_there():
    lot = tenders.lot(published=False)
    browser = visiting(parties.bidder())
    for url in ("", "registration/"):
        response = browser.get(f"/bidder/lots/{lot.id}/{url}")
        assert response.status_code in {302, 404}
        assert lot.name not in text(response)
    assert browser.get(f"/bidder/lots/{lot.id}/registration/").status_code == 404


def test_the_list_costs_the_same_for_one_lot_as_for_many():
    bidder = parties.bidder()
    browser = visiting(bidder)
    counts = []
    for number in (1, 3):
        for _ in range(number):
            tenders.registered(coming(), bidder)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get("/bidder/").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]
