"""How a security moves."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class SecurityState(StrEnum):
    """The obligation to secure a lot: open, or met by a live cover."""

    REQUIRED = "REQUIRED"
    SECURED = "SECURED"


SECURITY: Table[SecurityState] = {
    SecurityState.REQUIRED: frozenset({SecurityState.SECURED}),
    # Back only when its cover is lost: the bank reverses the credit.
    SecurityState.SECURED: frozenset({SecurityState.REQUIRED}),
}
