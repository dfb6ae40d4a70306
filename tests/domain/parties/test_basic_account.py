"""The basic account of a bidder: told, confirmed, told anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.parties import actions, queries
from biaobao.domain.parties.states import BasicAccountState
from biaobao.domain.parties.types import BasicAccount
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import parties as given

pytestmark = pytest.mark.django_db
AT = given.AT
LATER = AT + timedelta(days=3)


def tell(bidder: Actor, number: str, *, at=AT, actor: Actor | None = None) -> None:
    actions.tell_basic_account(
        organisation_id=bidder.organisation_id,
        account_name=" 衢州建设有限公司 ",
        number=number,
        bank_name="中国银行衢州分行",
        at=at,
        actor=actor or bidder,
    )


def account_of(bidder: Actor) -> BasicAccount | None:
    return queries.basic_account(organisation_id=bidder.organisation_id, actor=SYSTEM)


def events() -> list[str]:
    with seeing_as(SYSTEM):
        rows = AuditEvent.objects.filter(name__startswith="basic_account").order_by("id")
        return list(rows.values_list("name", flat=True))


def test_what_a_bidder_tells_waits_for_an_operator():
    bidder = given.bidder(account=None)

    tell(bidder, "3305 0168 6208")

    assert account_of(bidder) == BasicAccount(
        bidder.organisation_id,
        "衢州建设有限公司",
        "330501686208",
        "中国银行衢州分行",
        BasicAccountState.UNCONFIRMED,
        AT,
        None,
        AT,
    )
    waiting = queries.accounts_to_confirm(page=1, actor=given.operator())
    assert [(row.organisation.id, row.account) for row in waiting.rows] == [
        (bidder.organisation_id, account_of(bidder))
    ]
    assert events() == ["basic_account.told"]


def test_confirming_happens_once_and_only_to_what_was_seen():
    bidder = given.bidder(account=None)
    operator = given.operator()
    confirming = {"organisation_id": bidder.organisation_id, "actor": operator}
    tell(bidder, "330501686208")
    tell(bidder, "330501686209", at=LATER)

    with pytest.raises(Refused) as refusal:
        actions.confirm_basic_account(seen=AT, at=LATER, **confirming)
    assert [each.code for each in refusal.value.objections] == ["BASIC_ACCOUNT_CHANGED"]
    assert events() == ["basic_account.told", "basic_account.told"]

    for at in (LATER, LATER + timedelta(days=1)):
        actions.confirm_basic_account(at=at, **confirming)
    account = account_of(bidder)
    assert account is not None
    assert (account.number, account.state) == ("330501686209", BasicAccountState.CONFIRMED)
    assert (account.confirmed_at, account.changed_at) == (LATER, LATER)
    assert events()[2:] == ["basic_account.confirmed"]
    assert queries.accounts_to_confirm(page=1, actor=operator).total == 0


def test_another_number_has_to_be_confirmed_anew_and_the_same_one_not():
    bidder = given.bidder(account=None)
    tell(bidder, "330501686208")
    actions.confirm_basic_account(
        organisation_id=bidder.organisation_id, at=AT, actor=given.operator()
    )
    confirmed = account_of(bidder)

    tell(bidder, "3305 0168 6208", at=LATER)
    assert account_of(bidder) == confirmed

    tell(bidder, "330501686209", at=LATER)
    account = account_of(bidder)
    assert account is not None
    assert (account.state, account.confirmed_at, account.changed_at) == (
        BasicAccountState.UNCONFIRMED,
        None,
        LATER,
    )


@pytest.mark.parametrize("number", ["", "12345", "3305-0168", "33050168A", "1" * 33, "٣٣٠٥٠١٦٨"])
def test_a_number_of_anything_but_digits_is_refused(number: str):
    bidder = given.bidder(account=None)

    with pytest.raises(Refused) as refusal:
        tell(bidder, number)

    assert [each.code for each in refusal.value.objections] == ["ACCOUNT_NUMBER_INVALID"]
    assert account_of(bidder) is None


def test_all_that_is_missing_is_said_at_once():
    bidder = given.bidder(account=None)

    with pytest.raises(Refused) as refusal:
        actions.tell_basic_account(
            organisation_id=bidder.organisation_id,
            account_name=" ",
            number=" ",
            bank_name="",
            at=AT,
            actor=bidder,
        )

    assert [(each.code, each.field) for each in refusal.value.objections] == [
        ("ACCOUNT_NAME_MISSING", "account_name"),
        ("ACCOUNT_NUMBER_INVALID", "number"),
        ("BANK_NAME_MISSING", "bank_name"),
    ]


def test_nobody_else_tells_and_no_bidder_confirms():
    bidder = given.bidder(account=None)
    for stranger in (given.bidder(account=None), given.tenderer(), given.operator(), NOBODY):
        with pytest.raises(NotAllowed):
            tell(bidder, "330501686208", actor=stranger)
    assert account_of(bidder) is None

    tell(bidder, "330501686208")
    for stranger in (bidder, given.agency(), SYSTEM, NOBODY):
        with pytest.raises(NotAllowed):
            actions.confirm_basic_account(
                organisation_id=bidder.organisation_id, at=AT, actor=stranger
            )
    assert queries.accounts_to_confirm(page=1, actor=given.operator()).total == 1


def test_there_is_nothing_to_confirm_where_nothing_was_told():
    bidder = given.bidder(account=None)

    with pytest.raises(NotFound):
        actions.confirm_basic_account(
            organisation_id=bidder.organisation_id, at=AT, actor=given.operator()
        )


def test_accounts_show_to_their_own_and_to_operators():
    one, other = given.bidder(), given.bidder()
    both = {"organisation_ids": [one.organisation_id, other.organisation_id]}

    assert set(queries.basic_accounts(**both, actor=SYSTEM)) == set(both["organisation_ids"])
    assert set(queries.basic_accounts(**both, actor=one)) == {one.organisation_id}
    assert queries.basic_accounts(**both, actor=given.agency()) == {}
    assert queries.basic_account(organisation_id=one.organisation_id, actor=other) is None
    with pytest.raises(NotFound):
        queries.accounts_to_confirm(page=1, actor=one)
