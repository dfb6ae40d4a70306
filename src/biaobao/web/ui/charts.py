"""What charts show: bars, each of parts that add up, drawn by ``{% bars %}`` as SVG.

The numbers stand in the table beside it; a chart is for the eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.functional import Promise

# A bar's name is cut so that its value has room beside it on the narrowest screen.
NAME_MAX = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is of, the sizes of its parts, and what it says at its end.

    :param whole: how long the bar could be at most; None if nothing bounds it.
    """

    name: str
    parts: tuple[int, ...]
    value: str
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under each other.

    :param legend: what the parts are, in their order; at most three.
    """

    title: str | Promise
    legend: tuple[str | Promise, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle as it is drawn, in per cent of the chart's width."""

    part: int
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar as it is drawn, in pixels from the top and per cent of the width."""

    bar: Bar
    name: str
    top: int
    whole: str
    pieces: tuple[Piece, ...]


def drawn(bars: Sequence[Bar], *, height: int) -> tuple[Drawn, ...]:
    """Return bars as they are drawn under each other; the longest takes the whole width."""
    longest = max((max(sum(bar.parts), bar.whole or 0) for bar in bars), default=0) or 1
    return tuple(
        Drawn(
            bar,
            bar.name if len(bar.name) <= NAME_MAX else f"{bar.name[: NAME_MAX - 1]}…",
            place * height,
            _per_cent(bar.whole or 0, longest),
            tuple(_pieces(bar.parts, longest)),
        )
        for place, bar in enumerate(bars)
    )


def _pieces(parts: Sequence[int], longest: int) -> Sequence[Piece]:
    pieces, left = [], 0
    for number, size in enumerate(parts, start=1):
        if size:
            pieces.append(Piece(number, _per_cent(left, longest), _per_cent(size, longest)))
        left += size
    return pieces


def _per_cent(size: int, longest: int) -> str:
    return f"{float(Fraction(size * 100, longest)):.3f}%"
