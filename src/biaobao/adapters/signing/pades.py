"""Signing PDFs (PAdES B-LT): one signature over the whole file, with timestamp and revocation data within.

Certificates and revocation lists go into the file before it is signed, so that nothing has to follow the
signature: a genuine file is genuine to its last byte.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import SignatureObject
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.validation.dss import DocumentSecurityStore

from biaobao.adapters.signing import keys, signed_data
from biaobao.adapters.signing.pades_checking import PadesChecker
from biaobao.adapters.signing.x509 import TrustedAuthorities, as_dss
from biaobao.core.instants import SHANGHAI
from biaobao.core.uscc import is_valid
from biaobao.domain.documents.ports import CannotSign, Timestamping
from biaobao.domain.documents.types import Finding, Signed
from biaobao.domain.parties.ports import NotOurs
from biaobao.domain.parties.types import Holder

FIELD = "Signature"
# Certificates, timestamp and signature take 3 to 9 KiB; in the file each byte has two digits.
DIGITS = 2 * 10 * 1024
ROOM = b"<" + b"0" * DIGITS + b">"


class PadesSigner:
    """Signs with keys that are elsewhere.

    :param trust: root and issuing certificates, PEM.
    :param revocation_lists: current lists (DER) of all authorities concerned, that of timestamps too.
    """

    def __init__(
        self, trust: bytes, revocation_lists: Sequence[bytes], timestamps: Timestamping
    ) -> None:
        self._authorities = TrustedAuthorities.from_pem(trust)
        self._lists = tuple(revocation_lists)
        self._timestamps = timestamps
        self._checker = PadesChecker(trust)

    def prepare(self, content: bytes, *, certificate: bytes, at: datetime) -> bytes:
        chain = [certificate, *self._authorities.issuers(certificate)]
        self._require_valid(certificate, at)
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[x509.Certificate.load(each) for each in chain],
            crls=[crl.CertificateList.load(each) for each in self._lists],
        )
        return _with_room(writer, at)

    def to_be_signed(self, prepared: bytes, *, certificate: bytes) -> bytes:
        return bytes(_attributes(prepared, x509.Certificate.load(certificate)).dump())

    def finish(self, prepared: bytes, *, certificate: bytes, signature: bytes) -> Signed:
        own = x509.Certificate.load(certificate)
        attributes = _attributes(prepared, own)
        self._authorities.check_signature(certificate, signature, attributes.dump())
        is_rsa = own.public_key.algorithm == "rsa"
        return self._filled(prepared, own, attributes, signature if is_rsa else as_dss(signature))

    def sign(self, content: bytes, key: keys.Key, *, at: datetime) -> Signed:
        """Sign with a key that is here.

        :raises TimestampUnavailable: if the authority gives no timestamp.
        :raises CannotSign: if the certificate must not sign now, or the outcome is not genuine.
        """
        prepared = self.prepare(content, certificate=key.certificate, at=at)
        own = x509.Certificate.load(key.certificate)
        attributes = _attributes(prepared, own)
        return self._filled(prepared, own, attributes, key.sign(attributes.dump()))

    def holder(self, certificate: bytes) -> Holder:
        return self._authorities.holder(certificate)

    def _filled(
        self,
        prepared: bytes,
        own: x509.Certificate,
        attributes: cms.CMSAttributes,
        signature: bytes,
    ) -> Signed:
        """Put signature (as X.509 tools write it) and timestamp in, and let out only what proves itself.

        :raises TimestampUnavailable: if the authority gives no timestamp.
        :raises CannotSign: if the outcome is not genuine, as when the timestamp is of a stranger.
        """
        token = self._timestamps.stamp(hashlib.sha256(signature).digest())
        issuers = [x509.Certificate.load(each) for each in self._authorities.issuers(own.dump())]
        made = signed_data.signed_data(
            attributes, signature, own, [own, *issuers[:-1]], timestamp=token
        )
        start, end = _room(prepared)
        digits = made.dump().hex().upper().encode().ljust(DIGITS, b"0")
        content = b"%b<%b>%b" % (prepared[:start], digits, prepared[end:])
        verdict = self._checker.verify(content)
        if verdict.finding is not Finding.GENUINE or verdict.signature is None:
            raise CannotSign(verdict.finding)
        return Signed(content, verdict.signature)

    def _require_valid(self, certificate: bytes, at: datetime) -> None:
        found = {
            self._authorities.objection(certificate, each, at) for each in (*self._lists, None)
        }
        # Of several lists one is its issuer's; the others cannot know.
        objection = "" if "" in found else min(found)
        if objection:
            raise CannotSign(objection)


class Seals:
    """Signs with the keys of guarantors in a folder: ``<credit code>.pem``, as ``keys.keep`` writes them,
    and ``<credit code>.svg``, its picture."""

    def __init__(self, folder: Path, signer: PadesSigner) -> None:
        self._folder = folder
        self._signer = signer

    def holder(self, uscc: str) -> Holder:
        return self._trusted(uscc)[1]

    def picture(self, uscc: str) -> bytes:
        return self._found(uscc, "svg").read_bytes()

    def seal(self, content: bytes, *, uscc: str, at: datetime) -> Signed:
        return self._signer.sign(content, self._trusted(uscc)[0], at=at)

    def _trusted(self, uscc: str) -> tuple[keys.Key, Holder]:
        key = keys.read(self._found(uscc, "pem"))
        try:
            return key, self._signer.holder(key.certificate)
        except NotOurs as problem:
            raise CannotSign("SEAL_NOT_TRUSTED") from problem

    def _found(self, uscc: str, ending: str) -> Path:
        path = self._folder / f"{uscc}.{ending}"
        if not (is_valid(uscc) and path.exists()):
            raise CannotSign("SEAL_MISSING")
        return path


def _with_room(writer: IncrementalPdfFileWriter, at: datetime) -> bytes:
    steps: Any = PdfCMSEmbedder().write_cms(FIELD, writer)
    next(steps)
    placeholder = SignatureObject(
        timestamp=at.astimezone(SHANGHAI).replace(microsecond=0),
        subfilter=SigSeedSubFilter.PADES,
        bytes_reserved=DIGITS,
    )
    lock = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    steps.send(SigObjSetup(placeholder, mdp_setup=lock))
    _, output = steps.send(SigIOSetup("sha256"))
    return bytes(output.getvalue())


def _room(prepared: bytes) -> tuple[int, int]:
    start = prepared.rindex(ROOM)
    return start, start + len(ROOM)


def _attributes(prepared: bytes, certificate: x509.Certificate) -> cms.CMSAttributes:
    start, end = _room(prepared)
    covered = hashlib.sha256(prepared[:start])
    covered.update(prepared[end:])
    return signed_data.attributes("data", covered.digest(), certificate)
