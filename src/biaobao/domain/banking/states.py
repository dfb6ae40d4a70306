"""How files, notices and sub-accounts move."""

from __future__ import annotations

from enum import StrEnum

from biaobao.core.states import Table


class FileState(StrEnum):
    """A file from a bank: kept whole first, read later, or kept aside with its reason."""

    RECEIVED = "RECEIVED"
    READ = "READ"
    PARTLY_READ = "PARTLY_READ"
    SET_ASIDE = "SET_ASIDE"


FILE: Table[FileState] = {
    FileState.RECEIVED: frozenset({FileState.READ, FileState.PARTLY_READ, FileState.SET_ASIDE}),
    FileState.READ: frozenset(),
    FileState.PARTLY_READ: frozenset(),
    FileState.SET_ASIDE: frozenset(),
}


class NoticeState(StrEnum):
    """A notice, stored in the transaction that books it.

    It waits when what it answers is not known yet: the credit that it takes back, the order that it
    carries out, the debit whose money it brings back.
    """

    BOOKED = "BOOKED"
    WAITING = "WAITING"
    REVERSED = "REVERSED"


NOTICE: Table[NoticeState] = {
    NoticeState.BOOKED: frozenset({NoticeState.REVERSED}),
    NoticeState.WAITING: frozenset({NoticeState.BOOKED}),
    NoticeState.REVERSED: frozenset(),
}


class OrderState(StrEnum):
    """A payment order: told to the bank, taken by it, paid when its debit was booked there.

    SENT says that the bank may have heard it: from then on it is asked about, and told again under the
    same key only.
    """

    READY = "READY"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    PAID = "PAID"
    RETURNED = "RETURNED"


ORDER: Table[OrderState] = {
    OrderState.READY: frozenset({OrderState.SENT}),
    OrderState.SENT: frozenset({OrderState.ACCEPTED, OrderState.REFUSED, OrderState.PAID}),
    OrderState.ACCEPTED: frozenset({OrderState.REFUSED, OrderState.PAID}),
    # A bank that said no and paid all the same has paid.
    OrderState.REFUSED: frozenset({OrderState.PAID}),
    # The money came back (退汇).
    OrderState.PAID: frozenset({OrderState.RETURNED}),
    OrderState.RETURNED: frozenset(),
}
# An order in one of these may still take money out of the house, or has done so.
LIVE_ORDERS = (OrderState.READY, OrderState.SENT, OrderState.ACCEPTED, OrderState.PAID)


class SubAccountState(StrEnum):
    """A sub-account: opened at the bank and free, given a purpose, or closed."""

    FREE = "FREE"
    ASSIGNED = "ASSIGNED"
    CLOSED = "CLOSED"


SUB_ACCOUNT: Table[SubAccountState] = {
    SubAccountState.FREE: frozenset({SubAccountState.ASSIGNED, SubAccountState.CLOSED}),
    SubAccountState.ASSIGNED: frozenset({SubAccountState.CLOSED}),
    SubAccountState.CLOSED: frozenset(),
}
