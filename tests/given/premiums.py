"""Premiums paid and given back, for tests, made by the real actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Kind, Message, ReadFile
from biaobao.domain.booking import actions as booking
from biaobao.domain.parties import queries as parties
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given.guarantees import Applied

booked = given_deposits.booked


def pays(applied: Applied, amount: Money | None = None, **how: Any) -> Entry:
    """Return the bank's entry of a premium's payment: what is missing, at once, from the basic account."""
    organisation = parties.organisation(
        organisation_id=applied.bidder.organisation_id, actor=SYSTEM
    )
    basic = parties.basic_account(organisation_id=organisation.id, actor=SYSTEM)
    payment = applied.payment
    given: dict[str, Any] = {
        "account": payment.sub_account.number if payment.sub_account else "",
        "amount": payment.missing if amount is None else amount,
        "at": applied.at + timedelta(minutes=5),
        "payer_name": organisation.name,
        "payer_account": basic.number if basic else "",
    }
    return given_banking.entry(**(given | how))


def reversal_of(credit: Entry, *, at: datetime | None = None) -> Entry:
    assert credit.credited_at
    return given_banking.entry(
        account=credit.account,
        amount=Money(credit.amount_minor),
        at=at or credit.credited_at + timedelta(minutes=1),
        kind=Kind.REVERSAL,
        original_serial=credit.serial,
        currency=credit.currency,
    )


def refused(key: str, *, at: datetime, reason: str = "AC04") -> None:
    """Let the bank refuse an order (pain.002)."""
    said = Answer(key, AnswerStatus.REFUSED, reason, "账户已销户")
    file = given_banking.file(at=at)
    message = Message("pain.002.001.10", "A1", answers=(said,))
    booking.book(files=[ReadFile(file.id, message)], at=at, actor=SYSTEM)
