"""Who sees rows of applications, letters and profiles, counted in the database itself."""

from __future__ import annotations

import pytest
from django.db import connection

from biaobao.core.actor import NOBODY, SYSTEM, Actor, Role
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.platform.test_scopes import GUARANTEES

pytestmark = pytest.mark.django_db

# The bidder's own, and nobody else's before the opening.
OWN = (
    "guarantees_application",
    "guarantees_letter",
    "guarantees_letterversion",
    "guarantees_particulars",
    "guarantees_premiumcredit",
    "guarantees_verdict",
    "parties_companyprofile",
    "parties_handler",
    "parties_scan",
)
# What everybody may verify from the opening on, who has number and code: the queries ask for them.
LETTERS = {"guarantees_letter", "guarantees_letterversion"}


def seen(actor: Actor) -> dict[str, int]:
    """Return how many rows an actor sees, of the tables in which he sees any."""
    counts = {}
    with seeing_as(actor), connection.cursor() as cursor:
        for table in GUARANTEES:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}


def test_before_the_opening_a_letter_and_all_about_it_is_the_bidders_alone():  # INV-8
    given_banking.bank()
    applied, _ = given_letters.issued()
    strangers = [
        NOBODY,
        given.bidder(),
        given_tenders.keeper_of(applied.lot),
        given_parties.operator(),
        given_parties.actor(given_parties.organisation(role=Role.SUPERVISOR)),
    ]

    assert set(seen(SYSTEM)) >= {*OWN, "guarantees_exposure", "guarantees_limit"}
    assert set(seen(applied.bidder)) == set(OWN)
    for stranger in strangers:
        # Another bidder has a profile of its own.
        assert {t for t in seen(stranger) if t.startswith("guarantees")} == set(), stranger
    # Its guarantor knows how much it takes on, in total and for whom; another what it takes on itself.
    own, other = given.desk(applied.product.guarantor.id), given.desk()
    taken = {"guarantees_exposure": 1, "guarantees_limit": 2}
    assert {t: n for t, n in seen(own).items() if t.startswith("guarantees")} == taken
    assert set(seen(other)) <= {"guarantees_limit"}


def test_from_the_opening_on_those_who_run_the_lot_see_the_letter_and_not_what_was_told_for_it():
    given_banking.bank()
    applied, _ = given_letters.issued()
    given_tenders.opened(applied.lot)

    assert set(seen(given_tenders.keeper_of(applied.lot))) == {"guarantees_application", *LETTERS}
    assert set(seen(NOBODY)) == LETTERS
