"""Carrying invoices to the partner that issues them, keeping what it says; and the tax rates."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused, refuse, require
from biaobao.domain.invoices import rules, steps
from biaobao.domain.invoices.models import (
    Invoice,
    InvoiceFile,
    TaxRate,
    read_details,
    read_items,
    read_seller,
)
from biaobao.domain.invoices.states import MOVING, InvoiceState
from biaobao.domain.invoices.types import (
    Errand,
    FileKind,
    Issued,
    Task,
    TaxedItem,
    ToIssue,
    ToReverse,
)
from biaobao.platform import vault, wake
from biaobao.platform.audit import log
from biaobao.platform.db import action

FILE_SIZE_MAX = 10 * 2**20
ANSWER_DIFFERS = "ANSWER_DIFFERS"


@action
def add_rate(*, valid_from: date, rate_ppm: int, note: str, at: datetime, actor: Actor) -> None:
    """Add the tax rate that holds from a later day on; what was applied for before keeps its own.

    :raises Refused: TAX_RATE_INVALID, TAX_RATE_BACKDATED, TAX_RATE_TAKEN.
    """
    require(rules.may_keep_rates(actor), "keep tax rates")
    objection = rules.objection_to_rate(rate_ppm, valid_from=valid_from, today=day_of(at))
    if objection:
        raise Refused(objection)
    said = {"rate_ppm": rate_ppm, "note": note.strip(), "added_at": at}
    _, is_new = TaxRate.objects.get_or_create(valid_from=valid_from, defaults=said)
    if not is_new:
        raise refuse("TAX_RATE_TAKEN", field="valid_from", valid_from=valid_from.isoformat())
    facts = {"valid_from": valid_from.isoformat(), "rate_ppm": str(rate_ppm)}
    log.record(log.Event("tax-rate.added", "tax-rate", facts=facts), at=at, actor=actor)


@action
def claim(*, limit: int, at: datetime, actor: Actor) -> tuple[Task, ...]:
    """Take invoices that the partner is to be told or asked of, oldest first; nobody else gets them until
    their next time.

    What was never told is told from here on, whatever happens to the caller: it is asked about before it is
    told again.
    """
    require(rules.may_issue(actor), "carry invoices")
    due = list(
        Invoice.objects.select_for_update(skip_locked=True)
        .filter(state__in=MOVING, next_at__lte=at)
        .order_by("next_at", "pk")[:limit]
    )
    tasks = []
    for row in due:
        errand = rules.errand_of(
            InvoiceState(row.state),
            confirmation=row.red_confirmation,
            is_told=row.red_sent_at is not None,
        )
        if errand is Errand.ISSUE:
            steps.move(row, InvoiceState.ISSUING)
            row.sent_at = at
            steps.record("invoice.sent", row, at=at, actor=actor)
        elif errand is Errand.REVERSE:
            row.red_sent_at = at
        row.tries += 1
        row.next_at = at + rules.wait_before_asking(row.tries)
        row.save()
        tasks.append(Task(row.pk, errand, _order(row), _reversal(row)))
    return tuple(tasks)


@action
def keep_issued(*, invoice_id: UUID, issued: Issued, at: datetime, actor: Actor) -> None:
    """Keep an invoice that the partner issued, with its files, once.

    One that says something else than what was asked for is not kept; the partner is asked again.
    """
    require(rules.may_issue(actor), "keep invoices")
    row = _lock(invoice_id)
    if row.state != InvoiceState.ISSUING:
        return
    if not _is_ours(row, issued, Money(row.total_fen)):
        _note(row, ANSWER_DIFFERS, at=at, actor=actor)
        return
    _keep_file(row, FileKind.PDF, issued.pdf, at=at)
    _keep_file(row, FileKind.XML, issued.xml, at=at)
    steps.issued(row, number=issued.number, issued_at=issued.issued_at, at=at, actor=actor)
    if row.state == InvoiceState.RED_PENDING:
        wake.worker("invoices")


@action
def keep_confirmation(*, task: Task, confirmation: str, at: datetime, actor: Actor) -> None:
    """Keep that a red invoice was confirmed; empty, that its buyer has not done so yet."""
    require(rules.may_issue(actor), "keep invoices")
    row = _lock(task.invoice_id)
    if _reversal(row) != task.reversal or row.red_confirmation:
        return
    if not rules.CONFIRMATION.fullmatch(confirmation):
        _note(row, ANSWER_DIFFERS if confirmation else "CONFIRMATION_WAITS", at=at, actor=actor)
        return
    row.red_confirmation = confirmation
    row.next_at, row.tries, row.problem = at, 0, ""
    row.save()
    steps.record("invoice.reversal-confirmed", row, at=at, actor=actor)
    wake.worker("invoices")


@action
def keep_reversed(*, invoice_id: UUID, issued: Issued, at: datetime, actor: Actor) -> None:
    """Keep the red invoice that takes one back, with its files, once: its orders are free again."""
    require(rules.may_issue(actor), "keep invoices")
    row = _lock(invoice_id)
    if row.state != InvoiceState.RED_PENDING:
        return
    if not _is_ours(row, issued, Money(-row.total_fen)) or issued.number == row.invoice_number:
        _note(row, ANSWER_DIFFERS, at=at, actor=actor)
        return
    _keep_file(row, FileKind.RED_PDF, issued.pdf, at=at)
    _keep_file(row, FileKind.RED_XML, issued.xml, at=at)
    steps.move(row, InvoiceState.RED_ISSUED)
    row.red_issued_at, row.red_number = issued.issued_at, issued.number
    row.next_at, row.problem, row.words = None, "", ""
    row.save()
    steps.record("invoice.reversed", row, at=at, actor=actor)


@action
def keep_refusal(*, task: Task, words: str, at: datetime, actor: Actor) -> None:
    """Keep that the partner said no, in its own words.

    An invoice that is refused has failed. A red one must come: it is tried again under another key.
    """
    require(rules.may_issue(actor), "keep invoices")
    row = _lock(task.invoice_id)
    if task.errand in (Errand.ISSUE, Errand.ASK):
        if row.state == InvoiceState.ISSUING:
            steps.fail(row, "INVOICING_REFUSED", words=words, at=at, actor=actor)
        return
    if _reversal(row).key != task.reversal.key:
        return
    if row.state == InvoiceState.RED_PENDING:
        row.red_attempt += 1
        row.red_confirmation, row.red_sent_at, row.words = "", None, words
        row.problem = "RED_REFUSED"
        row.save()
        steps.record("invoice.reversal-refused", row, reason=words, at=at, actor=actor)


@action
def keep_problem(*, invoice_id: UUID, problem: str, at: datetime, actor: Actor) -> None:
    """Note why an invoice does not go on now; empty when all is well and the answer comes later."""
    require(rules.may_issue(actor), "keep invoices")
    row = _lock(invoice_id)
    if row.state in MOVING:
        _note(row, problem, at=at, actor=actor)


def _lock(invoice_id: UUID) -> Invoice:
    for row in steps.lock([invoice_id]):
        return row
    raise NotFound(f"invoice {invoice_id}")


def _note(row: Invoice, problem: str, *, at: datetime, actor: Actor) -> None:
    if row.problem != problem:
        row.problem = problem
        row.save(update_fields=["problem"])
        steps.record("invoice.asked", row, reason=problem, at=at, actor=actor)


def _is_ours(row: Invoice, issued: Issued, total: Money) -> bool:
    return rules.is_what_was_asked(issued, title=row.title, tax_number=row.tax_number, total=total)


def _keep_file(row: Invoice, kind: FileKind, content: bytes, *, at: datetime) -> None:
    kept = vault.keep(content, limit=FILE_SIZE_MAX)
    InvoiceFile.objects.create(
        invoice=row,
        kind=kind,
        sha256=kept.sha256,
        size=len(content),
        stored_sha256=kept.stored_sha256,
        wrapped_key=kept.wrapped_key,
        kept_at=at,
    )


def _order(row: Invoice) -> ToIssue:
    items = read_items(row.lines.all())
    taxes = rules.taxes_in([item.amount for item in items], row.rate_ppm)
    return ToIssue(
        key=row.pk.hex,
        seller=read_seller(row),
        title=row.title,
        tax_number=row.tax_number,
        details=read_details(row),
        items=tuple(
            TaxedItem(item.description, item.amount, tax)
            for item, tax in zip(items, taxes, strict=True)
        ),
        total=Money(row.total_fen),
        tax=Money(row.tax_fen),
        rate_ppm=row.rate_ppm,
        remark="、".join(item.order_number for item in items),
    )


def _reversal(row: Invoice) -> ToReverse:
    return ToReverse(
        key=f"{row.pk.hex}-R{row.red_attempt}",
        number=row.invoice_number,
        reason=row.reversal_why,
        confirmation=row.red_confirmation,
    )
