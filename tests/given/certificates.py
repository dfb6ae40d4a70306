"""Certificates of a sandbox authority, and signing with them as a browser does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12

from biaobao.adapters.signing.sandbox_ca.authority import Issued, Request, SandboxAuthority
from biaobao.adapters.signing.x509 import TrustedAuthorities
from tests.given.parties import AT

PASSWORD = "file-password"


def authority(folder: Path, *, at: datetime = AT) -> SandboxAuthority:
    return SandboxAuthority(folder, at=at)


def trust(*authorities: SandboxAuthority) -> TrustedAuthorities:
    return TrustedAuthorities.from_pem(b"".join(each.chain for each in authorities))


def issued(
    authority: SandboxAuthority,
    *,
    uscc: str,
    organisation: str = "衢州建设有限公司",
    person: str = "王建国",
    days: int = 365,
    key: str = "P-256",
    at: datetime = AT,
) -> Issued:
    asked = Request(organisation, uscc, person, PASSWORD, days, key)
    return authority.issue(asked, at=at)


def signature(issued: Issued, content: bytes) -> bytes:
    """Sign as WebCrypto does: r and s side by side, not as DER."""
    key, _, _ = pkcs12.load_key_and_certificates(issued.pkcs12, PASSWORD.encode())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    return key.sign(content, padding.PKCS1v15(), hashes.SHA256())
