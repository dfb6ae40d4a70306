"""How applications, what they take of limits, premiums on their way back, and letters move."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class ApplicationState(StrEnum):
    """An application for a letter (保函申请), from the draft to the letter or to its end.

    Where rules decide alone, SUBMITTED and UNDERWRITING are passed through in one step. REVOKED, ISSUE_FAILED
    and LATE_ISSUED pass on to the premium's way back in the step that ends the application; SURRENDERED once
    no invoice is left that says the premium was paid.
    """

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    UNDERWRITING = "UNDERWRITING"
    DECLINED = "DECLINED"
    APPROVED = "APPROVED"
    SIGNING = "SIGNING"
    SIGNED = "SIGNED"
    PAY_PENDING = "PAY_PENDING"
    PAID = "PAID"
    ISSUING = "ISSUING"
    ISSUED = "ISSUED"
    LATE_ISSUED = "LATE_ISSUED"
    ISSUE_FAILED = "ISSUE_FAILED"
    REVOKED = "REVOKED"
    SURRENDERED = "SURRENDERED"
    PREMIUM_REFUNDING = "PREMIUM_REFUNDING"
    REFUNDED = "REFUNDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


_UNPAID_ENDS = frozenset({ApplicationState.CANCELLED, ApplicationState.EXPIRED})
_REFUNDING = frozenset({ApplicationState.PREMIUM_REFUNDING})
APPLICATION: Table[ApplicationState] = {
    ApplicationState.DRAFT: frozenset({ApplicationState.SUBMITTED}) | _UNPAID_ENDS,
    ApplicationState.SUBMITTED: frozenset({ApplicationState.UNDERWRITING}),
    ApplicationState.UNDERWRITING: frozenset({ApplicationState.APPROVED, ApplicationState.DECLINED})
    | _UNPAID_ENDS,
    ApplicationState.DECLINED: frozenset(),
    ApplicationState.APPROVED: frozenset({ApplicationState.SIGNING}) | _UNPAID_ENDS,
    ApplicationState.SIGNING: frozenset({ApplicationState.SIGNED}) | _UNPAID_ENDS,
    ApplicationState.SIGNED: frozenset({ApplicationState.PAY_PENDING}) | _UNPAID_ENDS,
    ApplicationState.PAY_PENDING: frozenset({ApplicationState.PAID}) | _UNPAID_ENDS,
    # Back when the bank takes the premium back.
    ApplicationState.PAID: frozenset(
        {
            ApplicationState.ISSUING,
            ApplicationState.ISSUE_FAILED,
            ApplicationState.REVOKED,
            ApplicationState.PAY_PENDING,
        }
    ),
    # Back to PAID when a partner did not answer: it is tried again.
    ApplicationState.ISSUING: frozenset(
        {
            ApplicationState.ISSUED,
            ApplicationState.LATE_ISSUED,
            ApplicationState.ISSUE_FAILED,
            ApplicationState.PAID,
            ApplicationState.PAY_PENDING,
        }
    ),
    ApplicationState.ISSUED: frozenset({ApplicationState.SURRENDERED}),
    ApplicationState.LATE_ISSUED: _REFUNDING,
    ApplicationState.ISSUE_FAILED: _REFUNDING,
    ApplicationState.REVOKED: _REFUNDING,
    ApplicationState.SURRENDERED: _REFUNDING,
    ApplicationState.PREMIUM_REFUNDING: frozenset({ApplicationState.REFUNDED}),
    # Its money came back from the bank (退汇).
    ApplicationState.REFUNDED: _REFUNDING,
    ApplicationState.CANCELLED: frozenset(),
    ApplicationState.EXPIRED: frozenset(),
}
# Before the premium is paid: it can be left at any time, and nothing but what was paid in part goes back.
UNPAID = (
    ApplicationState.DRAFT,
    ApplicationState.UNDERWRITING,
    ApplicationState.APPROVED,
    ApplicationState.SIGNING,
    ApplicationState.SIGNED,
    ApplicationState.PAY_PENDING,
)
# A bidder has at most one application for a lot in these.
LIVE = (
    *UNPAID,
    ApplicationState.SUBMITTED,
    ApplicationState.PAID,
    ApplicationState.ISSUING,
    ApplicationState.ISSUED,
)


class ExposureState(StrEnum):
    """What one application takes of its guarantor's limits: reserved, used by a letter, given free."""

    RESERVED = "RESERVED"
    USED = "USED"
    RELEASED = "RELEASED"


EXPOSURE: Table[ExposureState] = {
    ExposureState.RESERVED: frozenset({ExposureState.USED, ExposureState.RELEASED}),
    ExposureState.USED: frozenset({ExposureState.RELEASED}),
    ExposureState.RELEASED: frozenset(),
}


class PremiumOutcome(StrEnum):
    """What money for a premium came to: it counts, all of it goes back, or the bank took it back."""

    COUNTED = "COUNTED"
    RETURNED = "RETURNED"
    REVERSED = "REVERSED"


