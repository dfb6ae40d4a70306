"""Choosing 联保金 for a lot: checked at once, held, looked at again, and let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import CODE_LENGTH
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.parties.models import Organisation
from biaobao.domain.pools import queries, rules
from biaobao.domain.pools.actions import holding, keeping
from biaobao.domain.pools.models import Hold, Reserve
from biaobao.domain.pools.states import HoldState
from biaobao.domain.pools.types import Check, Coverage, Tier
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import premiums as given_premiums
from tests.given import tenders as given_tenders
from tests.given.pools import Member

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
AT = given_tenders.DEADLINE_AT - timedelta(days=5)


@dataclass(frozen=True)
class Wanted:
    """A member that registered for a lot."""

    member: Member
    lot: Lot

    def choose(self, *, at: Any = AT) -> Any:
        return holding.choose(lot_id=self.lot.id, at=at, actor=self.member.bidder)

    @property
    def hold(self) -> Any:
        return queries.hold(lot_id=self.lot.id, actor=self.member.bidder)

    @property
    def security(self) -> tuple[str, str] | None:
        found = securities.security(
            lot_id=self.lot.id, bidder_id=self.member.bidder.organisation_id, actor=SYSTEM
        )
        return None if found is None else (found.state, found.way)

    @property
    def reserve(self) -> tuple[Money, int]:
        with seeing_as(SYSTEM):
            row = Reserve.objects.filter(membership=self.member.id).first()
        return (Money(row.held_fen), row.lots) if row else (Money(0), 0)

    def codes(self) -> list[str]:
        """Return why the lot is not covered, and make sure that nothing came of asking."""
        before = self.hold, self.security, self.reserve
        with pytest.raises(Refused) as refused:
            self.choose()
        assert (self.hold, self.security, self.reserve) == before
        return [objection.code for objection in refused.value.objections]


def no_more_can_be_held_than(most: Money) -> bool:
    """Tell whether the database keeps a reserve from holding a fen more."""
    with seeing_as(SYSTEM):
        Reserve.objects.update(held_fen=most.fen)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reserve.objects.update(held_fen=most.fen + 1)
        return True


def wanted(
    member: Member | None = None, coverage: Coverage = Coverage.PER_BID_CAP, **changes: Any
) -> Wanted:
    lot_changes = {k: changes.pop(k) for k in ("amount", "region") if k in changes}
    member = member or given.active(given.scheme(coverage, **changes))
    lot = given_tenders.lot(**lot_changes)
    given_tenders.registered(lot, member.bidder)
    return Wanted(member, lot)


def follow(at: Any) -> int:
    return holding.follow_lots(limit=9, at=at, actor=SYSTEM)


MORE_TIME = timedelta(days=20)


@pytest.mark.parametrize("coverage", [Coverage.PER_BID_CAP, Coverage.POOL_BALANCE])
@pytest.mark.parametrize("yuan", [70_000, 30_000])
def test_what_is_held_follows_the_amount_of_its_lot(coverage: Coverage, yuan: int):
    case = wanted(coverage=coverage)
    case.choose()
    moved = given_tenders.postponed(case.lot, by=MORE_TIME, at=AT)
    follow(AT)

    changed = given_tenders.amount_changed(moved, Money.yuan(yuan))
    assert follow(changed.changed_at) == 1
    assert follow(changed.changed_at) == 0

    assert (case.hold.amount, case.security) == (Money.yuan(yuan), ("SECURED", "POOL"))
    assert case.reserve == (Money.yuan(yuan), 1)
    assert queries.mismatches(actor=SYSTEM) == ()


def test_raised_above_its_cap_it_lapses_and_another_way_can_be_chosen():
    case = wanted(tiers=(Tier("一档", Money.yuan(500_000), Money.yuan(80_000)),))
    case.choose()
    moved = given_tenders.postponed(case.lot, by=MORE_TIME, at=AT)

    changed = given_tenders.amount_changed(moved, Money.yuan(90_000))
    follow(changed.changed_at)

    assert (case.hold.state, case.hold.ended_why) == (HoldState.LAPSED, "CAP_TOO_LOW")
    assert case.security == ("REQUIRED", "")
    assert case.reserve == (Money(0), 0)


def test_after_the_validity_of_bids_nothing_is_held_without_a_result():
    (case,) = held_for_one_lot(1)
    last = case.lot.deadline_at + timedelta(days=case.lot.validity_days)

    assert follow(last) == 0
    assert follow(last + 2 * DAY) == 1

    assert (case.hold.state, case.hold.ended_why) == (HoldState.RELEASED, "VALIDITY_OVER")
    leave(case)


def chosen_for_one_lot(number: int) -> list[Wanted]:
    """Return members of one scheme that all secured one lot by it."""
    scheme_id, lot = given.scheme(), given_tenders.lot()
    cases = [Wanted(given.active(scheme_id), lot) for _ in range(number)]
    for case in cases:
        given_tenders.registered(lot, case.member.bidder)
        case.choose()
    return cases


def held_for_one_lot(number: int) -> list[Wanted]:
    cases = chosen_for_one_lot(number)
    given_tenders.opened(cases[0].lot)
    assert follow(AT) == number
    return cases


def leave(case: Wanted) -> None:
    keeping.request_exit(membership_id=case.member.id, at=AT, actor=case.member.bidder)


@pytest.fixture(autouse=True)
def bank() -> None:
    given_banking.bank()


@pytest.mark.parametrize("coverage", list(Coverage))
def test_a_covered_lot_is_secured_at_once_and_once(coverage: Coverage):  # INV-6
    case = wanted(coverage=coverage)

    hold_id = case.choose()
    assert case.choose(at=AT + DAY) == hold_id

    hold = case.hold
    assert (hold.id, hold.state, hold.amount, hold.reserved_at) == (
        hold_id,
        HoldState.RESERVED,
        case.lot.amount,
        AT,
    )
    assert hold.until == case.member.desk.membership.ends_on
    assert case.security == ("SECURED", "POOL")
    assert case.reserve == (case.lot.amount, 1)
    assert given.all_is_well()


def test_who_is_no_member_is_told_so_and_may_pay_instead():
    bidder = given_parties.bidder()
    lot = given_tenders.lot()
    given_tenders.registered(lot, bidder)
    with pytest.raises(Refused, match="NOT_MEMBER"):
        holding.choose(lot_id=lot.id, at=AT, actor=bidder)

    assert given_deposits.chosen(lot, bidder).account


def test_who_has_not_paid_is_told_that_the_money_is_not_here():
    assert wanted(given.approved()).codes() == ["DATA_NOT_SYNCED"]
    assert wanted(given.applied()).codes() == ["NOT_MEMBER"]


TWO_MONTHS = {"term_months": 2}
FOUR_MONTHS = {"term_months": 4}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        (TWO_MONTHS, ["EXPIRED_BEFORE_OPENING", "EXPIRES_BEFORE_BID_VALIDITY_END"]),
        (FOUR_MONTHS, ["EXPIRES_BEFORE_BID_VALIDITY_END"]),
        ({"regions": ("LY", "JS")}, ["AREA_NOT_COVERED"]),
        ({"kinds": ("GQ",)}, ["KIND_NOT_COVERED"]),
        ({"tiers": (Tier("一档", Money.yuan(500_000), Money.yuan(49_999)),)}, ["CAP_TOO_LOW"]),
        (
            {**TWO_MONTHS, "regions": ("LY",)},
            [
                "EXPIRED_BEFORE_OPENING",
                "EXPIRES_BEFORE_BID_VALIDITY_END",
                "AREA_NOT_COVERED",
            ],
        ),
    ],
)
def test_each_reason_why_a_lot_is_not_covered_is_named(changes: dict[str, Any], codes: list[str]):
    assert wanted(**changes).codes() == codes


def test_the_last_day_of_the_bid_validity_is_covered_and_the_day_after_is_not():
    case = wanted()
    ends_on = case.member.desk.membership.ends_on
    membership = case.member.desk.membership
    facts = rules.MemberFacts(membership, membership.member_name, False, Money(0), 0, Money(0))
    lot = rules.LotFacts("QZ", "GC", case.lot.amount, day_of(case.lot.opening_at), ends_on)
    late = rules.LotFacts("QZ", "GC", case.lot.amount, lot.opening_on, ends_on + DAY)

    assert rules.objections(rules.check(facts, lot)) == ()
    (objection,) = rules.objections(rules.check(facts, late))
    assert objection.code == Check.EXPIRES_BEFORE_BID_VALIDITY_END


def test_a_company_under_another_name_is_not_taken_for_the_member():
    case = wanted()
    with seeing_as(SYSTEM):
        Organisation.objects.filter(pk=case.member.bidder.organisation_id).update(
            name="新名有限公司"
        )

    assert case.codes() == ["NAME_CHANGED"]


def test_below_the_floor_nothing_is_covered_until_it_is_topped_up():
    case = wanted(floor=Money.yuan(300_000))
    paid = case.member.pays(Money.yuan(1))
    with_two = given.approved(case.member.desk.membership.scheme_id)
    low, rest = with_two.pays(Money.yuan(250_000)), with_two.pays(Money.yuan(250_000))
    given.booked(paid, low, rest)
    given.booked(given_premiums.reversal_of(rest))
    other = wanted(with_two)
    assert other.codes() == ["BELOW_FLOOR"]

    given.booked(with_two.pays())

    other.choose()
    assert other.security == ("SECURED", "POOL")


def test_no_more_lots_at_once_than_the_terms_allow():
    first = wanted(parallel_max=1)
    first.choose()
    second = wanted(first.member)
    assert second.codes() == ["PARALLEL_LIMIT"]

    holding.give_up(lot_id=first.lot.id, at=AT, actor=first.member.bidder)

    second.choose()
    assert second.reserve == (second.lot.amount, 1)


def test_a_balance_covers_as_many_lots_as_it_comes_to():
    first = wanted(coverage=Coverage.POOL_BALANCE, amount=Money.yuan(300_000))
    first.choose()
    second = wanted(first.member, amount=Money.yuan(200_000) + Money(1))
    assert second.codes() == ["BALANCE_TOO_LOW"]

    third = wanted(first.member, amount=Money.yuan(200_000))
    third.choose()

    assert third.reserve == (Money.yuan(500_000), 2)
    assert given.all_is_well()


def test_the_database_holds_no_more_than_there_is():
    case = wanted(coverage=Coverage.POOL_BALANCE)
    case.choose()
    assert no_more_can_be_held_than(Money.yuan(500_000))
    with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.update(state="HELD")


def test_let_go_of_a_balance_that_shrank_no_more_is_held_than_is_left():  # INV-30
    member = given.approved(given.scheme(Coverage.POOL_BALANCE))
    most, rest = member.pays(Money.yuan(300_000)), member.pays(Money.yuan(200_000))
    given.booked(most, rest)
    case = wanted(member, amount=Money.yuan(400_000))
    case.choose()
    given.booked(given_premiums.reversal_of(rest))

    holding.give_up(lot_id=case.lot.id, at=AT, actor=member.bidder)

    assert no_more_can_be_held_than(Money.yuan(300_000))


def test_left_with_its_money_it_can_be_held_for_nothing():  # INV-30
    case = wanted(coverage=Coverage.POOL_BALANCE)
    case.choose()
    holding.give_up(lot_id=case.lot.id, at=AT, actor=case.member.bidder)
    keeping.request_exit(membership_id=case.member.id, at=AT, actor=case.member.bidder)

    keeping.follow_days(limit=9, at=AT + 30 * DAY, actor=SYSTEM)

    assert no_more_can_be_held_than(Money(0))


def test_mutual_members_stand_for_one_another_with_all_that_they_have():
    alone = wanted(
        coverage=Coverage.MUTUAL,
        amount=Money.yuan(600_000),
        tiers=(Tier("一档", Money.yuan(500_000), Money.yuan(800_000)),),
    )
    assert alone.codes() == ["BALANCE_TOO_LOW"]

    given.active(alone.member.desk.membership.scheme_id)

    alone.choose()
    assert alone.security == ("SECURED", "POOL")


def test_what_any_way_asks_this_one_asks_too():
    case = wanted()
    with pytest.raises(Refused, match="DEADLINE_PASSED"):
        case.choose(at=case.lot.deadline_at + SECOND)
    other = given_tenders.lot()
    with pytest.raises(Refused, match="REGISTRATION_MISSING"):
        holding.choose(lot_id=other.id, at=AT, actor=case.member.bidder)
    soe = given_tenders.lot(kind="GQ")
    given_tenders.registered(soe, case.member.bidder)
    with pytest.raises(Refused, match="WAY_NOT_OFFERED"):
        holding.choose(lot_id=soe.id, at=AT, actor=case.member.bidder)
    for stranger in (given_parties.operator(), given_parties.agency()):
        with pytest.raises(NotAllowed):
            holding.choose(lot_id=case.lot.id, at=AT, actor=stranger)
    choosing.choose(lot_id=case.lot.id, at=AT, actor=case.member.bidder)
    assert case.codes() == ["OTHER_WAY_CHOSEN"]


def test_in_the_last_second_it_is_in_time():
    case = wanted()
    case.choose(at=case.lot.deadline_at)

    assert case.security == ("SECURED", "POOL")


class TestGivingUp:
    def test_makes_room_for_another_way(self):
        case = wanted()
        case.choose()
        bidder = case.member.bidder
        holding.give_up(lot_id=case.lot.id, at=AT, actor=bidder)
        with pytest.raises(NotFound):
            holding.give_up(lot_id=case.lot.id, at=AT, actor=bidder)

        assert (case.hold.state, case.hold.ended_why) == (HoldState.RELEASED, "GIVEN_UP")
        assert (case.security, case.reserve) == (("REQUIRED", ""), (Money(0), 0))
        choosing.choose(lot_id=case.lot.id, at=AT, actor=bidder)
        assert case.security == ("REQUIRED", "DEPOSIT")
        assert given.all_is_well()

    def test_is_over_with_the_deadline_and_nobody_elses(self):
        case = wanted()
        case.choose()
        late = case.lot.deadline_at + SECOND
        with pytest.raises(Refused, match="DEADLINE_PASSED"):
            holding.give_up(lot_id=case.lot.id, at=late, actor=case.member.bidder)
        with pytest.raises(NotFound):
            holding.give_up(lot_id=case.lot.id, at=AT, actor=given_parties.bidder())
        with pytest.raises(NotAllowed):
            holding.give_up(lot_id=case.lot.id, at=AT, actor=given_tenders.keeper_of(case.lot))
        given_tenders.opened(case.lot)
        with pytest.raises(Refused, match="LOT_OPENED"):
            holding.give_up(lot_id=case.lot.id, at=late, actor=case.member.bidder)

        assert case.security == ("SECURED", "POOL")


class TestFollowing:
    def test_at_the_opening_it_is_looked_at_again_and_held(self):
        case = wanted()
        case.choose()
        assert follow(AT) == 0
        opened_at = case.lot.opening_at
        given_tenders.opened(case.lot)

        assert (follow(opened_at), follow(opened_at)) == (1, 0)

        assert (case.hold.state, case.hold.held_at) == (HoldState.HELD, opened_at)
        assert (case.security, case.reserve) == (("SECURED", "POOL"), (case.lot.amount, 1))

    def test_at_the_opening_what_is_not_covered_any_more_lapses(self):
        case = wanted()
        case.choose()
        with seeing_as(SYSTEM):
            Organisation.objects.filter(pk=case.member.bidder.organisation_id).update(name="新名")
        given_tenders.opened(case.lot)

        assert follow(case.lot.opening_at) == 1

        assert (case.hold.state, case.hold.ended_why) == (HoldState.LAPSED, "NAME_CHANGED")
        assert (case.security, case.reserve) == (("REQUIRED", "POOL"), (Money(0), 0))
        assert given.all_is_well()

    def test_postponed_within_the_term_it_stands(self):
        case = wanted()
        case.choose()
        given_tenders.postponed(case.lot, by=10 * DAY)

        assert (follow(AT), follow(AT)) == (1, 0)

        assert (case.hold.state, case.security) == (HoldState.RESERVED, ("SECURED", "POOL"))

    def test_postponed_beyond_the_term_it_lapses_and_another_way_is_open(self):
        case = wanted(term_months=6)
        case.choose()
        given_tenders.postponed(case.lot, by=60 * DAY)

        assert follow(AT) == 1

        hold = case.hold
        assert (hold.state, hold.ended_why) == (
            HoldState.LAPSED,
            "EXPIRES_BEFORE_BID_VALIDITY_END",
        )
        assert (case.security, case.reserve) == (("REQUIRED", ""), (Money(0), 0))
        choosing.choose(lot_id=case.lot.id, at=AT, actor=case.member.bidder)
        assert given.all_is_well()

    @pytest.mark.parametrize(
        ("how", "after", "why", "state"),
        [
            (given_tenders.terminated, False, "TERMINATED", "REQUIRED"),
            (given_tenders.failed, True, "FAILED", "RELEASED"),
        ],
    )
    def test_of_a_lot_that_comes_to_nothing_it_is_released(
        self, how: Callable[..., Lot], after: bool, why: str, state: str
    ):
        case = wanted()
        case.choose()
        if after:
            given_tenders.opened(case.lot)
            follow(case.lot.opening_at)
        how(case.lot)

        assert (follow(AT), follow(AT)) == (1, 0)

        assert (case.hold.state, case.hold.ended_why) == (HoldState.RELEASED, why)
        assert case.security is not None
        assert (case.security[0], case.reserve) == (state, (Money(0), 0))
        assert given.all_is_well()

    def test_with_the_award_losers_are_free_and_with_the_contract_the_winner(self):
        won, lost = held_for_one_lot(2)
        given_tenders.awarded(won.lot, won.member.bidder)

        assert (follow(AT), follow(AT)) == (1, 0)

        assert (lost.hold.state, lost.hold.ended_why) == (HoldState.RELEASED, "NOT_AWARDED")
        assert (lost.security, lost.reserve) == (("RELEASED", "POOL"), (Money(0), 0))
        assert (won.hold.state, won.security) == (HoldState.HELD, ("SECURED", "POOL"))
        with pytest.raises(Refused, match="LOTS_STILL_HELD"):
            leave(won)
        leave(lost)
        given_tenders.contracted(won.lot)

        assert (follow(AT), follow(AT)) == (1, 0)

        assert (won.hold.state, won.hold.ended_why) == (HoldState.RELEASED, "CONTRACTED")
        leave(won)
        assert given.all_is_well()

    def test_who_lost_the_award_again_is_kept_for_some_days_after_the_contract_of_another(self):
        first, second, third = held_for_one_lot(3)
        given_tenders.awarded(first.lot, first.member.bidder)
        given_tenders.award_withdrawn(first.lot)
        assert follow(AT) == 0
        given_tenders.awarded(first.lot, second.member.bidder, at=first.lot.opening_at + 3 * DAY)

        assert (follow(AT), follow(AT)) == (1, 0)

        states = [each.hold.state for each in (first, second, third)]
        assert states == [HoldState.HELD, HoldState.HELD, HoldState.RELEASED]
        contracted_at = first.lot.opening_at + 4 * DAY
        lot = given_tenders.contracted(first.lot, at=contracted_at)
        assert (follow(contracted_at), follow(contracted_at + 5 * DAY)) == (1, 0)
        assert (first.hold.state, second.hold.state) == (HoldState.HELD, HoldState.RELEASED)
        last = queries.kept_until(lot=lot, actor=first.member.bidder)
        assert last is not None
        assert day_of(contracted_at) + 5 * DAY <= last <= day_of(contracted_at) + 14 * DAY

        assert follow(contracted_at + (last - day_of(contracted_at)) + DAY) == 1

        whys = [each.hold.ended_why for each in (first, second, third)]
        assert whys == ["NOT_AWARDED", "CONTRACTED", "NOT_AWARDED"]
        assert given.all_is_well()

    def test_the_days_after_a_contract_begin_when_it_is_written_down(self):
        first, second = held_for_one_lot(2)
        given_tenders.awarded(first.lot, first.member.bidder)
        given_tenders.award_withdrawn(first.lot)
        signed_at, recorded_at = (first.lot.opening_at + days * DAY for days in (4, 24))
        given_tenders.awarded(first.lot, second.member.bidder, at=signed_at)
        lot = given_tenders.contracted(first.lot, at=signed_at, recorded_at=recorded_at)
        last = queries.kept_until(lot=lot, actor=first.member.bidder)
        assert last is not None
        assert day_of(recorded_at) + 5 * DAY <= last <= day_of(recorded_at) + 14 * DAY

        at = recorded_at + (last - day_of(recorded_at))
        assert (follow(at), follow(at), follow(at + DAY)) == (1, 0, 1)

        assert [each.hold.ended_why for each in (first, second)] == ["NOT_AWARDED", "CONTRACTED"]

    def test_of_a_lot_that_fails_who_lost_the_award_is_kept_for_some_days(self):
        first, second = held_for_one_lot(2)
        given_tenders.awarded(first.lot, first.member.bidder)
        given_tenders.award_withdrawn(first.lot)
        failed_at = first.lot.opening_at + 3 * DAY
        lot = given_tenders.failed(first.lot, at=failed_at)

        assert (follow(failed_at), follow(failed_at)) == (1, 0)

        assert (second.hold.state, second.hold.ended_why) == (HoldState.RELEASED, "FAILED")
        assert queries.kept_until(lot=lot, actor=second.member.bidder) is None
        assert (first.hold.state, first.reserve) == (HoldState.HELD, (lot.amount, 1))
        assert follow(failed_at + 15 * DAY) == 1
        assert (first.hold.state, first.hold.ended_why) == (HoldState.RELEASED, "FAILED")
        assert given.all_is_well()

    def test_nobody_is_kept_longer_than_its_bid_binds(self):
        (first,) = held_for_one_lot(1)
        given_tenders.awarded(first.lot, first.member.bidder)
        lot = given_tenders.award_withdrawn(first.lot)
        last = queries.kept_until(lot=lot, actor=first.member.bidder)
        bound = rules.valid_until(lot.deadline_at, lot.validity_days)
        assert last == bound
        failed_at = lot.opening_at + (bound - day_of(lot.opening_at))
        lot = given_tenders.failed(lot, at=failed_at)

        assert queries.kept_until(lot=lot, actor=first.member.bidder) == bound
        assert (follow(failed_at), follow(failed_at + DAY)) == (0, 1)
        assert first.hold.ended_why == "VALIDITY_OVER"

    def test_an_award_before_anybody_looked_at_the_opening_is_followed_after_it(self):
        won, lost = chosen_for_one_lot(2)
        given_tenders.awarded(given_tenders.opened(won.lot), won.member.bidder)

        assert [follow(AT) for _ in range(3)] == [2, 1, 0]

        assert lost.hold.held_at is not None
        assert (lost.hold.state, won.hold.state) == (HoldState.RELEASED, HoldState.HELD)

    @pytest.mark.parametrize("opened", [False, True])
    def test_suspended_it_covers_no_lot_that_is_not_opened(self, opened: bool):
        case = wanted()
        case.choose()
        if opened:
            given_tenders.opened(case.lot)
            follow(AT)
        before = case.hold, case.security, case.reserve
        keeping.suspend(membership_id=case.member.id, words="失信", at=AT, actor=case.member.keeper)

        assert [follow(AT), follow(AT)] == ([0, 0] if opened else [1, 0])

        if opened:
            assert (case.hold, case.security, case.reserve) == before
            return
        assert (case.hold.state, case.hold.ended_why) == (HoldState.LAPSED, "SUSPENDED")
        assert (case.security, case.reserve) == (("REQUIRED", ""), (Money(0), 0))
        choosing.choose(lot_id=case.lot.id, at=AT, actor=case.member.bidder)
        assert given.all_is_well()

    @pytest.mark.parametrize("opened", [False, True])
    def test_when_the_bank_takes_its_contribution_back_it_covers_no_more(self, opened: bool):
        member = given.approved()
        credit = member.pays()
        given.booked(credit)
        case = wanted(member)
        case.choose()
        if opened:
            given_tenders.opened(case.lot)
            follow(AT)
        before = case.hold, case.security, case.reserve
        given.booked(given_premiums.reversal_of(credit))

        assert [follow(AT), follow(AT)] == ([0, 0] if opened else [1, 0])

        if opened:
            assert (case.hold, case.security, case.reserve) == before
            return
        assert (case.hold.state, case.hold.ended_why) == (HoldState.LAPSED, "BELOW_FLOOR")
        assert (case.security, case.reserve) == (("REQUIRED", ""), (Money(0), 0))
        choosing.choose(lot_id=case.lot.id, at=AT, actor=case.member.bidder)
        assert given.all_is_well()

    def test_of_a_balance_that_shrank_what_was_held_last_lapses_first(self):  # INV-30
        member = given.approved(given.scheme(Coverage.POOL_BALANCE))
        most, rest = member.pays(Money.yuan(300_000)), member.pays(Money.yuan(200_000))
        given.booked(most, rest)
        cases = [wanted(member, amount=Money.yuan(150_000)) for _ in range(3)]
        for hours, case in enumerate(cases):
            case.choose(at=AT + timedelta(hours=hours))
        given.booked(given_premiums.reversal_of(rest))

        follow(AT)

        assert follow(AT) == 0
        states = [case.hold.state for case in cases]
        assert states == [HoldState.RESERVED, HoldState.RESERVED, HoldState.LAPSED]
        assert cases[2].hold.ended_why == "BALANCE_TOO_LOW"
        assert cases[0].reserve == (Money.yuan(300_000), 2)
        assert given.all_is_well()

    def test_only_the_house_follows(self):
        with pytest.raises(NotAllowed):
            holding.follow_lots(limit=9, at=AT, actor=given_parties.operator())


def test_before_the_opening_a_hold_is_the_bidders_alone():  # INV-8
    case = wanted()
    case.choose()
    keeper = given_tenders.keeper_of(case.lot)
    others = (
        NOBODY,
        keeper,
        case.member.keeper,
        given_parties.supervisor(),
        given_parties.bidder(),
    )

    def seen(actor: Actor) -> tuple[int, int]:
        counts = []
        with seeing_as(actor), connection.cursor() as cursor:
            for table in ("pools_hold", "pools_reserve"):
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                counts.append(cursor.fetchone()[0])
        return counts[0], counts[1]

    assert seen(case.member.bidder) == seen(SYSTEM) == (1, 1)
    assert [seen(other) for other in others] == [(0, 0)] * 5
    given_tenders.opened(case.lot)
    # As of letters: from then on it is no secret that there is one.
    assert [seen(other) for other in others] == [(1, 0)] * 5


class TestVerifying:
    def test_before_the_opening_only_the_holder_learns_anything(self):  # INV-8
        case = wanted()
        case.choose()
        told = {"number": case.hold.number, "code": case.hold.code}
        others = (
            *(NOBODY, given_tenders.keeper_of(case.lot), case.member.keeper),
            *(given_parties.supervisor(), given_parties.bidder()),
        )

        own = queries.verify(**told, actor=case.member.bidder)

        assert own is not None
        assert (own.number, own.state, own.is_opened) == (told["number"], "RESERVED", False)
        assert [queries.verify(**told, actor=other) for other in others] == [None] * 5
        given_tenders.opened(case.lot)
        found = [queries.verify(**told, actor=other) for other in others]
        assert {each and each.number for each in found} == {told["number"]}

    def test_it_tells_whose_for_which_lot_how_much_and_how_it_stands(self):
        case = wanted()
        case.choose()
        given_tenders.opened(case.lot)
        follow(case.lot.opening_at)
        hold, lot = case.hold, case.lot
        told = {"number": f" {hold.number.lower()}", "code": "-".join(hold.code.lower())}

        found = queries.verify(**told, actor=NOBODY)

        assert found is not None
        assert (found.bidder_name, found.lot_code, found.tenderer_name) == (
            case.member.desk.membership.member_name,
            lot.code,
            lot.tenderer_name,
        )
        assert (found.amount, found.reserved_at, found.held_at, found.state) == (
            lot.amount,
            AT,
            lot.opening_at,
            HoldState.HELD,
        )
        assert found.valid_until == day_of(lot.deadline_at) + lot.validity_days * DAY
        given_tenders.failed(lot)
        follow(lot.opening_at)
        ended = queries.verify(**told, actor=NOBODY)
        assert ended is not None
        assert (ended.state, ended.ended_why) == (HoldState.RELEASED, "FAILED")

    @pytest.mark.parametrize("code", ["", "A" * CODE_LENGTH, None])
    def test_a_wrong_code_is_as_good_as_none(self, code: str | None):
        case = wanted()
        case.choose()
        code = case.hold.code[:-1] if code is None else code

        found = queries.verify(number=case.hold.number, code=code, actor=case.member.bidder)

        assert found is None

    def test_a_hold_has_a_code_of_its_own(self):
        case, other = wanted(), wanted()
        case.choose()
        other.choose()

        codes = {case.hold.code, other.hold.code}
        assert {len(code) for code in codes} == {CODE_LENGTH}
        assert len(codes) == 2
        with pytest.raises(IntegrityError), seeing_as(SYSTEM):
            Hold.objects.update(code="")
