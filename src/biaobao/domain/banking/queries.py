"""Reading banks, sub-accounts and files."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from biaobao.core.actor import Actor
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import (
    Bank,
    FilePart,
    InboundFile,
    Notice,
    PaymentOrder,
    SubAccount,
    read_notice,
    read_order,
)
from biaobao.domain.banking.states import FileState, NoticeState
from biaobao.domain.banking.types import Bank as BankRow
from biaobao.domain.banking.types import KeptAside, Kind, NoticeRow, Order, Problem
from biaobao.domain.banking.types import SubAccount as SubAccountRow
from biaobao.platform.db import query

PAGE_SIZE = 20


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
def part_of(file_id: UUID, number: int, *, actor: Actor) -> bytes:
    """Return the numbered part of a stored file, 0 the first; empty behind the last."""
    require(rules.may_keep_bank_matters(actor), "read bank files")
    if number == 0:
        return bytes(InboundFile.objects.values_list("content", flat=True).get(pk=file_id))
    found = FilePart.objects.filter(file=file_id, number=number).values_list("content", flat=True)
    return bytes(found.first() or b"")


@query
def unexplained(*, page: int, actor: Actor) -> Page[NoticeRow]:
    """Return debits without an order of ours and reversals of nothing known, the newest first."""
    require(rules.may_read_files(actor), "see unexplained notices")
    found = _unexplained()
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    rows = found.order_by("-credited_at", "id")[first : first + PAGE_SIZE]
    return Page(tuple(read_notice(row) for row in rows), shown, pages, total)


@query
def unexplained_since(*, actor: Actor) -> tuple[int, datetime | None]:
    """Return how many notices are unexplained, and when the oldest was booked at its bank."""
    require(rules.may_read_files(actor), "see unexplained notices")
    counted = _unexplained().aggregate(n=Count("pk"), since=Min("credited_at"))
    return counted["n"], counted["since"]


@query
def orders(*, ids: Collection[UUID], actor: Actor) -> dict[UUID, Order]:  # noqa: ARG001 - the scope reads it
    """Return those of the payment orders that the actor may see, by id."""
    return {row.pk: read_order(row) for row in PaymentOrder.objects.filter(pk__in=ids)}


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


def _unexplained() -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.WAITING).filter(
        Q(kind=Kind.DEBIT) | Q(sub_account=None)
    )
