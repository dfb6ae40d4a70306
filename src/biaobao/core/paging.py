"""A page of a longer list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and how many there are in all; pages count from 1."""

    rows: tuple[Row, ...]
    number: int
    pages: int
    total: int


def slice_of(number: int, total: int, size: int) -> tuple[int, int, int]:
    """Return the page to show for the one asked for, its first row, and how many there are."""
    pages = max(1, -(-total // size))
    shown = min(max(1, number), pages)
    return shown, (shown - 1) * size, pages
