"""联保金成员 at the operator's desk: applications, members, their money; never a lot."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from biaobao.core.money import Money
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import holding, joining
from biaobao.domain.pools.states import MembershipState
from biaobao.domain.pools.types import Coverage
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import tenders as given_tenders
from tests.given.pools import Member
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TOKEN = re.compile(r"\b[0-9A-Za-z]{64}\b")


@pytest.fixture(autouse=True)
def bank() -> None:
    given_banking.bank()


def page(member: Member, address: str = "") -> str:
    answer = visiting(member.keeper).get(f"/operator/members/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


def press(member: Member, name: str, **said: str) -> tuple[int, str]:
    address = f"/operator/members/{member.id}/{name}/"
    answer = visiting(member.keeper).post(address, said, follow=True)
    return answer.status_code, answer.content.decode()


def name_of(member: Member) -> str:
    return member.desk.membership.member_name


class TestList:
    def test_what_is_to_be_decided_comes_first_the_oldest_before_all(self):
        scheme_id = given.scheme()
        active = given.active(scheme_id, at=clock.now())
        later = given.applied(scheme_id, at=given.AT + 2 * DAY)
        sooner = given.applied(scheme_id, at=given.AT + DAY)
        withdrawn = given.applied(scheme_id, at=given.AT)
        joining.withdraw(membership_id=withdrawn.id, at=given.AT, actor=withdrawn.bidder)

        shown = page(active)

        order = [shown.index(name_of(each)) for each in (sooner, later, active, withdrawn)]
        assert order == sorted(order)

    def test_it_is_searched_by_name_number_and_state_in_pages(self):
        scheme_id = given.scheme()
        one, other = given.applied(scheme_id), given.active(scheme_id)
        found = {
            f"?q={name_of(one)[:5]}": (True, name_of(one)[:5] == name_of(other)[:5]),
            f"?q={other.desk.membership.number.lower()}": (False, True),
            "?state=APPLIED": (True, False),
            "?state=NONSENSE": (True, True),
            "?q=没有这家": (False, False),
        }

        for asked, expected in found.items():
            shown = page(one, asked)
            assert (name_of(one) in shown, name_of(other) in shown) == expected, asked
        assert "没有符合条件的成员" in page(one, "?q=没有这家")
        members = queries.members(search="", state="", page=2, size=1, actor=one.keeper)
        assert (members.number, members.pages, members.total) == (2, 2, 2)

    def test_without_any_it_says_so(self):
        answer = visiting(given_parties.operator()).get("/operator/members/")

        assert "还没有申请" in answer.content.decode()

    def test_it_is_a_file_too(self):
        member = given.active(given.scheme())
        browser = visiting(member.keeper)

        content = browser.get("/operator/members.csv?state=ACTIVE").content.decode("utf-8-sig")
        nothing = browser.get("/operator/members.csv?state=APPLIED").content.decode("utf-8-sig")

        (line,) = list(csv.reader(io.StringIO(content)))[1:]
        row = member.desk.membership
        assert line[:7] == [
            row.number,
            row.member_name,
            row.scheme_name,
            "一档",
            "有效",
            "500000.00",
            "0.00",
        ]
        assert len(list(csv.reader(io.StringIO(nothing)))) == 1
        assert browser.get("/operator/members.xlsx").content.startswith(b"PK")

    def test_applications_are_on_the_list_of_work(self):
        member = given.applied()
        browser = visiting(member.keeper)

        before = browser.get("/operator/").content.decode()
        press(member, "approve")
        after = browser.get("/operator/").content.decode()

        assert ("联保金申请" in before, "联保金申请" in after) == (True, False)


class TestDecide:
    def test_taken_up_and_approved(self):
        member = given.applied()
        assert "请审核这份申请" in page(member, f"{member.id}/")

        press(member, "take-up")
        assert member.state is MembershipState.UNDER_REVIEW
        status, shown = press(member, "approve")

        assert (status, member.state) == (200, MembershipState.PAYMENT_PENDING)
        assert "已通过" in shown
        assert "审核不通过" not in shown

    def test_rejected_with_words(self):
        member = given.applied()

        for words in ("", "  ", "长" * 2001):
            status, _shown = press(member, "reject", words=words)
            assert (status, member.state) == (422, MembershipState.APPLIED)
        status, shown = press(member, "reject", words="营业执照已过期")

        assert (status, member.state) == (200, MembershipState.REJECTED)
        assert "营业执照已过期" in shown

    def test_decided_once_it_is_not_decided_again(self):
        member = given.active()
        before = member.desk

        for name in ("take-up", "approve", "reject"):
            status, shown = press(member, name, words="晚了")
            assert (status, "已经有审核结果" in shown) == (422, True), name
        assert member.desk == before


class TestKeep:
    def test_suspended_with_a_reason_and_resumed(self):
        member = given.active()

        assert press(member, "suspend", words="")[0] == 422
        assert member.state is MembershipState.ACTIVE
        _, shown = press(member, "suspend", words="正在核查围标线索")
        assert member.state is MembershipState.SUSPENDED
        assert "正在核查围标线索" in shown
        _, shown = press(member, "resume")

        assert member.state is MembershipState.ACTIVE
        assert "正在核查围标线索" not in shown

    def test_who_is_no_member_is_neither_suspended_nor_resumed(self):
        member = given.applied()

        for name in ("suspend", "resume"):
            status, shown = press(member, name, words="理由")
            assert (status, "现在的状态不能这样办理" in shown) == (422, True), name
        assert member.state is MembershipState.APPLIED

    def test_its_money_shows_with_verdicts_and_ways_back(self):
        member = given.approved()
        given.booked(member.pays(Money.yuan(600_000), serial="SERIAL-WHOLE"))
        given.booked(member.pays(Money.yuan(7), payer_account="6222081209000000777"))

        shown = page(member, f"{member.id}/")

        for said in ("SERIAL-WHOLE", "¥600,000.00", "多付", "¥100,000.00", "6222081209000000777"):
            assert said in shown
        assert "退款已交银行办理" in shown


@pytest.mark.parametrize("coverage", Coverage)
def test_what_it_is_held_for_is_told_to_no_operator(coverage: Coverage):  # INV-8
    member = given.active(given.scheme(coverage), at=clock.now())
    lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 3 * DAY)
    given_tenders.registered(lot, member.bidder)
    browser = visiting(member.keeper)
    addresses = (
        "/operator/",
        "/operator/members/",
        f"/operator/members/{member.id}/",
        f"/operator/members/{member.id}/suspend/",
        "/operator/members.csv",
        f"/operator/organisations/{member.bidder.organisation_id}/",
    )
    before = [bare(browser.get(address).content.decode()) for address in addresses]
    holding.choose(lot_id=lot.id, at=clock.now(), actor=member.bidder)

    after = [bare(browser.get(address).content.decode()) for address in addresses]

    assert after == before
    assert not any(lot.code in shown for shown in after)


def bare(shown: str) -> str:
    """Return a page without what differs each time: the token of its forms."""
    return TOKEN.sub("TOKEN", shown)


@pytest.mark.parametrize("who", [given_parties.agency, given_parties.supervisor, None])
def test_others_do_not_come_here(who: Any):
    member = given.applied()
    visitor = visiting(who() if who else member.bidder)

    for address in ("", f"{member.id}/", f"{member.id}/reject/"):
        assert visitor.get(f"/operator/members/{address}").status_code == 403
    for name in ("take-up", "approve", "reject", "suspend", "resume"):
        sent = visitor.post(f"/operator/members/{member.id}/{name}/", {"words": "理由"})
        assert sent.status_code == 403
    assert member.state is MembershipState.APPLIED


def test_one_that_is_not_there_is_not_found():
    browser = visiting(given_parties.operator())

    assert browser.get(f"/operator/members/{uuid4()}/").status_code == 404
    for name in ("take-up", "approve", "reject", "suspend", "resume"):
        address = f"/operator/members/{uuid4()}/{name}/"
        assert browser.post(address, {"words": "理由"}).status_code == 404
