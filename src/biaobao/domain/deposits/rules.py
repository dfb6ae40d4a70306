"""Judging money: the decision table over all credits of a deposit.

How a deposit stands is a function of what was expected and of the credits, and of nothing else. A new
credit, a reversal, a postponement or a confirmed basic account means judging all of them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import read_out
from biaobao.core.money import ZERO, Money
from biaobao.core.refusal import NotFound
from biaobao.domain.banking.rules import account_number, same_account, same_name
from biaobao.domain.deposits.states import DepositState, Outcome
from biaobao.domain.deposits.types import (
    Assessment,
    Check,
    CreditFacts,
    Expectation,
    Finding,
    Judged,
    Payer,
    Verdict,
)

HOME_CURRENCY = "CNY"


def may_book(actor: Actor) -> bool:
    """Only the house itself books what banks report."""
    return actor.role is Role.SYSTEM


def may_choose(actor: Actor) -> bool:
    return actor.role is Role.BIDDER


def may_see_unplaced(actor: Actor) -> bool:
    return actor.role in (Role.OPERATOR, Role.SYSTEM)


def may_see_openings(actor: Actor) -> bool:
    return actor.role in (Role.TENDERER, Role.AGENCY, Role.SUPERVISOR, Role.OPERATOR)


def organisation_of(actor: Actor) -> UUID:
    """Return the organisation that somebody acts for.

    :raises NotFound: if he acts for none.
    """
    if actor.organisation_id is None:
        raise NotFound("an organisation to act for")
    return actor.organisation_id


def assess(expected: Expectation, credits: Sequence[CreditFacts]) -> Assessment:
    """Judge the credits of one deposit in the order of their credit times."""
    judged: list[Judged] = []
    counted = received = ZERO
    complete_at = None
    for credit in sorted(credits, key=lambda c: (c.credited_at, c.serial)):
        verdicts = _verdicts(expected, credit, counted)
        blocking = next((v for v in verdicts if v.finding is Finding.FAIL), None)
        if not credit.is_reversed and credit.currency == HOME_CURRENCY:
            received += Money(credit.amount_minor)
        if blocking is None:
            counted += Money(credit.amount_minor)
            if counted >= expected.required and complete_at is None:
                complete_at = credit.credited_at
        judged.append(_judged(credit, blocking, verdicts))
    state = _state(expected, counted, judged)
    return Assessment(
        state=state,
        reason=_reason(state, judged),
        received=received,
        counted=counted,
        confirmed_at=complete_at,
        credits=tuple(judged),
    )


def judge_unplaced(credit: CreditFacts, *, reason: str) -> Judged:
    """Judge a credit to an account that is nobody's: it waits in suspense with the reason."""
    verdicts = (
        Verdict(Check.SUB_ACCOUNT, Finding.FAIL, reason),
        _currency(credit),
        *_reversed(credit),
    )
    outcome = Outcome.REVERSED if credit.is_reversed else Outcome.SUSPENDED
    return Judged(credit.id, outcome, "REVERSED" if credit.is_reversed else reason, verdicts)


def _verdicts(expected: Expectation, credit: CreditFacts, counted: Money) -> tuple[Verdict, ...]:
    if credit.currency != HOME_CURRENCY:
        # What cannot be compared in fen is not compared at all.
        return (Verdict(Check.SUB_ACCOUNT, Finding.PASS), _currency(credit), *_reversed(credit))
    return tuple(
        chain(
            (
                Verdict(Check.SUB_ACCOUNT, Finding.PASS),
                _currency(credit),
                Verdict(Check.BIDDER, Finding.PASS, actual=expected.bidder_name),
                _registered(expected),
                _basic_account(expected, credit),
                _in_time(expected, credit),
                _amount(expected, credit, counted),
                _not_covered(expected, counted),
                # Implementing Regulations, art. 40(6): one payer for two bidders is for the panel. A
                # verdict before the opening would tell a bidder that there is another.
                Verdict(Check.OWN_PAYER, Finding.SEALED),
            ),
            _reversed(credit),
        )
    )


def _currency(credit: CreditFacts) -> Verdict:
    if credit.currency == HOME_CURRENCY:
        return Verdict(Check.CURRENCY, Finding.PASS, "", HOME_CURRENCY, credit.currency)
    return Verdict(Check.CURRENCY, Finding.FAIL, "FOREIGN_CURRENCY", HOME_CURRENCY, credit.currency)


def _registered(expected: Expectation) -> Verdict:
    at = expected.registered_at
    if at is None:
        return Verdict(Check.REGISTERED, Finding.FAIL, "UNREGISTERED")
    if at > expected.deadline_at:
        return Verdict(
            Check.REGISTERED,
            Finding.FAIL,
            "UNREGISTERED",
            read_out(expected.deadline_at),
            read_out(at),
        )
    return Verdict(Check.REGISTERED, Finding.PASS, actual=read_out(at))


