"""Numbers drawn by lot: consecutive ones would tell how many there are. Verification codes too."""

from __future__ import annotations

import hashlib
import secrets

# Letters and digits that people do not take for one another: five bits each.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# Of a verification code: 130 bits in all.
CODE_LENGTH = 26


def drawn(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def code_sha256(code: str) -> str:
    """Return the hash that a verification code is compared by, however it was typed."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
