"""How much is measured: the figures of the report, or a few of each to see that all of it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """The sizes of one run.

    :param few, many: registrations held before measuring, each with its deposit and booked notice.
    :param entries: notices in the file that is booked.
    :param repeats: how often a figure is taken; the median counts.
    :param pushes: single notices delivered by HTTP.
    :param transfers: transfers that django-hordak posts.
    :param page_seconds: how long a page is loaded.
    :param large_bytes: size of the file whose import is weighed.
    :param letters: letters that are issued; ``verified``: how many of them are verified.
    :param rush_*: the last minute before a deadline; a third of its credits come in single pushes.
    """

    few: int
    many: int
    bidders: int
    entries: int
    repeats: int
    baseline_seconds: int
    pushes: int
    transfers: int
    page_seconds: float
    large_bytes: int
    letters: int
    verified: int
    rush_seconds: int
    rush_credits: int
    rush_pages: int


FULL = Scale(
    few=1_000,
    many=1_000_000,
    bidders=10_000,
    entries=10_000,
    repeats=3,
    baseline_seconds=6,
    pushes=3_000,
    transfers=3_000,
    page_seconds=12,
    large_bytes=100 * 2**20,
    letters=1_000,
    verified=100,
    rush_seconds=60,
    rush_credits=10_000,
    rush_pages=5_000,
)
QUICK = Scale(
    few=200,
    many=600,
    bidders=400,
    entries=200,
    repeats=1,
    baseline_seconds=1,
    pushes=40,
    transfers=20,
    page_seconds=0.5,
    large_bytes=2**20,
    letters=4,
    verified=3,
    rush_seconds=3,
    rush_credits=60,
    rush_pages=30,
)
