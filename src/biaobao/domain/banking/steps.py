"""Sub-accounts, files and notices, inside an action of whoever they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from biaobao.core.states import check_move
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import (
    FileProblem,
    InboundFile,
    Notice,
    Statement,
    SubAccount,
)
from biaobao.domain.banking.states import (
    FILE,
    NOTICE,
    SUB_ACCOUNT,
    FileState,
    NoticeState,
    SubAccountState,
)
from biaobao.domain.banking.types import Entry, Kind, Message, NoticeRow, Problem, ReadFile
from biaobao.platform import wake
from biaobao.platform.db import step

Key = tuple[str, str, date, str]


@step
def take_sub_account(
    *, purpose: str, purpose_id: UUID, holder_id: UUID, at: datetime
) -> UUID | None:
    """Give a free sub-account its purpose and return its id; None while the bank opens more."""
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
def ask(sub_account_id: UUID, *, at: datetime) -> None:
    """Ask the bank what is on a sub-account; the worker carries the question."""
    SubAccount.objects.filter(pk=sub_account_id).update(asked_at=at, lease_until=None)
    wake.worker("questions")


@step
def lock_files(read: Sequence[ReadFile]) -> dict[UUID, InboundFile]:
    """Lock those of the files that are still unread, by id."""
    rows = (
        InboundFile.objects.select_for_update()
        .filter(pk__in=[file.id for file in read], state=FileState.RECEIVED)
        .order_by("id")
        .defer("content")
    )
    return {row.id: row for row in rows}


@step
def read_file(file: InboundFile, message: Message, *, at: datetime) -> list[NoticeRow]:
    """Store what a locked file says and close it; return the notices that are still to be booked.

    Each entry is stored once however often it comes. A known serial with other content is a problem
    and not a notice: the first report stands.
    """
    fresh = [_notice(file, entry) for entry in message.entries]
    _find_sub_accounts(file.bank_id, fresh)
    # Written in the order of their keys, so that two files with the same entries cannot cross.
    Notice.objects.bulk_create(sorted(fresh, key=_key), ignore_conflicts=True, batch_size=2000)
    known = _lock(file.bank_id, fresh)
    conflicts = [
        Problem(position, "SERIAL_CONFLICT", _difference(known[_key(notice)], notice))
        for position, notice in enumerate(fresh, start=1)
        if _difference(known[_key(notice)], notice)
    ]
    _keep_statements(file, message)
    _close_file(file, message, (*message.problems, *conflicts), at=at)
    return [_row(notice) for notice in known.values() if notice.state == NoticeState.RECEIVED]


@step
def originals_of(reversals: Sequence[NoticeRow]) -> dict[int, NoticeRow]:
    """Lock and return the booked credit that each reversal takes back, by the reversal's id.

    Serial, account, amount and currency must agree; of several days' serials the newest is meant.
    """
    if not reversals:
        return {}
    wanted = list(
        Notice.objects.filter(pk__in=[r.id for r in reversals])
        .exclude(original_serial="")
        .order_by("id")
    )
    candidates = list(
        Notice.objects.select_for_update()
        .filter(
            bank_id__in={w.bank_id for w in wanted},
            serial__in={w.original_serial for w in wanted},
            kind=Kind.CREDIT,
            # Received and not booked yet are those of the same batch: nobody else can see them.
            state__in=[NoticeState.BOOKED, NoticeState.RECEIVED],
        )
        .order_by("id")
    )
    candidates.sort(key=lambda credit: (credit.booked_on, credit.pk), reverse=True)
    found: dict[int, NoticeRow] = {}
    for reversal in wanted:
        original = next((c for c in candidates if _takes_back(reversal, c)), None)
        if original:
            candidates.remove(original)
            found[reversal.id] = _row(original)
    return found


@step
def waiting_reversals_of(credits: Sequence[NoticeRow]) -> list[NoticeRow]:
    """Lock and return reversals that came before the credits that they take back."""
    if not credits:
        return []
    rows = (
        Notice.objects.select_for_update()
        .filter(
            bank_id__in={c.bank for c in credits},
            original_serial__in={c.serial for c in credits},
            state=NoticeState.WAITING,
            kind=Kind.REVERSAL,
        )
        .order_by("id")
    )
    return [_row(row) for row in rows]


@step
def move_notices(notices: Iterable[NoticeRow], state: NoticeState) -> None:
    """Move locked notices to a state."""
    rows = list(notices)
    for row in rows:
        check_move(NOTICE, row.state, state)
    Notice.objects.filter(pk__in=[row.id for row in rows]).update(state=state)


def _notice(file: InboundFile, entry: Entry) -> Notice:
    return Notice(
        bank_id=file.bank_id,
        serial=entry.serial,
        booked_on=entry.booked_on,
        kind=entry.kind,
        account=rules.account_number(entry.account),
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        credited_at=rules.credited_at(entry, received_at=file.received_at),
        payer_name=entry.payer_name,
        payer_account=rules.account_number(entry.payer_account),
        payer_bank=entry.payer_bank,
        remittance=entry.remittance,
        original_serial=entry.original_serial,
        file=file,
        received_at=file.received_at,
    )


def _find_sub_accounts(bank: str, notices: Sequence[Notice]) -> None:
    numbers: Mapping[str, UUID] = dict(
        SubAccount.objects.filter(
            bank_id=bank, number__in={notice.account for notice in notices}
        ).values_list("number", "id")
    )
    for notice in notices:
        notice.sub_account_id = numbers.get(notice.account)


def _lock(bank: str, notices: Sequence[Notice]) -> dict[Key, Notice]:
    rows = (
        Notice.objects.select_for_update()
        .filter(
            bank_id=bank,
            serial__in={notice.serial for notice in notices},
            booked_on__in={notice.booked_on for notice in notices},
        )
        .order_by("id")
    )
    return {_key(row): row for row in rows}


def _key(notice: Notice) -> Key:
    return notice.bank_id, notice.serial, notice.booked_on, str(notice.kind)


def _difference(one: Notice, other: Notice) -> str:
    fields = ("account", "amount_minor", "currency", "payer_account", "original_serial")
    # Names only: the values would tell an operator who pays for what before the opening.
    return ", ".join(f for f in fields if getattr(one, f) != getattr(other, f))


def _takes_back(reversal: Notice, credit: Notice) -> bool:
    return (reversal.bank_id, reversal.original_serial, reversal.account) == (
        credit.bank_id,
        credit.serial,
        credit.account,
    ) and (reversal.amount_minor, reversal.currency) == (credit.amount_minor, credit.currency)


def _row(notice: Notice) -> NoticeRow:
    return NoticeRow(
        id=notice.pk,
        bank=notice.bank_id,
        serial=notice.serial,
        booked_on=notice.booked_on,
        kind=Kind(notice.kind),
        state=NoticeState(notice.state),
        sub_account_id=notice.sub_account_id,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        credited_at=notice.credited_at,
        payer_name=notice.payer_name,
        payer_account=notice.payer_account,
    )


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
            for balance in message.balances
        ],
        ignore_conflicts=True,
    )


def _close_file(
    file: InboundFile, message: Message, problems: Sequence[Problem], *, at: datetime
) -> None:
    state = FileState.READ
    if problems:
        understood = message.entries or message.balances
        state = FileState.PARTLY_READ if understood else FileState.SET_ASIDE
    check_move(FILE, FileState(file.state), state)
    file.state = state
    file.read_at = at
    file.kind = message.kind
    file.message_id = message.message_id
    file.save(update_fields=["state", "read_at", "kind", "message_id"])
    FileProblem.objects.bulk_create(
        [
            FileProblem(
                file=file, position=p.position, code=p.code, detail=rules.without_values(p.detail)
            )
            for p in problems
        ],
        ignore_conflicts=True,
    )
