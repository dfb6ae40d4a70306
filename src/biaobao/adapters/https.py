"""Signed requests to partners over HTTPS: how banks and others with whom a secret is shared are asked."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import httpx

from biaobao.adapters.signature import request_line, sign

JSON = "application/json"
WORDS_MAX = 500


@contextmanager
def asked(  # noqa: PLR0913 - a request is what its words say
    base: httpx.URL,
    secret: str,
    method: str,
    path: str,
    body: bytes,
    *,
    kind: str,
    timeout: httpx.Timeout,
) -> Iterator[httpx.Response]:
    """Ask, and give the answer, its body not read yet; without a body the request's line is signed.

    :raises httpx.HTTPError: if there was no answer, or it broke off.
    """
    url = base.join(path)
    headers = sign(secret, body or request_line(method, url.raw_path.decode()))
    if body:
        headers["content-type"] = kind
    # An agreed partner, not the open web: a proxy of the environment is not asked.
    with (
        httpx.Client(timeout=timeout, verify=_certificates(), trust_env=False) as client,
        client.stream(method, url, content=body or None, headers=headers) as response,
    ):
        yield response


def words(content: bytes) -> str:
    """Return what a partner says is wrong; empty if it says nothing that can be read."""
    try:
        return str(json.loads(content)["error"])[:WORDS_MAX]
    except (ValueError, KeyError, TypeError):
        return ""


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()
