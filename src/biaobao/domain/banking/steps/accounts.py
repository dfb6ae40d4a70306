"""Sub-accounts, inside an action of whoever they are for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.states import check_move
from biaobao.domain.banking.models import SubAccount
from biaobao.domain.banking.states import SUB_ACCOUNT, SubAccountState
from biaobao.platform import wake
from biaobao.platform.db import step


@step
def take_sub_account(
    *,
    purpose: str,
    purpose_id: UUID,
    holder_id: UUID | None,
    lot_id: UUID | None,
    bank: str = "",
    at: datetime,
) -> UUID | None:
    """Give a free sub-account its purpose and return its id; None while the bank opens more.

    A purpose that has one already keeps it.

    :param lot_id: the lot at whose opening operators may count it, if it is for one.
    :param bank: at which bank, if it is not for the house to choose.
    """
    has = SubAccount.objects.filter(
        purpose=purpose, purpose_id=purpose_id, state=SubAccountState.ASSIGNED
    ).first()
    if has is not None:
        return has.id
    wake.worker("accounts")
    free = (
        SubAccount.objects.select_for_update(skip_locked=True)
        .filter(state=SubAccountState.FREE, **({"bank": bank} if bank else {}))
        .order_by("opened_at", "id")
        .first()
    )
    if free is None:
        return None
    check_move(SUB_ACCOUNT, SubAccountState(free.state), SubAccountState.ASSIGNED)
    free.state = SubAccountState.ASSIGNED
    free.purpose = purpose
    free.purpose_id = purpose_id
    free.holder_id = holder_id
    free.lot_id = lot_id
    free.assigned_at = at
    free.save()
    return free.id


@step
def close(ids: Collection[UUID], *, at: datetime) -> None:
    """Close sub-accounts that nobody pays to any more; whoever still does is not credited for it."""
    rows = SubAccount.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    for row in rows:
        check_move(SUB_ACCOUNT, SubAccountState(row.state), SubAccountState.CLOSED)
        row.state = SubAccountState.CLOSED
        row.closed_at = at
        row.save(update_fields=["state", "closed_at"])


@step
def ask(sub_account_id: UUID, *, at: datetime) -> None:
    """Ask the bank what is on a sub-account; the worker carries the question."""
    SubAccount.objects.filter(pk=sub_account_id).update(asked_at=at, lease_until=None)
    wake.worker("questions")
