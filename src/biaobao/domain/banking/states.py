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
    """A notice: new, booked, waiting for the credit that it reverses, or reversed itself."""

    RECEIVED = "RECEIVED"
    WAITING = "WAITING"
    BOOKED = "BOOKED"
    REVERSED = "REVERSED"


NOTICE: Table[NoticeState] = {
    NoticeState.RECEIVED: frozenset({NoticeState.BOOKED, NoticeState.WAITING}),
    NoticeState.WAITING: frozenset({NoticeState.BOOKED}),
    NoticeState.BOOKED: frozenset({NoticeState.REVERSED}),
    NoticeState.REVERSED: frozenset(),
}


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
