"""Who sits at a guarantor's desk."""

from __future__ import annotations

from uuid import UUID

from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound


def guarantor_of(actor: Actor) -> UUID:
    """Return the guarantor for whom somebody acts.

    :raises NotFound: if he acts for none.
    """
    if actor.role is not Role.GUARANTOR or actor.organisation_id is None:
        raise NotFound("a guarantor to act for")
    return actor.organisation_id
