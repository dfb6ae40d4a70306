"""How claims move."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class ClaimState(StrEnum):
    """A demand under a letter (索赔), from its draft to its end.

    PRESENTED: the guarantor examines it, within five working days. ACCEPTED: it is to fund it. PAYING: the
    bank is ordered to pay the beneficiary; PAY_FAILED: it did not, or the money came back (退汇). STAYED: a
    court ordered not to pay for now; STOPPED: for good. CLOSED: what was paid is recovered, or given up.
    """

    DRAFT = "DRAFT"
    PRESENTED = "PRESENTED"
    STAYED = "STAYED"
    ACCEPTED = "ACCEPTED"
    PAYING = "PAYING"
    PAY_FAILED = "PAY_FAILED"
    PAID = "PAID"
    CLOSED = "CLOSED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    STOPPED = "STOPPED"


CLAIM: Table[ClaimState] = {
    ClaimState.DRAFT: frozenset({ClaimState.PRESENTED, ClaimState.WITHDRAWN}),
    ClaimState.PRESENTED: frozenset(
        {ClaimState.ACCEPTED, ClaimState.REFUSED, ClaimState.WITHDRAWN, ClaimState.STAYED}
    ),
    # Back to where it was, or ended by the court.
    ClaimState.STAYED: frozenset({ClaimState.PRESENTED, ClaimState.ACCEPTED, ClaimState.STOPPED}),
    ClaimState.ACCEPTED: frozenset({ClaimState.PAYING, ClaimState.STAYED}),
    # A bank that said no and paid all the same has paid.
    ClaimState.PAYING: frozenset({ClaimState.PAID, ClaimState.PAY_FAILED}),
    ClaimState.PAY_FAILED: frozenset({ClaimState.PAYING, ClaimState.PAID}),
    ClaimState.PAID: frozenset({ClaimState.PAY_FAILED, ClaimState.CLOSED}),
    ClaimState.CLOSED: frozenset({ClaimState.PAY_FAILED}),
    ClaimState.REFUSED: frozenset(),
    ClaimState.WITHDRAWN: frozenset(),
    ClaimState.STOPPED: frozenset(),
}
# A letter has at most one claim in these, and lives on while it has.
OPEN = (
    ClaimState.PRESENTED,
    ClaimState.STAYED,
    ClaimState.ACCEPTED,
    ClaimState.PAYING,
    ClaimState.PAY_FAILED,
)
