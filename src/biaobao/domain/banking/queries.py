"""Reading banks, sub-accounts and files."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from biaobao.core.actor import Actor
from biaobao.core.refusal import require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import Bank, InboundFile, SubAccount
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import Bank as BankRow
from biaobao.domain.banking.types import KeptAside, Problem
from biaobao.domain.banking.types import SubAccount as SubAccountRow
from biaobao.platform.db import query


@query
def banks(*, actor: Actor) -> tuple[BankRow, ...]:
    """Return the banks that the house is connected to."""
    require(rules.may_read_files(actor), "see banks")
    return tuple(
        BankRow(row.code, row.name, row.channel, row.location, row.main_account)
        for row in Bank.objects.order_by("code")
    )


@query
def sub_accounts(ids: Collection[UUID], *, actor: Actor) -> dict[UUID, SubAccountRow]:  # noqa: ARG001 - the scope reads it
    """Return the sub-accounts that the actor may see, by id."""
    return {
        row.id: SubAccountRow(
            row.id,
            row.number,
            row.name,
            row.branch,
            row.asked_at,
            row.answered_at,
            row.problem,
        )
        for row in SubAccount.objects.filter(pk__in=ids)
    }


@query
def kept_aside(*, at: datetime, actor: Actor) -> tuple[KeptAside, ...]:
    """Return the newest hundred files of which something could not be read or booked."""
    require(rules.may_read_files(actor), "see bank files")
    rows = (
        InboundFile.objects.filter(
            Q(state__in=[FileState.SET_ASIDE, FileState.PARTLY_READ])
            # Claimed, its lease over, and still not read: booking it failed.
            | Q(state=FileState.RECEIVED, lease_until__lt=at)
        )
        .defer("content")
        .prefetch_related("problems")
        .order_by("-received_at", "id")[:100]
    )
    return tuple(
        KeptAside(
            row.id,
            row.bank_id,
            row.name,
            row.source,
            row.size,
            row.received_at,
            row.state,
            row.kind,
            tuple(Problem(p.position, p.code, p.detail) for p in row.problems.all()),
        )
        for row in rows
    )
