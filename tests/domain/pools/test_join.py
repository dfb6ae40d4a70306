"""Becoming a member: applying, being reviewed, withdrawing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from biaobao.core.actor import NOBODY, SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import joining
from biaobao.domain.pools.states import MembershipState
from biaobao.domain.pools.types import Coverage
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.platform.test_scopes import POOLS

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TEN_SECONDS = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def bank() -> None:
    given_banking.bank()


def apply(bidder: Any, scheme_id: Any, **how: Any) -> Any:
    given_: dict[str, Any] = {
        "scheme_id": scheme_id,
        "tier": given.TIER.name,
        "consents_to_share": False,
        "at": given.AT,
        "actor": bidder,
    }
    return joining.apply(**(given_ | how))


def test_who_applies_is_reviewed_and_told_where_to_pay():
    member = given.applied()
    assert member.state is MembershipState.APPLIED
    assert member.desk.account is None

    joining.take_up(membership_id=member.id, at=given.AT, actor=member.keeper)
    joining.take_up(membership_id=member.id, at=given.AT, actor=member.keeper)
    assert member.state is MembershipState.UNDER_REVIEW

    joining.approve(membership_id=member.id, at=given.AT, actor=member.keeper)
    joining.approve(membership_id=member.id, at=given.AT + DAY, actor=member.keeper)

    desk = member.desk
    assert desk.account
    assert (desk.membership.state, desk.membership.missing, desk.membership.decided_at) == (
        MembershipState.PAYMENT_PENDING,
        Money.yuan(500_000),
        given.AT,
    )


def test_applying_again_is_the_same_application():
    member = given.applied()
    scheme_id = member.desk.membership.scheme_id

    assert apply(member.bidder, scheme_id, at=given.AT + DAY) == member.id
    with pytest.raises(Refused, match="MEMBER_ALREADY"):
        apply(member.bidder, given.scheme())

    assert queries.members(search="", state="", page=1, actor=member.keeper).total == 1


def test_what_an_application_lacks_is_named():
    scheme_id, bidder = given.scheme(), given_parties.bidder()
    mutual, later = given.scheme(Coverage.MUTUAL), given.scheme(valid_from=(given.AT + DAY).date())
    poor = given_parties.bidder(confirmed=False)
    for code, who, which, how in (
        ("POOL_TIER_MISSING", bidder, scheme_id, {"tier": "九档"}),
        ("POOL_CONSENT_MISSING", bidder, mutual, {}),
        ("POOL_NOT_OPEN", bidder, later, {}),
        ("BASIC_ACCOUNT_NOT_CONFIRMED", poor, scheme_id, {}),
    ):
        with pytest.raises(Refused, match=code):
            apply(who, which, **how)
    with pytest.raises(NotFound):
        apply(bidder, bidder.organisation_id)
    for stranger in (given_parties.operator(), given_parties.agency()):
        with pytest.raises(NotAllowed):
            apply(stranger, scheme_id)

    assert queries.own(actor=bidder) is None


def test_who_is_rejected_is_told_why_and_may_apply_again():
    member = given.applied()
    with pytest.raises(Refused, match="TEXT_MISSING"):
        joining.reject(membership_id=member.id, words=" ", at=given.AT, actor=member.keeper)
    joining.reject(membership_id=member.id, words="执照过期", at=given.AT, actor=member.keeper)
    joining.reject(membership_id=member.id, words="又一次", at=given.AT, actor=member.keeper)

    assert (member.state, member.desk.membership.why) == (MembershipState.REJECTED, "执照过期")
    for act in (joining.approve, joining.take_up):
        with pytest.raises(Refused, match="MEMBERSHIP_DECIDED"):
            act(membership_id=member.id, at=given.AT, actor=member.keeper)
    assert given.applied(bidder=member.bidder).id != member.id


def test_nobody_else_decides_or_withdraws():
    member, other = given.applied(), given_parties.bidder()
    acts: list[Callable[..., object]] = [joining.take_up, joining.approve]
    for act in acts:
        for stranger in (member.bidder, given_parties.supervisor()):
            with pytest.raises(NotAllowed):
                act(membership_id=member.id, at=given.AT, actor=stranger)
        with pytest.raises(NotFound):
            act(membership_id=other.organisation_id, at=given.AT, actor=member.keeper)
    with pytest.raises(NotAllowed):
        joining.reject(membership_id=member.id, words="否", at=given.AT, actor=other)
    with pytest.raises(NotFound):
        joining.withdraw(membership_id=member.id, at=given.AT, actor=other)
    with pytest.raises(NotAllowed):
        joining.withdraw(membership_id=member.id, at=given.AT, actor=member.keeper)

    assert member.state is MembershipState.APPLIED


def test_an_application_is_withdrawn_until_it_begins():
    member = given.approved()
    joining.withdraw(membership_id=member.id, at=given.AT, actor=member.bidder)
    joining.withdraw(membership_id=member.id, at=given.AT, actor=member.bidder)
    assert member.state is MembershipState.WITHDRAWN

    begun = given.active()
    with pytest.raises(Refused, match="MEMBERSHIP_BEGUN"):
        joining.withdraw(membership_id=begun.id, at=given.AT, actor=begun.bidder)
    assert begun.state is MembershipState.ACTIVE


def test_without_a_free_account_it_waits_for_one():
    while (member := given.approved()).desk.account:
        pass
    assert queries.waiting_for_account(actor=SYSTEM) == 1
    with pytest.raises(NotFound):
        joining.ask_bank(membership_id=member.id, at=given.AT, actor=member.bidder)

    given_banking.sub_accounts(1)
    assert joining.assign_waiting(limit=9, at=given.AT, actor=SYSTEM) == 1
    assert joining.assign_waiting(limit=9, at=given.AT, actor=SYSTEM) == 0

    assert member.desk.account


def test_the_bank_is_asked_when_the_member_wants_to_know():
    member = given.approved()
    joining.ask_bank(membership_id=member.id, at=given.AT, actor=member.bidder)
    with pytest.raises(Refused, match="ASKED_JUST_NOW"):
        joining.ask_bank(membership_id=member.id, at=given.AT, actor=member.bidder)
    joining.ask_bank(membership_id=member.id, at=given.AT + TEN_SECONDS, actor=member.bidder)

    assert member.desk.account
    assert member.desk.account.asked_at == given.AT + TEN_SECONDS


def test_a_membership_shows_to_its_company_and_to_those_who_keep_or_watch_schemes():  # INV-8
    member = given.active()
    booked_more = member.pays(Money(1))
    given.booked(booked_more)

    def seen(actor: Any) -> set[str]:
        with seeing_as(actor), connection.cursor() as cursor:
            found = set()
            for table in POOLS:
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                if cursor.fetchone()[0]:
                    found.add(table)
            return found

    everything = {"pools_membership", "pools_poolcredit", "pools_poolrefund"}
    for reader in (SYSTEM, member.bidder, member.keeper, given_parties.supervisor()):
        assert seen(reader) >= everything
    for stranger in (NOBODY, given_parties.bidder(), given_parties.agency()):
        assert seen(stranger) == set()
        assert queries.own(actor=stranger) is None
        with pytest.raises(NotFound):
            queries.membership(membership_id=member.id, actor=stranger)
        with pytest.raises(NotAllowed):
            queries.members(search="", state="", page=1, actor=stranger)


def test_operators_find_members_by_number_name_and_state():
    first, second = given.applied(), given.active()
    keeper = given_parties.operator()

    def found(search: str = "", state: str = "") -> list[Any]:
        page = queries.members(search=search, state=state, page=1, actor=keeper)
        return [row.id for row in page.rows]

    assert found() == [first.id, second.id]
    assert found(search=second.desk.membership.number) == [second.id]
    assert found(search=first.desk.membership.member_name) == [first.id]
    assert found(state="ACTIVE") == [second.id]
    assert queries.membership(membership_id=first.id, actor=keeper).state == "APPLIED"
