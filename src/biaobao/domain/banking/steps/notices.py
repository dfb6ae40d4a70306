"""Files and the notices in them, inside the action that books them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from operator import itemgetter
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

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
from biaobao.domain.banking.states import FILE, NOTICE, FileState, NoticeState, SubAccountState
from biaobao.domain.banking.types import Entry, Kind, Message, NoticeRow, Problem, ReadFile
from biaobao.platform import rows
from biaobao.platform.db import step
from biaobao.platform.reads import among, just, prepared

STATEMENT = "camt.053."
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_TOGETHER = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
_OF_FILE = ("id", "bank_id", "state", "size", "received_at")
# Id and purpose of a sub-account, and whether it is closed, where a number is none of ours.
_NO_ACCOUNT: tuple[UUID | None, str, bool] = (None, "", False)
Key = tuple[str, date, str]


@step
def open_files(read: Sequence[ReadFile]) -> dict[UUID, InboundFile]:
    """Return those of the files that are still unread, by id; those that end here are locked.

    Parts of one file are booked side by side: what two of them may both say is told apart by its key.
    """
    ending = [part.id for part in read if part.is_last]
    going_on = [part.id for part in read if not part.is_last]
    found = _locked_files(ending) if ending else []
    if going_on:
        found += _unread_files(going_on)
    return {row.id: row for row in found}


@step
def take_turns(files: Mapping[UUID, InboundFile], read: Sequence[ReadFile]) -> None:
    """Book at a bank alone where entries may have to wait for others; else beside all who do not.

    What such an entry waits for may be in another booking of this instant. Neither would see the other,
    and it would wait for ever.
    """
    alone: dict[str, bool] = {}
    for file in read:
        if file.id in files:
            bank = files[file.id].bank_id
            alone[bank] = alone.get(bank, False) or any(map(_may_wait, file.message.entries))
    with connection.cursor() as cursor:
        for bank, is_alone in sorted(alone.items()):
            cursor.execute(_ALONE if is_alone else _TOGETHER, [f"booking at {bank}"])


@step
def read_files(
    files: Mapping[UUID, InboundFile], read: Sequence[ReadFile], *, at: datetime
) -> list[NoticeRow]:
    """Store what open files say, or parts of them; return the notices that were not known yet.

    Each entry is stored once however often it comes. A known serial with other content is a problem
    and not a notice: the first report stands. What is returned is stored as booked, so it must be
    booked, or moved to waiting, in this transaction.
    """
    parts = [part for part in read if part.id in files]
    fresh: list[NoticeRow] = []
    for bank in sorted({file.bank_id for file in files.values()}):
        said = [part for part in parts if files[part.id].bank_id == bank]
        fresh += _read_of_bank(bank, files, said)
    for part in parts:
        _keep_statements(files[part.id], part.message)
        _keep_problems(files[part.id], part.message.problems)
    for bank, days in _days_of(files, parts).items():
        _look_again(bank, days, at=at)
    _close(files, parts, at=at)
    return fresh


@step
def originals_of(reversals: Sequence[NoticeRow]) -> dict[int, NoticeRow]:
    """Lock and return the booked credit that each reversal takes back, by the reversal's id.

    Serial, account, amount and currency must agree; of several days' serials the newest is meant. Each
    tells what its sub-account is for now.
    """
    wanted = [reversal for reversal in reversals if reversal.original_serial]
    if not wanted:
        return {}
    candidates = list(
        Notice.objects.select_for_update(of=("self",))
        .select_related("sub_account")
        .filter(
            bank_id__in={w.bank for w in wanted},
            serial__in=among("text", {w.original_serial for w in wanted}),
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
            account = original.sub_account
            purpose = account.purpose if account else ""
            found[reversal.id] = replace(read_notice(original), purpose=purpose)
    return found


@step
def waiting_reversals_of(credits: Sequence[NoticeRow]) -> list[NoticeRow]:
    """Lock and return reversals that came before the credits that they take back."""
    if not credits:
        return []
    banks = {credit.bank for credit in credits}
    return list(map(read_notice, _waiting_reversals(banks, {credit.serial for credit in credits})))


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


@prepared
def _locked_files(ids: Sequence[UUID]) -> QuerySet[InboundFile]:
    return _unread(ids).select_for_update()


@prepared
def _unread_files(ids: Sequence[UUID]) -> QuerySet[InboundFile]:
    return _unread(ids)


def _unread(ids: Sequence[UUID]) -> QuerySet[InboundFile]:
    unread = InboundFile.objects.filter(state=FileState.RECEIVED, pk__in=among("uuid", ids))
    return unread.only(*_OF_FILE).order_by("id")


def _read_of_bank(
    bank: str, files: Mapping[UUID, InboundFile], parts: Sequence[ReadFile]
) -> list[NoticeRow]:
    entries: dict[Key, tuple[InboundFile, Entry]] = {}
    for part in parts:
        for entry in part.message.entries:
            entries.setdefault(_key(entry), (files[part.id], entry))
    fresh = _store(bank, entries)
    is_statement = any(part.message.kind.startswith(STATEMENT) for part in parts)
    if not is_statement and len(fresh) == sum(len(part.message.entries) for part in parts):
        # Nothing was said before, so nothing can have been said otherwise.
        return fresh
    known = _known(bank, entries.keys() - {_key(row) for row in fresh})
    first = {_key(row): row for row in fresh} | known
    for part in parts:
        _keep_problems(
            files[part.id],
            [
                Problem(position, "SERIAL_CONFLICT", difference)
                for position, entry in enumerate(part.message.entries, part.entries_before + 1)
                if (difference := _difference(first[_key(entry)], entry))
            ],
        )
        if part.message.kind.startswith(STATEMENT):
            stated = among("bigint", (first[_key(e)].id for e in part.message.entries))
            Notice.objects.filter(pk__in=stated).update(stated_in=part.id)
    return fresh


def _store(bank: str, entries: Mapping[Key, tuple[InboundFile, Entry]]) -> list[NoticeRow]:
    """Store the entries that are new, in the order of their keys: two files cannot cross."""
    accounts = {key: rules.account_number(entry.account) for key, (_, entry) in entries.items()}
    known: dict[str, tuple[UUID | None, str, bool]] = {
        number: (account_id, purpose, state == SubAccountState.CLOSED)
        for number, account_id, purpose, state in _sub_accounts(bank, set(accounts.values()))
    }
    wanted: list[rows.Row] = [
        {
            "serial": entry.serial,
            "booked_on": entry.booked_on,
            "kind": entry.kind,
            "account": accounts[key],
            "sub_account_id": known.get(accounts[key], _NO_ACCOUNT)[0],
            "amount_minor": entry.amount_minor,
            "currency": entry.currency,
            "credited_at": rules.credited_at(entry, received_at=file.received_at),
            "payer_name": entry.payer_name,
            "payer_account": rules.account_number(entry.payer_account),
            "payer_bank": entry.payer_bank,
            "remittance": entry.remittance,
            "original_serial": entry.original_serial,
            "order_key": entry.order_key,
            "file_id": file.pk,
            "received_at": file.received_at,
        }
        for key, (file, entry) in sorted(entries.items(), key=itemgetter(0))
    ]
    new = rows.insert_new(
        Notice,
        wanted,
        key="bank_id, serial, booked_on, kind",
        returning="id, serial, booked_on, kind",
        bank_id=bank,
        state=NoticeState.BOOKED,
    )
    ids = {(serial, day, kind): notice_id for notice_id, serial, day, kind in new}
    fresh = [
        _fresh(bank, ids[key], row, *known.get(row["account"], _NO_ACCOUNT)[1:])
        for row in wanted
        if (key := (row["serial"], row["booked_on"], row["kind"])) in ids
    ]
    fresh.sort(key=lambda notice: notice.id)
    return fresh


@prepared
def _sub_accounts(
    bank: str, numbers: Collection[str]
) -> QuerySet[SubAccount, tuple[str, UUID, str, str]]:
    found = SubAccount.objects.filter(bank_id=just(bank), number__in=among("text", numbers))
    return found.values_list("number", "id", "purpose", "state")


def _fresh(
    bank: str,
    notice_id: int,
    row: rows.Row,
    purpose: str,
    is_to_closed: bool,  # noqa: FBT001 - a fact
) -> NoticeRow:
    return NoticeRow(
        id=notice_id,
        bank=bank,
        serial=row["serial"],
        booked_on=row["booked_on"],
        kind=row["kind"],
        state=NoticeState.BOOKED,
        account=row["account"],
        sub_account_id=row["sub_account_id"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        credited_at=row["credited_at"],
        payer_name=row["payer_name"],
        payer_account=row["payer_account"],
        payer_bank=row["payer_bank"],
        original_serial=row["original_serial"],
        order_key=row["order_key"],
        is_to_closed=is_to_closed,
        purpose=purpose,
    )


def _known(bank: str, keys: Iterable[Key]) -> dict[Key, NoticeRow]:
    wanted = set(keys)
    if not wanted:
        return {}
    found = Notice.objects.filter(
        bank_id=bank,
        serial__in=among("text", {serial for serial, _, _ in wanted}),
        booked_on__in={day for _, day, _ in wanted},
    )
    return {key: read_notice(notice) for notice in found if (key := _key(notice)) in wanted}


def _may_wait(entry: Entry) -> bool:
    if entry.kind is Kind.REVERSAL:
        return True
    return entry.kind is Kind.CREDIT and bool(entry.original_serial or entry.order_key)


def _waiting(others: Sequence[NoticeRow], **wanted: object) -> list[NoticeRow]:
    if not others:
        return []
    found = (
        Notice.objects.select_for_update()
        .filter(bank_id__in={o.bank for o in others}, state=NoticeState.WAITING, **wanted)
        .order_by("id")
    )
    return [read_notice(row) for row in found]


@prepared
def _waiting_reversals(banks: Collection[str], serials: Collection[str]) -> QuerySet[Notice]:
    return (
        Notice.objects.select_for_update()
        .filter(bank_id__in=among("text", banks), original_serial__in=among("text", serials))
        .filter(state=NoticeState.WAITING, kind=Kind.REVERSAL)
        .order_by("id")
    )


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
    if not message.balances:
        return
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


def _days_of(files: Mapping[UUID, InboundFile], parts: Sequence[ReadFile]) -> dict[str, set[date]]:
    days: dict[str, set[date]] = {}
    for part in parts:
        told = days.setdefault(files[part.id].bank_id, set())
        told.update(entry.booked_on for entry in part.message.entries)
    return days


def _look_again(bank: str, days: Collection[date], *, at: datetime) -> None:
    """Have days that were reconciled before compared anew."""
    again = [pk for (pk,) in _reconciled(bank, days)]
    if again:
        Reconciliation.objects.filter(pk__in=again).update(next_at=at)


@prepared
def _reconciled(bank: str, days: Collection[date]) -> QuerySet[Reconciliation, tuple[UUID]]:
    found = Reconciliation.objects.select_for_update().filter(bank_id=just(bank))
    return found.filter(day__in=among("date", days)).order_by("day").values_list("pk")


def _keep_problems(file: InboundFile, problems: Sequence[Problem]) -> None:
    if problems:
        FileProblem.objects.bulk_create(
            [
                FileProblem(
                    file=file,
                    position=p.position,
                    code=p.code,
                    detail=rules.without_values(p.detail),
                )
                for p in problems
            ],
            ignore_conflicts=True,
        )


def _close(files: Mapping[UUID, InboundFile], parts: Sequence[ReadFile], *, at: datetime) -> None:
    ending = [part for part in parts if part.is_last]
    if not ending:
        return
    with_problems = {file_id for (file_id,) in _problems_of([part.id for part in ending])}
    closed = []
    for part in ending:
        file, message = files[part.id], part.message
        entries_read = part.entries_before + len(message.entries)
        state = FileState.READ
        if file.pk in with_problems:
            understood = entries_read or Statement.objects.filter(file=file).exists()
            state = FileState.PARTLY_READ if understood else FileState.SET_ASIDE
        check_move(FILE, FileState(file.state), state)
        closed.append(
            {
                "id": file.pk,
                "state": state,
                "kind": message.kind,
                "message_id": message.message_id,
                "bytes_read": file.size,
                "entries_read": entries_read,
            }
        )
    rows.update_all(InboundFile, closed, read_at=at)


@prepared
def _problems_of(files: Sequence[UUID]) -> QuerySet[FileProblem, tuple[UUID]]:
    return FileProblem.objects.filter(file__in=among("uuid", files)).values_list("file")
