"""How memberships and their money move."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class MembershipState(StrEnum):
    """A company's membership of a pooled deposit (联保金), from its application to its end.

    PAYMENT_PENDING: reviewed, its contribution has not come. DEFICIT: the pool paid out of it, it is to be
    topped up by a day. SUSPENDED: it covers nothing for now. EXIT_REQUESTED: its cooling time runs;
    REFUNDING: what is left goes back.
    """

    APPLIED = "APPLIED"
    UNDER_REVIEW = "UNDER_REVIEW"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    ACTIVE = "ACTIVE"
    DEFICIT = "DEFICIT"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    EXIT_REQUESTED = "EXIT_REQUESTED"
    REFUNDING = "REFUNDING"
    EXITED = "EXITED"


_TO_DECIDE = frozenset(
    {MembershipState.PAYMENT_PENDING, MembershipState.REJECTED, MembershipState.WITHDRAWN}
)
_FROM_ACTIVE = frozenset(
    {
        MembershipState.DEFICIT,
        MembershipState.SUSPENDED,
        MembershipState.EXPIRED,
        MembershipState.EXIT_REQUESTED,
    }
)
MEMBERSHIP: Table[MembershipState] = {
    MembershipState.APPLIED: _TO_DECIDE | {MembershipState.UNDER_REVIEW},
    MembershipState.UNDER_REVIEW: _TO_DECIDE,
    MembershipState.REJECTED: frozenset(),
    # What lies there by then goes back.
    MembershipState.WITHDRAWN: frozenset(),
    MembershipState.PAYMENT_PENDING: frozenset({MembershipState.ACTIVE, MembershipState.WITHDRAWN}),
    MembershipState.ACTIVE: _FROM_ACTIVE,
    MembershipState.DEFICIT: (_FROM_ACTIVE | {MembershipState.ACTIVE}) - {MembershipState.DEFICIT},
    MembershipState.SUSPENDED: frozenset(
        {MembershipState.ACTIVE, MembershipState.DEFICIT, MembershipState.EXIT_REQUESTED}
    ),
    # Renewed, though late.
    MembershipState.EXPIRED: frozenset(
        {MembershipState.ACTIVE, MembershipState.DEFICIT, MembershipState.EXIT_REQUESTED}
    ),
    MembershipState.EXIT_REQUESTED: frozenset({MembershipState.REFUNDING}),
    # Money that came back (退汇) is still to be given back.
    MembershipState.REFUNDING: frozenset({MembershipState.EXITED}),
    MembershipState.EXITED: frozenset({MembershipState.REFUNDING}),
}
# A company has at most one membership outside of these.
OVER = (MembershipState.REJECTED, MembershipState.WITHDRAWN, MembershipState.EXITED)
# Money is asked for in these.
PAYABLE = (MembershipState.PAYMENT_PENDING, MembershipState.DEFICIT, MembershipState.SUSPENDED)


class PoolCreditState(StrEnum):
    """Money that came for a membership: it counts, went back by rule, or was taken back by its bank."""

    COUNTED = "COUNTED"
    RETURNED = "RETURNED"
    REVERSED = "REVERSED"


POOL_CREDIT: Table[PoolCreditState] = {
    PoolCreditState.COUNTED: frozenset({PoolCreditState.REVERSED}),
    PoolCreditState.RETURNED: frozenset({PoolCreditState.REVERSED}),
    PoolCreditState.REVERSED: frozenset(),
}


class PoolRefundState(StrEnum):
    """Money of a membership on its way back: waiting for an account to go to, ordered, or done.

    FAILED: the bank refused it; RETURNED: it came back (退汇). Both are ordered again, to the basic account.
    """

    WAITING = "WAITING"
    ORDERED = "ORDERED"
    PAID = "PAID"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


POOL_REFUND: Table[PoolRefundState] = {
    PoolRefundState.WAITING: frozenset({PoolRefundState.ORDERED}),
    PoolRefundState.ORDERED: frozenset({PoolRefundState.PAID, PoolRefundState.FAILED}),
    PoolRefundState.PAID: frozenset({PoolRefundState.RETURNED}),
    # A bank that said no and paid all the same has paid.
    PoolRefundState.FAILED: frozenset({PoolRefundState.ORDERED, PoolRefundState.PAID}),
    PoolRefundState.RETURNED: frozenset({PoolRefundState.ORDERED}),
}


class HoldState(StrEnum):
    """What a pool holds for one member and one lot: reserved, held from the opening on, until it is over.

    LAPSED: looked at again, it was not covered any more. RELEASED: given up, or its duty ended. DEDUCTED: it
    was forfeited (不予退还).
    """

    RESERVED = "RESERVED"
    HELD = "HELD"
    RELEASED = "RELEASED"
    LAPSED = "LAPSED"
    DEDUCTED = "DEDUCTED"


HOLD: Table[HoldState] = {
    HoldState.RESERVED: frozenset({HoldState.HELD, HoldState.RELEASED, HoldState.LAPSED}),
    HoldState.HELD: frozenset({HoldState.RELEASED, HoldState.DEDUCTED}),
    HoldState.RELEASED: frozenset(),
    HoldState.LAPSED: frozenset(),
    HoldState.DEDUCTED: frozenset(),
}
# A security has at most one hold in these; they take of the balance.
LIVE_HOLDS = (HoldState.RESERVED, HoldState.HELD)
# Members in these are covered, as far as the rest holds.
COVERING = (MembershipState.ACTIVE, MembershipState.DEFICIT)
# These can be renewed near their end or after it, and those be left.
RENEWABLE = (*COVERING, MembershipState.EXPIRED)
LEAVABLE = (*RENEWABLE, MembershipState.SUSPENDED)
# An application that no operator has decided.
UNDECIDED = (MembershipState.APPLIED, MembershipState.UNDER_REVIEW)


class ForfeitureState(StrEnum):
    """That what is held for a bidder is not given back (不予退还): proposed, and decided by another person.

    Its bidder may object until a day; it is approved after that. LAPSED: nobody decided it in time.
    """

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


FORFEITURE: Table[ForfeitureState] = {
    ForfeitureState.PROPOSED: frozenset(
        {
            ForfeitureState.APPROVED,
            ForfeitureState.DECLINED,
            ForfeitureState.WITHDRAWN,
            ForfeitureState.LAPSED,
        }
    ),
    ForfeitureState.APPROVED: frozenset(),
    ForfeitureState.DECLINED: frozenset(),
    ForfeitureState.WITHDRAWN: frozenset(),
    ForfeitureState.LAPSED: frozenset(),
}
# A hold has at most one forfeiture in these.
STANDING = (ForfeitureState.PROPOSED, ForfeitureState.APPROVED)
# What came to nothing so is not proposed of the same hold for the same cause again.
SETTLED = (ForfeitureState.DECLINED, ForfeitureState.LAPSED)


class DeductionState(StrEnum):
    """What one membership bears of a forfeiture, on its way to the tenderer.

    FAILED: the bank refused it; RETURNED: it came back (退汇). Both are ordered again, once an account of the
    tenderer's is told and confirmed.
    """

    ORDERED = "ORDERED"
    PAID = "PAID"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


DEDUCTION: Table[DeductionState] = {
    DeductionState.ORDERED: frozenset({DeductionState.PAID, DeductionState.FAILED}),
    DeductionState.PAID: frozenset({DeductionState.RETURNED}),
    # A bank that said no and paid all the same has paid.
    DeductionState.FAILED: frozenset({DeductionState.ORDERED, DeductionState.PAID}),
    DeductionState.RETURNED: frozenset({DeductionState.ORDERED}),
}
# Money of a deduction waits in these for an account that it can go to.
STUCK = (DeductionState.FAILED, DeductionState.RETURNED)


class AppealState(StrEnum):
    """A company's appeal (申诉) against what keeps its membership from covering lots."""

    FILED = "FILED"
    UPHELD = "UPHELD"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


APPEAL: Table[AppealState] = {
    AppealState.FILED: frozenset({AppealState.UPHELD, AppealState.REJECTED, AppealState.WITHDRAWN}),
    AppealState.UPHELD: frozenset(),
    AppealState.REJECTED: frozenset(),
    AppealState.WITHDRAWN: frozenset(),
}
