"""Coming in and going out through the front door."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from biaobao.adapters.signing.sandbox_ca.authority import Issued, SandboxAuthority
from biaobao.core.actor import SYSTEM, Role
from biaobao.core.refusal import Objection
from biaobao.domain.parties import actions, queries
from biaobao.platform import clock
from biaobao.web.ui.words import explain
from tests.given import certificates
from tests.given import guarantees as given_guarantees
from tests.given import parties as given

pytestmark = pytest.mark.django_db
AT = given.AT


@pytest.fixture
def client() -> Client:
    return Client(HTTP_HOST="localhost")


def sign_in(client: Client, username: str, password: str = given.DEMO_PASSWORD, **data: str):
    return client.post("/sign-in/", {"username": username, "password": password, **data})


def words(response: Any) -> str:
    (explanation,) = response.context["password_refusal"]
    return f"{explanation.what}{explanation.why}{explanation.now}"


@pytest.mark.parametrize(
    ("role", "console"),
    [
        (Role.BIDDER, "/bidder/"),
        (Role.TENDERER, "/agency/"),
        (Role.AGENCY, "/agency/"),
        (Role.OPERATOR, "/operator/"),
        (Role.SUPERVISOR, "/supervisor/"),
    ],
)
def test_each_role_comes_to_its_console(client: Client, role: Role, console: str):
    given.person(given.organisation(role=role), username="li.lei")

    response = sign_in(client, "li.lei")
    assert (response.status_code, response["Location"]) == (302, "/")
    home = client.get("/")
    assert (home.status_code, home["Location"]) == (302, console)
    again = client.get("/sign-in/")
    assert (again.status_code, again["Location"]) == (302, console)


def test_the_people_of_a_guarantor_come_to_its_desk(client: Client):
    own = queries.organisation(organisation_id=given_guarantees.guarantor(), actor=SYSTEM)
    given.person(own, username="li.lei")

    sign_in(client, "li.lei")

    assert client.get("/")["Location"] == "/guarantor/"


def test_a_visitor_sees_the_front_page_and_leaves_no_session(client: Client):
    response = client.get("/")

    assert (response.status_code, response.templates[0].name) == (200, "public/home.html")
    assert client.cookies.get("sessionid") is None


def test_unknown_wrong_and_disabled_get_the_very_same_page(client: Client):
    organisation = given.organisation()
    given.person(organisation, username="known")
    gone = given.person(organisation, username="gone")
    actions.disable_person(person_id=gone.id, at=AT, actor=given.operator())

    pages = [
        sign_in(client, "known", "wrong-password"),
        sign_in(client, "nobody", "wrong-password"),
        sign_in(client, "gone"),
    ]

    assert [page.status_code for page in pages] == [422, 422, 422]
    assert len({words(page) for page in pages}) == 1
    bodies = {
        page.content.decode()
        .replace(name, "NAME")
        .replace(page.context["csrf_token"].__str__(), "TOKEN")
        for page, name in zip(pages, ("known", "nobody", "gone"), strict=True)
    }
    assert len(bodies) == 1
    assert "person" not in client.session


def test_a_shut_door_says_when_it_opens(client: Client):
    for _ in range(5):
        sign_in(client, "whoever", "wrong-password")

    response = sign_in(client, "whoever", "wrong-password")

    assert response.status_code == 422
    assert "15 分钟后再试" in words(response)


def test_the_session_key_is_new_after_sign_in(client: Client):
    given.person(given.organisation(), username="li.lei")
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    client.cookies["sessionid"] = session.session_key

    sign_in(client, "li.lei")

    assert client.cookies["sessionid"].value != session.session_key
    assert "planted" not in client.session


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/bidder/company/", "/bidder/company/"),
        ("https://phish.example/", "/"),
        ("//phish.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_sign_in_leads_back_but_never_away(client: Client, wanted: str, where: str):
    given.person(given.organisation(), username="li.lei")

    assert sign_in(client, "li.lei", next=wanted)["Location"] == where


def test_a_page_asks_visitors_to_sign_in_and_others_to_stay_out(client: Client):
    visitor = client.get("/operator/people/?page=2")
    assert visitor["Location"] == "/sign-in/?next=%2Foperator%2Fpeople%2F%3Fpage%3D2"
    part = client.get("/operator/people/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, "/sign-in/")

    given.person(given.organisation(), username="li.lei")
    sign_in(client, "li.lei")
    assert client.get("/operator/people/").status_code == 403


def age(client: Client, seconds: float) -> None:
    session = client.session
    session["seen"] = session["seen"] - seconds
    session.save()


@override_settings(SESSION_IDLE_SECONDS=1800)
def test_an_idle_session_ends_and_polling_does_not_keep_it(client: Client):
    given.person(given.organisation(), username="li.lei")
    sign_in(client, "li.lei")

    age(client, 1790)
    assert client.get("/bidder/company/?poll=1").status_code == 200
    assert client.get("/bidder/company/", headers={"X-Poll": "1"}).status_code == 200
    age(client, 20)
    ended = client.get("/bidder/company/")
    assert ended["Location"] == "/sign-in/?next=%2Fbidder%2Fcompany%2F&ended=idle"
    assert "person" not in client.session
    assert "超过 30 分钟没有操作" in client.get(ended["Location"]).content.decode()


@override_settings(SESSION_IDLE_SECONDS=1800)
def test_a_request_of_ones_own_keeps_the_session(client: Client):
    given.person(given.organisation(), username="li.lei")
    sign_in(client, "li.lei")

    for _ in range(3):
        age(client, 1790)
        assert client.get("/bidder/company/").status_code == 200


def test_a_disabled_person_is_out_at_once(client: Client):
    somebody = given.person(given.organisation(), username="li.lei")
    sign_in(client, "li.lei")
    assert client.get("/bidder/company/").status_code == 200

    actions.disable_person(person_id=somebody.id, at=AT, actor=given.operator())

    out = client.get("/bidder/company/")
    assert out["Location"] == "/sign-in/?next=%2Fbidder%2Fcompany%2F&ended=shut"


def test_a_reset_password_ends_the_session(client: Client):
    somebody = given.person(given.organisation(), username="li.lei")
    sign_in(client, "li.lei")

    actions.reset_password(
        person_id=somebody.id,
        password="another-password",
        at=clock.now(),
        actor=given.operator(),
    )

    assert client.get("/bidder/company/")["Location"].endswith("&ended=shut")


def test_signing_out_ends_the_session(client: Client):
    given.person(given.organisation(), username="li.lei")
    sign_in(client, "li.lei")
    page = client.get("/bidder/company/")
    assert page["Cache-Control"] == "private, no-store"

    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"

    assert client.get("/bidder/company/").status_code == 302


def test_forms_need_their_token():
    strict = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)

    for address in ("/sign-in/", "/sign-in/challenge/", "/sign-in/certificate/", "/sign-out/"):
        assert strict.post(address).status_code == 403


def test_somebody_of_two_organisations_chooses_one(client: Client):
    first, second, strange = (given.organisation(role=Role.AGENCY) for _ in range(3))
    somebody = given.person(first, username="li.lei")
    actions.join(person_id=somebody.id, organisation_id=second.id, at=AT, actor=SYSTEM)

    assert sign_in(client, "li.lei", next="/agency/")["Location"] == (
        "/sign-in/organisation/?next=%2Fagency%2F"
    )
    assert client.get("/bidder/company/")["Location"] == "/sign-in/organisation/"
    page = client.get("/sign-in/organisation/")
    assert {each.id for each in page.context["organisations"]} == {first.id, second.id}

    wrong = client.post("/sign-in/organisation/", {"organisation": str(strange.id)})
    assert wrong.status_code == 200
    right = client.post(
        "/sign-in/organisation/", {"organisation": str(second.id), "next": "/agency/"}
    )
    assert right["Location"] == "/agency/"
    assert client.get("/")["Location"] == "/agency/"
    assert client.session["organisation"] == str(second.id)


@pytest.fixture
def ca(tmp_path: Path, settings: Any) -> SandboxAuthority:
    ca = certificates.authority(tmp_path / "ca", at=clock.now() - timedelta(days=1))
    settings.TRUST = tmp_path / "trust.pem"
    settings.TRUST.write_bytes(ca.chain)
    listed = certificates.trust(ca).read_revocation_list(ca.revocation_list(at=clock.now()))
    actions.keep_revocation_list(revocation_list=listed, at=clock.now(), actor=SYSTEM)
    return ca


def answer(client: Client, issued: Issued, **changes: str):
    challenge = client.post("/sign-in/challenge/").json()
    signature = certificates.signature(issued, challenge["text"].encode())
    data = {
        "nonce": challenge["nonce"],
        "certificate": base64.b64encode(issued.certificate).decode(),
        "signature": base64.b64encode(signature).decode(),
        **changes,
    }
    return client.post("/sign-in/certificate/", data)


def test_a_certificate_comes_in(client: Client, ca: SandboxAuthority):
    organisation = given.organisation()
    somebody = given.person(organisation)
    issued = certificates.issued(ca, uscc=organisation.uscc, at=clock.now())
    actions.enrol_certificate(
        person_id=somebody.id,
        organisation_id=organisation.id,
        certificate=issued.certificate,
        authority=certificates.trust(ca),
        at=clock.now(),
        actor=SYSTEM,
    )

    response = answer(client, issued, next="/bidder/company/")

    assert (response.status_code, response["Location"]) == (302, "/bidder/company/")
    assert client.session["person"] == str(somebody.id)


def test_a_challenge_names_the_host_that_asked(client: Client):
    text = client.post("/sign-in/challenge/").json()["text"]

    assert text.splitlines()[:2] == ["biaobao sign-in", "host: localhost"]


def test_what_is_wrong_with_a_certificate_is_said_on_the_page(
    client: Client, ca: SandboxAuthority, settings: Any, tmp_path: Path
):
    issued = certificates.issued(ca, uscc=given.credit_code(), at=clock.now())

    unknown = answer(client, issued)
    broken = answer(client, issued, signature="not base64!")
    settings.TRUST = tmp_path / "nothing.pem"
    untrusted = answer(client, issued)

    assert [page.status_code for page in (unknown, broken, untrusted)] == [422, 422, 422]
    assert unknown.context["certificate_refusal"] == [
        explain(Objection("CERTIFICATE_NOT_ENROLLED"))
    ]
    assert broken.context["certificate_refusal"][0].what == "没有收到签名。"
    assert untrusted.context["certificate_refusal"] == [explain(Objection("SIGN_IN_FAILED"))]


@pytest.fixture
def manifest(tmp_path: Path, settings: Any) -> Path:
    settings.DATA = tmp_path
    folder = tmp_path / "demo" / "certificates"
    folder.mkdir(parents=True)
    (folder / "wang.p12").write_bytes(b"p12")
    (tmp_path / "demo" / "secret.p12").write_bytes(b"secret")
    person = {
        "organisation": "衢州建设有限公司",
        "role": "BIDDER",
        "person": "王建国",
        "username": "wang",
        "password": "demo-password",
        "certificate": "wang.p12",
        "certificate_password": "123456",
        "note": "",
        "later": "fields may come",
    }
    (tmp_path / "demo" / "people.json").write_text(json.dumps([person]))
    return tmp_path


def test_the_demo_offers_its_people_and_their_certificates(
    client: Client, manifest: Path, settings: Any
):
    settings.DEMO = True

    page = client.get("/sign-in/?as=wang")

    assert [each.username for each in page.context["people"]] == ["wang"]
    assert page.context["form"]["password"].value() == "demo-password"
    assert 'value="demo-password"' in page.content.decode()
    file = client.get("/demo/certificates/wang.p12")
    assert b"".join(file.streaming_content) == b"p12"
    for other in ("secret.p12", "..%2Fsecret.p12", "none.p12"):
        assert client.get(f"/demo/certificates/{other}").status_code == 404


def test_outside_the_demo_nobody_is_offered(client: Client, manifest: Path, settings: Any):
    settings.DEMO = False

    page = client.get("/sign-in/?as=wang")

    assert (page.context["people"], page.context["tried"]) == ((), None)
    assert "demo-password" not in page.content.decode()
    assert client.get("/demo/certificates/wang.p12").status_code == 404


def test_tries_are_counted_for_the_address_that_the_proxy_tells(client: Client, settings: Any):
    settings.CLIENT_ADDRESS = "HTTP_X_REAL_IP"

    def guess(number: int, address: str) -> str:
        response = client.post(
            "/sign-in/",
            {"username": f"guess-{number}", "password": "wrong-password"},
            headers={"X-Real-IP": address},
        )
        return response.context["password_refusal"][0].what

    # All of these are one subscriber's.
    answers = {guess(number, f"2001:db8::{number:x}") for number in range(30)}
    assert answers == {"没有登录成功。"}
    assert guess(99, "2001:db8::ffff") == "暂时不能登录。"
    assert guess(99, "2001:db8:1::1") == "没有登录成功。"
