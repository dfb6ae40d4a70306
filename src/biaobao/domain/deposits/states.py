"""How a deposit and the credits to it stand."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class DepositState(StrEnum):
    """A deposit: money expected, part of it here, all of it in time, or money that does not count.

    RELEASED secures nothing any more: what lies there goes back.
    """

    EXPECTED = "EXPECTED"
    PARTIAL = "PARTIAL"
    CONFIRMED = "CONFIRMED"
    INVALID = "INVALID"
    RELEASED = "RELEASED"


_ALL = frozenset(DepositState)
# What stands follows from the credits alone, each time anew, so every state can follow every other.
DEPOSIT: Table[DepositState] = {state: _ALL - {state} for state in DepositState}


class Outcome(StrEnum):
    """What a credit came to."""

    COUNTED = "COUNTED"
    REFUNDABLE = "REFUNDABLE"
    SUSPENDED = "SUSPENDED"
    REVERSED = "REVERSED"
    RETURNED = "RETURNED"


class RefundState(StrEnum):
    """A refund (退款): proposed by one, approved by another, and then as far as its order.

    FAILED: the bank refused it. RETURNED: it was paid and came back (退汇). From both it is proposed anew,
    as a further attempt, to the same or to a corrected account.
    """

    PROPOSED = "PROPOSED"
    CANCELLED = "CANCELLED"
    APPROVED = "APPROVED"
    FAILED = "FAILED"
    PAID = "PAID"
    RETURNED = "RETURNED"


REFUND: Table[RefundState] = {
    RefundState.PROPOSED: frozenset(
        {RefundState.APPROVED, RefundState.CANCELLED, RefundState.PAID}
    ),
    RefundState.CANCELLED: frozenset(),
    RefundState.APPROVED: frozenset({RefundState.PAID, RefundState.FAILED}),
    # A bank that said no and paid all the same has paid.
    RefundState.FAILED: frozenset({RefundState.PROPOSED, RefundState.PAID}),
    RefundState.PAID: frozenset({RefundState.RETURNED}),
    RefundState.RETURNED: frozenset({RefundState.PROPOSED}),
}


class ClaimState(StrEnum):
    """A claim (认领): that money which fits nothing, or is at the wrong lot, is for a security."""

    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"


CLAIM: Table[ClaimState] = {
    ClaimState.PROPOSED: frozenset({ClaimState.CONFIRMED, ClaimState.DECLINED}),
    ClaimState.CONFIRMED: frozenset(),
    ClaimState.DECLINED: frozenset(),
}


class PayeeState(StrEnum):
    """Another account for a refund, told by one and confirmed or declined by another."""

    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"


PAYEE: Table[PayeeState] = {
    PayeeState.PROPOSED: frozenset({PayeeState.CONFIRMED, PayeeState.DECLINED}),
    PayeeState.CONFIRMED: frozenset(),
    PayeeState.DECLINED: frozenset(),
}
