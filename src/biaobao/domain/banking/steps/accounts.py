"""Sub-accounts, inside an action of whoever they are for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.states import check_move
from biaobao.domain.banking.models import SubAccount
from biaobao.domain.banking.states import SUB_ACCOUNT, SubAccountState
from biaobao.platform import rows, wake
from biaobao.platform.db import step


@step
def take_sub_account(
    *, purpose: str, purpose_id: UUID, holder_id: UUID | None, at: datetime
) -> UUID | None:
    """Give a free sub-account its purpose and return its id; None while the bank opens more.

    A purpose that has one already keeps it.
    """
    has = SubAccount.objects.filter(
        purpose=purpose, purpose_id=purpose_id, state=SubAccountState.ASSIGNED
    ).first()
    if has is not None:
        return has.id
    wake.worker("accounts")
    free = (
        SubAccount.objects.select_for_update(skip_locked=True)
        .filter(state=SubAccountState.FREE)
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
    free.assigned_at = at
    free.save()
    return free.id


@step
def closed(ids: Collection[UUID]) -> set[UUID]:
    """Return which of the sub-accounts are closed: what is paid to them is for nothing any more."""
    found = SubAccount.objects.filter(pk__in=rows.among("uuid", ids), state=SubAccountState.CLOSED)
    return set(found.values_list("pk", flat=True))


@step
def ask(sub_account_id: UUID, *, at: datetime) -> None:
    """Ask the bank what is on a sub-account; the worker carries the question."""
    SubAccount.objects.filter(pk=sub_account_id).update(asked_at=at, lease_until=None)
    wake.worker("questions")
