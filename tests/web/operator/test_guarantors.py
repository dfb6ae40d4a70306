"""An operator takes a guarantor in, with what it takes on and its first person."""

from __future__ import annotations

import pytest

from biaobao.core.actor import SYSTEM, Role
from biaobao.domain.guarantees.queries import offers
from biaobao.domain.parties import queries as parties
from tests.given import parties as given
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

URL = "/operator/organisations/enrol-guarantor/"


def told(**changes: str) -> dict[str, str]:
    return {
        "name": "衢州示例融资担保有限公司",
        "uscc": given.credit_code(),
        "issuer_class": "GUARANTEE_COMPANY",
        "address": "衢州市柯城区示例路8号",
        "postcode": "324000",
        "phone": "0570-3000008",
        "limit": "10,000,000",
        "principal_limit": "1000000",
        "lot_limit": "2000000",
        **changes,
    }


def test_a_guarantor_is_taken_in_and_its_first_person_comes_to_the_desk():
    browser, data = visiting(given.operator()), told()

    answer = browser.post(URL, data)

    (guarantor,) = offers.guarantors(actor=SYSTEM)
    assert (guarantor.name, guarantor.uscc) == (data["name"], data["uscc"])
    assert answer["Location"] == f"/operator/organisations/{guarantor.id}/"
    person = {"name": "李雷", "username": "li.lei", "password": given.DEMO_PASSWORD}
    assert browser.post(answer["Location"], person).status_code == 302
    organisation = parties.organisation(organisation_id=guarantor.id, actor=SYSTEM)
    assert organisation.role is Role.GUARANTOR
    desk = visiting(given.actor(organisation)).get("/guarantor/")
    assert data["name"] in desk.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uscc": "91330800MA0000001A"}, "uscc"),
        ({"name": ""}, "name"),
        ({"limit": "0"}, "limit"),
        ({"postcode": "3240"}, "postcode"),
        ({"issuer_class": "POOL"}, "issuer_class"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nobody_is_taken_in(
    changes: dict[str, str], field: str
):
    page = visiting(given.operator()).post(URL, told(**changes))

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert offers.guarantors(actor=SYSTEM) == ()
    assert parties.organisations_with_role(role=Role.GUARANTOR, actor=SYSTEM) == ()


def test_a_code_that_a_bidder_has_is_taken():
    bidder = given.organisation()

    page = visiting(given.operator()).post(URL, told(uscc=bidder.uscc))

    assert (page.status_code, list(page.context["form"].errors)) == (422, ["uscc"])
    assert offers.guarantors(actor=SYSTEM) == ()


@pytest.mark.parametrize("who", [given.bidder, given.agency, given.supervisor])
def test_nobody_else_takes_guarantors_in(who):
    assert visiting(who()).post(URL, told()).status_code == 403
    assert offers.guarantors(actor=SYSTEM) == ()


def test_the_plain_form_takes_no_guarantor_in():
    data = {"name": "甲公司", "uscc": given.credit_code(), "role": "GUARANTOR"}

    page = visiting(given.operator()).post("/operator/organisations/enrol/", data)

    assert (page.status_code, list(page.context["form"].errors)) == (422, ["role"])
