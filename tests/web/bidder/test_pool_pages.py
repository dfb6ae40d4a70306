"""联保金 on 保证金查询: chosen and covered, or refused with each reason; left for another way."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from biaobao.core.actor import SYSTEM
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting, holding
from biaobao.domain.pools.states import HoldState
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from biaobao.web.ui.holds import HOLDS
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import tenders as given_tenders
from tests.given.pools import Held, Member
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def won() -> Held:
    """Return what is held of the member that won a lot, opened a month ago."""
    opening_at = clock.now().replace(microsecond=0) - timedelta(days=30)
    joined = opening_at - timedelta(days=60)
    scheme_id = given.scheme(valid_from=joined.date() - timedelta(days=1))
    lot = given_tenders.lot(deadline_at=opening_at)
    (case,) = given.held(given.active(scheme_id, at=joined), lot=lot)
    return case


def due_lot(member: Member, *, kind: str = "GC") -> Lot:
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=3)
    lot = given_tenders.lot(deadline_at=deadline_at, kind=kind)
    given_tenders.registered(lot, member.bidder)
    return lot


def answer_in(page: str) -> str:
    found = re.search(r'<section class="panel mb-4".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def pool_card(page: str) -> str:
    """Return what the way 联保金 says among the ways of a lot."""
    found = re.search(r"<h3>联保金</h3>.*?</li>", page, re.DOTALL)
    assert found
    return found[0]


@pytest.fixture
def member() -> Member:
    given_banking.bank()
    return given.active(at=clock.now(), scheme_id=given.scheme())


def page_of(member: Member, lot: Lot) -> str:
    return visiting(member.bidder).get(reverse("bidder:security", args=[lot.id])).content.decode()


def press(member: Member, name: str, lot: Lot) -> tuple[int, str]:
    answer = visiting(member.bidder).post(reverse(name, args=[lot.id]), follow=True)
    return answer.status_code, answer.content.decode()


def test_a_member_is_covered_at_once_and_sees_by_what(member: Member):
    lot = due_lot(member)
    assert "用联保金办理" in page_of(member, lot)

    status, page = press(member, "bidder:security-pool", lot)

    assert status == 200
    for told in ("联保查询", "已担保", member.desk.membership.number, str(lot.amount)):
        assert told in page
    assert "用保证金缴纳" not in page


def test_the_receipt_is_printed_and_verified_by_its_holder_alone(member: Member):  # INV-8
    lot = due_lot(member)
    address = reverse("bidder:security-pool-receipt", args=[lot.id])
    assert visiting(member.bidder).get(address).status_code == 404
    press(member, "bidder:security-pool", lot)
    hold = queries.hold(lot_id=lot.id, actor=member.bidder)
    assert hold is not None

    sheet = visiting(member.bidder).get(address).content.decode()

    for told in (hold.number, hold.code, lot.code, f"/verify/{hold.number}/?code={hold.code}"):
        assert told in sheet
    assert "data:image/svg+xml" in sheet
    assert visiting(given_parties.bidder()).get(address).status_code == 404
    brought = f"/verify/{hold.number}/", {"code": hold.code}
    unknown = "/verify/LD0000000000/", {"code": hold.code}
    own = visiting(member.bidder).get(*brought).content.decode()
    for told in ("凭证真实，联保金现在为该标段提供担保", "该标段还没有开标", lot.code):
        assert told in own
    for stranger in (Client(HTTP_HOST="localhost"), visiting(given_parties.operator())):
        sealed, none = (
            stranger.get(*each).content.decode().replace(each[0].split("/")[2], "")
            for each in (brought, unknown)
        )
        assert "没有查到" in sealed
        assert lot.code not in sealed
        assert answer_in(sealed) == answer_in(none)


def test_from_the_opening_on_anybody_verifies_it(member: Member):
    lot = due_lot(member)
    press(member, "bidder:security-pool", lot)
    hold = queries.hold(lot_id=lot.id, actor=member.bidder)
    assert hold is not None
    given_tenders.opened(lot)

    told = {"number": hold.number, "code": hold.code}
    page = Client(HTTP_HOST="localhost").post("/verify/", told).content.decode()

    for fact in (
        "有效",
        hold.number,
        lot.code,
        str(lot.amount),
        member.desk.membership.member_name,
    ):
        assert fact in answer_in(page)
    assert set(HOLDS) == set(HoldState)


def test_after_the_award_a_loser_reads_that_it_is_free(member: Member):
    other = given_parties.bidder()
    lot = due_lot(member)
    given_tenders.registered(lot, other)
    press(member, "bidder:security-pool", lot)
    opened = given_tenders.opened(lot)
    at = lot.opening_at
    holding.follow_lots(limit=9, at=at, actor=SYSTEM)
    assert "中标的在签订合同后解除" in page_of(member, lot)

    given_tenders.awarded(opened, other)
    holding.follow_lots(limit=9, at=at, actor=SYSTEM)

    page = page_of(member, lot)
    assert "联保金为本标段的担保已经解除：未中标" in page
    assert "已到账" not in page
    assert "已释放" in pool_card(page)
    assert "未中标" in pool_card(page)


def test_what_was_deducted_is_not_said_to_secure_the_lot():
    given_banking.bank()
    case = won()
    page = page_of(case.member, case.lot)
    assert "已担保" in pool_card(page)

    case.approved()

    page = pool_card(page_of(case.member, case.lot))
    assert "已不予退还" in page
    assert "中标后，无正当理由不与招标人订立合同" in page
    assert "已担保" not in page
    assert "已失效" not in page


def test_who_lost_the_award_reads_until_when_it_may_have_to_answer():
    given_banking.bank()
    case = won()
    given_tenders.award_withdrawn(case.lot)
    lot = given_tenders.failed(case.lot, at=case.at)
    last = queries.kept_until(lot=lot, actor=case.member.bidder)

    page = page_of(case.member, lot)

    assert f"没有提出的，{last} 后解除" in page
    opening = visiting(case.proposer).get(f"/agency/lots/{lot.id}/opening/").content.decode()
    assert f"{last} 后解除" in opening


def test_while_it_may_object_a_bidder_reads_so_on_its_first_page_and_beside_the_lot():
    given_banking.bank()
    case = won()
    forfeiture_id = case.proposed(at=clock.now())
    browser, link = visiting(case.member.bidder), f"/bidder/forfeitures/{forfeiture_id}/"
    assert link in browser.get("/bidder/pool/").content.decode()
    first = browser.get("/bidder/").content.decode()
    assert link in first
    assert "前（含当日）可以提出异议" in first
    assert link not in visiting(given_parties.bidder()).get("/bidder/").content.decode()

    forfeiting.withdraw(forfeiture_id=forfeiture_id, at=clock.now(), actor=case.proposer)

    assert link not in browser.get("/bidder/").content.decode()
    assert link not in browser.get("/bidder/pool/").content.decode()


def test_what_is_not_covered_is_named_as_people_name_it():
    given_banking.bank()
    scheme_id = given.scheme(regions=("LY", "JS"), kinds=("GQ",))
    member = given.active(scheme_id, at=clock.now())
    lot = due_lot(member)

    status, page = press(member, "bidder:security-pool", lot)

    assert status == 422
    assert "成员资格适用的地区是 龙游县、江山市，本标段在 衢州市本级。" in page
    assert "成员资格适用的采购类别是 国企采购，本标段是 工程。" in page


def test_who_leaves_it_chooses_another_way(member: Member):
    lot = due_lot(member)
    press(member, "bidder:security-pool", lot)

    _, page = press(member, "bidder:security-pool-leave", lot)

    assert "联保查询" not in page
    assert "用保证金缴纳" in page


def test_who_is_no_member_reads_why_and_whom_to_call():
    bidder = given_parties.bidder()
    stranger = Member(bidder.organisation_id, bidder, given_parties.operator())
    lot = due_lot(stranger)

    status, page = press(stranger, "bidder:security-pool", lot)

    assert status == 422
    assert "贵单位目前没有有效的联保金成员资格。" in page
    assert "0570-3811136" in page
    assert "联保查询" not in page_of(stranger, lot)


def test_where_it_is_not_offered_it_does_not_show(member: Member):
    lot = due_lot(member, kind="GQ")

    assert "联保金" not in page_of(member, lot)
