"""Signatures as CMS writes them (RFC 5652, RFC 5035): of a file beside them, or of what they carry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from asn1crypto import algos, cms, core, tsp, x509

SHA256 = algos.DigestAlgorithm({"algorithm": "sha256"})
OF_KEYS = {"ec": "sha256_ecdsa", "rsa": "sha256_rsa"}


def attributes(kind: str, sha256: bytes, certificate: x509.Certificate) -> cms.CMSAttributes:
    """Return what the certificate's key must sign for a content of a kind and hash."""
    named = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate.dump()).digest()})
    values = {
        "content_type": kind,
        "message_digest": sha256,
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [named]}),
    }
    return cms.CMSAttributes([_attribute(name, value) for name, value in values.items()])


def signed_data(
    attributes: cms.CMSAttributes,
    signature: bytes,
    own: x509.Certificate,
    shown: Sequence[x509.Certificate],
    *,
    carried: bytes | None = None,
    timestamp: bytes | None = None,
) -> cms.ContentInfo:
    """Return the signature.

    :param own: the signer's certificate.
    :param shown: certificates to go with it.
    :param carried: the content that was signed, where it is not beside.
    :param timestamp: a token over the signature.
    """
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": own.issuer, "serial_number": own.serial_number}
                )
            }
        ),
        "digest_algorithm": SHA256,
        "signed_attrs": attributes,
        "signature_algorithm": algos.SignedDigestAlgorithm(
            {"algorithm": OF_KEYS[own.public_key.algorithm]}
        ),
        "signature": signature,
    }
    if timestamp is not None:
        token = cms.ContentInfo.load(timestamp)
        signer["unsigned_attrs"] = [_attribute("signature_time_stamp_token", token)]
    content = {"content_type": attributes[0]["values"][0]}
    if carried is not None:
        content["content"] = core.ParsableOctetString(carried)
    signed = {
        "version": "v1" if carried is None else "v3",
        "digest_algorithms": [SHA256],
        "encap_content_info": content,
        "certificates": list(shown),
        "signer_infos": [cms.SignerInfo(signer)],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})
