"""Judging money for a premium: once, when it is heard of; what does not count goes back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from biaobao.core.instants import read_out
from biaobao.core.money import Money
from biaobao.domain.banking.rules import same_account, same_name
from biaobao.domain.guarantees.states import PremiumOutcome
from biaobao.domain.guarantees.types import (
    Finding,
    JudgedPremium,
    PremiumCheck,
    PremiumExpectation,
    PremiumFacts,
    PremiumVerdict,
)

HOME = "CNY"
# A premium can be paid for so long, and what was paid in the last second is heard of within the other.
PAYABLE_FOR = timedelta(hours=24)
HEARD_WITHIN = timedelta(minutes=30)
# A bank is asked about one sub-account at most this often.
BETWEEN_QUESTIONS = timedelta(seconds=10)


def due_at(latest_at: datetime, *, at: datetime) -> datetime:
    """Return until when a premium can be paid: a day, and never so late that the letter is too late."""
    return min(at + PAYABLE_FOR, latest_at)


def judge(expected: PremiumExpectation, paid: PremiumFacts) -> JudgedPremium:
    """Judge one credit by what is expected still; what of it counts, and what goes back."""
    verdicts = tuple(_verdicts(expected, paid))
    failed = next((v.reason for v in verdicts if v.finding is Finding.FAIL), "")
    counted = 0 if failed else min(paid.amount_minor, expected.missing.fen)
    back = paid.amount_minor - counted
    return JudgedPremium(
        outcome=PremiumOutcome.COUNTED if counted else PremiumOutcome.RETURNED,
        reason=failed or ("OVER" if back else ""),
        counted=Money(counted),
        back_minor=back,
        verdicts=verdicts,
    )


def _verdicts(expected: PremiumExpectation, paid: PremiumFacts) -> Iterator[PremiumVerdict]:
    if paid.currency != HOME:
        # What cannot be compared in fen is not compared at all.
        yield _failed(PremiumCheck.CURRENCY, "FOREIGN_CURRENCY", HOME, paid.currency)
        return
    yield PremiumVerdict(PremiumCheck.CURRENCY, Finding.PASS, "", HOME, paid.currency)
    yield _wanted(expected)
    yield _payer(expected, paid)
    yield _in_time(expected, paid)
    yield _amount(expected, paid)


def _wanted(expected: PremiumExpectation) -> PremiumVerdict:
    if expected.is_wanted:
        return PremiumVerdict(PremiumCheck.WANTED, Finding.PASS)
    reason = "NOT_WANTED" if expected.is_over else "DUPLICATE"
    return _failed(PremiumCheck.WANTED, reason)


def _payer(expected: PremiumExpectation, paid: PremiumFacts) -> PremiumVerdict:
    basic = expected.basic_account
    if not expected.basic_account_only:
        compared = (expected.bidder_name, paid.payer_name)
        if same_name(paid.payer_name, expected.bidder_name):
            return PremiumVerdict(PremiumCheck.PAYER, Finding.PASS, "", *compared)
        return _failed(PremiumCheck.PAYER, "PAYER_IS_ANOTHER", *compared)
    if basic is None or basic.confirmed_at is None:
        return _failed(PremiumCheck.PAYER, "BASIC_ACCOUNT_UNCONFIRMED")
    compared = (
        f"{basic.account_name} {basic.number}",
        f"{paid.payer_name} {paid.payer_account}".strip(),
    )
    if same_name(paid.payer_name, basic.account_name) and same_account(
        paid.payer_account, basic.number
    ):
        return PremiumVerdict(PremiumCheck.PAYER, Finding.PASS, "", *compared)
    return _failed(PremiumCheck.PAYER, "NOT_BASIC_ACCOUNT", *compared)


def _in_time(expected: PremiumExpectation, paid: PremiumFacts) -> PremiumVerdict:
    due = expected.due_at
    compared = (read_out(due) if due else "", read_out(paid.credited_at))
    # The last second is still in time.
    if due is not None and paid.credited_at <= due:
        return PremiumVerdict(PremiumCheck.IN_TIME, Finding.PASS, "", *compared)
    return _failed(PremiumCheck.IN_TIME, "LATE", *compared)


def _amount(expected: PremiumExpectation, paid: PremiumFacts) -> PremiumVerdict:
    compared = (str(expected.missing), str(Money(paid.amount_minor)))
    if paid.amount_minor == expected.missing.fen:
        return PremiumVerdict(PremiumCheck.AMOUNT, Finding.PASS, "", *compared)
    reason = "OVER" if paid.amount_minor > expected.missing.fen else "UNDER"
    return PremiumVerdict(PremiumCheck.AMOUNT, Finding.WARN, reason, *compared)


def _failed(
    check: PremiumCheck, reason: str, expected: str = "", actual: str = ""
) -> PremiumVerdict:
    return PremiumVerdict(check, Finding.FAIL, reason, expected, actual)
