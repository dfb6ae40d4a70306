"""Timestamps (RFC 3161) from an authority, over HTTP."""

from __future__ import annotations

import secrets
import ssl

import httpx
from asn1crypto import algos, cms, core, tsp

from biaobao.domain.documents.ports import TimestampUnavailable

TIMEOUT = 10.0
# Made once: reading the authorities of the web takes longer than asking for a timestamp.
TLS = ssl.create_default_context()


class Response(core.Sequence):  # type: ignore[misc]  # the library is not typed
    """TimeStampResp of RFC 3161, 2.4.2. The library's own does not read refusals: they bring no token."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class TimestampsAt:
    """The timestamp authority at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def stamp(self, sha256: bytes) -> bytes:
        """Return a token over the hash, for this question and no other.

        Whether its signature is to be trusted is for ``pades`` to say.

        :raises TimestampUnavailable: if there is none to be had.
        """
        nonce = secrets.randbits(63)
        imprint = tsp.MessageImprint(
            {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": sha256,
            }
        )
        asked = {"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True}
        answer = self._ask(tsp.TimeStampReq(asked).dump())
        try:
            token = _granted(answer)
            info = token["content"]["encap_content_info"]["content"].parsed
            is_ours = (
                info["nonce"].native == nonce and info["message_imprint"].dump() == imprint.dump()
            )
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise TimestampUnavailable(f"{self._url}: no timestamp: {problem}") from problem
        if not is_ours:
            raise TimestampUnavailable(f"{self._url}: a timestamp of something else")
        content: bytes = token.dump()
        return content

    def _ask(self, question: bytes) -> bytes:
        try:
            response = httpx.post(
                self._url,
                content=question,
                headers={"Content-Type": "application/timestamp-query"},
                timeout=TIMEOUT,
                trust_env=False,
                verify=TLS,
            )
            response.raise_for_status()
        except httpx.HTTPError as problem:
            raise TimestampUnavailable(f"{self._url}: {problem}") from problem
        return response.content


def _granted(answer: bytes) -> cms.ContentInfo:
    response = Response.load(answer, strict=True)
    status = response["status"]
    if status["status"].native not in ("granted", "granted_with_mods"):
        raise ValueError(f"refused, {status['fail_info'].native}")
    return response["time_stamp_token"]
