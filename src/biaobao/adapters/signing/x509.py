"""X.509 certificates of trusted authorities: chain, validity, use, revocation, signatures.

Written on the parts of the ``cryptography`` library: its whole verifier asks for a subject
alternative name, which certificates for people do not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtensionOID, NameOID

from biaobao.domain.parties.ports import NotOurs
from biaobao.domain.parties.types import Holder, RevocationList

RSA_BITS_MIN = 2048
CHAIN_LENGTH_MAX = 5
PAIRS_AT_HAND = 256
P256_BYTES = 32
CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
# RFC 5280, 5.2: a list with any other critical extension may cover less than it seems.
KNOWN_IN_A_LIST = {ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER}
STRONG_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class TrustedAuthorities:
    """The authorities whose roots and issuing certificates somebody put into a file here.

    Issuing certificates come from that file, never from a visitor; one that must no longer be
    trusted is taken out of it.
    """

    def __init__(self, certificates: Iterable[x509.Certificate]) -> None:
        self._issuers = tuple(certificates)

    @classmethod
    def from_pem(cls, content: bytes) -> TrustedAuthorities:
        """Read root and issuing certificates, one after the other.

        :raises ValueError: if the content is not that.
        """
        return cls(x509.load_pem_x509_certificates(content))

    @classmethod
    def from_file(cls, path: Path) -> TrustedAuthorities:
        """Read the file; where there is none, no certificate is trusted."""
        return cls.from_pem(path.read_bytes()) if path.exists() else cls(())

    def holder(self, certificate: bytes) -> Holder:
        """Return what the certificate says, once its chain ends at a root of ours.

        :raises NotOurs: if it does not.
        """
        return holder_of(self._ours(certificate))

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return the certificates (DER) that lead from this one to a root of ours.

        :raises NotOurs: if none do.
        """
        chain = self._chain(self._ours(certificate))
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in chain)

    def check_signature(self, certificate: bytes, signature: bytes, content: bytes) -> None:
        """Let a signature over the content pass if the certificate's key made it.

        :raises NotOurs: if it did not.
        """
        key = self._ours(certificate).public_key()
        try:
            match key:
                case rsa.RSAPublicKey() if key.key_size >= RSA_BITS_MIN:
                    key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
                case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
                    key.verify(as_dss(signature), content, ec.ECDSA(hashes.SHA256()))
                case _:
                    raise NotOurs("key of another kind")
        except InvalidSignature:
            raise NotOurs("signature of another key or content") from None

    def objection(self, certificate: bytes, revocation_list: bytes | None, at: datetime) -> str:
        """Return the code of the first thing wrong with a certificate of ours, or nothing."""
        leaf = self._ours(certificate)
        chain = (leaf, *self._chain(leaf))
        if any(at < each.not_valid_before_utc for each in chain):
            return "CERTIFICATE_NOT_YET_VALID"
        if any(at > each.not_valid_after_utc for each in chain):
            return "CERTIFICATE_EXPIRED"
        if not _may_sign(leaf):
            return "CERTIFICATE_NOT_FOR_SIGNING"
        return self._revocation(leaf, revocation_list, at)

    def read_revocation_list(self, content: bytes) -> RevocationList:
        """Return the list (DER), once an authority of ours signed it.

        :raises NotOurs: if none did, or it is no list that can be used.
        """
        crl, issuer = self._list(content)
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        if crl.next_update_utc is None:
            raise NotOurs("list without an end")
        return RevocationList(issuer.subject.rfc4514_string(), number, content, crl.next_update_utc)

    def _ours(self, certificate: bytes) -> x509.Certificate:
        try:
            leaf = x509.load_der_x509_certificate(certificate)
            chain = self._chain(leaf)
            leaf.extensions  # noqa: B018 - reads them all, and raises where they cannot be read
        except (ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound) as problem:
            raise NotOurs("cannot be read") from problem
        if not chain:
            raise NotOurs("no chain to a root of ours")
        return leaf

    def _chain(self, leaf: x509.Certificate) -> Sequence[x509.Certificate]:
        """Return the issuers up to a root, or nothing if they lead to none."""
        chain: list[x509.Certificate] = []
        below = leaf
        while len(chain) < CHAIN_LENGTH_MAX:
            issuer = self._issuer_of(below, under_it=len(chain))
            if issuer is None:
                return ()
            chain.append(issuer)
            if issuer.subject == issuer.issuer:
                return chain
            below = issuer
        return ()

    def _issuer_of(self, below: x509.Certificate, *, under_it: int) -> x509.Certificate | None:
        for issuer in self._issuers:
            if _may_issue(issuer, under_it) and _is_issued_by(below, issuer):
                return issuer
        return None

    def _revocation(self, leaf: x509.Certificate, content: bytes | None, at: datetime) -> str:
        try:
            crl, issuer = self._list(content or b"")
        except NotOurs:
            return "REVOCATION_UNKNOWN"
        ends_at = crl.next_update_utc
        is_current = ends_at is not None and crl.last_update_utc <= at <= ends_at
        if issuer.subject != leaf.issuer or not is_current:
            return "REVOCATION_UNKNOWN"
        revoked = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
        return "CERTIFICATE_REVOKED" if revoked else ""

    def _list(self, content: bytes) -> tuple[x509.CertificateRevocationList, x509.Certificate]:
        try:
            crl = x509.load_der_x509_crl(content)
            unknown = {each.oid for each in crl.extensions if each.critical} - KNOWN_IN_A_LIST
            crl.extensions.get_extension_for_class(x509.CRLNumber)
        except (ValueError, x509.ExtensionNotFound) as problem:
            raise NotOurs("cannot be read") from problem
        if unknown:
            raise NotOurs("a list for something else")
        for issuer in self._issuers:
            if issuer.subject == crl.issuer and _may_issue(issuer, 0) and _signed_list(issuer, crl):
                return crl, issuer
        raise NotOurs("not signed by an authority of ours")