def _basic_account(expected: Expectation, credit: CreditFacts) -> Verdict:
    basic = expected.basic_account
    severity = Finding.FAIL if expected.basic_account_only else Finding.WARN
    if basic is None:
        return Verdict(Check.BASIC_ACCOUNT, severity, "BASIC_ACCOUNT_MISSING")
    is_name = same_name(credit.payer_name, basic.account_name)
    is_number = same_account(credit.payer_account, basic.number)
    compared = (_account(basic.account_name, basic.number), _seen(credit, basic, is_name=is_name))
    if is_name and is_number:
        if basic.is_confirmed:
            return Verdict(Check.BASIC_ACCOUNT, Finding.PASS, "", *compared)
        return Verdict(Check.BASIC_ACCOUNT, severity, "BASIC_ACCOUNT_UNCONFIRMED", *compared)
    if not (is_name or same_name(credit.payer_name, expected.bidder_name)):
        # Somebody else's money never secures a bid, whatever the policy on accounts.
        return Verdict(Check.BASIC_ACCOUNT, Finding.FAIL, "PAYER_IS_ANOTHER", *compared)
    return Verdict(Check.BASIC_ACCOUNT, severity, "NOT_BASIC_ACCOUNT", *compared)


def _in_time(expected: Expectation, credit: CreditFacts) -> Verdict:
    compared = (read_out(expected.deadline_at), read_out(credit.credited_at))
    # The deadline's own second is still in time.
    if credit.credited_at <= expected.deadline_at:
        return Verdict(Check.IN_TIME, Finding.PASS, "", *compared)
    return Verdict(Check.IN_TIME, Finding.FAIL, "LATE", *compared)


def _amount(expected: Expectation, credit: CreditFacts, counted: Money) -> Verdict:
    total = Money(credit.amount_minor)
    if expected.accumulate:
        total += counted
    compared = (str(expected.required), str(total))
    if total == expected.required:
        return Verdict(Check.AMOUNT, Finding.PASS, "", *compared)
    if total > expected.required:
        return Verdict(Check.AMOUNT, Finding.WARN, "OVER", *compared)
    finding = Finding.WARN if expected.accumulate else Finding.FAIL
    return Verdict(Check.AMOUNT, finding, "UNDER", *compared)


def _not_covered(expected: Expectation, counted: Money) -> Verdict:
    if counted >= expected.required:
        return Verdict(Check.NOT_COVERED, Finding.FAIL, "DUPLICATE")
    return Verdict(Check.NOT_COVERED, Finding.PASS)


def _reversed(credit: CreditFacts) -> tuple[Verdict, ...]:
    if credit.is_reversed:
        return (Verdict(Check.NOT_REVERSED, Finding.FAIL, "REVERSED"),)
    return (Verdict(Check.NOT_REVERSED, Finding.PASS),)


def _judged(credit: CreditFacts, blocking: Verdict | None, verdicts: tuple[Verdict, ...]) -> Judged:
    if credit.is_reversed:
        return Judged(credit.id, Outcome.REVERSED, "REVERSED", verdicts)
    if blocking is None:
        notable = next((v.reason for v in verdicts if v.finding is Finding.WARN), "")
        return Judged(credit.id, Outcome.COUNTED, notable, verdicts)
    outcome = Outcome.SUSPENDED if blocking.reason == "FOREIGN_CURRENCY" else Outcome.REFUNDABLE
    return Judged(credit.id, outcome, blocking.reason, verdicts)


def _state(expected: Expectation, counted: Money, judged: Sequence[Judged]) -> DepositState:
    if counted >= expected.required:
        return DepositState.CONFIRMED
    if counted:
        return DepositState.PARTIAL
    if any(credit.outcome is Outcome.REFUNDABLE for credit in judged):
        return DepositState.INVALID
    return DepositState.EXPECTED


def _reason(state: DepositState, judged: Sequence[Judged]) -> str:
    """Return the reason of the newest credit that did not count, where the state needs one."""
    if state is DepositState.INVALID:
        return next(c.reason for c in reversed(judged) if c.outcome is Outcome.REFUNDABLE)
    if state is DepositState.EXPECTED and judged:
        return judged[-1].reason
    return ""


def _account(name: str, number: str) -> str:
    return f"{name}（尾号 {account_number(number)[-4:]}）"


def _seen(credit: CreditFacts, basic: Payer, *, is_name: bool) -> str:
    # Another payer's name could be a competitor's; his account's last digits are enough to find out.
    name = basic.account_name if is_name else "其他户名"
    if not credit.payer_account:
        return f"{name}（银行未提供账号）"
    return _account(name, credit.payer_account)
