"""Saying no: every refusal has a code, the facts that decided, and the article that asks for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


class Refused(Exception):
    """The action changed nothing; ``objections`` say why.

    People read words made from the codes in ``biaobao.web.ui.words``.
    """

    def __init__(self, *objections: Objection) -> None:
        super().__init__(", ".join(objection.code for objection in objections))
        self.objections = objections


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason for a refusal.

    :param code: upper case, stable, the key of its words.
    :param field: the input it concerns, or empty.
    :param facts: the values that were compared, already fit for people.
    :param citation: article or standard that decides, or empty when it is a rule of the house.
    """

    code: str
    field: str = ""
    facts: dict[str, str] = dataclasses.field(default_factory=dict)
    citation: str = ""


class Remembered(Refused):
    """A refusal that must leave its trace: what the action wrote before it stays written."""


class NotAllowed(Exception):
    """The actor may not do this at all; asking again will not help."""


class NotFound(Exception):
    """There is no such thing for this actor: somebody else's is as good as none."""


def require(allowed: bool, what: str) -> None:  # noqa: FBT001 - it reads as a sentence at each call
    """Let the action go on only if it is allowed.

    :raises NotAllowed: if not.
    """
    if not allowed:
        raise NotAllowed(what)


def refuse(code: str, *, field: str = "", citation: str = "", **facts: str) -> Refused:
    """Return a refusal for a single reason, to be raised."""
    return Refused(Objection(code, field, facts, citation))