def holder_of(certificate: x509.Certificate) -> Holder:
    """Return what a certificate says, whoever issued it."""
    return Holder(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        serial=f"{certificate.serial_number:x}",
        issuer=certificate.issuer.rfc4514_string(),
        uscc=_credit_code(certificate.subject),
        name=_first(certificate.subject, NameOID.ORGANIZATION_NAME),
    )


def as_dss(signature: bytes) -> bytes:
    """Return a P-256 signature as X.509 tools want it: browsers give r and s side by side (IEEE P1363).

    :raises NotOurs: if it is none.
    """
    if len(signature) != 2 * P256_BYTES:
        raise NotOurs("not a P-256 signature")
    r, s = signature[:P256_BYTES], signature[P256_BYTES:]
    return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def as_der(content: bytes) -> bytes:
    """Return a certificate file's DER form; what is no PEM is taken for DER."""
    try:
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError:
        return content
    return certificate.public_bytes(serialization.Encoding.DER)


def _may_issue(issuer: x509.Certificate, under_it: int) -> bool:
    try:
        limits = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    is_long_enough = limits.path_length is None or limits.path_length >= under_it
    return limits.ca and usage.key_cert_sign and is_long_enough


# Who signed what never changes: the pairs that come again and again, like a seal and its authority, are
# looked at once. Times and lists are looked at each time.
@lru_cache(maxsize=PAIRS_AT_HAND)
def _is_issued_by(below: x509.Certificate, issuer: x509.Certificate) -> bool:
    if not isinstance(below.signature_hash_algorithm, STRONG_HASHES):
        return False
    try:
        below.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signed_list(issuer: x509.Certificate, crl: x509.CertificateRevocationList) -> bool:
    key = issuer.public_key()
    usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    if not usage.crl_sign or not isinstance(crl.signature_hash_algorithm, STRONG_HASHES):
        return False
    return isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and crl.is_signature_valid(
        key
    )


def _may_sign(leaf: x509.Certificate) -> bool:
    try:
        if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        return leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return False


def _credit_code(subject: x509.Name) -> str:
    """Return the credit code: the organisation identifier, or the serial number as many CAs do."""
    for oid in (NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER):
        # ETSI EN 319 412-1 puts the kind of register before it: NTRCN-91330800….
        code = _first(subject, oid).rpartition("-")[2]
        if CREDIT_CODE.fullmatch(code):
            return code
    return ""


def _first(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = subject.get_attributes_for_oid(oid)
    return str(values[0].value) if values else ""
