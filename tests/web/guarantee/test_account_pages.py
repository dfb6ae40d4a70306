"""账户中心: told, refused at its field, and shown to the bidder's own people alone."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from biaobao.core import uploads
from biaobao.core.actor import Actor
from biaobao.domain.parties import queries
from biaobao.domain.parties.types import Profile, ScanKind
from tests.given import parties as given
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
HERE = "/guarantee/account/"
PNG = b"\x89PNG\r\n\x1a\n a picture"
TOLD = {
    "legal_name": "王建国",
    "legal_id_number": "110101198001011013",
    "legal_phone": "0570-3811136",
    "address": "衢州市柯城区示例路9号",
    "email": "office@example.com",
    "licence_until": "2040-12-31",
    "invoice_kind": "SPECIAL",
    "invoice_bank": "示范银行衢州分行",
    "invoice_account": "3305 0168 6208",
    "invoice_address": "",
    "invoice_phone": "",
    "invoice_email": "invoice@example.com",
}


@pytest.fixture
def bidder(settings, tmp_path) -> Actor:
    settings.MEDIA_ROOT = tmp_path / "files"
    return given.bidder()


def profile_of(bidder: Actor) -> Profile:
    return queries.profile(organisation_id=bidder.organisation_id, actor=bidder)


def uploaded(bidder: Actor, content: bytes, kind: str = "LICENCE") -> HttpResponse:
    file = SimpleUploadedFile("营业执照.png", content, "image/png")
    return visiting(bidder).post(f"{HERE}scans/{kind}/", {"scan": file})


def test_it_is_filled_in_with_what_the_house_knows_and_names_what_is_missing(bidder: Actor):
    page = visiting(bidder).get(HERE).content.decode()

    account = profile_of(bidder).basic_account
    assert account
    assert f'value="{account.number}"' in page
    assert "企业资料还缺 6 项" in page
    for place in ("id_legal_name", "id_address", "scan-LICENCE", "handlers", "id_invoice_email"):
        assert f'href="#{place}"' in page
        assert f'id="{place}"' in page
    assert "/bidder/company/account/" in page


def test_what_is_told_is_kept(bidder: Actor):
    assert visiting(bidder).post(HERE, TOLD)["Location"] == HERE

    terms = profile_of(bidder).terms
    assert (terms.legal_name, str(terms.licence_until)) == ("王建国", "2040-12-31")
    assert (terms.invoice.kind, terms.invoice.account) == ("SPECIAL", "330501686208")
    assert "企业资料还缺 3 项" in visiting(bidder).get(HERE).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_id_number", "110101198001011014"),
        ("legal_phone", "十二"),
        ("invoice_email", "nobody"),
        ("invoice_account", "12"),
        ("licence_until", "明年"),
        ("invoice_kind", "OTHER"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(
    bidder: Actor, field: str, value: str
):
    before = profile_of(bidder)

    answer = visiting(bidder).post(HERE, TOLD | {field: value})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="id_{field}_errors"' in page
    assert page.count('class="field-errors"') == 1
    assert 'value="王建国"' in page
    assert profile_of(bidder) == before


def test_a_scan_is_kept_encrypted_and_handed_out_to_its_own_people_alone(bidder: Actor, settings):
    assert uploaded(bidder, PNG)["Location"] == f"{HERE}#scans"

    (kept,) = profile_of(bidder).scans
    assert (kept.kind, kept.name, kept.size) == (ScanKind.LICENCE, "营业执照.png", len(PNG))
    stored = [path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert PNG not in stored[0]
    address = f"{HERE}scans/LICENCE/"
    answer = visiting(bidder).get(address)
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert answer["Content-Disposition"].startswith("attachment")
    assert visiting(given.bidder()).get(address).status_code == 404
    assert visiting(given.operator()).get(address).status_code == 403
    assert visiting(bidder).get(f"{HERE}scans/OTHER/").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "没有选择文件，或文件是空的"),
        (b"MZ", "不是 PDF、PNG 或 JPEG 格式"),
        (PNG + bytes(uploads.BYTES_MAX), "扫描件超过 5 MB"),
    ],
)
def test_what_is_no_scan_is_said_at_its_field_and_leaves_the_older_one(
    bidder: Actor, content: bytes, said: str
):
    uploaded(bidder, PNG)
    before = profile_of(bidder)

    answer = uploaded(bidder, content)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.split('id="id_LICENCE_scan_errors"')[1].count(said) == 1
    assert page.count('class="field-errors"') == 1
    assert profile_of(bidder) == before


def test_a_handler_is_named_changed_and_removed(bidder: Actor):
    browser = visiting(bidder)
    number = given.resident_number()
    colleague = profile_of(bidder).colleagues[0]
    known = browser.get(f"{HERE}handlers/add/", {"person": str(colleague.id)}).content.decode()
    assert f'value="{colleague.name}"' in known
    told = {"name": "李晓梅", "id_number": number, "phone": "0570-3811136"}
    assert browser.post(f"{HERE}handlers/add/", told)["Location"] == f"{HERE}#handlers"
    (named,) = profile_of(bidder).handlers

    changed = told | {"id_number": given.resident_number(), "phone": "0570-3811199"}
    browser.post(f"{HERE}handlers/{named.id}/", changed)

    (again,) = profile_of(bidder).handlers
    assert (again.id, again.id_number, again.phone) == (named.id, number, "0570-3811199")
    for stranger in (given.bidder(), given.bidder()):
        assert visiting(stranger).get(f"{HERE}handlers/{named.id}/").status_code == 404
        assert visiting(stranger).post(f"{HERE}handlers/{named.id}/end/").status_code == 404
    assert profile_of(bidder).handlers == (again,)
    browser.post(f"{HERE}handlers/{named.id}/end/")
    assert profile_of(bidder).handlers == ()


def test_a_handler_who_cannot_be_is_said_at_the_field(bidder: Actor):
    told = {"name": "李晓梅", "id_number": "110101198013011013", "phone": "0570-3811136"}

    answer = visiting(bidder).post(f"{HERE}handlers/add/", told)

    assert answer.status_code == 422
    assert 'id="id_id_number_errors"' in answer.content.decode()
    assert profile_of(bidder).handlers == ()


def test_it_is_reached_from_the_top_of_every_page_of_a_bidder(bidder: Actor):
    browser = visiting(bidder)

    for page in ("/guarantee/", "/bidder/", HERE):
        assert f'href="{HERE}">账户中心' in browser.get(page).content.decode()
    assert visiting(given.operator()).get(HERE).status_code == 403
