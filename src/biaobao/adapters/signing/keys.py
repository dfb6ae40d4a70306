"""Keys that are kept on this machine, each with its certificate, in a file that only its owner may read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

KEYS_AT_HAND = 64


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and what was certified of it, the certificate of its issuer following."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificates: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> bytes:
        """Return its own certificate, DER."""
        return self.certificates[0].public_bytes(Encoding.DER)

    def sign(self, content: bytes) -> bytes:
        """Return the signature with SHA-256 as X.509 tools write it."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(content, ec.ECDSA(hashes.SHA256()))
        return self.private.sign(content, padding.PKCS1v15(), hashes.SHA256())


def read(path: Path) -> Key:
    """Read a key that ``keep`` wrote: PEM, the key first. One that is put in its place is seen at once.

    :raises FileNotFoundError: if there is none.
    """
    return _loaded(path.read_bytes())


# Loading an RSA key checks that it is one, which takes longer than making a letter; so each is loaded once.
@lru_cache(maxsize=KEYS_AT_HAND)
def _loaded(content: bytes) -> Key:
    private = serialization.load_pem_private_key(content, None)
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("a key of another kind")
    return Key(private, tuple(x509.load_pem_x509_certificates(content)))


def opened(packed: bytes, password: str) -> Key:
    """Return the key in a PKCS#12 file.

    :raises ValueError: if there is none with its certificate, or the password is another.
    """
    bag = pkcs12.load_pkcs12(packed, password.encode())
    if not isinstance(bag.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or not bag.cert:
        raise ValueError("no key with its certificate")
    return Key(bag.key, tuple(each.certificate for each in (bag.cert, *bag.additional_certs)))


def keep(path: Path, packed: bytes, password: str) -> None:
    """Write the key in a PKCS#12 file where ``read`` finds it."""
    key = opened(packed, password)
    private = key.private.private_bytes(
        Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificates = [each.public_bytes(Encoding.PEM) for each in key.certificates]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(b"".join((private, *certificates)))
