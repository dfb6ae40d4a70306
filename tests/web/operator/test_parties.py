"""The operator's lists of organisations, people and basic accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import Objection
from biaobao.domain.parties import queries
from biaobao.domain.parties.states import BasicAccountState
from biaobao.platform import clock
from biaobao.web.ui.words import explain
from tests.given import parties as given

pytestmark = pytest.mark.django_db
AT = given.AT

PAGES = (
    "/operator/",
    "/operator/organisations/",
    "/operator/organisations/enrol/",
    "/operator/organisations/check-code/",
    "/operator/people/",
    "/operator/basic-accounts/",
)


def signed_in_as(actor: Actor) -> Client:
    client = Client(HTTP_HOST="localhost")
    session = client.session
    session["person"] = str(actor.person_id)
    session["organisation"] = str(actor.organisation_id)
    session["seen"] = session["began"] = clock.now().timestamp()
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


@pytest.fixture
def client() -> Client:
    return signed_in_as(given.operator())


@pytest.mark.parametrize("page", PAGES)
def test_only_operators_come_in(page: str):
    bidder = given.bidder(account=None)

    assert Client(HTTP_HOST="localhost").get(page).status_code == 302
    assert signed_in_as(bidder).get(page).status_code == 403
    assert signed_in_as(given.operator()).get(page).status_code == 200


def test_the_first_page_says_what_waits(client: Client):
    assert client.get("/operator/").context["rows"] == []

    given.bidder(confirmed=False)

    (row,) = client.get("/operator/").context["rows"]
    assert (row.items, row.oldest_at, row.url) == (1, AT, "/operator/basic-accounts/")


def enrolment(**changes: str) -> dict[str, str]:
    code = given.credit_code()
    return {"name": "衢州建设有限公司", "uscc": code, "role": "BIDDER", **changes}


def test_an_organisation_is_enrolled_and_then_gets_its_first_person(client: Client):
    data = enrolment()
    spaced = data["uscc"][:9].lower() + " " + data["uscc"][9:].lower()

    response = client.post("/operator/organisations/enrol/", {**data, "uscc": spaced})

    found = queries.organisation_with_code(uscc=data["uscc"], actor=SYSTEM)
    assert found is not None
    assert response["Location"] == f"/operator/organisations/{found.id}/"
    person = {
        "name": "李雷",
        "username": "li.lei",
        "password": given.DEMO_PASSWORD,
        "is_manager": "on",
    }
    assert client.post(response["Location"], person).status_code == 302
    (member,) = queries.members(organisation_id=found.id, actor=SYSTEM)
    assert (member.username, member.is_manager) == ("li.lei", True)


def test_a_taken_or_wrong_code_is_said_beside_its_field(client: Client):
    taken = given.organisation()

    for code, refusal in (
        (taken.uscc, "USCC_TAKEN"),
        ("91330800MA0000001A", "USCC_INVALID"),
    ):
        page = client.post("/operator/organisations/enrol/", enrolment(uscc=code))

        words = explain(Objection(refusal, facts={"uscc": code}))
        assert page.status_code == 422
        assert page.context["form"].errors["uscc"] == [f"{words.what}{words.why}{words.now}"]


def test_nobody_enrols_an_operator_by_form(client: Client):
    page = client.post("/operator/organisations/enrol/", enrolment(role="OPERATOR"))

    assert (page.status_code, list(page.context["form"].errors)) == (422, ["role"])


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("", ""),
        ("9133", "还差 14 位"),
        ("91330800ma0000001k", "代码有效"),
        ("91330800MA0000001A", "代码有误"),
        ("91330800MA0000001KK", "代码有误"),
    ],
)
def test_a_code_is_checked_while_it_is_typed(client: Client, code: str, shown: str):
    part = client.get("/operator/organisations/check-code/", {"uscc": code}).content.decode()

    assert shown in part
    assert bool(part.strip()) == bool(shown)


def test_a_taken_code_shows_whose_it_is(client: Client):
    taken = given.organisation(name="衢州建设有限公司")

    part = client.get("/operator/organisations/check-code/", {"uscc": taken.uscc})

    assert part.context["holder"] == taken
    assert "衢州建设有限公司" in part.content.decode()


def test_lists_are_searched_and_paged(client: Client):
    for number in range(21):
        given.organisation(name=f"第{number:02d}建筑公司")
    wanted = given.organisation(name="唯一市政公司")

    pages = [client.get("/operator/organisations/", {"q": "建筑", "page": n}) for n in "12x"]
    assert [len(page.context["rows"]) for page in pages] == [20, 1, 20]
    one = client.get("/operator/organisations/", {"q": wanted.uscc, "role": "BIDDER"})
    assert [row for row, _ in one.context["rows"]] == [wanted]
    none = client.get("/operator/organisations/", {"q": "没有这家"})
    assert "没有符合条件的单位" in none.content.decode()
    assert client.get("/operator/people/", {"q": "没有这人"}).context["rows"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_database_as_often_for_many_rows_as_for_one(
    client: Client, rows: int, django_assert_num_queries
):
    for _ in range(rows):
        given.bidder(confirmed=False)
    for page in ("/operator/basic-accounts/", "/operator/people/", "/operator/organisations/"):
        # Session and presence (each with its scope), then the count and the rows.
        with django_assert_num_queries(12):
            client.get(page)


def test_a_person_is_shut_out_and_let_in_again(client: Client):
    organisation = given.organisation()
    somebody = given.person(organisation)

    back = f"/operator/organisations/{organisation.id}/"
    out = client.post(f"/operator/people/{somebody.id}/disable/", {"next": back})
    assert out["Location"] == back
    assert given.person_of(organisation, somebody.id).is_active is False
    away = client.post(f"/operator/people/{somebody.id}/enable/", {"next": "//phish.example"})
    assert away["Location"] == "/operator/people/"
    assert given.person_of(organisation, somebody.id).is_active is True


def test_a_lost_password_is_set_anew(client: Client):
    somebody = given.person(given.organisation(), username="li.lei")
    address = f"/operator/people/{somebody.id}/password/"

    weak = client.post(address, {"password": "short"})
    assert (weak.status_code, list(weak.context["form"].errors)) == (422, ["password"])
    assert client.post(address, {"password": "another-password"}).status_code == 302

    visitor = Client(HTTP_HOST="localhost")
    for password, status in ((given.DEMO_PASSWORD, 422), ("another-password", 302)):
        data = {"username": "li.lei", "password": password}
        assert visitor.post("/sign-in/", data).status_code == status


def test_an_operator_does_not_shut_himself_out():
    operator = given.operator()
    client = signed_in_as(operator)

    assert client.post(f"/operator/people/{operator.person_id}/disable/").status_code == 403
    assert client.get("/operator/").status_code == 200


def test_a_basic_account_is_confirmed_as_it_was_seen(client: Client):
    bidder = given.bidder(account=None)
    organisation = queries.organisation(organisation_id=bidder.organisation_id, actor=SYSTEM)
    account = given.basic_account(organisation, account_name="另一家公司", confirmed=False)
    address = f"/operator/basic-accounts/{organisation.id}/confirm/"

    page = client.get("/operator/basic-accounts/")
    ((_, check),) = page.context["rows"]
    assert (check.verdict, check.compared) == (
        "FAIL",
        (("单位名称", organisation.name), ("户名", "另一家公司")),
    )

    for seen in ("", (AT - timedelta(seconds=1)).isoformat()):
        stale = client.post(address, {"seen": seen})
        assert stale.status_code == 422
        assert stale.context["explanations"] == [explain(Objection("BASIC_ACCOUNT_CHANGED"))]
    assert client.post(address, {"seen": account.changed_at.isoformat()}).status_code == 302
    confirmed = queries.basic_account(organisation_id=organisation.id, actor=SYSTEM)
    assert confirmed is not None
    assert confirmed.state is BasicAccountState.CONFIRMED


def test_a_name_in_other_width_is_the_same_name(client: Client):
    organisation = given.organisation(name="衢州（华东）建设 有限公司")
    given.basic_account(organisation, account_name="衢州(华东)建设有限公司", confirmed=False)

    ((_, check),) = client.get("/operator/basic-accounts/").context["rows"]

    assert (check.verdict, check.remedy) == ("PASS", "")


def test_an_organisation_shows_its_account_people_and_a_way_to_add_one(client: Client):
    bidder = given.bidder()

    page = client.get(f"/operator/organisations/{bidder.organisation_id}/")

    assert page.context["account_badge"] == {"tone": "ok", "text": "已核验"}
    assert [each.id for each in page.context["members"]] == [bidder.person_id]
    tenderer = given.tenderer()
    other = client.get(f"/operator/organisations/{tenderer.organisation_id}/")
    assert other.context["is_bidder"] is False
    nobody = client.get(f"/operator/organisations/{bidder.person_id}/")
    assert nobody.status_code == 404
    wrong = client.post(f"/operator/organisations/{bidder.organisation_id}/", {"name": "李雷"})
    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (
        422,
        ["password", "username"],
    )
