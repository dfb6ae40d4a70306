"""Signs what goes between a bank and the house, and checks it: Standard Webhooks, both ways."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError


class NotSigned(Exception):
    """The content was not signed with the shared secret within the last five minutes."""


def sign(secret: str, content: bytes, *, message_id: str = "") -> dict[str, str]:
    """Return the headers that prove who sent the content, and when.

    A message sent again keeps its ``message_id``. What is signed must be UTF-8, as ISO 20022 asks.
    """
    named = message_id or f"msg_{uuid4().hex}"
    now = datetime.now(UTC)
    return {
        "webhook-id": named,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(named, now, content.decode()),
    }


def verify(secret: str, headers: Mapping[str, str], content: bytes) -> None:
    """Let content pass that carries a signature of ours, made within five minutes.

    :param headers: those of the request, in any case.
    :raises NotSigned: if it does not, whatever is wrong with it.
    """
    try:
        Webhook(secret).verify(content, dict(headers), json_parse=False)
    except WebhookVerificationError as reason:
        raise NotSigned(str(reason)) from reason
    except UnicodeDecodeError as reason:
        raise NotSigned("The signed content is not UTF-8") from reason
    except (ValueError, TypeError, binascii.Error, EmptyWebhookSecretError) as reason:
        raise NotSigned("Malformed signature or secret") from reason


def request_line(method: str, path: str) -> bytes:
    """Return what is signed for a request without a body: its method and its path with query."""
    return f"{method.upper()} {path}".encode()
