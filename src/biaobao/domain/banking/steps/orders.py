"""Payment orders, inside an action of whoever they are for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from biaobao.core.states import check_move
from biaobao.domain.banking.models import PaymentOrder, read_order
from biaobao.domain.banking.states import LIVE_ORDERS, ORDER, OrderState
from biaobao.domain.banking.types import Answer, AnswerStatus, NoticeRow, Order, Payout
from biaobao.platform import wake
from biaobao.platform.db import step


@step
def order(payout: Payout, *, at: datetime) -> Order:
    """Order a payment; the worker tells the bank.

    :raises django.db.IntegrityError: if an order for this purpose is alive.
    """
    order_id = uuid4()
    row = PaymentOrder(
        id=order_id,
        # At most 35 characters: ISO 20022's Max35Text.
        key=order_id.hex,
        bank_id=payout.bank,
        purpose=payout.purpose,
        purpose_id=payout.purpose_id,
        attempt=payout.attempt,
        holder_id=payout.holder_id,
        lot_id=payout.lot_id,
        from_account=payout.from_account,
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        payee_name=payout.payee_name,
        payee_account=payout.payee_account,
        payee_bank=payout.payee_bank,
        remittance=payout.remittance,
        ordered_at=at,
        next_at=at,
    )
    row.save(force_insert=True)
    wake.worker("orders")
    return read_order(row)


@step
def take_answers(bank: str, answers: Sequence[Answer], *, at: datetime) -> list[Order]:
    """Let a bank's answers move its own orders; return those that it refused.

    An answer that is repeated, or older than what is known, moves nothing.
    """
    by_key = {answer.order_key: answer for answer in answers}
    refused = []
    for row in _lock(bank_id=bank, key__in=by_key):
        answer = by_key[row.key]
        state = OrderState(row.state)
        if state not in (OrderState.SENT, OrderState.ACCEPTED):
            continue
        row.answered_at = at
        row.problem = ""
        if answer.status is AnswerStatus.REFUSED:
            _move(row, OrderState.REFUSED)
            row.ended_at = at
            row.reason, row.words = answer.reason, answer.words
            refused.append(read_order(row))
        elif state is OrderState.SENT:
            _move(row, OrderState.ACCEPTED)
            row.next_at = at + timedelta(minutes=1)
        row.save()
    return refused


@step
def paid_by(debits: Sequence[NoticeRow]) -> dict[int, Order]:
    """Mark as paid the orders that these debits carried out; return them by the debit's id, with the time of
    payment, in the state that they had before.

    A debit that carries out nothing of ours, or not what was ordered, is left out.
    """
    told = {d.order_key: d for d in debits if d.order_key}
    if not told:
        return {}
    paid: dict[int, Order] = {}
    for row in _lock(key__in=told):
        debit = told[row.key]
        is_ours = (row.bank_id, row.from_account, row.amount_minor, row.currency) == (
            debit.bank,
            debit.account,
            debit.amount_minor,
            debit.currency,
        )
        if not is_ours or not _may_be_paid(row):
            continue
        paid[debit.id] = replace(read_order(row), paid_at=debit.credited_at)
        _move(row, OrderState.PAID)
        row.paid_at = debit.credited_at
        row.ended_at = None
        row.debit_id = debit.id
        row.save()
    return paid


@step
def returned_by(credits: Sequence[NoticeRow]) -> dict[int, Order]:
    """Mark as returned the paid orders whose money these credits bring back, by the credit's id.

    Of several credits for one order the first counts; one with another amount is none.
    """
    keys = {c.order_key for c in credits if c.order_key}
    serials = {c.original_serial for c in credits if c.original_serial}
    if not keys and not serials:
        return {}
    found = {
        row.pk: row
        for row in (
            *_lock(key__in=keys, state=OrderState.PAID),
            *_lock(debit__serial__in=serials, state=OrderState.PAID),
        )
    }
    serial_of = dict(PaymentOrder.objects.filter(pk__in=found).values_list("pk", "debit__serial"))
    returned: dict[int, Order] = {}
    for credit in credits:
        row = next((r for r in found.values() if _brings_back(credit, r, serial_of[r.pk])), None)
        if row is None:
            continue
        del found[row.pk]
        _move(row, OrderState.RETURNED)
        row.ended_at = credit.credited_at
        row.save()
        returned[credit.id] = read_order(row)
    return returned


@step
def may_still_return(credits: Sequence[NoticeRow]) -> set[int]:
    """Return the ids of credits that name an order of ours whose debit has not been heard of yet."""
    keys = {c.order_key for c in credits if c.order_key}
    if not keys:
        return set()
    alive = set(
        PaymentOrder.objects.filter(
            key__in=keys,
            # Refused and paid all the same: its debit is still to come, too.
            state__in=[OrderState.SENT, OrderState.ACCEPTED, OrderState.REFUSED],
        ).values_list("key", flat=True)
    )
    return {c.id for c in credits if c.order_key in alive}


def _brings_back(credit: NoticeRow, row: PaymentOrder, serial: str) -> bool:
    names_it = row.key == credit.order_key or (
        not credit.order_key and serial == credit.original_serial
    )
    return names_it and (row.bank_id, row.amount_minor, row.currency) == (
        credit.bank,
        credit.amount_minor,
        credit.currency,
    )


def _may_be_paid(row: PaymentOrder) -> bool:
    state = OrderState(row.state)
    if state is OrderState.REFUSED:
        # Refused and paid all the same: unless it was ordered anew meanwhile, it is paid.
        return not PaymentOrder.objects.filter(
            purpose=row.purpose, purpose_id=row.purpose_id, state__in=LIVE_ORDERS
        ).exists()
    return state in (OrderState.SENT, OrderState.ACCEPTED)


def _move(row: PaymentOrder, state: OrderState) -> None:
    check_move(ORDER, OrderState(row.state), state)
    row.state = state


def _lock(**wanted: Collection[str] | str) -> Iterable[PaymentOrder]:
    return PaymentOrder.objects.select_for_update(of=("self",)).filter(**wanted).order_by("id")


@step
def note_outcome(row: Any, order: Order, became: OrderState, *, at: datetime) -> None:
    """Note on what an order is for what became of it: when, or why not. Who moves the row saves it.

    :param row: has ``order_id``, ``paid_at``, ``ended_at`` and ``ended_why``.
    """
    row.order_id = order.id
    if became is OrderState.PAID:
        row.paid_at, row.ended_at, row.ended_why = at, None, ""
    else:
        row.ended_at = at
        row.ended_why = order.reason if became is OrderState.REFUSED else "BANK_RETURNED"
