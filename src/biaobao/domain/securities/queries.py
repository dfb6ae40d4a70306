"""Reading securities."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from biaobao.core.actor import Actor
from biaobao.domain.securities.models import Security
from biaobao.domain.securities.states import SecurityState
from biaobao.domain.securities.types import Security as SecurityRow
from biaobao.platform.db import one, query
from biaobao.platform.reads import just, prepared


@query
def security(*, lot_id: UUID, bidder_id: UUID, actor: Actor) -> SecurityRow | None:  # noqa: ARG001 - the scope reads it
    """Return a bidder's security for a lot if a way was chosen."""
    row = one(_own(lot_id, bidder_id))
    return None if row is None else _row(row)


@query
def ways_of(*, bidder_id: UUID, actor: Actor) -> dict[UUID, str]:  # noqa: ARG001 - the scope reads it
    """Return by which way a bidder secures each lot for which it chose one."""
    chosen = Security.objects.filter(bidder_id=bidder_id).exclude(way="")
    return dict(chosen.values_list("lot_id", "way"))


@query
def of_lot(*, lot_id: UUID, actor: Actor) -> tuple[SecurityRow, ...]:  # noqa: ARG001 - the scope reads it
    """Return the securities of a lot that the actor may see: none before the opening but his own."""
    return tuple(_row(row) for row in Security.objects.filter(lot_id=lot_id).order_by("pk"))


@prepared
def _own(lot_id: UUID, bidder_id: UUID) -> QuerySet[Security]:
    return Security.objects.filter(lot_id=just(lot_id), bidder_id=just(bidder_id))


def _row(row: Security) -> SecurityRow:
    return SecurityRow(
        row.id, row.lot_id, row.bidder_id, row.way, SecurityState(row.state), row.secured_at
    )
