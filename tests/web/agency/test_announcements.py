"""The pages on which an agency suspends a lot, lets it go on, or terminates it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.tenders import queries
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from tests.given import parties, tenders
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ARTICLE = "《中华人民共和国招标投标法实施条例》第三十一条"
PAGES = (
    "postpone",
    "suspend",
    "resume",
    "terminate",
    "fail",
    "award",
    "award/withdraw",
    "contract",
)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def text(response) -> str:
    return response.content.decode()


def typed(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


def coming() -> Lot:
    """Return a published lot whose opening is still to come."""
    return tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 5 * DAY)


def over() -> Lot:
    """Return a published lot whose opening time has come."""
    return tenders.lot(deadline_at=clock.now().replace(microsecond=0) - timedelta(minutes=1))


def keeper(lot: Lot) -> Client:
    return visiting(tenders.keeper_of(lot))


def again(lot: Lot) -> Lot:
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def links(page: str, lot: Lot) -> list[str]:
    """Return what the page lets an agency announce."""
    return [name for name in PAGES if f'href="/agency/lots/{lot.id}/{name}/"' in page]


def test_a_lot_is_suspended_and_goes_on():
    lot = coming()
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/"
    assert links(text(browser.get(url)), lot) == ["postpone", "suspend", "terminate"]

    asked = text(browser.get(f"{url}suspend/"))
    assert "已缴纳的保证金保持不变" in asked
    assert "确认暂停" in asked
    assert f'href="{url}">不暂停' in asked
    sent = browser.post(f"{url}suspend/", {"reason": "图纸有误"})

    assert (sent.status_code, sent["Location"]) == (302, url)
    assert again(lot).state is LotState.SUSPENDED
    page = text(browser.get(url))
    assert "已暂停" in page
    assert "暂停：图纸有误" in page
    assert links(page, lot) == ["resume", "terminate"]

    asked = text(browser.get(f"{url}resume/"))
    assert f'value="{typed(lot.deadline_at)}"' in asked
    later = lot.deadline_at + DAY
    sent = browser.post(f"{url}resume/", {"deadline_at": typed(later), "reason": "图纸已更正"})

    assert (sent.status_code, sent["Location"]) == (302, url)
    assert (again(lot).state, again(lot).opening_at) == (LotState.PUBLISHED, later)
    assert "恢复：图纸已更正" in text(browser.get(url))


def test_a_lot_is_terminated_after_saying_what_becomes_of_the_money():
    lot = coming()
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/"

    asked = text(browser.get(f"{url}terminate/"))
    assert "已缴纳的保证金全部按原路退还；银行同期存款利息由招标人依法另付。" in asked
    assert ARTICLE in asked
    sent = browser.post(f"{url}terminate/", {"reason": "项目取消"})

    assert (sent.status_code, sent["Location"]) == (302, url)
    assert again(lot).terminated_by == tenders.keeper_of(lot).person_id
    page = text(browser.get(url))
    assert "已终止" in page
    assert "终止：项目取消" in page
    assert links(page, lot) == []


def test_an_opened_lot_fails_after_saying_what_becomes_of_money_and_letters():
    lot = tenders.opened(over(), at=clock.now())
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/"
    assert links(text(browser.get(url)), lot) == ["fail", "award"]

    asked = text(browser.get(f"{url}fail/"))
    assert "保费全额退回" in asked
    sent = browser.post(f"{url}fail/", {"reason": "投标人少于三个"})

    assert (sent.status_code, sent["Location"]) == (302, url)
    page = text(browser.get(url))
    assert "已流标" in page
    assert "流标：投标人少于三个" in page
    assert links(page, lot) == []
    assert "开标名单" in text(browser.get(f"{url}opening/"))
    everybody = text(visiting(parties.bidder()).get(f"/lots/{lot.id}/"))
    assert "投标人少于三个" in everybody


def test_an_opened_lot_is_awarded_and_the_award_is_withdrawn():
    lot, winner = over(), parties.bidder()
    for bidder in (winner, parties.bidder()):
        tenders.registered(lot, bidder)
    lot = tenders.opened(lot, at=clock.now() - timedelta(seconds=30))
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/"

    asked = text(browser.get(f"{url}award/"))
    assert "未中标人的联保金随即解除" in asked
    assert asked.count("（未选择方式）") == 2
    told = {"awarded_at": typed(clock.now()), "reason": "衢招通 2026-11 号"}
    refused = browser.post(f"{url}award/", told | {"winner_id": str(lot.id)})
    assert (refused.status_code, again(lot)) == (422, lot)
    sent = browser.post(f"{url}award/", told | {"winner_id": str(winner.organisation_id)})

    assert (sent.status_code, sent["Location"]) == (302, url)
    name = again(lot).winner_name
    page = text(browser.get(url))
    assert "已定标" in page
    assert "中标结果：衢招通 2026-11 号" in page
    assert page.count(name) == 2
    assert links(page, lot) == ["award/withdraw", "contract"]

    assert name in text(browser.get(f"{url}award/withdraw/"))
    browser.post(f"{url}award/withdraw/", {"reason": "中标人放弃中标"})
    assert again(lot) == lot
    assert "撤销中标结果：中标人放弃中标" in text(browser.get(url))


def test_a_contract_is_told_of_and_nothing_leads_on():
    lot, winner = over(), parties.bidder()
    tenders.registered(lot, winner)
    now = clock.now().replace(microsecond=0)
    tenders.awarded(tenders.opened(lot, at=now), winner, at=now)
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/"

    asked = text(browser.get(f"{url}contract/"))
    assert "中标结果从此不能再撤销" in asked
    told = {"contracted_at": typed(clock.now() - DAY), "reason": "衢合 2026-7 号"}
    refused = browser.post(f"{url}contract/", told)
    assert (refused.status_code, "应在" in text(refused)) == (422, True)
    browser.post(f"{url}contract/", told | {"contracted_at": typed(clock.now())})

    page = text(browser.get(url))
    assert "已签订合同" in page
    assert "合同签订：衢合 2026-7 号" in page
    assert links(page, lot) == []
    everybody = text(Client(HTTP_HOST="localhost").get(f"/lots/{lot.id}/"))
    assert again(lot).winner_name in everybody
    assert "已签订合同" in everybody


@pytest.mark.parametrize("name", ["suspend", "terminate"])
def test_without_a_reason_nothing_happens_and_the_field_says_so(name):
    lot = coming()

    refused = keeper(lot).post(f"/agency/lots/{lot.id}/{name}/", {"reason": " "})

    assert refused.status_code == 422
    assert "field-wrong" in text(refused)
    assert again(lot) == lot


def test_a_lot_whose_deadline_passed_asks_for_a_new_one():
    lot = tenders.suspended(over())
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/resume/"
    assert f'value="{typed(lot.deadline_at)}"' not in text(browser.get(url))

    refused = browser.post(url, {"deadline_at": typed(lot.deadline_at), "reason": "图纸已更正"})

    assert refused.status_code == 422
    assert "没有恢复。" in text(refused)
    assert "请填写将来的时间" in text(refused)
    assert again(lot) == lot


@pytest.mark.parametrize(
    ("stand_still", "words"),
    [
        (tenders.suspended, "标段已暂停，恢复后才能开标"),
        (tenders.terminated, "标段已终止，不再开标"),
    ],
)
def test_a_lot_that_stands_still_is_not_opened(stand_still, words):
    lot = stand_still(over())
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/opening/"
    page = text(browser.get(url)).split('id="content"')[1]
    assert words in page
    assert 'method="post"' not in page

    refused = browser.post(url)

    assert refused.status_code == 422
    assert "没有办理。" in text(refused)
    assert again(lot) == lot
    assert browser.get(f"/agency/lots/{lot.id}/opening.csv").status_code == 404


def test_pages_that_were_left_open_lead_back_or_are_refused():
    lot = tenders.terminated(coming())
    browser = keeper(lot)

    for name in PAGES:
        gone = browser.get(f"/agency/lots/{lot.id}/{name}/")
        assert (gone.status_code, gone["Location"]) == (302, f"/agency/lots/{lot.id}/")
    refused = browser.post(f"/agency/lots/{lot.id}/suspend/", {"reason": "图纸有误"})

    assert refused.status_code == 422
    assert "该标段已终止" in text(refused)
    assert again(lot) == lot


def test_strangers_announce_nothing():
    lot = coming()
    stranger = visiting(parties.agency())

    for name in PAGES:
        assert stranger.get(f"/agency/lots/{lot.id}/{name}/").status_code == 404
        assert stranger.post(f"/agency/lots/{lot.id}/{name}/", {"reason": "x"}).status_code == 404
    assert again(lot) == lot


@pytest.mark.parametrize(
    ("stand_still", "said", "stage"),
    [
        (tenders.suspended, "暂停：图纸有误", "已暂停"),
        (tenders.terminated, "终止：项目取消", "已终止"),
    ],
)
def test_bidders_and_supervisors_read_that_it_stands_still_and_why(stand_still, said, stage):
    lot, bidder = coming(), parties.bidder()
    tenders.registered(lot, bidder)
    stand_still(lot)

    own = visiting(bidder)
    assert said in text(own.get(f"/bidder/lots/{lot.id}/registration/"))
    assert stage in text(own.get("/bidder/"))
    assert lot.code not in text(visiting(parties.bidder()).get("/bidder/"))
    page = text(visiting(parties.supervisor()).get(f"/supervisor/lots/{lot.id}/"))
    assert said in page
    assert stage in page


def test_the_amount_changes_with_a_reason_while_there_is_time():
    lot = tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 30 * DAY)
    browser, url = keeper(lot), f"/agency/lots/{lot.id}/"
    assert f'href="{url}amount/"' in text(browser.get(url))
    assert "须在截止前补足" in text(browser.get(f"{url}amount/"))

    for told, said in (
        ({"amount": "60,000", "reason": ""}, "请填写这一项"),
        ({"amount": "9,000,000", "reason": "补充文件一"}, "超过"),
    ):
        refused = browser.post(f"{url}amount/", told)
        assert (refused.status_code, said in text(refused)) == (422, True), told
    assert again(lot).amount == lot.amount
    browser.post(f"{url}amount/", {"amount": "60,000", "reason": "补充文件一"})

    assert again(lot).amount == Money.yuan(60_000)
    public = text(Client(HTTP_HOST="localhost").get(f"/lots/{lot.id}/"))
    for shown in ("变更保证金金额", str(lot.amount), "¥60,000.00", "补充文件一"):
        assert shown in public


def test_too_near_the_deadline_it_says_to_postpone_first():
    lot = coming()

    answer = keeper(lot).post(
        f"/agency/lots/{lot.id}/amount/", {"amount": "60,000", "reason": "补充文件一"}
    )

    assert answer.status_code == 422
    assert "请先延期" in text(answer)
    assert again(lot).amount == lot.amount
