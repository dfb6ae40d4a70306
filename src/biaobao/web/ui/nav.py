"""The left navigation of a console."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page that a console leads to, or says why it cannot yet.

    :param group: a heading; neighbours with the same one stand under it together.
    :param badge: a count or word of what waits there; never a number that is sealed.
    :param why_not: when given, the item is no link and this is the reason.
    """

    title: str
    url: str
    is_current: bool = False
    group: str = ""
    badge: str = ""
    why_not: str = ""
