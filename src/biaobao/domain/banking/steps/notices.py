"""Files and the notices in them, inside the action that books them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from biaobao.core.states import check_move
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import (
    FileProblem,
    InboundFile,
    Notice,
    Reconciliation,
    Statement,
    SubAccount,
    read_notice,
)
from biaobao.domain.banking.states import FILE, NOTICE, FileState, NoticeState
from biaobao.domain.banking.types import Entry, Kind, Message, NoticeRow, Problem, ReadFile
from biaobao.platform import rows
from biaobao.platform.db import step

LEASE = timedelta(seconds=60)
STATEMENT = "camt.053."
Key = tuple[str, date, str]

_FIELDS = (
    "bank",
    "serial",
    "booked_on",
    "kind",
    "account",
    "sub_account",
    "amount_minor",
    "currency",
    "credited_at",
    "payer_name",
    "payer_account",
    "payer_bank",
    "remittance",
    "original_serial",
    "order_key",
    "state",
    "file",
    "received_at",
)


@step
def lock_files(read: Sequence[ReadFile]) -> dict[UUID, InboundFile]:
    """Lock those of the files that are still unread, by id."""
    found = (
        InboundFile.objects.select_for_update()
        .filter(pk__in=[file.id for file in read], state=FileState.RECEIVED)
        .order_by("id")
        .defer("content")
    )
    return {row.id: row for row in found}


@step
def read_file(file: InboundFile, read: ReadFile, *, at: datetime) -> list[NoticeRow]:
    """Store what a locked file says, or a part of it; return the notices that were not known yet.

    Each entry is stored once however often it comes. A known serial with other content is a problem
    and not a notice: the first report stands. What is returned is stored as booked, so it must be
    booked, or moved to waiting, in this transaction.
    """
    message = read.message
    positions = {_key(e): n for n, e in enumerate(message.entries, read.entries_before + 1)}
    entries = {_key(entry): entry for entry in reversed(message.entries)}
    fresh = _store(file, sorted(entries.items()))
    known = _known(file.bank_id, entries.keys() - {_key(row) for row in fresh})
    # The same serial twice in one file may differ, too.
    first = {_key(row): row for row in fresh} | known
    conflicts = [
        Problem(positions[_key(entry)], "SERIAL_CONFLICT", difference)
        for entry in message.entries
        if (difference := _difference(first[_key(entry)], entry))
    ]
    _keep_statements(file, message)
    if message.kind.startswith(STATEMENT):
        Notice.objects.filter(pk__in=[row.id for row in first.values()]).update(stated_in=file)
    _look_again(file.bank_id, {entry.booked_on for entry in message.entries}, at=at)
    _keep_problems(file, (*message.problems, *conflicts))
    file.bytes_read = read.bytes_read
    file.entries_read = read.entries_before + len(message.entries)
    file.kind, file.message_id = message.kind, message.message_id
    if read.is_last:
        _close(file, at=at)
    else:
        file.lease_until = at + LEASE
    file.save(
        update_fields=[
            *("state", "read_at", "kind", "message_id"),
            *("lease_until", "bytes_read", "entries_read"),
        ]
    )
    return fresh


@step
def originals_of(reversals: Sequence[NoticeRow]) -> dict[int, NoticeRow]:
    """Lock and return the booked credit that each reversal takes back, by the reversal's id.

    Serial, account, amount and currency must agree; of several days' serials the newest is meant.
    """
    wanted = [reversal for reversal in reversals if reversal.original_serial]
    if not wanted:
        return {}
    candidates = list(
        Notice.objects.select_for_update()
        .filter(
            bank_id__in={w.bank for w in wanted},
            serial__in={w.original_serial for w in wanted},
            kind=Kind.CREDIT,
            state=NoticeState.BOOKED,
        )
        .order_by("id")
    )
    candidates.sort(key=lambda credit: (credit.booked_on, credit.pk), reverse=True)
    found: dict[int, NoticeRow] = {}
    for reversal in sorted(wanted, key=lambda row: row.id):
        original = next((c for c in candidates if _takes_back(reversal, c)), None)
        if original:
            candidates.remove(original)
            found[reversal.id] = read_notice(original)
    return found


@step
def waiting_reversals_of(credits: Sequence[NoticeRow]) -> list[NoticeRow]:
    """Lock and return reversals that came before the credits that they take back."""
    return _waiting(
        credits, kind=Kind.REVERSAL, original_serial__in={credit.serial for credit in credits}
    )


@step
def waiting_returns_of(debits: Sequence[NoticeRow], keys: Iterable[str]) -> list[NoticeRow]:
    """Lock and return credits that brought back the money of these debits before they were heard of.

    :param keys: the keys of the orders that the debits carried out.
    """
    by_serial = _waiting(
        debits, kind=Kind.CREDIT, original_serial__in={debit.serial for debit in debits}
    )
    by_order = _waiting(debits, kind=Kind.CREDIT, order_key__in=set(keys) - {""})
    return list({row.id: row for row in (*by_serial, *by_order)}.values())


@step
def move_notices(notices: Iterable[NoticeRow], state: NoticeState) -> None:
    """Move locked notices to a state."""
    moved = list(notices)
    for row in moved:
        check_move(NOTICE, row.state, state)
    if moved:
        Notice.objects.filter(pk__in=[row.id for row in moved]).update(state=state)


@step
def let_wait(notices: Iterable[NoticeRow]) -> list[NoticeRow]:
    """Let notices that were stored in this transaction wait instead of being booked."""
    waiting = list(notices)
    if waiting:
        Notice.objects.filter(pk__in=[row.id for row in waiting]).update(state=NoticeState.WAITING)
    return [replace(row, state=NoticeState.WAITING) for row in waiting]


def _store(file: InboundFile, entries: Sequence[tuple[Key, Entry]]) -> list[NoticeRow]:
    """Store the entries that are new, in the order of their keys: two files cannot cross."""
    accounts = {key: rules.account_number(entry.account) for key, entry in entries}
    numbers: Mapping[str, UUID] = dict(
        SubAccount.objects.filter(
            bank_id=file.bank_id, number__in=set(accounts.values())
        ).values_list("number", "id")
    )
    wanted = {
        key: (
            file.bank_id,
            entry.serial,
            entry.booked_on,
            entry.kind.value,
            accounts[key],
            numbers.get(accounts[key]),
            entry.amount_minor,
            entry.currency,
            rules.credited_at(entry, received_at=file.received_at),
            entry.payer_name,
            rules.account_number(entry.payer_account),
            entry.payer_bank,
            entry.remittance,
            entry.original_serial,
            entry.order_key,
            NoticeState.BOOKED.value,
            file.pk,
            file.received_at,
        )
        for key, entry in entries
    }
    new = rows.insert_new(Notice, _FIELDS, wanted.values(), returning="id, serial, booked_on, kind")
    fresh = []
    for notice_id, serial, booked_on, kind in new:
        row = wanted[serial, booked_on, kind]
        fresh.append(
            NoticeRow(
                id=notice_id,
                bank=file.bank_id,
                serial=serial,
                booked_on=booked_on,
                kind=Kind(kind),
                state=NoticeState.BOOKED,
                account=row[4],
                sub_account_id=row[5],
                amount_minor=row[6],
                currency=row[7],
                credited_at=row[8],
                payer_name=row[9],
                payer_account=row[10],
                payer_bank=row[11],
                original_serial=row[13],
                order_key=row[14],
            )
        )
    fresh.sort(key=lambda notice: notice.id)
    return fresh


def _known(bank: str, keys: Iterable[Key]) -> dict[Key, NoticeRow]:
    wanted = set(keys)
    if not wanted:
        return {}
    found = Notice.objects.filter(
        bank_id=bank,
        serial__in={serial for serial, _, _ in wanted},
        booked_on__in={day for _, day, _ in wanted},
    )
    return {key: read_notice(notice) for notice in found if (key := _key(notice)) in wanted}


def _waiting(others: Sequence[NoticeRow], **wanted: object) -> list[NoticeRow]:
    if not others:
        return []
    found = (
        Notice.objects.select_for_update()
        .filter(bank_id__in={o.bank for o in others}, state=NoticeState.WAITING, **wanted)
        .order_by("id")
    )
    return [read_notice(row) for row in found]


def _key(notice: Notice | NoticeRow | Entry) -> Key:
    return notice.serial, notice.booked_on, str(notice.kind)


def _difference(known: NoticeRow, entry: Entry) -> str:
    told = {
        "account": rules.account_number(entry.account),
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "payer_account": rules.account_number(entry.payer_account),
        "original_serial": entry.original_serial,
    }
    # Names only: the values would tell an operator who pays for what before the opening.
    return ", ".join(name for name, value in told.items() if getattr(known, name) != value)


def _takes_back(reversal: NoticeRow, credit: Notice) -> bool:
    return (
        reversal.bank,
        reversal.original_serial,
        reversal.account,
        reversal.amount_minor,
        reversal.currency,
    ) == (credit.bank_id, credit.serial, credit.account, credit.amount_minor, credit.currency)


def _keep_statements(file: InboundFile, message: Message) -> None:
    Statement.objects.bulk_create(
        [
            Statement(
                bank_id=file.bank_id,
                account=rules.account_number(balance.account),
                day=balance.day,
                statement_id=balance.statement_id,
                opening_fen=balance.opening_fen,
                closing_fen=balance.closing_fen,
                entries=balance.entries,
                file=file,
            )
            # A bank that corrects a statement may keep its number: what it says last holds.
            for balance in {
                (b.account, b.day, b.statement_id): b for b in message.balances
            }.values()
        ],
        update_conflicts=True,
        unique_fields=["bank", "account", "day", "statement_id"],
        update_fields=["opening_fen", "closing_fen", "entries", "file", "reconciled_at"],
    )


def _look_again(bank: str, days: Collection[date], *, at: datetime) -> None:
    """Have days that were reconciled before compared anew."""
    again = list(
        Reconciliation.objects.select_for_update()
        .filter(bank_id=bank, day__in=days)
        .order_by("day")
        .values_list("pk", flat=True)
    )
    if again:
        Reconciliation.objects.filter(pk__in=again).update(next_at=at)


def _keep_problems(file: InboundFile, problems: Sequence[Problem]) -> None:
    FileProblem.objects.bulk_create(
        [
            FileProblem(
                file=file, position=p.position, code=p.code, detail=rules.without_values(p.detail)
            )
            for p in problems
        ],
        ignore_conflicts=True,
    )


def _close(file: InboundFile, *, at: datetime) -> None:
    state = FileState.READ
    if FileProblem.objects.filter(file=file).exists():
        understood = file.entries_read or Statement.objects.filter(file=file).exists()
        state = FileState.PARTLY_READ if understood else FileState.SET_ASIDE
    check_move(FILE, FileState(file.state), state)
    file.state = state
    file.read_at = at
