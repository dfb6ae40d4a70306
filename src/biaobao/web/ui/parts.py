"""What the components show, for a console that has no type of its own for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison and its verdict, for ``{% verdict %}``.

    :param verdict: PASS, FAIL, WARN, WAITING or SEALED.
    :param compared: both sides, each a label and a value fit for people.
    """

    title: str
    verdict: str
    compared: tuple[tuple[str, object], ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for ``{% timeline %}``."""

    at: datetime
    actor: str
    text: str
    tone: str = "muted"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a way, for ``{% steps %}``; state is done, current, todo, blocked or over."""

    title: str
    state: str
    url: str = ""
    hint: str = ""
