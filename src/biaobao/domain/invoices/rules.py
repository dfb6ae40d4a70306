"""What an invoice must say, what of it is tax, and when its partner is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from biaobao.core.actor import Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.invoices.types import Errand, Issued
from biaobao.domain.parties.rules import ACCOUNT_NUMBER, EMAIL, PHONE
from biaobao.domain.parties.types import InvoiceData, InvoiceKind

MILLION = 1_000_000
NUMBER = re.compile(r"[0-9]{20}")
CONFIRMATION = re.compile(r"[0-9A-Za-z]{32}")


def may_issue(actor: Actor) -> bool:
    """Only the house itself tells the partner, and keeps what it says."""
    return actor.role is Role.SYSTEM


def may_keep_rates(actor: Actor) -> bool:
    return actor.role is Role.SYSTEM or (
        actor.role is Role.OPERATOR and actor.person_id is not None
    )


def objection_to_rate(rate_ppm: int, *, valid_from: date, today: date) -> Objection | None:
    """Return why a tax rate cannot be added, if it cannot: what was applied for keeps the rate of its day."""
    if not 0 <= rate_ppm < MILLION:
        return Objection("TAX_RATE_INVALID", "rate")
    if valid_from <= today:
        facts = {"valid_from": valid_from.isoformat(), "today": today.isoformat()}
        return Objection("TAX_RATE_BACKDATED", "valid_from", facts)
    return None


def objections_to(details: InvoiceData) -> Iterator[Objection]:
    """Yield all that keeps an invoice from being applied for; a special one (专票) needs everything."""
    is_special = details.kind is InvoiceKind.SPECIAL
    if is_special and not details.bank_name:
        yield Objection("INVOICE_BANK_MISSING", "bank_name")
    if (is_special or details.account) and not ACCOUNT_NUMBER.fullmatch(details.account):
        yield Objection("INVOICE_ACCOUNT_INVALID", "account")
    if is_special and not details.address:
        yield Objection("INVOICE_ADDRESS_MISSING", "address")
    if (is_special or details.phone) and not PHONE.fullmatch(details.phone):
        yield Objection("INVOICE_PHONE_INVALID", "phone")
    if not EMAIL.fullmatch(details.email):
        yield Objection("INVOICE_EMAIL_INVALID", "email")


def tax_in(total: Money, rate_ppm: int) -> Money:
    """Return the tax in an amount that includes it, half up to the fen."""
    divisor = MILLION + rate_ppm
    return Money((2 * total.fen * rate_ppm + divisor) // (2 * divisor))


def taxes_in(amounts: Sequence[Money], rate_ppm: int) -> tuple[Money, ...]:
    """Return the tax of each amount so that together they are the tax in the sum."""
    taxes, sum_fen, tax_fen = [], 0, 0
    for amount in amounts:
        sum_fen += amount.fen
        upto_fen = tax_in(Money(sum_fen), rate_ppm).fen
        taxes.append(Money(upto_fen - tax_fen))
        tax_fen = upto_fen
    return tuple(taxes)


def errand_of(state: InvoiceState, *, confirmation: str, is_told: bool) -> Errand:
    """Return what is to be done next at the partner.

    :param is_told: whether the partner may have heard of the confirmed red one.
    """
    if state is InvoiceState.APPLIED:
        return Errand.ISSUE
    if state is InvoiceState.ISSUING:
        return Errand.ASK
    if not confirmation:
        return Errand.CONFIRM
    return Errand.ASK_RED if is_told else Errand.REVERSE


def is_what_was_asked(issued: Issued, *, title: str, tax_number: str, total: Money) -> bool:
    """Tell whether what was issued says what was asked for; the amounts of a red one are negative."""
    return (
        bool(NUMBER.fullmatch(issued.number))
        and (issued.title, issued.tax_number) == (title, tax_number)
        and issued.total == total
    )


def wait_before_asking(tries: int) -> timedelta:
    """Return how long to wait before the partner is asked again: ever longer, at most half an hour."""
    return timedelta(seconds=min(15 << min(tries - 1, 10), 1800))
