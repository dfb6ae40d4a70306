"""How lots and registrations move."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class LotState(StrEnum):
    """A lot (标段). That its deadline has passed follows from the clock and is no state.

    TERMINATED before its opening, FAILED (流标) after it: both end it for good. AWARDED (定标): its winner
    has been told; CONTRACTED: and has signed.
    """

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    OPENED = "OPENED"
    FAILED = "FAILED"
    AWARDED = "AWARDED"
    CONTRACTED = "CONTRACTED"


LOT: Table[LotState] = {
    LotState.DRAFT: frozenset({LotState.PUBLISHED}),
    LotState.PUBLISHED: frozenset({LotState.OPENED, LotState.SUSPENDED, LotState.TERMINATED}),
    LotState.SUSPENDED: frozenset({LotState.PUBLISHED, LotState.TERMINATED}),
    LotState.TERMINATED: frozenset(),
    LotState.OPENED: frozenset({LotState.FAILED, LotState.AWARDED}),
    LotState.FAILED: frozenset(),
    # Back when the award is withdrawn: the winner gave it up, or lost it.
    LotState.AWARDED: frozenset({LotState.OPENED, LotState.CONTRACTED}),
    LotState.CONTRACTED: frozenset(),
}


class RegistrationState(StrEnum):
    """A bidder's registration (报名) for a lot: three steps, in this order."""

    CONTACT_CHOSEN = "CONTACT_CHOSEN"
    FILE_COLLECTED = "FILE_COLLECTED"
    REGISTERED = "REGISTERED"


REGISTRATION: Table[RegistrationState] = {
    RegistrationState.CONTACT_CHOSEN: frozenset({RegistrationState.FILE_COLLECTED}),
    RegistrationState.FILE_COLLECTED: frozenset({RegistrationState.REGISTERED}),
    RegistrationState.REGISTERED: frozenset(),
}
