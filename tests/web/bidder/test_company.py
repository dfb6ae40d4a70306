"""企业信息: what a bidder keeps of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import Objection
from biaobao.domain.parties import queries
from biaobao.domain.parties.states import BasicAccountState
from biaobao.domain.parties.types import Organisation
from biaobao.platform import clock
from biaobao.web.ui.words import explain
from tests.given import certificates
from tests.given import parties as given
from tests.web.operator.test_parties import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return given.organisation(name="衢州建设有限公司")


@pytest.fixture
def client(organisation: Organisation) -> Client:
    return signed_in_as(given.actor(organisation))


def said(code: str, **facts: str) -> list[str]:
    words = explain(Objection(code, facts=facts))
    return [f"{words.what}{words.why}{words.now}"]


@pytest.mark.parametrize("part", ["", "account/", "people/add/", "certificates/add/"])
def test_only_bidders_have_a_company_here(part: str, client: Client):
    page = f"/bidder/company/{part}"

    assert client.get(page).status_code == 200
    assert signed_in_as(given.tenderer()).get(page).status_code == 403
    assert Client(HTTP_HOST="localhost").get(page).status_code == 302


def test_the_page_shows_the_own_company_only(client: Client, organisation: Organisation):
    given.bidder(name="别家公司")
    given.basic_account(organisation, number="33050168620800000123")

    page = client.get("/bidder/company/")

    assert page.context["organisation"] == organisation
    assert page.context["account"].number == "33050168620800000123"
    assert len(page.context["members"]) == 1
    assert "别家公司" not in page.content.decode()


def test_a_basic_account_is_told_and_told_anew(client: Client, organisation: Organisation):
    assert client.get("/bidder/company/account/").context["form"].initial == {
        "account_name": "衢州建设有限公司"
    }
    told = {
        "account_name": "衢州建设有限公司",
        "number": "3305 0168 6208 0000 0123",
        "bank_name": "中国建设银行衢州分行",
    }

    assert client.post("/bidder/company/account/", told)["Location"] == "/bidder/company/"

    account = queries.basic_account(organisation_id=organisation.id, actor=SYSTEM)
    assert account is not None
    assert (account.number, account.state) == (
        "33050168620800000123",
        BasicAccountState.UNCONFIRMED,
    )
    wrong = client.post("/bidder/company/account/", {**told, "number": "not digits"})
    assert wrong.status_code == 422
    assert wrong.context["form"].errors == {"number": said("ACCOUNT_NUMBER_INVALID")}
    assert queries.basic_account(organisation_id=organisation.id, actor=SYSTEM) == account


def person(**changes: str) -> dict[str, str]:
    return {"name": "李雷", "username": "li.lei", "password": given.DEMO_PASSWORD, **changes}


def test_a_manager_adds_and_disables_people(client: Client, organisation: Organisation):
    assert client.post("/bidder/company/people/add/", person())["Location"] == "/bidder/company/"
    (added,) = (
        each
        for each in queries.members(organisation_id=organisation.id, actor=SYSTEM)
        if each.username == "li.lei"
    )
    assert (added.name, added.is_manager) == ("李雷", False)

    again = client.post("/bidder/company/people/add/", person())
    assert again.context["form"].errors == {"username": said("USERNAME_TAKEN", username="li.lei")}

    client.post(f"/bidder/company/people/{added.id}/disable/")
    assert given.person_of(organisation, added.id).is_active is False
    client.post(f"/bidder/company/people/{added.id}/enable/")
    assert given.person_of(organisation, added.id).is_active is True


def test_a_manager_sets_a_lost_password_anew_for_his_own_people(
    client: Client, organisation: Organisation
):
    handler = given.person(organisation, manager=False)
    stranger = given.bidder(account=None)

    def reset(person_id: object) -> int:
        address = f"/bidder/company/people/{person_id}/password/"
        return client.post(address, {"password": "another-password"}).status_code

    assert (reset(handler.id), reset(stranger.person_id)) == (302, 403)


def test_who_is_no_manager_changes_no_people(organisation: Organisation):
    manager = given.person(organisation)
    handler = given.person(organisation, manager=False)
    client = signed_in_as(given.as_actor(organisation, handler))

    assert client.get("/bidder/company/").context["is_manager"] is False
    assert client.post("/bidder/company/people/add/", person()).status_code == 403
    assert client.post(f"/bidder/company/people/{manager.id}/disable/").status_code == 403
    assert len(queries.members(organisation_id=organisation.id, actor=SYSTEM)) == 2


def test_a_manager_changes_no_strangers(client: Client):
    stranger = given.bidder(account=None)

    assert client.post(f"/bidder/company/people/{stranger.person_id}/disable/").status_code == 403
    assert queries.members(organisation_id=stranger.organisation_id, actor=SYSTEM)[0].is_active


@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_a_certificate_is_enrolled_and_ended(
    client: Client, organisation: Organisation, tmp_path: Path, settings: Any, form: str
):
    ca = certificates.authority(tmp_path / "ca", at=clock.now())
    settings.TRUST = tmp_path / "trust.pem"
    settings.TRUST.write_bytes(ca.chain)
    issued = certificates.issued(ca, uscc=organisation.uscc, at=clock.now())
    content = issued.certificate
    if form == "PEM":
        content = x509.load_der_x509_certificate(content).public_bytes(serialization.Encoding.PEM)
    (somebody,) = queries.members(organisation_id=organisation.id, actor=SYSTEM)

    def upload(content: bytes):
        file = SimpleUploadedFile("certificate.cer", content)
        return client.post(
            "/bidder/company/certificates/add/",
            {"person": str(somebody.id), "certificate": file},
        )

    assert upload(content)["Location"] == "/bidder/company/"
    (enrolled,) = queries.certificates(organisation_id=organisation.id, actor=SYSTEM)
    assert (enrolled.serial, enrolled.person_id) == (issued.serial, somebody.id)

    for wrong, code in ((content, "CERTIFICATE_TAKEN"), (issued.pkcs12, "CERTIFICATE_NOT_OURS")):
        page = upload(wrong)
        assert (page.status_code, page.context["form"].errors["certificate"]) == (422, said(code))

    client.post(f"/bidder/company/certificates/{enrolled.id}/end/")
    (ended,) = queries.certificates(organisation_id=organisation.id, actor=SYSTEM)
    assert ended.ended_at is not None


def test_a_certificate_goes_to_people_of_the_own_company_only(
    client: Client, tmp_path: Path, settings: Any
):
    settings.TRUST = tmp_path / "trust.pem"
    stranger: Actor = given.bidder(account=None)

    page = client.post(
        "/bidder/company/certificates/add/",
        {"person": str(stranger.person_id), "certificate": SimpleUploadedFile("c.cer", b"x")},
    )

    assert (page.status_code, list(page.context["form"].errors)) == (422, ["person"])
