"""What certificates prove, shown on ones of a real authority."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from biaobao.adapters.signing.sandbox_ca.authority import SandboxAuthority
from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.domain.parties.ports import NotOurs
from tests.given import certificates as given
from tests.given.parties import AT, credit_code

CONTENT = b"what is to be signed"


@pytest.fixture
def ca(tmp_path: Path) -> SandboxAuthority:
    return given.authority(tmp_path / "ca")


@pytest.mark.parametrize("key", ["P-256", "RSA-2048", "RSA-3072"])
def test_a_certificate_says_who_holds_it_and_its_key_signs(ca: SandboxAuthority, key: str):
    code = credit_code()
    issued = given.issued(ca, uscc=code, key=key)
    trust = given.trust(ca)

    holder = trust.holder(issued.certificate)

    assert (holder.uscc, holder.name, holder.serial) == (code, "衢州建设有限公司", issued.serial)
    trust.check_signature(issued.certificate, given.signature(issued, CONTENT), CONTENT)
    listed = ca.revocation_list(at=AT)
    assert trust.objection(issued.certificate, listed, AT) == ""


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 71])
def test_a_signature_of_something_else_proves_nothing(ca: SandboxAuthority, signature: bytes):
    issued = given.issued(ca, uscc=credit_code())
    trust = given.trust(ca)
    other = given.signature(issued, b"something else")
    by_another = given.signature(given.issued(ca, uscc=credit_code()), CONTENT)

    for wrong in (signature, other, by_another):
        with pytest.raises(NotOurs):
            trust.check_signature(issued.certificate, wrong, CONTENT)


def test_another_authority_with_the_same_name_is_not_ours(ca: SandboxAuthority, tmp_path: Path):
    impostor = given.authority(tmp_path / "impostor")
    issued = given.issued(impostor, uscc=credit_code())

    for certificate in (issued.certificate, b"", b"no certificate", issued.certificate[:-9]):
        with pytest.raises(NotOurs):
            given.trust(ca).holder(certificate)
    with pytest.raises(NotOurs):
        TrustedAuthorities.from_file(tmp_path / "no-such.pem").holder(issued.certificate)


def test_the_issuing_certificate_without_its_root_is_no_chain(ca: SandboxAuthority):
    issued = given.issued(ca, uscc=credit_code())

    with pytest.raises(NotOurs):
        TrustedAuthorities([ca.issuing]).holder(issued.certificate)


def test_a_holder_cannot_issue_certificates(ca: SandboxAuthority):
    """A certificate for signing is used as if it were an authority's."""
    key = ec.generate_private_key(ec.SECP256R1())
    holder = x509.load_der_x509_certificate(given.issued(ca, uscc=credit_code()).certificate)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        .issuer_name(holder.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(AT)
        .not_valid_after(AT + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )

    with pytest.raises(NotOurs):
        TrustedAuthorities([ca.root, ca.issuing, holder]).holder(forged)


def test_an_authority_does_not_come_in_itself(ca: SandboxAuthority):
    der = ca.issuing.public_bytes(serialization.Encoding.DER)

    objection = given.trust(ca).objection(der, ca.revocation_list(at=AT), AT)

    assert objection == "CERTIFICATE_NOT_FOR_SIGNING"


def test_a_certificate_counts_from_its_first_to_its_last_second(ca: SandboxAuthority):
    issued = given.issued(ca, uscc=credit_code(), days=1)
    trust = given.trust(ca)
    last = AT + timedelta(days=1)
    listed = ca.revocation_list(at=AT)

    def objection(at):
        return trust.objection(issued.certificate, listed, at)

    second = timedelta(seconds=1)
    assert objection(AT - timedelta(minutes=5) - second) == "CERTIFICATE_NOT_YET_VALID"
    assert objection(last) == ""
    assert objection(last + second) == "CERTIFICATE_EXPIRED"


def test_a_revoked_certificate_is_known_by_the_list(ca: SandboxAuthority):
    issued, other = (given.issued(ca, uscc=credit_code()) for _ in range(2))
    before = ca.revocation_list(at=AT)

    ca.revoke(issued.serial, at=AT)

    listed = ca.revocation_list(at=AT)
    trust = given.trust(ca)
    assert trust.objection(issued.certificate, before, AT) == ""
    assert trust.objection(issued.certificate, listed, AT) == "CERTIFICATE_REVOKED"
    assert trust.objection(other.certificate, listed, AT) == ""
    first, second = (trust.read_revocation_list(each) for each in (before, listed))
    assert (first.number, second.number) == (1, 2)
    assert second.next_update_at == AT + timedelta(hours=24)
    assert second.issuer == trust.holder(issued.certificate).issuer


def test_without_a_current_list_of_the_issuer_nobody_comes_in(ca: SandboxAuthority, tmp_path: Path):
    issued = given.issued(ca, uscc=credit_code())
    trust = given.trust(ca)
    impostor = given.authority(tmp_path / "impostor")
    listed = ca.revocation_list(at=AT)
    spoilt = bytearray(listed)
    spoilt[-1] ^= 1

    for content in (None, b"", b"no list", bytes(spoilt), impostor.revocation_list(at=AT)):
        assert trust.objection(issued.certificate, content, AT) == "REVOCATION_UNKNOWN"
    stale_at = AT + timedelta(hours=24, seconds=1)
    assert trust.objection(issued.certificate, listed, stale_at) == "REVOCATION_UNKNOWN"
    with pytest.raises(NotOurs):
        trust.read_revocation_list(impostor.revocation_list(at=AT))


def test_a_list_that_covers_only_a_part_is_not_used(ca: SandboxAuthority):
    part = x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=True,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    content = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.issuing.subject)
        .last_update(AT)
        .next_update(AT + timedelta(days=1))
        .add_extension(x509.CRLNumber(9), critical=False)
        .add_extension(part, critical=True)
        .sign(ca._key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    issued = given.issued(ca, uscc=credit_code())

    assert given.trust(ca).objection(issued.certificate, content, AT) == "REVOCATION_UNKNOWN"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("91330800MA0000001K", "91330800MA0000001K"),
        ("NTRCN-91330800MA0000001K", "91330800MA0000001K"),
        ("not a code", ""),
    ],
)
def test_the_credit_code_is_read_from_the_subject(ca: SandboxAuthority, written: str, read: str):
    issued = given.issued(ca, uscc=written)

    assert given.trust(ca).holder(issued.certificate).uscc == read