class PremiumRefundState(StrEnum):
    """Premium that goes back by rule: ordered at once, paid when its debit is booked.

    WAITING: no account is known that it may go to. FAILED and RETURNED: the bank refused the order, or the
    money came back (退汇). From these it is ordered again, to the bidder's basic account.
    """

    WAITING = "WAITING"
    ORDERED = "ORDERED"
    PAID = "PAID"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


PREMIUM_REFUND: Table[PremiumRefundState] = {
    PremiumRefundState.WAITING: frozenset({PremiumRefundState.ORDERED}),
    PremiumRefundState.ORDERED: frozenset({PremiumRefundState.PAID, PremiumRefundState.FAILED}),
    PremiumRefundState.PAID: frozenset({PremiumRefundState.RETURNED}),
    # A bank that said no and paid all the same has paid.
    PremiumRefundState.FAILED: frozenset({PremiumRefundState.ORDERED, PremiumRefundState.PAID}),
    PremiumRefundState.RETURNED: frozenset({PremiumRefundState.ORDERED}),
}


class LetterState(StrEnum):
    """A letter (电子保函): sealed until the opening, readable from then on, until it ends.

    DECRYPT_FAILED: at the opening the house could not read it as it was issued; it is tried again.
    CLAIMED_PARTIAL: a part was paid out and the rest still stands. RELEASED: the duty ended (解保), the
    premium stays earned; SURRENDERED: it was given up (退保), the premium goes back; EXPIRED: by its last
    day. VOID never secured anything.
    """

    ISSUED_SEALED = "ISSUED_SEALED"
    DECRYPT_FAILED = "DECRYPT_FAILED"
    UNSEALED = "UNSEALED"
    CLAIMED_PARTIAL = "CLAIMED_PARTIAL"
    CLAIMED_FULL = "CLAIMED_FULL"
    RELEASED = "RELEASED"
    SURRENDERED = "SURRENDERED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


_DUTY_ENDS = frozenset({LetterState.RELEASED, LetterState.EXPIRED})
LETTER: Table[LetterState] = {
    LetterState.ISSUED_SEALED: frozenset(
        {LetterState.UNSEALED, LetterState.DECRYPT_FAILED, LetterState.SURRENDERED}
    )
    | _DUTY_ENDS,
    LetterState.DECRYPT_FAILED: frozenset({LetterState.UNSEALED, LetterState.SURRENDERED})
    | _DUTY_ENDS,
    LetterState.UNSEALED: frozenset(
        {LetterState.CLAIMED_PARTIAL, LetterState.CLAIMED_FULL, LetterState.SURRENDERED}
    )
    | _DUTY_ENDS,
    LetterState.CLAIMED_PARTIAL: frozenset({LetterState.CLAIMED_FULL}) | _DUTY_ENDS,
    LetterState.CLAIMED_FULL: frozenset(),
    LetterState.RELEASED: frozenset(),
    LetterState.SURRENDERED: frozenset(),
    LetterState.EXPIRED: frozenset(),
    LetterState.VOID: frozenset(),
}
# What still binds its guarantor.
BINDING = (
    LetterState.ISSUED_SEALED,
    LetterState.DECRYPT_FAILED,
    LetterState.UNSEALED,
    LetterState.CLAIMED_PARTIAL,
)


class AmendmentState(StrEnum):
    """A letter whose lot moved, on its way to a version that fits it again (延期, 变更保额).

    PAY_PENDING: its premium rises, and the difference is not paid yet. CANCELLED: it never was.
    """

    PAY_PENDING = "PAY_PENDING"
    REQUESTED = "REQUESTED"
    ISSUED = "ISSUED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


_NOT_ISSUED = frozenset({AmendmentState.REFUSED, AmendmentState.CANCELLED})
AMENDMENT: Table[AmendmentState] = {
    AmendmentState.PAY_PENDING: frozenset({AmendmentState.REQUESTED}) | _NOT_ISSUED,
    # Back when the bank takes the difference back.
    AmendmentState.REQUESTED: frozenset({AmendmentState.ISSUED, AmendmentState.PAY_PENDING})
    | _NOT_ISSUED,
    AmendmentState.ISSUED: frozenset(),
    AmendmentState.REFUSED: frozenset(),
    AmendmentState.CANCELLED: frozenset(),
}
# One of these there is at most for a letter.
LIVE_AMENDMENT = (AmendmentState.PAY_PENDING, AmendmentState.REQUESTED)


class ContingencyState(StrEnum):
    """What becomes of a bidder whose letter could not be read at the opening (应急处理).

    One person of those who run the lot proposes, the supervisor decides. OVERTAKEN: the letter was read
    before anybody decided.
    """

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    OVERTAKEN = "OVERTAKEN"


# One of these there is at most for a letter.
LIVE_CONTINGENCY = (ContingencyState.PROPOSED, ContingencyState.ACCEPTED)

CONTINGENCY: Table[ContingencyState] = {
    ContingencyState.PROPOSED: frozenset(
        {ContingencyState.ACCEPTED, ContingencyState.REFUSED, ContingencyState.OVERTAKEN}
    ),
    ContingencyState.ACCEPTED: frozenset(),
    ContingencyState.REFUSED: frozenset(),
    ContingencyState.OVERTAKEN: frozenset(),
}
