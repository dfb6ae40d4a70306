"""账户中心: what a bidder tells of itself, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from biaobao.core import residents, uploads
from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.core.uploads import Upload
from biaobao.domain.parties import actions, queries
from biaobao.domain.parties.models import CompanyProfile, Handler, Scan
from biaobao.domain.parties.types import InvoiceKind, Profile, ScanKind
from biaobao.platform import files
from biaobao.platform.db import seeing_as
from tests.given import parties as given

pytestmark = pytest.mark.django_db
AT = given.AT
PNG = b"\x89PNG\r\n\x1a\n a picture"


def profile_of(bidder: Actor) -> Profile:
    return queries.profile(organisation_id=bidder.organisation_id, actor=bidder)


def test_before_anything_was_told_it_has_what_the_house_knows():
    bidder = given.bidder()

    found = profile_of(bidder)

    assert found.told_at is None
    assert found.organisation.id == bidder.organisation_id
    assert found.basic_account
    assert found.terms.invoice.account == found.basic_account.number
    assert found.terms.invoice.bank_name == found.basic_account.bank_name
    assert [person.name for person in found.colleagues] == [bidder.name]
    assert [missing.code for missing in found.missing] == [
        "LEGAL_PERSON_MISSING",
        "ADDRESS_MISSING",
        "LICENCE_SCAN_MISSING",
        "LEGAL_ID_SCAN_MISSING",
        "HANDLER_MISSING",
        "INVOICE_EMAIL_MISSING",
    ]


def test_what_is_told_is_kept_and_nothing_is_missing_any_more():
    bidder = given.bidder()

    given.profile(bidder)

    found = profile_of(bidder)
    assert found.missing == ()
    assert found.terms == given.profile_terms()
    assert [handler.name for handler in found.handlers] == [bidder.name]
    assert found.colleagues == ()
    assert {scan.kind for scan in found.scans} == set(ScanKind)


def test_telling_the_same_again_changes_nothing():
    bidder = given.bidder()
    given.profile(bidder)

    actions.keep_profile(
        organisation_id=bidder.organisation_id,
        terms=replace(given.profile_terms(), legal_name=" 王建国 "),
        at=AT + timedelta(days=1),
        actor=bidder,
    )

    assert profile_of(bidder).told_at == AT


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"legal_id_number": "110101198001011014"}, "RESIDENT_NUMBER_INVALID", "legal_id_number"),
        ({"legal_phone": "十二"}, "PHONE_INVALID", "legal_phone"),
        ({"email": "nobody"}, "EMAIL_INVALID", "email"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(changes: dict[str, Any], code: str, field: str):
    bidder = given.bidder()

    with pytest.raises(Refused) as refused:
        actions.keep_profile(
            organisation_id=bidder.organisation_id,
            terms=given.profile_terms(**changes),
            at=AT,
            actor=bidder,
        )

    assert [(o.code, o.field) for o in refused.value.objections] == [(code, field)]
    assert profile_of(bidder).told_at is None


def test_an_invoice_to_a_wrong_account_is_refused():
    bidder = given.bidder()
    invoice = replace(given.profile_terms().invoice, account="12", kind=InvoiceKind.SPECIAL)

    with pytest.raises(Refused, match="ACCOUNT_NUMBER_INVALID"):
        actions.keep_profile(
            organisation_id=bidder.organisation_id,
            terms=given.profile_terms(invoice=invoice),
            at=AT,
            actor=bidder,
        )

    assert profile_of(bidder).told_at is None


def test_a_newer_scan_takes_the_place_of_the_older():
    bidder = given.bidder()

    first = given.scan(bidder, ScanKind.LICENCE, content=PNG)
    second = given.scan(bidder, ScanKind.LICENCE, content=PNG + b"2")

    (kept,) = profile_of(bidder).scans
    assert kept.sha256 == second != first
    found, content = queries.scan(
        organisation_id=bidder.organisation_id, kind=ScanKind.LICENCE, actor=bidder
    )
    assert (found, content) == (kept, PNG + b"2")
    with pytest.raises(FileNotFoundError):  # what lies on the disk is encrypted
        files.open_kept(second)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "SCAN_MISSING"),
        (b"GIF89a", "SCAN_NOT_READABLE"),
        (PNG + bytes(uploads.BYTES_MAX), "SCAN_TOO_LARGE"),
    ],
)
def test_what_is_no_scan_is_refused(content: bytes, code: str):
    bidder = given.bidder()

    with pytest.raises(Refused, match=code):
        given.scan(bidder, ScanKind.LICENCE, content=content)

    assert profile_of(bidder).scans == ()


def test_a_handler_is_named_once_and_ended():
    bidder = given.bidder()
    number = given.resident_number()
    one = given.handler(bidder, name="李晓梅", id_number=number)
    same = given.handler(bidder, name="李晓梅", id_number=f" {number} ", phone="0570-3811199")

    assert one == same
    assert [handler.phone for handler in profile_of(bidder).handlers] == ["0570-3811199"]
    actions.end_handler(handler_id=one, at=AT, actor=bidder)
    actions.end_handler(handler_id=one, at=AT, actor=bidder)

    assert profile_of(bidder).handlers == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "NAME_MISSING"),
        ({"id_number": "110101198013011013"}, "RESIDENT_NUMBER_INVALID"),
        ({"phone": ""}, "PHONE_INVALID"),
    ],
)
def test_a_handler_who_cannot_be_reached_is_refused(changes: dict[str, str], code: str):
    bidder = given.bidder()

    with pytest.raises(Refused, match=code):
        given.handler(bidder, **changes)

    assert profile_of(bidder).handlers == ()


def test_nobody_else_tells_or_reads_it():
    bidder, other = given.bidder(), given.bidder()
    given.profile(bidder)
    handler_id = profile_of(bidder).handlers[0].id

    for stranger in (other, given.operator(), given.agency()):
        with pytest.raises(NotFound):
            queries.profile(organisation_id=bidder.organisation_id, actor=stranger)
        with pytest.raises(NotFound):
            queries.scan(
                organisation_id=bidder.organisation_id, kind=ScanKind.LICENCE, actor=stranger
            )
        with pytest.raises(NotAllowed):
            actions.keep_profile(
                organisation_id=bidder.organisation_id,
                terms=given.profile_terms(),
                at=AT,
                actor=stranger,
            )
        with pytest.raises(NotAllowed):
            actions.keep_scan(
                organisation_id=bidder.organisation_id,
                kind=ScanKind.LICENCE,
                scan=Upload("a.png", "image/png", PNG),
                at=AT,
                actor=stranger,
            )
        with pytest.raises(NotAllowed):
            actions.add_handler(
                organisation_id=bidder.organisation_id,
                name="李",
                id_number=given.resident_number(),
                phone="0570-1",
                at=AT,
                actor=stranger,
            )
        with pytest.raises(NotFound):
            actions.end_handler(handler_id=handler_id, at=AT, actor=stranger)
        with seeing_as(stranger):
            assert not any(t.objects.exists() for t in (CompanyProfile, Handler, Scan))
    assert len(queries.profile(organisation_id=bidder.organisation_id, actor=SYSTEM).handlers) == 1


@pytest.mark.parametrize(
    ("number", "is_valid"),
    [
        ("110101198001011013", True),
        ("11010119800101101", False),
        ("110101198001011012", False),
        ("110101198002301015", False),
        ("010101198001011013", False),
        ("１10101198001011013", False),
    ],
)
def test_resident_numbers_are_checked_by_form_day_and_check_character(number: str, is_valid: bool):
    assert residents.is_valid(number) is is_valid
