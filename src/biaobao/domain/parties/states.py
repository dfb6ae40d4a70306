"""How a basic account moves."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class BasicAccountState(StrEnum):
    """A bidder's basic account (基本账户): as told by the bidder, then confirmed by an operator."""

    UNCONFIRMED = "UNCONFIRMED"
    CONFIRMED = "CONFIRMED"


BASIC_ACCOUNT: Table[BasicAccountState] = {
    BasicAccountState.UNCONFIRMED: frozenset({BasicAccountState.CONFIRMED}),
    # A changed number has to be confirmed anew.
    BasicAccountState.CONFIRMED: frozenset({BasicAccountState.UNCONFIRMED}),
}
