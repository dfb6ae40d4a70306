"""Signed PDFs: what they prove, to us and to independent tools."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from biaobao.adapters.signing.pades_checking import PadesChecker
from biaobao.adapters.typesetting.typesetter import Typesetter
from biaobao.domain.documents import rules
from biaobao.domain.documents.ports import CannotSign, TimestampUnavailable
from biaobao.domain.documents.types import Finding, Signed, Verdict
from biaobao.domain.parties.ports import NotOurs
from biaobao.platform import clock
from tests import outside
from tests.given import certificates
from tests.given import documents as given
from tests.given import signing as given_signing
from tests.given.parties import AT
from tests.given.signing import Desk

OTHER = replace(given.GUARANTOR, name="龙游示例融资担保有限公司", uscc=given.BENEFICIARY.uscc)


@pytest.fixture(scope="module")
def letter() -> bytes:
    return Typesetter().letter(given.letter(), given.IMPRINT, seal_image=given.SEAL_IMAGE)


@pytest.fixture(scope="module")
def agreement() -> bytes:
    return Typesetter().agreement(given.agreement())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with given_signing.desk(tmp_path) as made:
        yield made


@pytest.fixture
def sealed(desk: Desk, letter: bytes) -> Signed:
    return desk.sealed(letter)


def test_a_sealed_letter_proves_who_signed_it_when_and_what(desk: Desk, sealed: Signed):
    verdict = desk.checker().verify(sealed.content, signer=given.GUARANTOR.uscc)

    assert (verdict.finding, verdict.signature) == (Finding.GENUINE, sealed.signature)
    assert verdict.data.startswith(
        b'{"kind":"LETTER","version":1,"facts":{"number":"BH7K2M9QX4T6W8"'
    )
    signer, stamped_at = sealed.signature.signer, sealed.signature.stamped_at
    assert (signer.uscc, signer.name, stamped_at) == (
        given.GUARANTOR.uscc,
        given.GUARANTOR.name,
        AT,
    )
    assert desk.seals().holder(given.GUARANTOR.uscc) == signer
    assert rules.as_named(verdict) == verdict


def test_the_root_alone_is_enough_to_check_it(desk: Desk, sealed: Signed):
    root = desk.ca.root.public_bytes(Encoding.PEM)

    assert PadesChecker(root).verify(sealed.content).finding is Finding.GENUINE


def test_poppler_and_qpdf_agree(sealed: Signed, tmp_path: Path):
    outside.poppler_and_qpdf_agree(sealed.content, tmp_path)


def test_openssl_agrees_on_signature_and_timestamp(desk: Desk, sealed: Signed, tmp_path: Path):
    outside.openssl_agrees(sealed.content, desk.ca, tmp_path, at=AT)


def test_one_changed_byte_anywhere_under_the_signature_shows(desk: Desk, sealed: Signed):
    checker = desk.checker()
    start, length, resumes, rest = _byte_range(sealed.content)
    covered = [*range(start, start + length), *range(resumes, resumes + rest)]
    tried = {covered[place] for place in range(0, len(covered), len(covered) // 20)}

    findings = {checker.verify(_changed(sealed.content, place)).finding for place in tried}

    assert findings == {Finding.ALTERED, Finding.UNREADABLE}


def test_a_changed_amount_is_an_alteration(desk: Desk, sealed: Signed):
    place = sealed.content.index(b"/FontDescriptor") + 3

    assert desk.checker().verify(_changed(sealed.content, place)) == Verdict(Finding.ALTERED)


@pytest.mark.parametrize("added", [b"\n", b"%%EOF\n", b"\0" * 40])
def test_what_is_added_at_the_end_is_an_alteration(desk: Desk, sealed: Signed, added: bytes):
    verdict = desk.checker().verify(sealed.content + added)

    assert verdict.finding in (Finding.ALTERED, Finding.UNREADABLE)


def test_a_later_revision_of_the_file_is_an_alteration(desk: Desk, sealed: Signed):
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed.content))
    writer.root["/Lang"] = pdf_string("en")
    writer.update_root()
    revised = io.BytesIO()
    writer.write(revised)

    assert desk.checker().verify(revised.getvalue()) == Verdict(Finding.ALTERED)


def test_the_signature_itself_cannot_be_exchanged(desk: Desk, sealed: Signed):
    start, length, resumes, _ = _byte_range(sealed.content)
    other = Typesetter().letter(
        given.letter(number="BHOTHER"), given.IMPRINT, seal_image=given.SEAL_IMAGE
    )
    others = desk.sealed(other).content
    o_start, o_length, o_resumes, _ = _byte_range(others)
    grafted = (
        sealed.content[: start + length]
        + others[o_start + o_length : o_resumes]
        + sealed.content[resumes:]
    )

    assert desk.checker().verify(grafted) == Verdict(Finding.ALTERED)


def test_a_right_signature_by_a_wrong_signer_is_told_apart(desk: Desk, letter: bytes):
    desk.make_seal(OTHER)
    forged = desk.sealed(letter, OTHER)

    verdict = desk.checker().verify(forged.content, signer=given.GUARANTOR.uscc)
    unasked = desk.checker().verify(forged.content)

    assert (verdict.finding, verdict.signature) == (Finding.OTHER_SIGNER, forged.signature)
    assert unasked.finding is Finding.GENUINE
    # The letter itself says who must have signed it.
    assert rules.as_named(unasked) == verdict


@pytest.mark.parametrize("data", [b"", b"[]", b'{"kind":"LETTER"}', b'{"kind":"NOTE","facts":{}}'])
def test_a_document_that_names_no_signer_is_signed_by_another(sealed: Signed, data: bytes):
    verdict = Verdict(Finding.GENUINE, sealed.signature, data)

    assert rules.as_named(verdict).finding is Finding.OTHER_SIGNER


def test_a_certificate_that_expired_since_has_still_signed(desk: Desk, letter: bytes):
    issued = desk.make_seal(days=1)
    ends_at = x509.load_der_x509_certificate(issued.certificate).not_valid_after_utc

    sealed = desk.sealed(letter)

    assert ends_at < clock.now()
    assert desk.checker().verify(sealed.content).finding is Finding.GENUINE


def test_an_expired_certificate_signs_nothing(desk: Desk, letter: bytes):
    desk.make_seal(days=1, at=AT - timedelta(hours=23))
    two_hours_later = AT + timedelta(hours=2)
    seals = desk.seals()

    with pytest.raises(CannotSign, match="CERTIFICATE_EXPIRED"):
        seals.seal(letter, uscc=given.GUARANTOR.uscc, at=two_hours_later)
    # Whatever time we say, the timestamp's counts.
    desk.now = two_hours_later
    with pytest.raises(CannotSign, match="CERTIFICATE_NOT_VALID"):
        seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT)


def test_a_revoked_certificate_signs_nothing(desk: Desk, letter: bytes):
    issued = desk.make_seal()
    desk.ca.revoke(issued.serial, at=AT)

    with pytest.raises(CannotSign, match="CERTIFICATE_REVOKED"):
        desk.sealed(letter)


@pytest.mark.parametrize(
    ("revoked_after", "finding"),
    [(timedelta(days=1), Finding.GENUINE), (-timedelta(days=1), Finding.CERTIFICATE_REVOKED)],
)
def test_what_a_newer_list_says_of_the_time_of_signing_counts(
    desk: Desk, letter: bytes, revoked_after: timedelta, finding: Finding
):
    issued = desk.make_seal()
    sealed = desk.sealed(letter)
    desk.ca.revoke(issued.serial, at=AT + revoked_after)
    newer = desk.ca.revocation_list(at=AT + timedelta(days=2))

    assert desk.checker(newer).verify(sealed.content).finding is finding
    # Without it nobody can know.
    assert desk.checker().verify(sealed.content).finding is Finding.GENUINE


def test_a_seal_that_is_replaced_signs_from_then_on(desk: Desk, letter: bytes):
    seals = desk.seals()
    before = seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT).signature.signer
    renewed = desk.make_seal().serial

    after = seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT).signature.signer

    assert before.serial != renewed
    assert after.serial == seals.holder(given.GUARANTOR.uscc).serial == renewed


def test_without_a_current_list_nothing_is_signed(desk: Desk, letter: bytes):
    stale = desk.ca.revocation_list(at=AT - timedelta(days=3))

    for lists in ((), (stale,)):
        with pytest.raises(CannotSign, match="REVOCATION_UNKNOWN"):
            desk.seals(desk.signer(lists=lists)).seal(letter, uscc=given.GUARANTOR.uscc, at=AT)


def test_a_seal_of_no_trusted_authority_signs_nothing(desk: Desk, letter: bytes, tmp_path: Path):
    with given_signing.desk(tmp_path / "impostor") as impostor:
        seals = impostor.seals(desk.signer())

        with pytest.raises(CannotSign, match="SEAL_NOT_TRUSTED"):
            seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT)
        with pytest.raises(CannotSign, match="SEAL_NOT_TRUSTED"):
            seals.holder(given.GUARANTOR.uscc)


def test_a_list_that_ends_between_two_letters_signs_no_second(desk: Desk, letter: bytes):
    seals = desk.seals()
    seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT)
    desk.now = AT + timedelta(hours=24, seconds=1)

    with pytest.raises(CannotSign, match="REVOCATION_UNKNOWN"):
        seals.seal(letter, uscc=given.GUARANTOR.uscc, at=desk.now)


def test_strangers_are_not_believed(desk: Desk, letter: bytes, tmp_path: Path):
    with given_signing.desk(tmp_path / "impostor") as impostor:
        theirs = impostor.sealed(letter).content
        # A stranger's certificate, and yet a timestamp of ours.
        both = (*impostor.lists(), *desk.lists())
        signer = impostor.signer(url=desk.url, trust=desk.ca.chain, lists=both)
        stamped = impostor.seals(signer).seal(letter, uscc=given.GUARANTOR.uscc, at=AT).content

    assert desk.checker().verify(theirs) == Verdict(Finding.TIMESTAMP_NOT_TRUSTED)
    assert desk.checker().verify(stamped) == Verdict(Finding.SIGNER_NOT_TRUSTED)


def test_a_strangers_timestamp_makes_no_letter(desk: Desk, letter: bytes, tmp_path: Path):
    with given_signing.desk(tmp_path / "impostor") as impostor:
        seals = desk.seals(desk.signer(url=impostor.url))

        with pytest.raises(CannotSign, match="TIMESTAMP_NOT_TRUSTED"):
            seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT)


def test_an_authority_that_is_away_leaves_the_letter_unsigned(desk: Desk, letter: bytes):
    seals = desk.seals(desk.signer(url="http://127.0.0.1:9/"))

    with pytest.raises(TimestampUnavailable, match=r"127\.0\.0\.1:9"):
        seals.seal(letter, uscc=given.GUARANTOR.uscc, at=AT)


@pytest.mark.parametrize("uscc", [OTHER.uscc, "", "../../etc/passwd"])
def test_a_seal_that_is_not_here_signs_nothing(desk: Desk, letter: bytes, uscc: str):
    with pytest.raises(CannotSign, match="SEAL_MISSING"):
        desk.seals().seal(letter, uscc=uscc, at=AT)
    with pytest.raises(CannotSign, match="SEAL_MISSING"):
        desk.seals().holder(uscc)


@pytest.mark.parametrize("key", ["P-256", "RSA-2048", "RSA-3072"])
def test_a_bidder_signs_in_the_page_and_the_server_does_the_rest(
    desk: Desk, agreement: bytes, key: str
):
    own = certificates.issued(desk.ca, uscc=given.APPLICANT.uscc, key=key)
    prepared = desk.signer().prepare(agreement, certificate=own.certificate, at=AT)
    to_be_signed = desk.signer().to_be_signed(prepared, certificate=own.certificate)

    # Another request, another process; and the authority has a new list by then.
    desk.ca.revoke("abc", at=AT)
    signed = desk.signer().finish(
        prepared,
        certificate=own.certificate,
        signature=certificates.signature(own, to_be_signed),
    )

    verdict = desk.checker().verify(signed.content, signer=given.APPLICANT.uscc)
    assert (verdict.finding, verdict.signature) == (Finding.GENUINE, signed.signature)
    assert rules.as_named(verdict) == verdict


def test_only_the_certificates_own_key_signs_what_was_prepared(desk: Desk, agreement: bytes):
    own, other = (certificates.issued(desk.ca, uscc=given.APPLICANT.uscc) for _ in range(2))
    signer = desk.signer()
    prepared = signer.prepare(agreement, certificate=own.certificate, at=AT)
    to_be_signed = signer.to_be_signed(prepared, certificate=own.certificate)
    right = certificates.signature(own, to_be_signed)
    later = signer.prepare(agreement, certificate=own.certificate, at=AT + timedelta(seconds=1))

    for file, certificate, signature in (
        (prepared, own, certificates.signature(other, to_be_signed)),
        (prepared, own, certificates.signature(own, b"something else")),
        (prepared, own, b""),
        (prepared, other, right),
        (later, own, right),
    ):
        with pytest.raises(NotOurs):
            signer.finish(file, certificate=certificate.certificate, signature=signature)


def test_a_strangers_certificate_is_given_nothing_to_sign(
    desk: Desk, agreement: bytes, tmp_path: Path
):
    impostor = certificates.authority(tmp_path / "impostor")
    issued = certificates.issued(impostor, uscc=given.APPLICANT.uscc)

    with pytest.raises(NotOurs):
        desk.signer().prepare(agreement, certificate=issued.certificate, at=AT)


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0" * 20])
def test_what_cannot_be_read_proves_nothing(desk: Desk, content: bytes):
    assert desk.checker().verify(content) == Verdict(Finding.UNREADABLE)


def test_every_beginning_of_a_letter_proves_nothing(desk: Desk, sealed: Signed):
    checker = desk.checker()
    ends = itertools.islice(range(len(sealed.content)), 0, None, len(sealed.content) // 20)

    findings = {checker.verify(sealed.content[:end]).finding for end in ends}

    assert Finding.GENUINE not in findings


def test_an_unsigned_letter_says_so(desk: Desk, letter: bytes):
    assert desk.checker().verify(letter) == Verdict(Finding.UNSIGNED)


def _byte_range(content: bytes) -> list[int]:
    return [int(n) for n in PdfFileReader(io.BytesIO(content)).embedded_signatures[0].byte_range]


def _changed(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
