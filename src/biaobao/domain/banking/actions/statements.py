"""Comparing what banks state of a day with the notices and the books, and explaining what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Case, Count, F, Q, Sum, When

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import SHANGHAI
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import (
    Bank,
    FileProblem,
    Notice,
    ReconciledTotals,
    Reconciliation,
    Statement,
    StatementDifference,
)
from biaobao.domain.banking.states import FileState, NoticeState
from biaobao.domain.banking.types import (
    Cause,
    DayEntry,
    DayFacts,
    Difference,
    Kind,
    StatedBalance,
)
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.audit import log
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import action

READ = (FileState.READ, FileState.PARTLY_READ)
# Entries of a day are looked at so many at a time: a day of any length fits into memory.
AT_ONCE = 2000
EXPLANATION_CHARACTERS_MAX = 500
_SIGNED = Sum(Case(When(kind=Kind.CREDIT, then=F("amount_minor")), default=-F("amount_minor")))


@action
def reconcile(*, limit: int, at: datetime, actor: Actor) -> int:
    """Compare days whose statements are read, or that are to be looked at again; return how many.

    Comparing a day again changes nothing, but for what later files brought: a difference that is there no
    more is settled, one that is there again is open again.
    """
    require(rules.may_keep_bank_matters(actor), "reconcile statements")
    _take_in_statements(at=at)
    due = list(
        Reconciliation.objects.select_for_update(skip_locked=True)
        .filter(next_at__lte=at)
        .order_by("next_at", "pk")[:limit]
    )
    for row in due:
        _reconcile(row, at=at, actor=actor)
    return len(due)


@action
def explain(*, difference_id: UUID, explanation: str, at: datetime, actor: Actor) -> None:
    """Say why a difference is as it is; it then waits for nobody.

    Saying the same again changes nothing.

    :raises NotFound: if there is none that the actor may see.
    :raises Refused: TEXT_MISSING, EXPLANATION_TOO_LONG, DIFFERENCE_SETTLED or DIFFERENCE_EXPLAINED.
    """
    require(rules.may_explain(actor), "explain a difference")
    row = (
        StatementDifference.objects.select_for_update()
        .exclude(cause=Cause.NOTICE_MISSED)
        .filter(pk=difference_id)
        .first()
    )
    if row is None:
        raise NotFound(f"difference {difference_id}")
    said = explanation.replace("\0", "").strip()
    if row.explained_at is not None and row.explanation == said:
        return
    if row.settled_at is not None:
        raise refuse("DIFFERENCE_SETTLED")
    if row.explained_at is not None:
        raise refuse("DIFFERENCE_EXPLAINED")
    if not said:
        raise refuse("TEXT_MISSING", field="explanation")
    if len(said) > EXPLANATION_CHARACTERS_MAX:
        most = str(EXPLANATION_CHARACTERS_MAX)
        raise refuse("EXPLANATION_TOO_LONG", field="explanation", most=most)
    row.explained_at, row.explained_by_id, row.explanation = at, actor.person_id, said
    row.save(update_fields=["explained_at", "explained_by", "explanation"])
    facts = {"cause": row.cause, "serial": row.serial}
    event = log.Event("difference.explained", f"difference:{row.pk}", reason=said, facts=facts)
    log.record(event, at=at, actor=actor)


def _take_in_statements(*, at: datetime) -> None:
    """Have each day of statements that are new and read whole compared, and the day after them again."""
    new = list(
        Statement.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(reconciled_at=None, file__state__in=READ)
        .order_by("pk")
        .values_list("pk", "bank_id", "day")
    )
    if not new:
        return
    days = sorted({(bank, day) for _, bank, day in new})
    Reconciliation.objects.bulk_create(
        [Reconciliation(bank_id=bank, day=day, next_at=at) for bank, day in days],
        update_conflicts=True,
        unique_fields=["bank", "day"],
        update_fields=["next_at"],
    )
    for bank, day in days:
        # What that day closes with is what the next one should open with.
        following = (
            Reconciliation.objects.filter(bank_id=bank, day__gt=day)
            .order_by("day")
            .values_list("pk", flat=True)[:1]
        )
        Reconciliation.objects.filter(pk__in=list(following)).update(next_at=at)
    Statement.objects.filter(pk__in=[pk for pk, _, _ in new]).update(reconciled_at=at)


def _reconcile(row: Reconciliation, *, at: datetime, actor: Actor) -> None:
    statements = rules.current(_statements(row))
    facts = _facts(row, statements)
    found: set[tuple[str, str]] = set()
    changed = row.reconciled_at is None
    changed |= _keep(row, rules.judge_day(facts), found, at=at)
    entries = _entries(row, statements)
    while some := list(islice(entries, AT_ONCE)):
        changed |= _keep(row, [d for e in some for d in rules.judge_entry(e)], found, at=at)
    changed |= _settle(row, found, at=at)
    unsettled = StatementDifference.objects.filter(reconciliation=row, settled_at=None)
    open_ = unsettled.filter(explained_at=None).count()
    wait = rules.look_again_after(day=row.day, is_open=open_ > 0, at=at)
    row.statement_ids = ", ".join(dict.fromkeys(s.statement_id for s in statements))
    row.reconciled_at, row.next_at = at, at + wait if wait else None
    row.save(update_fields=["statement_ids", "reconciled_at", "next_at"])
    if changed:
        told = {"bank": row.bank_id, "day": row.day.isoformat(), "open": str(open_)}
        event = log.Event("day.reconciled", f"reconciliation:{row.pk}", facts=told)
        log.record(event, at=at, actor=actor)


def _statements(row: Reconciliation) -> list[StatedBalance]:
    found = Statement.objects.filter(
        bank_id=row.bank_id, day=row.day, file__state__in=READ
    ).values_list(
        *("account", "statement_id", "opening_fen", "closing_fen"),
        *("file_id", "file__received_at"),
    )
    return [StatedBalance(*each) for each in found]


def _facts(row: Reconciliation, statements: Sequence[StatedBalance]) -> DayFacts:
    files = {s.file_id for s in statements}
    told = Notice.objects.filter(
        bank_id=row.bank_id, booked_on=row.day, currency=chart.HOME, stated_in__in=files
    ).aggregate(fen=_SIGNED, n=Count("pk"))
    previous, before = _previous(row, statements)
    main = rules.account_number(Bank.objects.get(pk=row.bank_id).main_account)
    is_whole = any(s.account == main for s in statements)
    moved = ledger.moved_on(chart.bank(row.bank_id), row.day, actor=SYSTEM) if is_whole else None
    facts = DayFacts(
        opening_fen=sum(s.opening_fen for s in statements),
        closing_fen=sum(s.closing_fen for s in statements),
        entries_fen=told["fen"] or 0,
        previous=tuple(previous),
        missing_days=rules.days_between(before, row.day, is_working_day=is_working_day)
        if before
        else (),
        conflicts=tuple(_conflicts(row, files)),
        noticed_fen=_noticed(row),
        booked_fen=moved.fen if moved is not None else None,
    )
    ReconciledTotals.objects.update_or_create(
        reconciliation=row,
        defaults={
            "previous_closing_fen": sum(closed for closed, _ in previous) if previous else None,
            "opening_fen": facts.opening_fen,
            "entries": told["n"],
            "entries_fen": facts.entries_fen,
            "closing_fen": facts.closing_fen,
            "booked_fen": facts.booked_fen,
        },
    )
    return facts


def _previous(
    row: Reconciliation, statements: Sequence[StatedBalance]
) -> tuple[list[tuple[int, int]], date | None]:
    """Return of each account what it closed with before and opens with now, and the last day before."""
    pairs, days = [], []
    for statement in statements:
        before = (
            Statement.objects.filter(
                bank_id=row.bank_id,
                account=statement.account,
                day__lt=row.day,
                file__state__in=READ,
            )
            .order_by("-day", "-file__received_at", "-statement_id")
            .values_list("day", "closing_fen")
            .first()
        )
        if before:
            days.append(before[0])
            pairs.append((before[1], statement.opening_fen))
    return pairs, max(days, default=None)


def _conflicts(row: Reconciliation, files: Iterable[UUID]) -> list[tuple[int, str]]:
    # A file of several days tells of its conflicts on the first of them.
    first_here = [
        file for file in files if not Statement.objects.filter(file=file, day__lt=row.day).exists()
    ]
    return list(
        FileProblem.objects.filter(file__in=first_here, code="SERIAL_CONFLICT")
        .order_by("position")
        .values_list("position", "detail")
    )


def _noticed(row: Reconciliation) -> int:
    begins = datetime.combine(row.day, time.min, SHANGHAI)
    booked = Notice.objects.filter(
        bank_id=row.bank_id,
        currency=chart.HOME,
        credited_at__gte=begins,
        credited_at__lt=begins + timedelta(days=1),
    ).exclude(state=NoticeState.WAITING)
    return booked.aggregate(fen=_SIGNED)["fen"] or 0


def _entries(row: Reconciliation, statements: Sequence[StatedBalance]) -> Iterator[DayEntry]:
    """Return the entries of a day that need a look: not stated, told first by the statement, or waiting."""
    files = {s.file_id for s in statements}
    main = rules.account_number(Bank.objects.get(pk=row.bank_id).main_account)
    accounts = {s.account for s in statements}
    of_the_day = Notice.objects.filter(bank_id=row.bank_id, booked_on=row.day, currency=chart.HOME)
    if main not in accounts:
        of_the_day = of_the_day.filter(Q(account__in=accounts) | Q(stated_in__in=files))
    found = of_the_day.filter(
        Q(stated_in=None)
        | ~Q(stated_in__in=files)
        | Q(file__kind__startswith="camt.053")
        | Q(state=NoticeState.WAITING)
    ).order_by("pk")
    fields = ("serial", "amount_minor", "stated_in_id", "file__kind", "state")
    for serial, minor, stated_in, kind, state in found.values_list(*fields).iterator(AT_ONCE):
        yield DayEntry(
            serial=serial,
            amount_minor=minor,
            is_stated=stated_in in files,
            is_missed=kind.startswith("camt.053"),
            is_waiting=state == NoticeState.WAITING,
        )


def _keep(
    row: Reconciliation,
    differences: Sequence[Difference],
    found: set[tuple[str, str]],
    *,
    at: datetime,
) -> bool:
    """Store what is new among differences, open again what was settled, and tell whether anything was.

    :param found: told of all that stand; a missed notice is settled by itself and stands for ever.
    """
    found.update(d.key for d in differences if d.cause is not Cause.NOTICE_MISSED)
    known = {
        (d.cause, d.serial): d
        for d in StatementDifference.objects.filter(
            reconciliation=row, serial__in={d.serial for d in differences}
        )
    }
    new = {d.key: d for d in differences if d.key not in known}
    StatementDifference.objects.bulk_create(
        [
            StatementDifference(
                reconciliation=row,
                cause=d.cause,
                serial=d.serial,
                stated_minor=d.stated_minor,
                ours_minor=d.ours_minor,
                apart_minor=d.apart_minor,
                detail=d.detail,
                found_at=at,
                settled_at=at if d.cause is Cause.NOTICE_MISSED else None,
            )
            for d in new.values()
        ]
    )
    changed = []
    for d in differences:
        was = known.get(d.key)
        if was is None or d.cause is Cause.NOTICE_MISSED:
            continue
        values = (d.stated_minor, d.ours_minor, d.apart_minor, d.detail)
        if (was.stated_minor, was.ours_minor, was.apart_minor, was.detail) != values:
            # It differs by something else now: what was said of it before does not explain that.
            was.explained_at, was.explained_by_id, was.explanation = None, None, ""
        elif was.settled_at is None:
            continue
        was.stated_minor, was.ours_minor, was.apart_minor, was.detail = values
        was.settled_at = None
        changed.append(was)
    StatementDifference.objects.bulk_update(
        changed,
        [
            *("stated_minor", "ours_minor", "apart_minor", "detail", "settled_at"),
            *("explained_at", "explained_by", "explanation"),
        ],
    )
    return bool(new or changed)


def _settle(row: Reconciliation, found: set[tuple[str, str]], *, at: datetime) -> bool:
    gone = [
        difference.pk
        for difference in StatementDifference.objects.filter(reconciliation=row, settled_at=None)
        if (difference.cause, difference.serial) not in found
    ]
    StatementDifference.objects.filter(pk__in=gone).update(settled_at=at)
    return bool(gone)
