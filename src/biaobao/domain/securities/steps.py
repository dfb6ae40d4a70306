"""Requiring a security, and letting it follow its cover."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from biaobao.core.states import check_move
from biaobao.domain.securities.models import Security
from biaobao.domain.securities.states import SECURITY, SecurityState
from biaobao.domain.securities.types import Cover
from biaobao.platform import rows
from biaobao.platform.db import step
from biaobao.platform.reads import among, prepared


@step
def require_by(*, lot_id: UUID, bidder_id: UUID, way: str, at: datetime) -> tuple[UUID, str]:
    """Require a bidder's security by a way, once, and return its id and the way it is met by.

    A way that was given up makes room for another.
    """
    Security.objects.bulk_create(
        [Security(lot_id=lot_id, bidder_id=bidder_id, way=way, required_at=at)],
        ignore_conflicts=True,
    )
    row = Security.objects.select_for_update().get(lot_id=lot_id, bidder_id=bidder_id)
    if not row.way:
        row.way = way
        row.save(update_fields=["way"])
    return row.id, row.way


@step
def give_up_way(security_id: UUID) -> None:
    """Let a locked security be open again, with no way chosen."""
    row = Security.objects.select_for_update().get(pk=security_id)
    if row.state != SecurityState.REQUIRED:
        check_move(SECURITY, SecurityState(row.state), SecurityState.REQUIRED)
    row.state = SecurityState.REQUIRED
    row.secured_at = None
    row.way = ""
    row.save(update_fields=["state", "secured_at", "way"])


@step
def lock(ids: Iterable[UUID]) -> None:
    """Lock securities in the house's order, before whatever covers them."""
    wanted = set(ids)
    if wanted:
        _locked(wanted)


@step
def follow(covers: Sequence[Cover]) -> None:
    """Let locked securities follow the covers of their ways: SECURED exactly while one is complete.

    A cover that is given back after the opening leaves it RELEASED, and it moves no more: the record of the
    opening stands.
    """
    by_security = {cover.security_id: cover for cover in covers}
    changed = []
    for pk, way, kept, secured_before in _covered(by_security):
        if way != by_security[pk].way:
            continue
        state = SecurityState(kept)
        new, secured_at = _following(by_security[pk], state, secured_before)
        if (new, secured_at) == (state, secured_before):
            continue
        if new != state:
            check_move(SECURITY, state, new)
        changed.append({"id": pk, "state": new, "secured_at": secured_at})
    rows.update_all(Security, changed)


@prepared
def _locked(ids: Collection[UUID]) -> QuerySet[Security, tuple[UUID]]:
    found = Security.objects.select_for_update().filter(pk__in=among("uuid", ids))
    return found.order_by("pk").values_list("pk")


@prepared
def _covered(
    ids: Collection[UUID],
) -> QuerySet[Security, tuple[UUID, str, str, datetime | None]]:
    found = Security.objects.filter(pk__in=among("uuid", ids))
    return found.order_by("pk").values_list("pk", "way", "state", "secured_at")


def _following(
    cover: Cover, state: SecurityState, secured_at: datetime | None
) -> tuple[SecurityState, datetime | None]:
    if state is SecurityState.RELEASED:
        return state, secured_at
    if cover.complete_at:
        return SecurityState.SECURED, cover.complete_at
    if state is SecurityState.SECURED and cover.is_given_back:
        return SecurityState.RELEASED, secured_at
    return SecurityState.REQUIRED, None
