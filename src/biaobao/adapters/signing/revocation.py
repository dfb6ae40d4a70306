"""Fetching the revocation list of an authority."""

from __future__ import annotations

import httpx

from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.domain.parties.types import RevocationList

SIZE_MAX = 20 * 2**20
TIMEOUT = 10.0


class AuthorityUnreachable(Exception):
    """The authority gave no list; the one that is kept goes on until it ends."""


def fetch(url: str, authorities: TrustedAuthorities) -> RevocationList:
    """Return the authority's list of now, its signature checked.

    :raises AuthorityUnreachable: if there is no answer, or no list.
    :raises NotOurs: if what came is not signed by a trusted authority.
    """
    content = b""
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT) as response:
            response.raise_for_status()
            for part in response.iter_bytes():
                content += part
                if len(content) > SIZE_MAX:
                    raise AuthorityUnreachable(f"more than {SIZE_MAX} bytes at {url}")
    except httpx.HTTPError as problem:
        raise AuthorityUnreachable(f"{url}: {problem}") from problem
    return authorities.read_revocation_list(content)
