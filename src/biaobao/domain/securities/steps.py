"""Requiring a security, and letting it follow its cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.states import check_move
from biaobao.domain.securities.models import Security
from biaobao.domain.securities.states import SECURITY, SecurityState
from biaobao.domain.securities.types import Cover
from biaobao.platform.db import step


@step
def require_by(*, lot_id: UUID, bidder_id: UUID, way: str, at: datetime) -> tuple[UUID, str]:
    """Require a bidder's security by a way, once, and return its id and the way it is met by."""
    Security.objects.bulk_create(
        [Security(lot_id=lot_id, bidder_id=bidder_id, way=way, required_at=at)],
        ignore_conflicts=True,
    )
    row = Security.objects.select_for_update().get(lot_id=lot_id, bidder_id=bidder_id)
    return row.id, row.way


@step
def lock(ids: Iterable[UUID]) -> None:
    """Lock securities in the house's order, before whatever covers them."""
    list(Security.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk").values("pk"))


@step
def follow(covers: Sequence[Cover]) -> None:
    """Let securities follow their covers: SECURED exactly while a cover is complete."""
    complete_at = {cover.security_id: cover.complete_at for cover in covers}
    changed = []
    for row in Security.objects.select_for_update().filter(pk__in=complete_at).order_by("pk"):
        new = SecurityState.SECURED if complete_at[row.pk] else SecurityState.REQUIRED
        if new == row.state and row.secured_at == complete_at[row.pk]:
            continue
        if new != row.state:
            check_move(SECURITY, SecurityState(row.state), new)
        row.state = new
        row.secured_at = complete_at[row.pk]
        changed.append(row)
    Security.objects.bulk_update(changed, ["state", "secured_at"])
