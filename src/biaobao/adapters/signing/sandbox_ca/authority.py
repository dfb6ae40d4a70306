"""The sandbox authority: a root, an issuing certificate, and what they issued and revoked."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

TEN_YEARS = timedelta(days=3650)
LIST_LASTS = timedelta(hours=24)
LIST_IS_RENEWED = timedelta(hours=1)
# Clocks differ by seconds; a list or certificate of this second must already count.
A_MOMENT = timedelta(minutes=5)
KEYS = ("RSA-3072", "RSA-2048", "P-256")
# What a certificate is for, and whether for nothing else: RFC 3161, 2.3 asks that of timestamps.
PURPOSES = {
    "signing": (ExtendedKeyUsageOID.CLIENT_AUTH, False),
    "timestamps": (ExtendedKeyUsageOID.TIME_STAMPING, True),
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, as a file under a password, and the certificate alone."""

    serial: str
    pkcs12: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked to be certified.

    :param key: one of ``KEYS``.
    :param purpose: one of ``PURPOSES``.
    :param past_days: since how many days before now it is valid: the demo's world has a past.
    """

    organisation: str
    uscc: str
    person: str
    password: str
    days: int = 365
    key: str = "RSA-3072"
    purpose: str = "signing"
    past_days: int = 0


class SandboxAuthority:
    """An authority that keeps its keys and its revocations in a folder, made on first use."""

    def __init__(self, folder: Path, *, at: datetime) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        if not self._book_file.exists():
            self._found(at)
        self._key = _read_key(folder / "issuing.key")
        self.issuing = x509.load_pem_x509_certificate((folder / "issuing.pem").read_bytes())
        self.root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())

    @property
    def chain(self) -> bytes:
        """The issuing certificate and the root, PEM: what others trust."""
        return b"".join(
            each.public_bytes(serialization.Encoding.PEM) for each in (self.issuing, self.root)
        )

    def issue(self, request: Request, *, at: datetime) -> Issued:
        """Issue a certificate, valid from a moment before now, or from as many days as are asked for.

        :raises ValueError: if what is asked for is none of ``KEYS`` or ``PURPOSES``.
        """
        if request.purpose not in PURPOSES:
            raise ValueError(f"purpose must be one of {tuple(PURPOSES)}")
        use, is_only = PURPOSES[request.purpose]
        key = _new_key(request.key)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, request.organisation),
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, request.uscc),
                x509.NameAttribute(NameOID.COMMON_NAME, request.person),
            ]
        )
        certificate = (
            _builder(subject, self.issuing.subject, key)
            .not_valid_before(at - A_MOMENT - timedelta(days=request.past_days))
            .not_valid_after(at + timedelta(days=request.days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=is_only)
            .sign(self._key, hashes.SHA256())
        )
        packed = pkcs12.serialize_key_and_certificates(
            request.person.encode(),
            key,
            certificate,
            [self.issuing],
            serialization.BestAvailableEncryption(request.password.encode()),
        )
        der = certificate.public_bytes(serialization.Encoding.DER)
        return Issued(f"{certificate.serial_number:x}", packed, der)

    def revoke(self, serial: str, *, at: datetime) -> None:
        """Put the certificate on the list, once and for all."""
        with self._lock:
            book = self._book()
            book["revoked"].setdefault(serial, at.isoformat())
            book["list_made_at"] = ""
            self._write_book(book)

    def revocation_list(self, *, at: datetime) -> bytes:
        """Return the list of now (DER), made anew each hour and after each revocation."""
        with self._lock:
            book = self._book()
            kept = self._folder / "list.der"
            made_at = book["list_made_at"]
            if made_at and at - datetime.fromisoformat(made_at) < LIST_IS_RENEWED:
                return kept.read_bytes()
            book["number"] += 1
            book["list_made_at"] = at.isoformat()
            content = self._make_list(book, at)
            kept.write_bytes(content)
            self._write_book(book)
            return content

    def past_list(self, *, at: datetime) -> bytes:
        """Return the list (DER) as it would have been made at an instant: the demo's world has a past."""
        with self._lock:
            return self._make_list(self._book(), at)

    def _make_list(self, book: dict[str, Any], at: datetime) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issuing.subject)
            .last_update(at - A_MOMENT)
            .next_update(at + LIST_LASTS)
            .add_extension(x509.CRLNumber(book["number"]), critical=False)
        )
        for serial, revoked_at in book["revoked"].items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(serial, 16))
                .revocation_date(datetime.fromisoformat(revoked_at))
                .build()
            )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _found(self, at: datetime) -> None:
        root_key, issuing_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name, issuing_name = _authority_name("根"), _authority_name("签发")
        root = _authority_certificate(root_name, root_name, root_key, 1, at).sign(
            root_key, hashes.SHA256()
        )
        issuing = _authority_certificate(issuing_name, root_name, issuing_key, 0, at).sign(
            root_key, hashes.SHA256()
        )
        for name, certificate in (("root", root), ("issuing", issuing)):
            pem = certificate.public_bytes(serialization.Encoding.PEM)
            (self._folder / f"{name}.pem").write_bytes(pem)
        # The root's key is not kept: it has done its one work.
        _write_key(self._folder / "issuing.key", issuing_key)
        self._write_book({"number": 0, "list_made_at": "", "revoked": {}})

    @property
    def _book_file(self) -> Path:
        return self._folder / "book.json"

    def _book(self) -> dict[str, Any]:
        book: dict[str, Any] = json.loads(self._book_file.read_text())
        return book

    def _write_book(self, book: dict[str, Any]) -> None:
        self._book_file.write_text(json.dumps(book))


def _authority_name(which: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "标保演示电子认证机构"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"标保演示{which} CA"),
        ]
    )


def _authority_certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    path_length: int,
    at: datetime,
) -> x509.CertificateBuilder:
    return (
        _builder(subject, issuer, key)
        # Older than what it certifies, whatever past that has.
        .not_valid_before(at - TEN_YEARS)
        .not_valid_after(at + TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(signature=False), critical=True)
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: Key) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )


def _usage(*, signature: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=signature,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signature,
        crl_sign=not signature,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key(kind: str) -> Key:
    if kind == "P-256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind not in KEYS:
        raise ValueError(f"key must be one of {KEYS}")
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("RSA-")))


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not the authority's key")
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
