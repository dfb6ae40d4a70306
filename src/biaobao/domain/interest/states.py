"""How interest moves."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class InterestState(StrEnum):
    """Interest on money that was paid back.

    DUE: not reckoned yet. NOTHING: it comes to less than half a fen. WAITING: for the opening, or for money
    of the fund.
    """

    DUE = "DUE"
    NOTHING = "NOTHING"
    WAITING = "WAITING"
    ORDERED = "ORDERED"
    PAID = "PAID"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


INTEREST: Table[InterestState] = {
    InterestState.DUE: frozenset({InterestState.NOTHING, InterestState.WAITING}),
    InterestState.NOTHING: frozenset(),
    # An order that the bank refused may turn out to be paid all the same.
    InterestState.WAITING: frozenset({InterestState.ORDERED, InterestState.PAID}),
    InterestState.ORDERED: frozenset({InterestState.PAID, InterestState.FAILED}),
    InterestState.FAILED: frozenset({InterestState.WAITING, InterestState.PAID}),
    InterestState.PAID: frozenset({InterestState.RETURNED}),
    InterestState.RETURNED: frozenset({InterestState.WAITING}),
}
# In these the money did not reach its payee.
STUCK = (InterestState.FAILED, InterestState.RETURNED)
# In these it may still go elsewhere.
OPEN = (InterestState.DUE, InterestState.WAITING, *STUCK)
