"""Who books."""

from __future__ import annotations

from biaobao.core.actor import Actor, Role


def may_book(actor: Actor) -> bool:
    """Only the house itself books what banks report."""
    return actor.role is Role.SYSTEM
