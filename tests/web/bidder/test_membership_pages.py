"""联保金 at the bidder's desk: joining, paying, what is held, renewing, leaving; what is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import holding, joining, keeping
from biaobao.domain.pools.states import HoldState, MembershipState, PoolCreditState, PoolRefundState
from biaobao.domain.pools.types import Coverage, Reminder, Tier
from biaobao.platform import clock
from biaobao.web.ui import pools as words
from biaobao.web.ui.holds import HELD
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import premiums as given_premiums
from tests.given import tenders as given_tenders
from tests.given.pools import Member
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
WHOLE = given.TIER.contribution
DAY = timedelta(days=1)
SECOND_TIER = Tier("二档", Money.yuan(800_000), Money.yuan(800_000))
THIRD_TIER = Tier("入门档", Money.yuan(200_000), Money.yuan(200_000))


@pytest.fixture(autouse=True)
def bank() -> None:
    given_banking.bank()


def page(bidder: Actor, address: str = "") -> str:
    answer = visiting(bidder).get(f"/bidder/pool/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


def send(bidder: Actor, address: str, **said: Any) -> tuple[int, str]:
    answer = visiting(bidder).post(f"/bidder/pool/{address}", said, follow=True)
    return answer.status_code, answer.content.decode()


def active(**how: Any) -> Member:
    return given.active(at=clock.now(), scheme_id=given.scheme(**how))


def home(bidder: Actor) -> str:
    return visiting(bidder).get("/bidder/").content.decode()


class TestJoin:
    def test_the_open_schemes_are_explained(self):
        given.scheme(parallel_max=3)
        given.scheme(valid_from=(clock.now() + 2 * DAY).date(), tiers=(given.TIER, SECOND_TIER))

        shown = page(given_parties.bidder())

        for said in (
            "按标段上限",
            "衢州市本级",
            "工程",
            "足额到账当天起 12 个月",
            "最多 3 个标段",
            "¥100,000.00，低于它不能使用",
            str(WHOLE),
        ):
            assert said in shown
        assert SECOND_TIER.name not in shown
        assert shown.count("申请加入") == 1

    def test_without_a_scheme_it_says_so(self):
        assert "目前没有可以加入的联保金方案" in page(given_parties.bidder())

    def test_who_applies_sees_where_the_application_stands(self):
        scheme_id, bidder = given.scheme(), given_parties.bidder()

        status, shown = send(bidder, f"schemes/{scheme_id}/apply/", tier=given.TIER.name)

        assert status == 200
        assert "申请已提交，等待平台审核" in shown
        assert "可以加入的方案" not in shown.replace("查看可以加入的方案", "")
        assert "联保金子账户" not in shown

    def test_what_an_application_lacks_is_said_and_nothing_is_applied_for(self):
        mutual, bidder = given.scheme(Coverage.MUTUAL), given_parties.bidder()
        address = f"schemes/{mutual}/apply/"
        assert "按缴纳比例分担赔付" in page(bidder, address)

        refused = [
            (send(bidder, address, tier=given.TIER.name), "互助联保须同意分担"),
            (send(bidder, address, consents_to_share="on"), "请选择一项"),
            (send(bidder, address, tier="五档", consents_to_share="on"), "请从列出的选项中选择"),
        ]

        for (status, shown), said in refused:
            assert (status, said in shown) == (422, True), said
        assert queries.own(actor=bidder) is None
        assert visiting(bidder).get(f"/bidder/pool/schemes/{uuid4()}/apply/").status_code == 404

    def test_without_a_confirmed_basic_account_nothing_is_applied_for(self):
        scheme_id = given.scheme()
        bidder = given_parties.bidder(confirmed=False)

        status, shown = send(bidder, f"schemes/{scheme_id}/apply/", tier=given.TIER.name)

        assert status == 422
        assert "基本账户尚未经平台确认" in shown
        assert queries.own(actor=bidder) is None

    def test_who_applied_already_is_told_under_which_number(self):
        member, other = given.applied(), given.scheme()

        status, shown = send(member.bidder, f"schemes/{other}/apply/", tier=given.TIER.name)

        assert (status, member.desk.membership.number in shown) == (422, True)

    def test_a_rejected_application_says_why_and_leads_on(self):
        member = given.applied()
        joining.reject(
            membership_id=member.id, words="营业范围不符", at=given.AT, actor=member.keeper
        )

        shown = page(member.bidder)

        assert "审核未通过：营业范围不符" in shown
        assert "申请加入" in shown

    def test_an_application_is_withdrawn_on_the_second_look(self):
        member = given.approved()
        given.booked(member.pays(Money.yuan(100)))
        assert "已到账的 ¥100.00 自动退回基本账户" in page(member.bidder, f"{member.id}/withdraw/")
        assert member.state is MembershipState.PAYMENT_PENDING

        status, shown = send(member.bidder, f"{member.id}/withdraw/")

        assert (status, member.state) == (200, MembershipState.WITHDRAWN)
        for said in ("申请已撤回", "退回的款项", "退款已交银行办理"):
            assert said in shown

    def test_what_has_begun_is_not_withdrawn(self):
        member = active()

        status, shown = send(member.bidder, f"{member.id}/withdraw/")

        assert (status, "已经生效或已经结束" in shown) == (422, True)
        assert member.state is MembershipState.ACTIVE


class TestPay:
    def test_the_account_and_what_is_missing_show_until_it_is_whole(self):
        member = given.approved(at=clock.now())
        basic = parties.basic_account(
            organisation_id=member.bidder.organisation_id, actor=member.bidder
        )
        account = member.desk.account
        assert account
        shown = page(member.bidder)
        for said in (f'data-copy="{account.number}"', 'data-copy="500000.00"', account.name):
            assert said in shown
        assert basic
        assert basic.number in shown

        given.booked(member.pays(Money.yuan(200_000)))
        assert 'data-copy="300000.00"' in page(member.bidder)
        given.booked(member.pays(Money.yuan(300_001)))

        shown = page(member.bidder)
        assert "联保金有效" in shown
        assert "联保金子账户" not in shown
        for said in ("多付", "退回的款项", "¥1.00"):
            assert said in shown

    def test_money_from_another_account_goes_back_with_its_reason(self):
        member = given.approved()
        given.booked(member.pays(payer_account="6222081209000000777"))

        shown = page(member.bidder)

        assert "不计入，自动退回" in shown
        assert "不是从基本账户付出" in shown
        assert "还需缴纳 ¥500,000.00" in shown

    def test_the_bank_is_asked_and_not_twice_at_once(self):
        member = given.approved()

        status, shown = send(member.bidder, f"{member.id}/ask/")
        again, _ = send(member.bidder, f"{member.id}/ask/")

        assert (status, again) == (200, 422)
        assert "正在向银行查询" in shown

    def test_the_page_is_sent_anew_when_something_changed(self):
        member = given.approved()
        browser = visiting(member.bidder)
        found = re.search(r'name="seen" value="(\w+)"', page(member.bidder))
        assert found
        asked = {"seen": found[1]}

        before = browser.get("/bidder/pool/live/", asked).status_code
        given.booked(member.pays())
        after = browser.get("/bidder/pool/live/", asked)

        assert (before, after.status_code) == (204, 200)
        assert "联保金有效" in after.content.decode()

    def test_who_has_nothing_to_watch_is_led_to_the_page(self):
        answer = visiting(given_parties.bidder()).get("/bidder/pool/live/")

        assert (answer.status_code, answer["Location"]) == (302, "/bidder/pool/")

    def test_what_is_missing_again_is_to_be_topped_up_by_a_day(self):
        member = given.approved(at=clock.now())
        credit = member.pays(at=clock.now())
        given.booked(credit)
        given.booked(given_premiums.reversal_of(credit))

        shown = page(member.bidder)

        assert "余额不足，还需补足 ¥500,000.00" in shown
        assert "距补足期限" in shown
        assert "银行已冲回" in shown

    @pytest.mark.parametrize("stands", [True, False])
    def test_what_is_held_is_said_to_stand_only_if_it_does(
        self, settings: Any, tmp_path: Path, *, stands: bool
    ):
        settings.MEDIA_ROOT = tmp_path / "files"
        opening_at = clock.now().replace(microsecond=0) - 30 * DAY
        joined = opening_at - 60 * DAY
        tier = Tier("一档", Money.yuan(300_000), Money.yuan(500_000))
        scheme_id = given.scheme(Coverage.MUTUAL, valid_from=joined.date() - DAY, tiers=(tier,))
        defaulter = given.active(scheme_id, at=joined)
        member = given.approved(scheme_id, at=joined)
        paid = [member.pays(Money.yuan(yuan), at=joined) for yuan in (280_000, 20_000)]
        given.booked(*paid)
        lot = given_tenders.lot(deadline_at=opening_at, amount=Money.yuan(480_000))
        (case,) = given.held(defaulter, lot=lot)
        case.approved()
        if not stands:
            given.booked(given_premiums.reversal_of(paid[0], at=clock.now()))
        desk = member.desk.membership
        assert (desk.balance < desk.terms.floor, desk.shared > Money(0)) == (True, True)

        assert ("已经担保的标段在补足期限内不受影响" in page(member.bidder)) == stands


class TestReminders:
    """What is due shows where a bidder comes in."""

    def test_without_anything_due_there_is_none(self):
        assert 'class="callout' not in home(active().bidder)
        assert 'class="callout' not in home(given_parties.bidder())

    def test_of_the_end_lead_to_renewal(self):
        member = active(term_months=1, renewal_days=60)
        until = member.desk.membership.ends_on

        shown = home(member.bidder)

        assert f"联保金 {until} 到期，现在可以续期" in shown
        assert "去续期" in shown
        assert 'href="/bidder/pool/"' in shown

    def test_of_what_is_missing_say_by_when(self):
        member = given.approved(given.scheme(), at=clock.now() - 2 * DAY)
        assert "还需缴纳 ¥500,000.00" in home(member.bidder)
        credit = member.pays(at=clock.now() - DAY)
        given.booked(credit)
        given.booked(given_premiums.reversal_of(credit))

        by = member.desk.membership.top_up_by
        assert f"请在 {by} 前补足 ¥500,000.00" in home(member.bidder)

    def test_every_reminder_has_words(self):
        assert set(words.REMINDERS) == set(Reminder)


class TestHolds:
    def test_lots_show_to_their_company_with_the_way_to_each(self):
        member = active(coverage=Coverage.POOL_BALANCE)
        lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 3 * DAY)
        given_tenders.registered(lot, member.bidder)
        assert "还没有用联保金担保的标段" in page(member.bidder)
        holding.choose(lot_id=lot.id, at=clock.now(), actor=member.bidder)

        shown = page(member.bidder)
        holding.give_up(lot_id=lot.id, at=clock.now(), actor=member.bidder)
        later = page(member.bidder)

        for said in (
            lot.code,
            f"/bidder/lots/{lot.id}/security/",
            "担保中（1 个标段）",
            "¥450,000.00",
        ):
            assert said in shown
        for said in (lot.code, "本单位改用其他方式", "担保中（0 个标段）"):
            assert said in later
        assert lot.code not in page(given_parties.bidder())

    def test_many_lots_come_in_pages_those_held_first(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(queries, "PAGE_SIZE", 1)
        member = active()
        lots = []
        for _ in range(2):
            lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 3 * DAY)
            given_tenders.registered(lot, member.bidder)
            holding.choose(lot_id=lot.id, at=clock.now(), actor=member.bidder)
            lots.append(lot)
        holding.give_up(lot_id=lots[1].id, at=clock.now(), actor=member.bidder)

        first, second = page(member.bidder), page(member.bidder, "?page=2")

        assert (lots[0].code in first, lots[1].code in first) == (True, False)
        assert (lots[0].code in second, lots[1].code in second) == (False, True)


class TestBorne:
    def test_what_was_deducted_shows_with_its_reason(self, settings: Any, tmp_path: Path):
        settings.MEDIA_ROOT = tmp_path / "files"
        scheme_id = given.scheme(Coverage.MUTUAL)
        defaulter, other = given.active(scheme_id), given.active(scheme_id)
        (case,) = given.held(defaulter)
        forfeiture_id = case.approved()
        half = str(Money(case.lot.amount.fen // 2))

        own, others = page(defaulter.bidder), page(other.bidder)

        for shown in (own, others):
            assert (case.lot.code in shown, shown.count(half) >= 2) == (True, True)
        assert f"/bidder/forfeitures/{forfeiture_id}/" in own
        assert "已扣除" in own
        assert "分担其他成员的违约" in others
        for secret in (str(forfeiture_id), defaulter.desk.membership.member_name):
            assert secret not in others
        for member in (defaulter, other):
            kept = visiting(member.keeper).get(f"/operator/members/{member.id}/")
            assert case.lot.code in kept.content.decode()

    def test_below_the_floor_it_says_whether_what_is_held_stands(
        self, settings: Any, tmp_path: Path
    ):
        settings.MEDIA_ROOT = tmp_path / "files"
        scheme_id = given.scheme(Coverage.MUTUAL, floor=WHOLE)
        defaulter, other = given.active(scheme_id), given.active(scheme_id)
        (case,) = given.held(defaulter)

        case.approved()

        stands = "已经担保的标段在补足期限内不受影响"
        assert stands in page(other.bidder)
        own = page(defaulter.bidder)
        assert stands not in own
        assert "补足前不能用于标段" in own

    def test_who_may_have_to_bear_a_default_is_told_until_when_it_cannot_leave(
        self, settings: Any, tmp_path: Path
    ):
        settings.MEDIA_ROOT = tmp_path / "files"
        scheme_id = given.scheme(Coverage.MUTUAL)
        defaulter, other = given.active(scheme_id), given.active(scheme_id)
        (case,) = given.held(defaulter)
        found = queries.forfeiture(forfeiture_id=case.proposed(), actor=SYSTEM).forfeiture

        status, told = send(other.bidder, f"{other.id}/leave/")

        assert (status, other.state) == (422, MembershipState.ACTIVE)
        assert f"最迟 {found.decide_by} 有结果，此后可以申请退出。" in told
        # Whose default it is stays with those whom it concerns.
        assert case.lot.code not in told
        assert found.bidder_name not in told


class TestKeep:
    def test_a_suspension_says_why_and_what_to_do(self):
        member = active()
        keeping.suspend(
            membership_id=member.id, words="正在核查围标线索", at=clock.now(), actor=member.keeper
        )

        shown = page(member.bidder)

        assert "成员资格已暂停：正在核查围标线索" in shown
        assert "0570-3811136" in shown

    def test_who_missed_topping_up_pays_and_is_back(self):
        member = given.approved(at=clock.now())
        credit = member.pays(at=clock.now())
        given.booked(credit)
        given.booked(given_premiums.reversal_of(credit))
        keeping.follow_days(limit=9, at=clock.now() + 11 * DAY, actor=SYSTEM)

        shown = page(member.bidder)

        assert "成员资格已暂停：没有按期补足余额" in shown
        assert "补足 ¥500,000.00 后自动恢复" in shown
        assert 'data-copy="500000.00"' in shown

    def test_a_renewal_chooses_a_tier_and_what_it_lacks_is_to_be_paid(self):
        member = active(renewal_days=365, tiers=(given.TIER, SECOND_TIER, THIRD_TIER))
        assert "续期" in page(member.bidder)
        form = page(member.bidder, f"{member.id}/renew/")
        assert "需补缴 ¥300,000.00" in form
        assert THIRD_TIER.name not in form

        status, shown = send(member.bidder, f"{member.id}/renew/", tier=SECOND_TIER.name)

        assert (status, member.state) == (200, MembershipState.DEFICIT)
        assert "余额不足，还需补足 ¥300,000.00" in shown

    def test_too_soon_there_is_no_button_and_no_renewal(self):
        member = active()
        before = member.desk.membership
        assert f"{member.id}/renew/" not in page(member.bidder)

        status, shown = send(member.bidder, f"{member.id}/renew/", tier=given.TIER.name)

        assert (status, "起才可以续期" in shown) == (422, True)
        assert member.desk.membership == before

    def test_an_expired_one_can_be_renewed_or_left(self):
        member = active(renewal_days=365)
        keeping.follow_days(limit=9, at=clock.now() + 366 * DAY, actor=SYSTEM)

        shown = page(member.bidder)

        assert "到期" in shown
        for name in ("renew", "leave"):
            assert f"{member.id}/{name}/" in shown

    def test_leaving_says_what_it_means_and_then_waits(self):
        member = active()
        assert "满 30 天后，余额自动退回基本账户" in page(member.bidder, f"{member.id}/leave/")

        status, shown = send(member.bidder, f"{member.id}/leave/")
        keeping.follow_days(limit=9, at=clock.now() + 31 * DAY, actor=SYSTEM)

        assert (status, "已申请退出" in shown) == (200, True)
        later = page(member.bidder)
        assert "正在退还余额" in later
        assert "退出联保金" in later

    def test_in_a_mutual_scheme_it_says_what_may_be_waited_for(self, settings: Any, tmp_path: Path):
        settings.MEDIA_ROOT = tmp_path / "files"
        opening_at = clock.now().replace(microsecond=0) - 10 * DAY
        joined = opening_at - 60 * DAY
        scheme_id = given.scheme(Coverage.MUTUAL, valid_from=joined.date() - DAY, cooling_days=5)
        defaulter, leaver = (given.active(scheme_id, at=joined) for _ in range(2))
        (case,) = given.held(defaulter, lot=given_tenders.lot(deadline_at=opening_at))
        asked = page(leaver.bidder, f"{leaver.id}/leave/")
        assert "其他成员被提出不予退还的，仍按比例分担" in asked
        keeping.request_exit(membership_id=leaver.id, at=case.at, actor=leaver.bidder)
        case.proposed()
        keeping.follow_days(limit=9, at=clock.now(), actor=SYSTEM)

        for shown in (
            page(leaver.bidder),
            visiting(leaver.keeper).get(f"/operator/members/{leaver.id}/").content.decode(),
        ):
            assert "其他成员的违约届时还待复核的，有结果以后退还" in shown
        assert "已申请退出，等其他成员的违约复核以后退还余额" in page(leaver.bidder)

    def test_who_is_held_for_a_lot_does_not_leave(self):
        member = active()
        lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + 3 * DAY)
        given_tenders.registered(lot, member.bidder)
        holding.choose(lot_id=lot.id, at=clock.now(), actor=member.bidder)
        assert "还为 1 个标段提供担保，现在不能退出" in page(member.bidder, f"{member.id}/leave/")

        status, shown = send(member.bidder, f"{member.id}/leave/")

        assert (status, "还为 1 个标段提供担保。" in shown) == (422, True)
        assert member.state is MembershipState.ACTIVE


@pytest.mark.parametrize("name", ["ask", "withdraw", "renew", "leave"])
def test_a_stranger_finds_nothing_of_it(name: str):
    member, stranger = active(), given_parties.bidder()
    before = member.desk

    answer = visiting(stranger).post(f"/bidder/pool/{member.id}/{name}/", {"tier": "一档"})

    assert answer.status_code == 404
    assert member.desk == before


def test_every_state_has_its_words():
    told = (
        (words.COVERAGES, Coverage),
        (words.MEMBERSHIPS, MembershipState),
        (HELD, HoldState),
        (words.CREDITS, PoolCreditState),
        (words.REFUNDS, PoolRefundState),
    )
    for said, states in told:
        assert set(said) == set(states)
