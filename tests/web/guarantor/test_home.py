"""The guarantor's desk: who comes in, and that each sees its own house only."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


def test_each_desk_shows_its_own_guarantor():
    one = visiting(given.desk(given.guarantor(name="甲融资担保有限公司")))
    other = visiting(given.desk(given.guarantor(name="乙财产保险有限公司")))

    pages = [browser.get("/guarantor/").content.decode() for browser in (one, other)]

    assert [("甲融资担保" in page, "乙财产保险" in page) for page in pages] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    "who",
    [
        given_parties.bidder,
        given_parties.agency,
        given_parties.tenderer,
        given_parties.operator,
        given_parties.supervisor,
    ],
)
def test_others_have_no_business_at_the_desk(who):
    assert visiting(who()).get("/guarantor/").status_code == 403


def test_visitors_are_asked_to_sign_in():
    answer = Client(HTTP_HOST="localhost").get("/guarantor/")

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fguarantor%2F")


@pytest.mark.parametrize(
    "console", ["bidder", "guarantee/lots", "agency", "operator", "supervisor"]
)
def test_a_guarantor_has_no_business_elsewhere(console: str):
    assert visiting(given.desk()).get(f"/{console}/").status_code == 403
