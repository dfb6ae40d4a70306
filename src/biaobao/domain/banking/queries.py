"""Reading banks, sub-accounts and files."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, Min, Q, QuerySet, When

from biaobao.core.actor import Actor
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import (
    Bank,
    InboundFile,
    Notice,
    PaymentOrder,
    ReconciledTotals,
    Reconciliation,
    StatementDifference,
    SubAccount,
    read_notice,
    read_order,
)
from biaobao.domain.banking.states import FileState, NoticeState, OrderState, SubAccountState
from biaobao.domain.banking.types import Bank as BankRow
from biaobao.domain.banking.types import (
    Cause,
    DayAccount,
    DayTotals,
    Difference,
    DifferenceRow,
    FileProgress,
    KeptAside,
    Kind,
    NoticeRow,
    Order,
    Pool,
    Problem,
    ReconciledDay,
    Stock,
)
from biaobao.domain.banking.types import SubAccount as SubAccountRow
from biaobao.platform.db import query
from biaobao.platform.reads import among, prepared

PAGE_SIZE = 20
PART_BYTES = 2**20
DIFFERENCES_SHOWN_MAX = 100
_PART = """
SELECT content FROM banking_inboundfile WHERE id = %(file)s AND %(number)s = 0
 UNION ALL
SELECT content FROM banking_filepart WHERE file_id = %(file)s AND number = %(number)s
"""


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
        for row in _sub_accounts(ids)
    }


@prepared
def _sub_accounts(ids: Collection[UUID]) -> QuerySet[SubAccount]:
    return SubAccount.objects.filter(pk__in=among("uuid", ids))


@query
def part_of(file_id: UUID, number: int, *, actor: Actor) -> bytes:
    """Return the numbered part of a stored file, 0 the first; empty behind the last."""
    require(rules.may_keep_bank_matters(actor), "read bank files")
    # As bytes: as text, which the driver asks for unless told, it is twice as long.
    with connection.connection.cursor(binary=True) as cursor:
        found = cursor.execute(_PART, {"file": file_id, "number": number}).fetchone()
    return found[0] if found else b""


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
def came_back(order: Order, *, actor: Actor) -> datetime | None:  # noqa: ARG001 - the scope reads it
    """Return when money of the last earlier order for the same purpose came back (退汇), if it did."""
    before = PaymentOrder.objects.filter(
        purpose=order.purpose,
        purpose_id=order.purpose_id,
        attempt__lt=order.attempt,
        state=OrderState.RETURNED,
    )
    last = before.order_by("-attempt").first()
    return last.ended_at if last else None


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


@query
def large_files(*, actor: Actor) -> tuple[FileProgress, ...]:
    """Return the large files that are being read or wait for it, and the last twenty that were read.

    How many entries a file of more than a mebibyte has tells of no lot.
    """
    require(rules.may_read_files(actor), "see bank files")
    large = InboundFile.objects.filter(size__gt=PART_BYTES).defer("content")
    unread = large.filter(state=FileState.RECEIVED).order_by("-received_at", "id")
    read = large.exclude(state=FileState.RECEIVED).order_by("-received_at", "id")[:20]
    return tuple(_as_progress(row) for row in (*unread, *read))


@query
def progress_of(file_id: UUID, *, actor: Actor) -> FileProgress:
    """Return how far a file of any size is read."""
    require(rules.may_keep_bank_matters(actor), "read bank files")
    return _as_progress(InboundFile.objects.defer("content").get(pk=file_id))


@query
def pools(*, actor: Actor) -> tuple[Pool, ...]:
    """Return the sub-accounts of each bank as far as they tell of no lot before its opening."""
    require(rules.may_read_files(actor), "see the stock of sub-accounts")
    counted: dict[tuple[str, str], int] = {
        (row["bank"], row["state"]): row["n"]
        for row in SubAccount.objects.exclude(state=SubAccountState.FREE)
        .order_by()
        .values("bank", "state")
        .annotate(n=Count("pk"))
    }
    return tuple(
        Pool(
            bank=row.code,
            bank_name=row.name,
            stock=Stock(row.stock),
            spare=row.spare_accounts,
            threshold=rules.threshold(row.spare_accounts),
            assigned=counted.get((row.code, SubAccountState.ASSIGNED), 0),
            closed=counted.get((row.code, SubAccountState.CLOSED), 0),
            asked_at=row.asked_at,
            answered_at=row.answered_at,
            problem=row.problem,
        )
        for row in Bank.objects.order_by("code")
    )


@query
def reconciled_days(*, page: int, actor: Actor) -> Page[ReconciledDay]:
    """Return the days that were compared: those with open differences first, the oldest of them first."""
    require(rules.may_read_files(actor), "see reconciled days")
    found = _days()
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    is_open = Q(open__gt=0)
    rows = found.order_by(
        Case(When(is_open, then=0), default=1),
        Case(When(is_open, then=F("day"))).asc(nulls_last=True),
        "-day",
        "bank",
    )
    return Page(tuple(_as_day(row) for row in rows[first : first + PAGE_SIZE]), shown, pages, total)


@query
def reconciled_day(*, reconciliation_id: UUID, actor: Actor) -> DayAccount:
    """Return one day with its differences, and what it came to once that counts nobody.

    :raises NotFound: if it was not compared.
    """
    require(rules.may_read_files(actor), "see reconciled days")
    row = _days().filter(pk=reconciliation_id).first()
    if row is None:
        raise NotFound(f"reconciliation {reconciliation_id}")
    totals = ReconciledTotals.objects.filter(reconciliation=row).first()
    found = (
        StatementDifference.objects.filter(reconciliation=row)
        .select_related("explained_by")
        .order_by(
            Case(When(settled_at=None, explained_at=None, then=0), default=1),
            *("cause", "serial"),
        )
    )
    differences = tuple(_as_difference(each) for each in found[:DIFFERENCES_SHOWN_MAX])
    return DayAccount(
        day=_as_day(row),
        totals=DayTotals(
            previous_closing_fen=totals.previous_closing_fen,
            opening_fen=totals.opening_fen,
            entries=totals.entries,
            entries_fen=totals.entries_fen,
            closing_fen=totals.closing_fen,
            booked_fen=totals.booked_fen,
        )
        if totals
        else None,
        differences=differences,
        not_shown=found.count() - len(differences),
    )


@query
def difference(*, difference_id: UUID, actor: Actor) -> tuple[ReconciledDay, DifferenceRow]:
    """Return one difference and its day.

    :raises NotFound: if there is none that the actor may see.
    """
    require(rules.may_read_files(actor), "see reconciled days")
    row = (
        StatementDifference.objects.filter(pk=difference_id).select_related("explained_by").first()
    )
    if row is None:
        raise NotFound(f"difference {difference_id}")
    return _as_day(_days().get(pk=row.reconciliation_id)), _as_difference(row)


def _as_progress(row: InboundFile) -> FileProgress:
    return FileProgress(
        id=row.id,
        bank=row.bank_id,
        name=row.name,
        size=row.size,
        bytes_read=row.bytes_read,
        entries_read=row.entries_read,
        state=FileState(row.state),
        received_at=row.received_at,
        claimed_at=row.claimed_at,
        read_at=row.read_at,
    )


def _days() -> QuerySet[Reconciliation]:
    unsettled = Q(differences__isnull=False, differences__settled_at=None)
    return (
        Reconciliation.objects.filter(reconciled_at__isnull=False)
        .select_related("bank")
        .annotate(
            open=Count("differences", filter=unsettled & Q(differences__explained_at=None)),
            explained=Count(
                "differences", filter=unsettled & Q(differences__explained_at__isnull=False)
            ),
        )
    )


def _as_day(row: Reconciliation) -> ReconciledDay:
    return ReconciledDay(
        id=row.pk,
        bank=row.bank_id,
        bank_name=row.bank.name,
        day=row.day,
        statement_ids=row.statement_ids,
        reconciled_at=row.reconciled_at,
        open=row.open,  # type: ignore[attr-defined]  # annotated by _days
        explained=row.explained,  # type: ignore[attr-defined]  # annotated by _days
    )


def _as_difference(row: StatementDifference) -> DifferenceRow:
    return DifferenceRow(
        id=row.pk,
        found=Difference(
            Cause(row.cause),
            row.serial,
            row.stated_minor,
            row.ours_minor,
            row.apart_minor,
            row.detail,
        ),
        found_at=row.found_at,
        settled_at=row.settled_at,
        explained_at=row.explained_at,
        explained_by=row.explained_by.name if row.explained_by else "",
        explanation=row.explanation,
    )


def _unexplained() -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.WAITING).filter(
        Q(kind=Kind.DEBIT) | Q(sub_account=None)
    )
