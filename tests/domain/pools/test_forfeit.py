"""What is held is not given back (不予退还): proposed by one, decided by another, deducted, and paid out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import AnswerStatus, Payment
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting, holding, keeping, schemes
from biaobao.domain.pools.models import Bearing, Deduction, Forfeiture
from biaobao.domain.pools.states import (
    DeductionState,
    ForfeitureState,
    HoldState,
    MembershipState,
)
from biaobao.domain.pools.types import Coverage, Tier
from biaobao.domain.securities import queries as securities
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import premiums as given_premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.pools import Held, Member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
AMOUNT = given_tenders.AMOUNT
WHOLE = given.TIER.contribution


@pytest.fixture(autouse=True)
def bank(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def won(coverage: Coverage = Coverage.PER_BID_CAP, **changes: Any) -> Held:
    """Return what is held of the member that won the lot."""
    (case,) = given.held(given.active(given.scheme(coverage, **changes)))
    return case


def shown(forfeiture_id: UUID, actor: Actor = SYSTEM) -> Any:
    return queries.forfeiture(forfeiture_id=forfeiture_id, actor=actor)


def follow() -> int:
    return holding.follow_lots(limit=99, at=given.AT, actor=SYSTEM)


def as_it_is(case: Held, forfeiture_id: UUID | None = None) -> object:
    """Return all that a refusal leaves as it is."""
    member = case.member
    told = shown(forfeiture_id) if forfeiture_id else None
    return case.hold, member.desk.membership, member.in_the_books, told


def refused(code: str, case: Held, work: Any, forfeiture_id: UUID | None = None) -> None:
    """Make sure that something is refused with a code, and that nothing came of it."""
    before = as_it_is(case, forfeiture_id)
    with pytest.raises(Refused, match=code):
        work()
    assert as_it_is(case, forfeiture_id) == before


def objects(forfeiture_id: UUID, case: Held, **changes: Any) -> None:
    asked = {"words": "招标人先变更了合同条件", "at": case.at + DAY, "actor": case.member.bidder}
    forfeiting.object_to(forfeiture_id=forfeiture_id, **(asked | changes))


def decline(forfeiture_id: UUID, case: Held) -> None:
    forfeiting.decline(
        forfeiture_id=forfeiture_id, words="不符合", at=case.at, actor=given_parties.operator()
    )


def lapse(last: date, case: Held) -> int:
    """Let what is undecided lapse the day after a day."""
    at = case.at + (last - day_of(case.at)) + DAY
    return forfeiting.lapse(limit=9, at=at, actor=SYSTEM)


def approve(forfeiture_id: UUID, case: Held, **changes: Any) -> None:
    asked = {"words": "事实清楚", "at": case.decided_at, "actor": given_parties.operator()}
    forfeiting.approve(forfeiture_id=forfeiture_id, **(asked | changes))


class TestProposing:
    def test_tells_its_bidder_and_keeps_the_hold(self):
        case = won()

        forfeiture_id = case.proposed()
        assert case.proposed() == forfeiture_id

        told = shown(forfeiture_id, case.member.bidder)
        found = told.forfeiture
        assert (found.state, found.amount, found.deducted) == (
            ForfeitureState.PROPOSED,
            AMOUNT,
            Money(0),
        )
        assert (found.grounds, found.payee_name) == (given.grounds(), case.lot.tenderer_name)
        assert day_of(case.at) + 5 * DAY <= found.objections_until <= day_of(case.at) + 14 * DAY
        assert [paper.name for paper in told.papers] == ["中标通知书.pdf"]
        kept = queries.paper(
            forfeiture_id=forfeiture_id, paper_id=told.papers[0].id, actor=case.member.bidder
        )
        assert kept == (told.papers[0], given.PAPER.content)
        given_tenders.contracted(case.lot)
        assert follow() == 0
        assert case.hold.state is HoldState.HELD

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"grounds": {"clause": " "}}, "TEXT_MISSING"),
            ({"grounds": {"statement": ""}}, "TEXT_MISSING"),
            ({"grounds": {"payee_account": "12"}}, "ACCOUNT_NUMBER_INVALID"),
            ({"grounds": {"payee_bank": ""}}, "BANK_NAME_MISSING"),
            ({"papers": ()}, "DOCUMENTS_MISSING"),
        ],
    )
    def test_needs_all_that_it_rests_on(self, changes: dict[str, Any], code: str):
        case = won()

        refused(code, case, lambda: case.proposed(**changes))

    def test_is_one_at_a_time(self):
        case = won()
        case.proposed()

        refused("FORFEITURE_UNDER_WAY", case, lambda: case.proposed(grounds={"clause": "第五章"}))

    @pytest.mark.parametrize(
        "changes",
        [
            {"grounds": {"clause": "第五章"}},
            {"grounds": {"statement": "另一件事"}},
            {"grounds": {"payee_account": "1209280009000999999"}},
            {"grounds": {"payee_bank": "建设银行衢州分行"}},
            {"papers": (Upload("催告函.pdf", "application/pdf", given.PAPER.content),)},
            {"papers": (Upload(given.PAPER.name, "application/pdf", b"%PDF-1.7 other"),)},
            {"papers": (given.PAPER, given.PAPER)},
        ],
    )
    def test_is_the_same_only_with_the_same_grounds_payee_and_papers(self, changes: dict[str, Any]):
        case = won()
        assert case.proposed() == case.proposed()

        refused("FORFEITURE_UNDER_WAY", case, lambda: case.proposed(**changes))

    @pytest.mark.parametrize("how", ["declined", "lapsed"])
    def test_for_a_cause_that_came_to_nothing_is_refused_and_for_another_is_not(self, how: str):
        case = won()
        first = case.proposed()
        if how == "declined":
            decline(first, case)
        else:
            assert lapse(shown(first).forfeiture.decide_by, case) == 1

        refused("FORFEITURE_SETTLED", case, lambda: case.proposed(grounds={"clause": "第五章"}))

        second = case.proposed(grounds={"cause": Cause.CONDITIONS_ADDED})
        last = shown(first).forfeiture.decide_by
        assert (second != first, shown(second).forfeiture.decide_by) == (True, last)
        with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
            Forfeiture.objects.update(
                cause="FOR-02", state="LAPSED", decided_at=case.at, decided_by=None
            )

    def test_withdrawn_and_proposed_again_has_no_more_time_than_the_first(self):
        case = won()
        first = case.proposed()
        forfeiting.withdraw(forfeiture_id=first, at=case.at, actor=case.proposer)
        last = shown(first).forfeiture.decide_by

        second = case.proposed(at=case.at + 10 * DAY)

        found = shown(second).forfeiture
        assert (found.decide_by, found.objections_until > day_of(case.at) + 10 * DAY) == (
            last,
            True,
        )
        forfeiting.withdraw(forfeiture_id=second, at=case.at, actor=case.proposer)
        late = case.at + (last - day_of(case.at)) - 2 * DAY
        for cause in (Cause.CONTRACT_REFUSED, Cause.CONDITIONS_ADDED):
            asked = {"at": late, "grounds": {"cause": cause}}
            refused("NO_TIME_TO_OBJECT", case, lambda asked=asked: case.proposed(**asked))

    def test_replaces_what_it_corrects_and_frees_nothing_in_between(self):
        case = won()
        first = case.proposed()
        objects(first, case)
        given_tenders.contracted(case.lot)
        changed = {"clause": "第五章", "cause": Cause.BID_REVOKED}
        at = case.at + 10 * DAY

        second = case.proposed(replaces=first, grounds=changed, at=at)
        assert case.proposed(replaces=first, grounds=changed, at=at) == second

        before, found = shown(first).forfeiture, shown(second).forfeiture
        assert (before.state, found.state) == ("WITHDRAWN", "PROPOSED")
        assert (found.grounds.clause, found.objection) == ("第五章", before.objection)
        assert found.objections_until > day_of(at)
        assert found.decide_by == before.decide_by
        assert follow() == 0
        refused("FORFEITURE_UNDER_WAY", case, lambda: case.proposed(replaces=first), second)
        late = case.at + (found.decide_by - day_of(case.at)) - 2 * DAY
        refused("NO_TIME_TO_OBJECT", case, lambda: case.proposed(replaces=second, at=late), second)
        approve(second, case, at=at + 14 * DAY)
        refused("FORFEITURE_UNDER_WAY", case, lambda: case.proposed(replaces=second), second)
        assert given.all_is_well()

    def test_of_what_a_winner_does_is_for_winners_and_who_lost_the_award(self):
        scheme_id = given.scheme()
        first, second = given.held(given.active(scheme_id), given.active(scheme_id))

        refused("CAUSE_IS_OF_WINNERS", second, second.proposed)
        given_tenders.award_withdrawn(first.lot)
        first.proposed()
        second.proposed(grounds={"cause": Cause.BID_REVOKED})

    def test_is_for_those_who_run_the_lot_and_only_while_it_is_held(self):
        case = won()
        for stranger in (given_parties.agency(), case.member.bidder, given_parties.operator()):
            with pytest.raises(NotFound):
                case.proposed(actor=stranger)
        sealed = given.active()
        lot = given.chosen(sealed)
        hold = queries.hold(lot_id=lot.id, actor=sealed.bidder)
        assert hold is not None
        with pytest.raises(NotFound):
            Held(sealed, lot).proposed()
        given_tenders.contracted(case.lot)
        follow()

        refused("HOLD_NOT_HELD", case, case.proposed)


class TestObjecting:
    def test_is_the_bidders_and_read_by_who_decides(self):
        case = won()
        forfeiture_id = case.proposed()
        with pytest.raises(NotFound):
            objects(forfeiture_id, case, actor=given_parties.bidder())
        with pytest.raises(NotAllowed):
            objects(forfeiture_id, case, actor=case.proposer)
        refused(
            "TEXT_MISSING", case, lambda: objects(forfeiture_id, case, words=" "), forfeiture_id
        )

        objects(forfeiture_id, case, words="第一次")
        objects(forfeiture_id, case)

        assert shown(forfeiture_id).forfeiture.objection == "招标人先变更了合同条件"
        late = {"at": case.decided_at + DAY}
        refused(
            "OBJECTIONS_CLOSED", case, lambda: objects(forfeiture_id, case, **late), forfeiture_id
        )

    def test_is_over_once_it_is_decided(self):
        case = won()
        forfeiture_id = case.proposed()
        forfeiting.decline(
            forfeiture_id=forfeiture_id, words="不符合", at=case.at, actor=given_parties.operator()
        )

        refused("FORFEITURE_DECIDED", case, lambda: objects(forfeiture_id, case), forfeiture_id)


class TestDeciding:
    def test_is_never_for_the_person_who_proposed(self):  # INV-17
        case = won()
        forfeiture_id = case.proposed()

        for work in (forfeiting.approve, forfeiting.decline):
            refused(
                "OWN_FORFEITURE",
                case,
                lambda work=work: work(
                    forfeiture_id=forfeiture_id,
                    words="事实清楚",
                    at=case.decided_at,
                    actor=case.proposer,
                ),
                forfeiture_id,
            )
        with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
            Forfeiture.objects.update(
                state="APPROVED",
                amount_fen=1,
                words="事实清楚",
                decided_at=case.at,
                decided_by=case.proposer.person_id,
            )
        for stranger in (given_parties.agency(), case.member.bidder, given_parties.supervisor()):
            with pytest.raises(NotFound):
                approve(forfeiture_id, case, actor=stranger)
        colleague = given_refunds.colleague(case.proposer)
        approve(forfeiture_id, case, actor=colleague)
        assert shown(forfeiture_id).forfeiture.decider == colleague.name

    def test_waits_for_objections_and_says_why(self):
        case = won()
        forfeiture_id = case.proposed()

        early = {"at": case.at + 5 * DAY}
        refused(
            "OBJECTIONS_STILL_OPEN",
            case,
            lambda: approve(forfeiture_id, case, **early),
            forfeiture_id,
        )
        refused(
            "TEXT_MISSING", case, lambda: approve(forfeiture_id, case, words=" "), forfeiture_id
        )

    def test_of_a_winner_that_signed_after_all_is_refused(self):
        case = won()
        forfeiture_id = case.proposed()
        given_tenders.contracted(case.lot)

        refused("WINNER_HAS_CONTRACTED", case, lambda: approve(forfeiture_id, case), forfeiture_id)

    @pytest.mark.parametrize("how", ["declined", "withdrawn"])
    def test_against_it_lets_the_hold_follow_its_lot(self, how: str):
        case = won()
        forfeiture_id = case.proposed()
        given_tenders.contracted(case.lot)
        asked = {"forfeiture_id": forfeiture_id, "at": case.at}

        for _ in range(2):
            if how == "declined":
                forfeiting.decline(words="不符合", actor=given_parties.operator(), **asked)
            else:
                forfeiting.withdraw(actor=case.proposer, **asked)

        assert shown(forfeiture_id).forfeiture.state == how.upper()
        refused("FORFEITURE_DECIDED", case, lambda: approve(forfeiture_id, case), forfeiture_id)
        assert follow() == 1
        assert (case.hold.state, case.hold.ended_why) == (HoldState.RELEASED, "CONTRACTED")
        assert (case.member.desk.membership.balance, case.member.state) == (WHOLE, "ACTIVE")

    @pytest.mark.parametrize("how", ["failed", "another"])
    def test_keeps_the_hold_whatever_becomes_of_the_lot_until_it_lapses(self, how: str):
        scheme_id = given.scheme()
        case, other = given.held(given.active(scheme_id), given.active(scheme_id))
        forfeiture_id = case.proposed()
        given_tenders.award_withdrawn(case.lot)
        if how == "failed":
            given_tenders.failed(case.lot, at=case.at)
        else:
            given_tenders.awarded(case.lot, other.member.bidder, at=case.at)
            given_tenders.contracted(case.lot, at=case.at)
        last = shown(forfeiture_id).forfeiture.decide_by
        assert day_of(case.at) + 35 * DAY <= last <= day_of(case.at) + 60 * DAY
        at = case.at + (last - day_of(case.at))
        assert forfeiting.lapse(limit=9, at=at, actor=SYSTEM) == 0
        assert holding.follow_lots(limit=9, at=at, actor=SYSTEM) == 1
        assert (case.hold.state, other.hold.state) == (HoldState.HELD, HoldState.RELEASED)
        refused(
            "DECISION_TOO_LATE",
            case,
            lambda: approve(forfeiture_id, case, at=at + DAY),
            forfeiture_id,
        )

        assert forfeiting.lapse(limit=9, at=at + DAY, actor=SYSTEM) == 1

        found = shown(forfeiture_id).forfeiture
        assert (found.state, found.decided_at, found.decider) == (
            ForfeitureState.LAPSED,
            at + DAY,
            "",
        )
        assert forfeiting.lapse(limit=9, at=at + DAY, actor=SYSTEM) == 0
        refused("FORFEITURE_DECIDED", case, lambda: approve(forfeiture_id, case), forfeiture_id)
        assert holding.follow_lots(limit=9, at=at + DAY, actor=SYSTEM) == 1
        why = "FAILED" if how == "failed" else "NOT_AWARDED"
        assert (case.hold.state, case.hold.ended_why) == (HoldState.RELEASED, why)
        assert given.all_is_well()

    def test_lapses_by_the_clock_alone(self):
        with pytest.raises(NotAllowed):
            forfeiting.lapse(limit=9, at=given.AT, actor=given_parties.operator())

    def test_is_not_undone(self):
        case = won()
        forfeiture_id = case.approved()
        asked = {"forfeiture_id": forfeiture_id, "at": case.decided_at}

        refused(
            "FORFEITURE_DECIDED",
            case,
            lambda: forfeiting.withdraw(actor=case.proposer, **asked),
            forfeiture_id,
        )
        refused(
            "FORFEITURE_DECIDED",
            case,
            lambda: forfeiting.decline(words="否", actor=given_parties.operator(), **asked),
            forfeiture_id,
        )
        with pytest.raises(NotFound):
            forfeiting.withdraw(actor=given_parties.agency(), **asked)


@pytest.mark.parametrize("coverage", list(Coverage))
def test_it_is_deducted_once_and_the_member_is_to_top_up(coverage: Coverage):  # INV-32
    case = won(coverage)
    before = case.member.in_the_books

    forfeiture_id = case.approved()
    approve(forfeiture_id, case)

    hold, membership = case.hold, case.member.desk.membership
    assert (hold.state, hold.ended_why) == (HoldState.DEDUCTED, "FOR-02")
    security = securities.security(
        lot_id=case.lot.id, bidder_id=case.member.bidder.organisation_id, actor=SYSTEM
    )
    assert security is not None
    assert security.state == "RELEASED"
    assert (membership.state, membership.balance, membership.missing) == (
        MembershipState.DEFICIT,
        WHOLE - AMOUNT,
        AMOUNT,
    )
    assert membership.top_up_by == day_of(case.decided_at) + 10 * DAY
    assert before - case.member.in_the_books == AMOUNT
    told = shown(forfeiture_id)
    assert (told.forfeiture.deducted, [d.amount for d in told.deductions]) == (AMOUNT, [AMOUNT])
    assert given.all_is_well()
    given.booked(case.member.pays(at=case.decided_at + DAY))
    assert (case.member.state, case.member.desk.membership.balance) == ("ACTIVE", WHOLE)
    refused("FORFEITURE_UNDER_WAY", case, lambda: case.proposed(grounds={"clause": "第五章"}))


def test_no_more_is_deducted_than_lies_here_and_nothing_of_nothing():
    member = given.approved(given.scheme(floor=Money(0)))
    large, rest = member.pays(WHOLE - Money.yuan(20_000)), member.pays(Money.yuan(20_000))
    given.booked(large, rest)
    (case,) = given.held(member)
    forfeiture_id = case.proposed()
    given.booked(given_premiums.reversal_of(large), given_premiums.reversal_of(rest))
    refused("NOTHING_TO_DEDUCT", case, lambda: approve(forfeiture_id, case), forfeiture_id)
    given.booked(member.pays(Money.yuan(20_000), at=case.at))

    approve(forfeiture_id, case)

    assert shown(forfeiture_id).forfeiture.deducted == Money.yuan(20_000)
    assert (member.in_the_books, member.desk.membership.balance) == (Money(0), Money(0))
    assert given.all_is_well()


def held(member: Member, lot: Lot) -> tuple[str, str]:
    """Return how what is held of a member for a lot stands, and why."""
    found = queries.hold(lot_id=lot.id, actor=member.bidder)
    assert found is not None
    return found.state, found.ended_why


class TestMutual:
    """Three members paid in 500,000, 300,000 and 100,000; the first defaults."""

    TIERS = tuple(
        Tier(name, Money.yuan(paid), Money.yuan(500_000))
        for name, paid in (("一档", 500_000), ("二档", 300_000), ("三档", 100_000))
    )

    def members(self) -> list[Member]:
        scheme_id = given.scheme(Coverage.MUTUAL, tiers=self.TIERS)
        return [given.active(scheme_id, tier=tier.name) for tier in self.TIERS]

    def test_all_bear_a_default_by_contribution_to_the_fen(self):
        members = self.members()
        (case,) = given.held(members[0])

        forfeiture_id = case.approved()

        # 50,000 by five, three and one ninths.
        borne = [Money(2_777_778), Money(1_666_667), Money(555_555)]
        told = shown(forfeiture_id)
        assert sorted((d.amount for d in told.deductions), reverse=True) == borne
        for member, tier, share in zip(members, self.TIERS, borne, strict=True):
            membership = member.desk.membership
            assert (membership.state, membership.balance, membership.missing) == (
                MembershipState.DEFICIT,
                tier.contribution - share,
                share,
            )
            assert membership.top_up_by == day_of(case.decided_at) + 10 * DAY
            assert member.in_the_books == tier.contribution - share
        assert given.all_is_well()

    def test_who_is_leaving_bears_it_too_and_who_is_suspended_or_of_another_scheme_does_not(self):
        defaulter, leaving, suspended = self.members()
        stranger = self.members()[0]
        (case,) = given.held(defaulter)
        keeping.request_exit(membership_id=leaving.id, at=case.at, actor=leaving.bidder)
        keeping.suspend(
            membership_id=suspended.id, words="失信", at=case.at, actor=suspended.keeper
        )

        case.approved()

        borne = [WHOLE - defaulter.in_the_books, Money.yuan(300_000) - leaving.in_the_books]
        assert borne == [Money.yuan(31_250), Money.yuan(18_750)]
        assert leaving.state is MembershipState.EXIT_REQUESTED
        assert suspended.in_the_books == Money.yuan(100_000)
        assert stranger.in_the_books == WHOLE
        assert given.all_is_well()

    def test_who_leaves_by_the_day_of_the_proposal_bears_nothing(self):
        defaulter, leaving, _ = self.members()
        (case,) = given.held(defaulter)
        keeping.request_exit(membership_id=leaving.id, at=case.at - 30 * DAY, actor=leaving.bidder)
        assert leaving.desk.membership.leaves_on == day_of(case.at)

        case.approved()

        assert leaving.in_the_books == Money.yuan(300_000)
        assert keeping.follow_days(limit=9, at=case.at, actor=SYSTEM) == 1
        assert leaving.state is MembershipState.REFUNDING
        assert given.all_is_well()

    def test_who_is_suspended_bears_it_while_something_is_held_for_it(self):
        defaulter, _, suspended = self.members()
        case, _ = given.held(defaulter, suspended)
        keeping.suspend(
            membership_id=suspended.id, words="失信", at=case.at, actor=suspended.keeper
        )

        case.approved()

        assert Money.yuan(100_000) - suspended.in_the_books == Money(555_555)
        assert given.all_is_well()

    @pytest.mark.parametrize("how", ["replaced", "withdrawn and proposed again"])
    def test_those_bear_what_is_proposed_again_who_were_to_bear_it_first(self, how: str):
        defaulter, leaving, suspended = members = self.members()
        (case,) = given.held(defaulter)
        keeping.request_exit(membership_id=leaving.id, at=case.at, actor=leaving.bidder)
        first = case.proposed()
        leaving_at = case.at + 30 * DAY
        assert leaving.desk.membership.leaves_on == day_of(leaving_at)
        at = case.at + 20 * DAY
        keeping.suspend(membership_id=suspended.id, words="失信", at=at, actor=suspended.keeper)
        scheme_id = defaulter.desk.membership.scheme_id
        joined = given.active(scheme_id, at=at)
        changed = {"grounds": {"clause": "第五章"}, "at": at}
        if how == "replaced":
            second = case.proposed(replaces=first, **changed)
        else:
            forfeiting.withdraw(forfeiture_id=first, at=at, actor=case.proposer)
            second = case.proposed(**changed)
        assert keeping.follow_days(limit=9, at=leaving_at, actor=SYSTEM) == 0

        approve(second, case, at=at + 14 * DAY)

        borne = sorted((each.amount.fen for each in shown(second).deductions), reverse=True)
        assert borne == [2_777_778, 1_666_667, 555_555]
        assert joined.in_the_books == WHOLE
        left = sum(each.in_the_books.fen for each in members)
        assert left == Money.yuan(900_000).fen - AMOUNT.fen
        assert given.all_is_well()

    def test_who_left_after_it_was_withdrawn_does_not_bear_it_again(self):
        defaulter, leaving, other = self.members()
        (case,) = given.held(defaulter)
        keeping.request_exit(membership_id=leaving.id, at=case.at - 20 * DAY, actor=leaving.bidder)
        first = case.proposed()
        at = case.at + 10 * DAY
        assert keeping.follow_days(limit=9, at=at, actor=SYSTEM) == 0
        forfeiting.withdraw(forfeiture_id=first, at=at, actor=case.proposer)
        assert keeping.follow_days(limit=9, at=at, actor=SYSTEM) == 1

        second = case.proposed(at=at)
        approve(second, case, at=at + 14 * DAY)

        bearing = {each.membership_number for each in shown(second).deductions}
        assert bearing == {each.desk.membership.number for each in (defaulter, other)}
        assert given.all_is_well()

    @pytest.mark.parametrize("how", ["declined", "lapsed"])
    def test_who_may_have_to_bear_it_leaves_only_once_it_is_decided(self, how: str):
        defaulter, member, _ = self.members()
        (case,) = given.held(defaulter)
        forfeiture_id = case.proposed()
        last = shown(forfeiture_id).forfeiture.decide_by

        def leave() -> None:
            keeping.request_exit(membership_id=member.id, at=case.at, actor=member.bidder)

        before = member.desk
        with pytest.raises(Refused, match="LOSS_UNDECIDED") as no:
            leave()
        assert no.value.objections[0].facts["until"] == last.isoformat()
        assert member.desk == before

        if how == "declined":
            decline(forfeiture_id, case)
        else:
            lapse(last, case)

        leave()
        assert member.state is MembershipState.EXIT_REQUESTED

    def test_who_is_leaving_is_given_back_only_once_it_is_decided(self):
        defaulter, leaving, _ = self.members()
        (case,) = given.held(defaulter)
        keeping.request_exit(membership_id=leaving.id, at=case.at, actor=leaving.bidder)
        forfeiture_id = case.proposed()
        cooled = case.at + 31 * DAY

        assert keeping.follow_days(limit=9, at=cooled, actor=SYSTEM) == 0

        assert (leaving.state, leaving.in_the_books) == (
            MembershipState.EXIT_REQUESTED,
            Money.yuan(300_000),
        )
        approve(forfeiture_id, case, at=cooled)
        assert keeping.follow_days(limit=9, at=cooled, actor=SYSTEM) == 1
        assert leaving.state is MembershipState.REFUNDING
        (refund,) = leaving.desk.refunds
        assert Money(refund.amount_minor) == Money.yuan(300_000) - Money(1_666_667)
        assert given.all_is_well()

    def test_those_bear_it_who_were_covered_when_it_was_proposed_and_no_others(self):
        # Two months end a day before the opening, or four days after the proposal.
        scheme_id = given.scheme(Coverage.MUTUAL, tiers=self.TIERS, term_months=2)
        expired, ending = [given.active(scheme_id, at=given.AT + days * DAY) for days in (7, 14)]
        renewing = given.active(scheme_id, at=given.AT + 14 * DAY, tier="二档")
        schemes.add_terms(
            scheme_id=scheme_id,
            valid_from=day_of(given.AT) + 20 * DAY,
            terms=given.terms(tiers=self.TIERS),
            at=given.AT,
            actor=given_parties.operator(),
        )
        joined = given.AT + 20 * DAY
        defaulter, suspended = [given.active(scheme_id, at=joined) for _ in range(2)]
        (case,) = given.held(defaulter)
        keeping.follow_days(limit=9, at=case.at, actor=SYSTEM)
        assert [expired.state, ending.state] == ["EXPIRED", "ACTIVE"]
        forfeiture_id = case.proposed()
        keeping.suspend(
            membership_id=suspended.id, words="失信", at=case.at, actor=suspended.keeper
        )
        keeping.follow_days(limit=9, at=case.decided_at, actor=SYSTEM)
        late = given.active(scheme_id, at=case.at + DAY)
        keeping.renew(
            membership_id=renewing.id, tier="一档", at=case.decided_at, actor=renewing.bidder
        )
        assert renewing.desk.membership.tier.contribution == WHOLE
        assert [suspended.state, ending.state] == ["SUSPENDED", "EXPIRED"]

        approve(forfeiture_id, case)

        # 50,000 by three times five and three eighteenths: by what was to be paid in then.
        bearing = (defaulter, suspended, ending)
        borne = [WHOLE.fen - each.in_the_books.fen for each in bearing]
        assert sorted(borne) == [1_388_889] * 3
        assert Money.yuan(300_000).fen - renewing.in_the_books.fen == 833_333
        assert (expired.in_the_books, late.in_the_books) == (WHOLE, WHOLE)
        assert given.all_is_well()
        with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
            Bearing.objects.update(contribution_fen=1)

    def test_what_a_member_bears_for_others_costs_it_no_lot_while_it_tops_up(self):
        defaulter, _, member = self.members()
        (case,) = given.held(defaulter)
        soon, later = (
            given_tenders.lot(deadline_at=case.decided_at + days * DAY) for days in (7, 40)
        )
        for lot in (soon, later):
            given.chosen(member, lot)

        case.approved()

        membership = member.desk.membership
        assert (membership.balance < membership.terms.floor, membership.shared) == (
            True,
            membership.missing,
        )
        assert holding.follow_lots(limit=9, at=case.decided_at, actor=SYSTEM) == 0
        another = given_tenders.lot(deadline_at=case.decided_at + 7 * DAY)
        with pytest.raises(Refused, match="BELOW_FLOOR"):
            given.chosen(member, another)
        given_tenders.opened(soon)
        assert holding.follow_lots(limit=9, at=soon.opening_at, actor=SYSTEM) == 1
        assert [held(member, lot) for lot in (soon, later)] == [("HELD", ""), ("RESERVED", "")]

        missed = case.decided_at + 11 * DAY
        keeping.follow_days(limit=9, at=missed, actor=SYSTEM)
        assert holding.follow_lots(limit=9, at=missed, actor=SYSTEM) == 1

        assert [held(member, lot) for lot in (soon, later)] == [
            ("HELD", ""),
            ("LAPSED", "SUSPENDED"),
        ]
        given.booked(member.pays(at=missed))
        assert (member.state, member.desk.membership.shared) == ("ACTIVE", Money(0))
        assert given.all_is_well()

    @pytest.mark.parametrize("how", ["defaults", "is reversed"])
    def test_what_it_lacks_by_its_own_doing_costs_it_its_lots_at_once(self, how: str):
        scheme_id = given.scheme(Coverage.MUTUAL, tiers=self.TIERS)
        other = given.active(scheme_id)
        member = given.approved(scheme_id, tier="三档")
        paid = member.pays()
        given.booked(paid)
        (case,) = given.held(member if how == "defaults" else other)
        lot = given.chosen(member, given_tenders.lot(deadline_at=case.decided_at + 40 * DAY))
        case.approved()
        if how == "is reversed":
            assert holding.follow_lots(limit=9, at=case.decided_at, actor=SYSTEM) == 0
            given.booked(given_premiums.reversal_of(paid))

        assert holding.follow_lots(limit=9, at=case.decided_at, actor=SYSTEM) == 1

        assert held(member, lot) == ("LAPSED", "BELOW_FLOOR")
        assert given.all_is_well()

    def test_what_its_bank_takes_back_of_what_it_bore_was_not_its_own(self):
        # It bears 150,000 of 300,000, and then its bank takes all of its 500,000 back.
        scheme_id = given.scheme(Coverage.MUTUAL)
        defaulter = given.active(scheme_id)
        member = given.approved(scheme_id)
        paid = member.pays()
        given.booked(paid)
        (case,) = given.held(defaulter, lot=given_tenders.lot(amount=Money.yuan(300_000)))
        lot = given.chosen(member, given_tenders.lot(deadline_at=case.decided_at + 40 * DAY))
        case.approved()
        assert member.desk.membership.shared == Money.yuan(150_000)

        given.booked(given_premiums.reversal_of(paid))

        left = member.desk.membership
        assert (left.balance, left.shared) == (Money(0), Money(0))
        assert holding.follow_lots(limit=9, at=case.decided_at, actor=SYSTEM) == 1
        assert held(member, lot) == ("LAPSED", "BELOW_FLOOR")
        assert given.all_is_well()


class TestPaying:
    def paid(self, case: Held) -> Payment:
        (payment,) = given_refunds.told(at=case.decided_at)
        return payment

    def state(self, forfeiture_id: UUID) -> DeductionState:
        (deduction,) = shown(forfeiture_id).deductions
        return DeductionState(deduction.state)

    def test_goes_to_the_tenderer_and_is_done_with_the_banks_debit(self):
        case = won()
        forfeiture_id = case.approved()
        payment = self.paid(case)
        assert (payment.payee_name, payment.payee_account, payment.amount_minor) == (
            case.lot.tenderer_name,
            given.grounds().payee_account,
            AMOUNT.fen,
        )
        assert self.state(forfeiture_id) is DeductionState.ORDERED

        given.booked(given_refunds.debit(payment, at=case.decided_at))

        assert self.state(forfeiture_id) is DeductionState.PAID
        assert given.all_is_well()

    @pytest.mark.parametrize("how", ["refused", "returned"])
    def test_goes_elsewhere_when_the_bank_does_not_pay_or_it_comes_back(self, how: str):
        case = won()
        forfeiture_id = case.approved()
        payment, at = self.paid(case), case.decided_at
        asked: dict[str, Any] = {"forfeiture_id": forfeiture_id, "at": at}
        elsewhere = {"payee_account": "6222000011112222333", "payee_bank": "建设银行衢州分行"}
        refused(
            "FORFEITURE_NOT_STUCK",
            case,
            lambda: forfeiting.tell_payee(**elsewhere, **asked, actor=case.proposer),
            forfeiture_id,
        )
        if how == "refused":
            given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        else:
            debit = given_refunds.debit(payment, at=at)
            given.booked(debit)
            given.booked(given_refunds.return_of(debit, at=at))
        assert self.state(forfeiture_id) in (DeductionState.FAILED, DeductionState.RETURNED)
        assert given.all_is_well()

        with pytest.raises(NotFound):
            forfeiting.tell_payee(**elsewhere, **asked, actor=given_parties.agency())
        refused(
            "ACCOUNT_NUMBER_INVALID",
            case,
            lambda: forfeiting.tell_payee(
                payee_account="1", payee_bank="行", **asked, actor=case.proposer
            ),
            forfeiture_id,
        )
        forfeiting.tell_payee(**elsewhere, **asked, actor=case.proposer)
        refused(
            "OWN_FORFEITURE",
            case,
            lambda: forfeiting.confirm_payee(**elsewhere, **asked, actor=case.proposer),
            forfeiture_id,
        )
        with pytest.raises(NotFound):
            forfeiting.confirm_payee(**elsewhere, **asked, actor=given_parties.agency())
        colleague = given_refunds.colleague(case.proposer)
        refused(
            "PAYEE_CHANGED",
            case,
            lambda: forfeiting.confirm_payee(
                **(elsewhere | {"payee_account": "6222000011119999999"}), **asked, actor=colleague
            ),
            forfeiture_id,
        )
        for _ in range(2):
            forfeiting.confirm_payee(**elsewhere, **asked, actor=colleague)

        again = self.paid(case)
        assert (again.payee_account, again.key != payment.key) == ("6222000011112222333", True)
        given.booked(given_refunds.debit(again, at=at))
        assert self.state(forfeiture_id) is DeductionState.PAID
        assert case.member.in_the_books == WHOLE - AMOUNT
        assert given.all_is_well()

    def test_a_bank_that_said_no_and_paid_all_the_same_has_paid(self):
        case = won()
        forfeiture_id = case.approved()
        payment = self.paid(case)
        given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=case.decided_at)

        given.booked(given_refunds.debit(payment, at=case.decided_at))

        assert self.state(forfeiture_id) is DeductionState.PAID
        assert given.all_is_well()


def test_the_database_takes_no_more_than_was_held_and_nothing_twice():
    case = won()
    case.approved()

    for wrong in ({"amount_fen": AMOUNT.fen + 1}, {"amount_fen": 0}, {"decided_by": None}):
        with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
            Forfeiture.objects.update(**wrong)
    with seeing_as(SYSTEM):
        (row,) = Deduction.objects.all()
        row.pk = uuid4()
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
    assert given.all_is_well()


def test_it_shows_to_its_bidder_and_to_those_who_run_or_watch_the_lot():  # INV-8
    case = won()
    forfeiture_id = case.approved()
    readers = (
        case.member.bidder,
        case.proposer,
        given_parties.operator(),
        given_parties.supervisor(),
    )
    others = (NOBODY, given_parties.bidder(), given_parties.agency(), given_parties.tenderer())
    tables = ("pools_forfeiture", "pools_forfeiturepaper", "pools_deduction")

    def seen(actor: Actor) -> list[int]:
        counts = []
        with seeing_as(actor), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                counts.append(cursor.fetchone()[0])
        return counts

    assert [seen(each) for each in readers] == [[1, 1, 1]] * 4
    assert [seen(each) for each in others] == [[0, 0, 0]] * 4
    for each in readers:
        assert shown(forfeiture_id, each).forfeiture.id == forfeiture_id
    for each in others:
        with pytest.raises(NotFound):
            shown(forfeiture_id, each)
    (row,) = queries.held_for(lot_id=case.lot.id, actor=case.proposer)
    assert (row.state, row.forfeiture_id) == (HoldState.DEDUCTED, forfeiture_id)
    (own,) = queries.own_forfeitures(lot_id=case.lot.id, actor=case.member.bidder)
    assert own.id == forfeiture_id
    assert queries.own_forfeitures(lot_id=case.lot.id, actor=given_parties.bidder()) == ()
    (listed,) = queries.forfeitures(page=1, actor=given_parties.operator()).rows
    assert listed.id == forfeiture_id
    with pytest.raises(NotAllowed):
        queries.forfeitures(page=1, actor=case.proposer)
