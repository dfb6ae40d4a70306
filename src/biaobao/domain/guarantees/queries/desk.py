"""What a guarantor's own people see at their desk."""

from __future__ import annotations

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import Guarantor, read_guarantor
from biaobao.domain.guarantees.rules import desk
from biaobao.platform.db import query


@query
def mine(*, actor: Actor) -> types.Guarantor:
    """Return the guarantor for whom the actor acts.

    :raises NotFound: if he acts for none.
    """
    own = desk.guarantor_of(actor)
    row = Guarantor.objects.select_related("organisation").filter(pk=own).first()
    if row is None:
        raise NotFound(f"guarantor {own}")
    return read_guarantor(row)
