"""Signs what goes between a partner and the house, and checks it: Standard Webhooks, both ways."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping
from uuid import uuid4

LASTS_SECONDS = 5 * 60


class NotSigned(Exception):
    """The content was not signed with the shared secret within the last five minutes."""


def sign(secret: str, content: bytes, *, message_id: str = "") -> dict[str, str]:
    """Return the headers that prove who sent the content, and when.

    A message sent again keeps its ``message_id``.
    """
    named = message_id or f"msg_{uuid4().hex}"
    at = str(int(time.time()))
    return {
        "webhook-id": named,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{_signature(secret, named, at, content).decode()}",
    }


def verify(secret: str, headers: Mapping[str, str], content: bytes) -> None:
    """Let content pass that carries a signature of ours, made within five minutes.

    :param headers: those of the request, in any case.
    :raises NotSigned: if it does not, whatever is wrong with it.
    """
    given = {name.lower(): value for name, value in headers.items()}
    named, at = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    try:
        age = time.time() - int(at)
        ours = _signature(secret, named, at, content)
    except ValueError as reason:
        raise NotSigned("Malformed timestamp or secret") from reason
    if abs(age) > LASTS_SECONDS:
        raise NotSigned("The signature is too old or too new")
    # Several may stand there while the secret is changed.
    for signature in given.get("webhook-signature", "").split(" "):
        version, _, theirs = signature.partition(",")
        if version == "v1" and hmac.compare_digest(theirs.encode(), ours):
            return
    raise NotSigned("No signature of ours")


def request_line(method: str, path: str) -> bytes:
    """Return what is signed for a request without a body: its method and its path with query."""
    return f"{method.upper()} {path}".encode()


def _signature(secret: str, named: str, at: str, content: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if not key:
        raise ValueError("there is no secret")
    signed = b"%b.%b.%b" % (named.encode(), at.encode(), content)
    return base64.b64encode(hmac.digest(key, signed, "sha256"))
