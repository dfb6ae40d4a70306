"""What an address asks of a list: which page of it, and by which words."""

from __future__ import annotations


def asked_page(text: str) -> int:
    """Return the page number that an address asks for, 1 when it asks for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004 - below a million


def asked_words(text: str) -> str:
    """Return the words that an address searches for; there is no text with NUL in the database."""
    return text.replace("\0", "").strip()
