"""Schemes and their dated terms: who may keep them, and what makes sense."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import schemes
from biaobao.domain.pools.types import Coverage, Scheme, Tier
from tests.given import parties as given_parties
from tests.given import pools as given

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = day_of(given.AT)


def the_scheme() -> Scheme:
    (scheme,) = queries.schemes(actor=SYSTEM)
    return scheme


def test_terms_hold_from_their_day_on():
    scheme_id = given.scheme()
    later = given.terms(tiers=(Tier("一档", Money.yuan(600_000), Money.yuan(800_000)),))
    schemes.add_terms(
        scheme_id=scheme_id,
        valid_from=TODAY + DAY,
        terms=later,
        at=given.AT,
        actor=given_parties.operator(),
    )

    scheme = the_scheme()
    now, then = scheme.terms_on(TODAY), scheme.terms_on(TODAY + DAY)

    assert [each and each.terms for each in (now, then)] == [given.terms(), later]
    assert scheme.terms_on(TODAY - DAY) is None


def test_a_scheme_can_be_joined_from_the_first_day_of_its_terms():
    given.scheme(valid_from=TODAY + DAY)

    assert queries.open_schemes(at=given.AT, actor=SYSTEM) == ()
    assert len(queries.open_schemes(at=given.AT + DAY, actor=SYSTEM)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"regions": ()}, "POOL_COVERS_NOTHING"),
        ({"kinds": ()}, "POOL_COVERS_NOTHING"),
        ({"regions": ("XX",)}, "REGION_UNKNOWN"),
        ({"kinds": ("XX",)}, "KIND_UNKNOWN"),
        ({"term_months": 0}, "NUMBER_OUT_OF_RANGE"),
        ({"parallel_max": 0}, "NUMBER_OUT_OF_RANGE"),
        ({"top_up_days": 0}, "NUMBER_OUT_OF_RANGE"),
        ({"tiers": ()}, "POOL_WITHOUT_TIER"),
        ({"tiers": (given.TIER, given.TIER)}, "POOL_TIER_TWICE"),
        ({"tiers": (Tier("一档", Money(0), Money(1)),)}, "AMOUNT_NOT_POSITIVE"),
        ({"floor": Money.yuan(500_001)}, "POOL_FLOOR_TOO_HIGH"),
    ],
)
def test_terms_that_make_no_sense_are_refused(changes: dict[str, Any], code: str):
    scheme_id = given.scheme()
    with pytest.raises(Refused, match=code):
        schemes.add_terms(
            scheme_id=scheme_id,
            valid_from=TODAY + DAY,
            terms=given.terms(**changes),
            at=given.AT,
            actor=given_parties.operator(),
        )

    assert len(the_scheme().dated) == 1


def test_where_the_balance_covers_no_lot_may_ask_for_more():
    with pytest.raises(Refused, match="POOL_CAP_ABOVE_BALANCE"):
        given.scheme(
            Coverage.POOL_BALANCE, tiers=(Tier("一档", Money.yuan(500_000), Money.yuan(500_001)),)
        )

    assert the_scheme().dated == ()


@pytest.mark.parametrize(("days", "code"), [(-1, "POOL_TERMS_BACKDATED"), (0, "POOL_TERMS_TAKEN")])
def test_terms_neither_begin_in_the_past_nor_twice_on_a_day(days: int, code: str):
    scheme_id = given.scheme()
    with pytest.raises(Refused, match=code):
        schemes.add_terms(
            scheme_id=scheme_id,
            valid_from=TODAY + days * DAY,
            terms=given.terms(),
            at=given.AT,
            actor=given_parties.operator(),
        )

    assert len(the_scheme().dated) == 1


def test_a_name_is_taken_once():
    keeper = given_parties.operator()
    how: dict[str, Any] = {"coverage": Coverage.MUTUAL, "at": given.AT, "actor": keeper}
    schemes.add_scheme(name="互助联保", **how)
    with pytest.raises(Refused, match="POOL_NAME_TAKEN"):
        schemes.add_scheme(name=" 互助联保 ", **how)
    with pytest.raises(Refused, match="NAME_MISSING"):
        schemes.add_scheme(name=" ", **how)

    assert the_scheme().name == "互助联保"


def test_only_operators_keep_schemes():
    scheme_id = given.scheme()
    for stranger in (given_parties.bidder(), given_parties.agency(), given_parties.supervisor()):
        with pytest.raises(NotAllowed):
            schemes.add_scheme(name="他人", coverage=Coverage.MUTUAL, at=given.AT, actor=stranger)
        with pytest.raises(NotAllowed):
            schemes.add_terms(
                scheme_id=scheme_id,
                valid_from=TODAY + DAY,
                terms=given.terms(),
                at=given.AT,
                actor=stranger,
            )

    assert len(the_scheme().dated) == 1


def test_there_is_no_other_scheme():
    with pytest.raises(NotFound):
        schemes.add_terms(
            scheme_id=given_parties.operator().organisation_id,
            valid_from=TODAY,
            terms=given.terms(),
            at=given.AT,
            actor=given_parties.operator(),
        )


@pytest.mark.parametrize("table", ["pools_schemeterms", "pools_tier"])
def test_what_members_agreed_to_is_never_changed(table: str):
    given.scheme()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")  # noqa: S608
