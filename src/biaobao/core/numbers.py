"""Numbers drawn by lot: consecutive ones would tell how many there are."""

from __future__ import annotations

import secrets

# Letters and digits that people do not take for one another: five bits each.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def drawn(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
