"""How a security moves."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class SecurityState(StrEnum):
    """The obligation to secure a lot: open, met by a live cover, or over and the cover given back."""

    REQUIRED = "REQUIRED"
    SECURED = "SECURED"
    RELEASED = "RELEASED"


SECURITY: Table[SecurityState] = {
    SecurityState.REQUIRED: frozenset({SecurityState.SECURED}),
    # Back when its cover is lost: the bank reverses the credit, or the bidder gives the way up.
    SecurityState.SECURED: frozenset({SecurityState.REQUIRED, SecurityState.RELEASED}),
    SecurityState.RELEASED: frozenset(),
}
