"""The sandbox timestamp authority: says when it saw a hash, and signs that."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from asn1crypto import cms, tsp, x509
from cryptography.hazmat.primitives.serialization import Encoding

from biaobao.adapters.signing import keys, signed_data
from biaobao.adapters.signing.sandbox_ca.authority import Issued, Request
from biaobao.adapters.signing.timestamps import Response
from biaobao.core import uscc

USCC = uscc.with_check("91330800MA28F00T5")
# 2.999 is the arc for examples.
POLICY = "2.999.3161.1"
HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
TEN_YEARS, A_YEAR = 3650, 365


class SandboxTimestamps:
    """An authority that keeps its key in a folder, certified on first use."""

    def __init__(self, folder: Path, certify: Callable[[Request], Issued]) -> None:
        kept = folder / "key.pem"
        if not kept.exists():
            password = secrets.token_urlsafe()
            asked = Request(
                "标保演示时间戳机构",
                USCC,
                "标保演示时间戳",
                password,
                TEN_YEARS,
                "P-256",
                "timestamps",
                past_days=A_YEAR,
            )
            keys.keep(kept, certify(asked).pkcs12, password)
        self._key = keys.read(kept)
        self._certificates = [
            x509.Certificate.load(each.public_bytes(Encoding.DER))
            for each in self._key.certificates
        ]

    def answer(self, question: bytes, *, at: datetime) -> bytes:
        """Return the response to a request, a rejection where it cannot be granted. All in DER."""
        try:
            asked = tsp.TimeStampReq.load(question, strict=True)
            imprint = asked["message_imprint"]
            kind, hashed = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"]
            is_whole = HASHES.get(kind) == len(hashed.native)
            policy = asked["req_policy"].native
        except (ValueError, TypeError):
            return _rejection("bad_data_format")
        if not is_whole:
            return _rejection("bad_alg")
        if policy not in (None, POLICY):
            return _rejection("unaccepted_policy")
        status = tsp.PKIStatusInfo({"status": "granted"})
        token = self._token(asked, at)
        return bytes(Response({"status": status, "time_stamp_token": token}).dump())

    def _token(self, asked: tsp.TimeStampReq, at: datetime) -> cms.ContentInfo:
        info = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": secrets.randbits(127),
            "gen_time": at.replace(microsecond=0),
            "accuracy": tsp.Accuracy({"seconds": 1}),
        }
        if asked["nonce"].native is not None:
            info["nonce"] = asked["nonce"]
        said = tsp.TSTInfo(info).dump()
        own = self._certificates[0]
        attributes = signed_data.attributes("tst_info", hashlib.sha256(said).digest(), own)
        shown = self._certificates if asked["cert_req"].native else []
        return signed_data.signed_data(
            attributes, self._key.sign(attributes.dump()), own, shown, carried=said
        )


def _rejection(failure: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {failure}})
    return bytes(Response({"status": status}).dump())
