"""Checking signed PDFs with nothing but the certificates of trusted authorities. Needs no network."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESSubIndic
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from biaobao.adapters.signing.x509 import holder_of
from biaobao.domain.documents.types import Finding, Signature, Verdict

# Lists are asked of signers and of timestamp authorities. Issuing certificates that must no longer be
# trusted are taken out of the file of trusted ones.
REVOCATION = CertRevTrustPolicy(
    RevocationCheckingPolicy(
        ee_certificate_rule=RevocationCheckingRule.CRL_REQUIRED,
        intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
    ),
    # A newer list tells of the time of signing too.
    retroactive_revinfo=True,
)
FINDINGS: dict[AdESSubIndic | None, Finding] = {
    AdESIndeterminate.REVOKED_NO_POE: Finding.CERTIFICATE_REVOKED,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Finding.CERTIFICATE_NOT_VALID,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Finding.CERTIFICATE_NOT_VALID,
    AdESIndeterminate.TRY_LATER: Finding.REVOCATION_UNKNOWN,
    AdESFailure.NOT_YET_VALID: Finding.CERTIFICATE_NOT_VALID,
}
# What is wrong with a stranger's file is told to whoever asked, not to the log.
for library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(library).setLevel(logging.CRITICAL)


class PadesChecker:
    """Checks PDFs as they stand.

    :param trust: root certificates and, for files that do not bring them, issuing ones, PEM;
        ValueError if it is not that.
    :param revocation_lists: newer lists (DER) than those in the files, where there are any.
    """

    def __init__(self, trust: bytes, revocation_lists: Sequence[bytes] = ()) -> None:
        trusted = [
            x509.Certificate.load(each.public_bytes(Encoding.DER))
            for each in load_pem_x509_certificates(trust)
        ]
        self._roots = [each for each in trusted if each.subject == each.issuer]
        self._issuers = [each for each in trusted if each.subject != each.issuer]
        self._lists = tuple(revocation_lists)

    def verify(self, content: bytes, *, signer: str = "") -> Verdict:
        try:
            return self._verdict(PdfFileReader(io.BytesIO(content)), signer)
        except Exception:  # noqa: BLE001 - a stranger's file can break the reader in any way; it proves nothing
            return Verdict(Finding.UNREADABLE)

    def _verdict(self, pdf: PdfFileReader, signer: str) -> Verdict:
        signatures = pdf.embedded_regular_signatures
        if not signatures:
            return Verdict(Finding.UNSIGNED)
        signature = signatures[0]
        if signature.evaluate_signature_coverage() is not SignatureCoverageLevel.ENTIRE_FILE:
            return Verdict(Finding.ALTERED)
        stamped_at = _stamped_at(signature.signer_info)
        if stamped_at is None:
            return Verdict(Finding.TIMESTAMP_MISSING)
        # The file's own lists are of the time of signing: what was valid then stays valid.
        status = validate_pdf_signature(signature, self._context(pdf, stamped_at), skip_diff=True)
        finding = _finding(status)
        if finding is not Finding.GENUINE:
            return Verdict(finding)
        holder = holder_of(load_der_x509_certificate(signature.signer_cert.dump()))
        if signer not in ("", holder.uscc):
            finding = Finding.OTHER_SIGNER
        return Verdict(finding, Signature(holder, stamped_at), _data(pdf))

    def _context(self, pdf: PdfFileReader, at: datetime) -> ValidationContext:
        store = DocumentSecurityStore.read_dss(pdf)
        return ValidationContext(
            trust_roots=self._roots,
            other_certs=[*self._issuers, *store.load_certs()],
            crls=[*self._lists, *(each.get_object().data for each in store.crls)],
            moment=at,
            revinfo_policy=REVOCATION,
        )


def _finding(status: PdfSignatureStatus) -> Finding:
    stamp = status.timestamp_validity
    if not (status.intact and status.valid):
        return Finding.ALTERED
    if stamp is None or not (stamp.intact and stamp.valid and stamp.trusted):
        return Finding.TIMESTAMP_NOT_TRUSTED
    if not status.trusted:
        return FINDINGS.get(status.trust_problem_indic, Finding.SIGNER_NOT_TRUSTED)
    return Finding.GENUINE


def _stamped_at(signer: cms.SignerInfo) -> datetime | None:
    for attribute in signer["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            token = attribute["values"][0]["content"]
            at: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
            return at
    return None


def _data(pdf: PdfFileReader) -> bytes:
    attached = pdf.root.get("/AF")
    content: bytes = attached[0]["/EF"]["/F"].data if attached else b""
    return content
