"""How a deposit and the credits to it stand."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class DepositState(StrEnum):
    """A deposit: money expected, part of it here, all of it in time, or money that does not count."""

    EXPECTED = "EXPECTED"
    PARTIAL = "PARTIAL"
    CONFIRMED = "CONFIRMED"
    INVALID = "INVALID"


_ALL = frozenset(DepositState)
# What stands follows from the credits alone, each time anew, so every state can follow every other.
DEPOSIT: Table[DepositState] = {state: _ALL - {state} for state in DepositState}


class Outcome(StrEnum):
    """What a credit came to."""

    COUNTED = "COUNTED"
    REFUNDABLE = "REFUNDABLE"
    SUSPENDED = "SUSPENDED"
    REVERSED = "REVERSED"
