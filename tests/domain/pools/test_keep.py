"""The life of a membership: suspended, renewed, expired, and left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking.models import SubAccount
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import holding, joining, keeping, schemes
from biaobao.domain.pools.states import MembershipState
from biaobao.domain.pools.types import Membership, Reminder, Tier
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import premiums as given_premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.pools import Member

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WHOLE = given.TIER.contribution
# A member of 2026-04-01: its last day is 2027-03-31, and it can be renewed from 2027-03-01 on.
LAST = date(2027, 3, 31)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


@pytest.fixture
def member() -> Member:
    given_banking.bank()
    return given.active()


def now(member: Member) -> Membership:
    return member.desk.membership


def follow(at: datetime) -> int:
    return keeping.follow_days(limit=9, at=at, actor=SYSTEM)


def remind(at: datetime) -> int:
    return keeping.remind(limit=9, at=at, actor=SYSTEM)


def events(member: Member, name: str) -> list[AuditEvent]:
    with seeing_as(SYSTEM):
        return list(AuditEvent.objects.filter(subject=f"membership:{member.id}", name=name))


def renew(member: Member, at: datetime, tier: str = given.TIER.name) -> None:
    keeping.renew(membership_id=member.id, tier=tier, at=at, actor=member.bidder)


def due(member: Member, day: date) -> list[tuple[Reminder, date | None]]:
    found = queries.reminders(at=noon(day), actor=member.bidder)
    return [(each.reminder, each.by) for each in found]


class TestReminders:
    def test_of_the_end_begin_with_the_time_to_renew_and_are_written_down_once(
        self, member: Member
    ):
        opens = date(2027, 3, 1)
        assert due(member, opens - DAY) == []
        assert remind(noon(opens - DAY)) == 0

        assert (remind(noon(opens)), remind(noon(opens)), remind(noon(LAST))) == (1, 0, 0)

        assert due(member, opens) == due(member, LAST) == [(Reminder.RENEW, LAST)]
        (event,) = events(member, "membership.renewable")
        assert event.facts["until"] == LAST.isoformat()

    def test_begin_anew_with_each_term(self, member: Member):
        remind(noon(date(2027, 3, 1)))
        renew(member, noon(date(2027, 3, 1)))
        assert due(member, date(2027, 3, 1)) == []

        assert remind(noon(date(2028, 2, 28))) == 0
        assert remind(noon(date(2028, 3, 1))) == 1
        assert due(member, date(2028, 3, 1)) == [(Reminder.RENEW, date(2028, 3, 31))]
        assert len(events(member, "membership.renewable")) == 2

    def test_say_that_it_is_over_until_it_is_renewed(self, member: Member):
        after = LAST + DAY
        follow(noon(after))
        follow(noon(after))

        assert due(member, after) == [(Reminder.EXPIRED, LAST)]
        assert len(events(member, "membership.expired")) == 1
        renew(member, noon(after))
        assert due(member, after) == []

    def test_of_what_is_to_be_topped_up_come_with_its_day(self):
        given_banking.bank()
        member = given.approved()
        assert due(member, date(2026, 4, 2)) == [(Reminder.PAY, None)]
        credit = member.pays(at=given.AT)
        given.booked(credit)
        assert due(member, date(2026, 4, 2)) == []
        given.booked(given_premiums.reversal_of(credit))
        by = now(member).top_up_by
        assert by
        assert due(member, by) == [(Reminder.TOP_UP, by)]
        assert len(events(member, "membership.deficit")) == 1

        follow(noon(by + DAY))

        assert due(member, by + DAY) == [(Reminder.TOP_UP_MISSED, by)]
        assert len(events(member, "membership.suspended")) == 1

    def test_who_left_before_its_end_is_not_reminded_of_it(self, member: Member):
        leave(member, noon(date(2027, 2, 1)))

        assert remind(noon(date(2027, 3, 1))) == 1

        assert events(member, "membership.renewable") == []
        assert due(member, date(2027, 3, 1)) == []

    def test_are_nobody_elses_and_the_house_writes_them_down(self, member: Member):
        stranger = given_parties.bidder()
        assert queries.reminders(at=noon(LAST), actor=stranger) == ()
        assert queries.reminders(at=noon(LAST), actor=member.keeper) == ()
        with pytest.raises(NotAllowed):
            keeping.remind(limit=9, at=noon(LAST), actor=member.keeper)


class TestSuspension:
    def test_covers_nothing_until_it_is_over(self, member: Member):
        lot = given_tenders.lot()
        given_tenders.registered(lot, member.bidder)
        how: dict[str, Any] = {"membership_id": member.id, "at": given.AT, "actor": member.keeper}
        with pytest.raises(Refused, match="TEXT_MISSING"):
            keeping.suspend(words=" ", **how)
        keeping.suspend(words="被列入失信名单", **how)
        keeping.suspend(words="又一次", **how)
        assert (now(member).state, now(member).why) == ("SUSPENDED", "被列入失信名单")
        with pytest.raises(Refused, match="SUSPENDED"):
            holding.choose(lot_id=lot.id, at=lot.deadline_at, actor=member.bidder)
        assert queries.hold(lot_id=lot.id, actor=member.bidder) is None

        keeping.resume(**how)
        keeping.resume(**how)

        assert (now(member).state, now(member).why) == ("ACTIVE", "")
        holding.choose(lot_id=lot.id, at=lot.deadline_at, actor=member.bidder)

    def test_is_for_operators_and_for_running_memberships(self, member: Member):
        waiting = given.applied()
        for stranger in (member.bidder, given_parties.supervisor()):
            with pytest.raises(NotAllowed):
                keeping.suspend(membership_id=member.id, words="否", at=given.AT, actor=stranger)
            with pytest.raises(NotAllowed):
                keeping.resume(membership_id=member.id, at=given.AT, actor=stranger)
        with pytest.raises(Refused, match="MEMBERSHIP_NOT_RUNNING"):
            keeping.suspend(membership_id=waiting.id, words="否", at=given.AT, actor=member.keeper)
        with pytest.raises(Refused, match="MEMBERSHIP_NOT_RUNNING"):
            keeping.resume(membership_id=waiting.id, at=given.AT, actor=member.keeper)
        with pytest.raises(NotFound):
            keeping.resume(
                membership_id=member.bidder.organisation_id, at=given.AT, actor=member.keeper
            )

        assert (member.state, waiting.state) == (MembershipState.ACTIVE, MembershipState.APPLIED)

    def test_follows_when_a_deficit_is_not_topped_up_in_time(self):
        given_banking.bank()
        member = given.approved()
        credit = member.pays(at=given.AT)
        given.booked(credit)
        given.booked(given_premiums.reversal_of(credit))
        by = now(member).top_up_by
        assert by
        assert follow(noon(by)) == 0

        assert (follow(noon(by + DAY)), follow(noon(by + DAY))) == (1, 0)

        assert (now(member).state, now(member).why) == ("SUSPENDED", "TOP_UP_MISSED")
        given.booked(member.pays(at=noon(by + 2 * DAY)))
        assert (now(member).state, now(member).why, now(member).missing) == ("ACTIVE", "", Money(0))


class TestRenewal:
    def test_opens_before_the_last_day_and_adds_a_term_to_it(self, member: Member):
        assert now(member).ends_on == LAST
        with pytest.raises(Refused, match="RENEWED_TOO_SOON"):
            renew(member, noon(date(2027, 2, 28)))
        assert now(member).ends_on == LAST
        number = now(member).number

        renew(member, noon(date(2027, 3, 1)))
        with pytest.raises(Refused, match="RENEWED_TOO_SOON"):
            renew(member, noon(date(2027, 3, 1)))

        assert (now(member).state, now(member).number) == (MembershipState.ACTIVE, number)
        assert (now(member).starts_on, now(member).ends_on) == (date(2026, 4, 1), date(2028, 3, 31))

    def test_takes_the_terms_of_its_day_and_asks_for_what_they_want_more(self, member: Member):
        higher = (given.TIER, Tier("二档", Money.yuan(800_000), Money.yuan(800_000)))
        schemes.add_terms(
            scheme_id=now(member).scheme_id,
            valid_from=date(2027, 3, 10),
            terms=given.terms(tiers=higher, term_months=24),
            at=given.AT,
            actor=member.keeper,
        )
        with pytest.raises(Refused, match="POOL_TIER_MISSING"):
            renew(member, noon(date(2027, 3, 9)), "二档")

        renew(member, noon(date(2027, 3, 10)), "二档")

        assert (now(member).state, now(member).missing, now(member).ends_on) == (
            MembershipState.DEFICIT,
            Money.yuan(300_000),
            date(2029, 3, 31),
        )
        given.booked(member.pays(at=noon(date(2027, 3, 11))))
        assert (now(member).state, now(member).balance) == ("ACTIVE", Money.yuan(800_000))
        assert given.all_is_well()

    def test_to_a_lower_tier_gives_nothing_back(self, member: Member):
        schemes.add_terms(
            scheme_id=now(member).scheme_id,
            valid_from=date(2027, 3, 1),
            terms=given.terms(tiers=(Tier("低档", Money.yuan(200_000), Money.yuan(200_000)),)),
            at=given.AT,
            actor=member.keeper,
        )
        with pytest.raises(Refused, match="POOL_TIER_TOO_LOW"):
            renew(member, noon(date(2027, 3, 1)), "低档")

        assert (now(member).ends_on, now(member).balance) == (LAST, WHOLE)

    def test_after_the_last_day_begins_anew(self, member: Member):
        assert follow(noon(LAST)) == 0
        assert (follow(noon(LAST + DAY)), follow(noon(LAST + DAY))) == (1, 0)
        assert now(member).state is MembershipState.EXPIRED

        renew(member, noon(LAST + 10 * DAY))

        assert (now(member).state, now(member).starts_on, now(member).ends_on) == (
            MembershipState.ACTIVE,
            date(2027, 4, 10),
            date(2028, 4, 9),
        )

    def test_is_the_members_own(self, member: Member):
        how: dict[str, Any] = {"membership_id": member.id, "tier": given.TIER.name}
        with pytest.raises(NotFound):
            keeping.renew(**how, at=noon(LAST), actor=given_parties.bidder())
        with pytest.raises(NotAllowed):
            keeping.renew(**how, at=noon(LAST), actor=member.keeper)
        waiting = given.applied()
        with pytest.raises(Refused, match="MEMBERSHIP_NOT_RUNNING"):
            renew(waiting, noon(LAST))

        assert now(member).ends_on == LAST


class TestLeaving:
    def test_gives_all_back_after_the_cooling_time(self, member: Member):
        asked = given.AT + DAY
        leave(member, asked)
        leave(member, asked + DAY)
        assert now(member).state is MembershipState.EXIT_REQUESTED
        assert follow(asked + 29 * DAY) == 0
        assert member.in_the_books == WHOLE

        at = asked + 30 * DAY
        assert (follow(at), follow(at)) == (1, 0)

        (payment,) = given_refunds.told(at=at)
        assert (payment.amount_minor, payment.payee_account) == (WHOLE.fen, "33050168620800000123")
        assert (now(member).state, member.in_the_books) == (MembershipState.REFUNDING, Money(0))
        assert settle(at) == 0
        debit = given_refunds.debit(payment, at=at)
        given.booked(debit)
        assert (settle(at), settle(at)) == (1, 0)
        assert now(member).state is MembershipState.EXITED
        given.booked(given_refunds.return_of(debit, at=at + DAY))
        assert settle(at + DAY) == 1
        assert now(member).state is MembershipState.REFUNDING
        assert given.all_is_well()

    def test_waits_until_nothing_is_held(self, member: Member):
        lot = given_tenders.lot()
        given_tenders.registered(lot, member.bidder)
        holding.choose(lot_id=lot.id, at=lot.deadline_at, actor=member.bidder)
        with pytest.raises(Refused, match="LOTS_STILL_HELD"):
            leave(member, given.AT)
        assert now(member).state is MembershipState.ACTIVE

        holding.give_up(lot_id=lot.id, at=lot.deadline_at, actor=member.bidder)
        leave(member, given.AT)

        with pytest.raises(Refused, match="NOT_MEMBER"):
            holding.choose(lot_id=lot.id, at=lot.deadline_at, actor=member.bidder)

    def test_is_the_members_own_and_of_what_runs(self, member: Member):
        how: dict[str, Any] = {"membership_id": member.id, "at": given.AT}
        with pytest.raises(NotFound):
            keeping.request_exit(**how, actor=given_parties.bidder())
        with pytest.raises(NotAllowed):
            keeping.request_exit(**how, actor=member.keeper)
        waiting = given.approved()
        with pytest.raises(Refused, match="MEMBERSHIP_NOT_RUNNING"):
            leave(waiting, given.AT)

        assert (member.state, waiting.state) == ("ACTIVE", "PAYMENT_PENDING")


class TestClosing:
    def left(self, member: Member) -> datetime:
        """Let a member leave, and return when its money was paid."""
        leave(member, given.AT + DAY)
        at = given.AT + 31 * DAY
        follow(at)
        (payment,) = given_refunds.told(at=at)
        given.booked(given_refunds.debit(payment, at=at))
        settle(at)
        assert now(member).state is MembershipState.EXITED
        return at

    def test_comes_long_after_the_last_money_moved_and_once(self, member: Member):
        paid_at = self.left(member)

        assert (closed(paid_at + 30 * DAY - SECOND), state_of_account(member)) == (0, "ASSIGNED")

        assert [closed(paid_at + 30 * DAY) for _ in range(2)] == [1, 0]
        assert state_of_account(member) == "CLOSED"
        late = member.pays(Money.yuan(1), at=paid_at + 31 * DAY)
        given.booked(late)
        assert (member.in_the_books, member.desk.refunds[1:]) == (Money(0), ())
        assert given.all_is_well()

    def test_waits_for_money_that_came_back(self, member: Member):
        leave(member, given.AT + DAY)
        at = given.AT + 31 * DAY
        follow(at)
        (payment,) = given_refunds.told(at=at)
        debit = given_refunds.debit(payment, at=at)
        given.booked(debit)
        settle(at)
        given.booked(given_refunds.return_of(debit, at=at + DAY))

        assert closed(at + 99 * DAY) == 0

        assert state_of_account(member) == "ASSIGNED"

    def test_of_an_application_that_was_withdrawn_and_of_nothing_that_runs(self, member: Member):
        waiting, gone = given.approved(), given.approved()
        joining.withdraw(membership_id=gone.id, at=given.AT, actor=gone.bidder)

        assert [closed(given.AT + 30 * DAY) for _ in range(2)] == [1, 0]

        states = [state_of_account(each) for each in (gone, waiting, member)]
        assert states == ["CLOSED", "ASSIGNED", "ASSIGNED"]


def closed(at: datetime) -> int:
    return keeping.close_left(limit=9, at=at, actor=SYSTEM)


def state_of_account(member: Member) -> str:
    with seeing_as(SYSTEM):
        return SubAccount.objects.get(purpose_id=member.id).state


def leave(member: Member, at: datetime) -> None:
    keeping.request_exit(membership_id=member.id, at=at, actor=member.bidder)


def settle(at: datetime) -> int:
    return keeping.settle_exits(limit=9, at=at, actor=SYSTEM)


def test_only_the_house_follows_the_calendar():
    acts: list[Callable[..., int]] = [
        keeping.follow_days,
        keeping.settle_exits,
        keeping.close_left,
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act(limit=9, at=given.AT, actor=given_parties.operator())
