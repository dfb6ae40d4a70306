"""Which page of a list an address asks for."""

from __future__ import annotations


def asked_page(text: str) -> int:
    """Return the page number that an address asks for, 1 when it asks for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004 - below a million
