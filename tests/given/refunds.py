"""Refunds, and what banks do with them, for tests, made by the real actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.actions import orders
from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Kind, Message, Payment
from biaobao.domain.booking import actions as booking
from biaobao.domain.deposits.queries import refunds
from biaobao.domain.deposits.types import RefundRow
from biaobao.domain.parties import queries as parties
from tests.given import banking as given_banking
from tests.given import parties as given_parties

SECOND = timedelta(seconds=1)


def colleague(of: Actor, *, name: str = "李晓梅") -> Actor:
    """Return another person of the same organisation."""
    organisation = parties.organisation(organisation_id=of.organisation_id, actor=SYSTEM)
    return given_parties.as_actor(organisation, given_parties.person(organisation, name=name))


def operators() -> tuple[Actor, Actor]:
    """Return two people of the platform."""
    one = given_parties.operator()
    return one, colleague(one, name="周敏")


def refund(refund_id: UUID, *, actor: Actor) -> RefundRow:
    return refunds.refund(refund_id=refund_id, actor=actor)


def told(*, at: datetime) -> tuple[Payment, ...]:
    """Let the worker tell the bank what is to be paid, and return what it was told."""
    return tuple(errand.payment for errand in orders.claim_orders(limit=100, at=at, actor=SYSTEM))


def answer(
    payment: Payment,
    status: AnswerStatus = AnswerStatus.ACCEPTED,
    *,
    reason: str = "",
    at: datetime,
) -> None:
    """Let the bank answer an order (pain.002)."""
    said = Answer(payment.key, status, reason, "账户已销户" if reason else "")
    file = given_banking.file(at=at)
    message = Message("pain.002.001.10", "A1", answers=(said,))
    booking.book(files=[_saying(file.id, message)], at=at, actor=SYSTEM)


def debit(payment: Payment, *, at: datetime, serial: str | None = None) -> Entry:
    """Return the bank's entry of having paid."""
    return given_banking.entry(
        account=payment.from_account,
        amount=Money(payment.amount_minor),
        at=at,
        kind=Kind.DEBIT,
        order_key=payment.key,
        currency=payment.currency,
        serial=serial,
    )


def return_of(debit: Entry, *, at: datetime, by_key: bool = True) -> Entry:
    """Return the bank's entry of the paid money having come back (退汇)."""
    return given_banking.entry(
        account=debit.account,
        amount=Money(debit.amount_minor),
        at=at,
        currency=debit.currency,
        original_serial=debit.serial,
        order_key=debit.order_key if by_key else "",
    )


def _saying(file_id: UUID, message: Message) -> given_banking.ReadFile:
    return given_banking.ReadFile(file_id, message)
