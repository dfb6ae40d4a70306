"""State tables: which state may follow which, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)
Table = Mapping[State, frozenset[State]]


class WrongState(Exception):
    """The thing is not in a state from which this can happen."""


def check_move(table: Table[State], old: State, new: State) -> None:
    """Let a state follow another only if the table has it.

    :raises WrongState: if it does not.
    """
    if new not in table[old]:
        raise WrongState(f"{old} -> {new}")
