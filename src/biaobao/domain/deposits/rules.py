"""Judging money: the decision table over all credits of a deposit.

How a deposit stands is a function of what was expected and of the credits, and of nothing else. A new
credit, a reversal, a postponement or a confirmed basic account means judging all of them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from biaobao.core import uploads
from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI, day_of, days_after, read_out
from biaobao.core.money import ZERO, Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused, refuse
from biaobao.core.uploads import Upload
from biaobao.domain.banking.rules import account_number, same_account, same_name
from biaobao.domain.deposits.states import DepositState, Outcome
from biaobao.domain.deposits.types import (
    Assessment,
    Check,
    CreditFacts,
    Expectation,
    Finding,
    Judged,
    PayeeAccount,
    Payer,
    RefundReason,
    Verdict,
)
from biaobao.domain.parties.rules import objections_to_account

HOME_CURRENCY = "CNY"


# A sub-account is kept so long after its lot, and after anything moved there last.
CLOSED_AFTER = timedelta(days=30)


def may_work(actor: Actor) -> bool:
    """Only the house itself gives out and closes sub-accounts, judges anew and proposes by rule."""
    return actor.role is Role.SYSTEM


def may_choose(actor: Actor) -> bool:
    return actor.role is Role.BIDDER


def may_see_unplaced(actor: Actor) -> bool:
    return actor.role in (Role.OPERATOR, Role.SYSTEM)


def may_see_openings(actor: Actor) -> bool:
    return actor.role in (Role.TENDERER, Role.AGENCY, Role.SUPERVISOR, Role.OPERATOR)


def may_propose_refunds(actor: Actor) -> bool:
    """The bidder asks for its own; after the opening those who run the lot and operators propose."""
    return actor.role in (Role.BIDDER, Role.TENDERER, Role.AGENCY, Role.OPERATOR, Role.SYSTEM)


def may_approve_refunds(actor: Actor) -> bool:
    return actor.role in (Role.BIDDER, Role.OPERATOR)


def may_decide_suspense(actor: Actor) -> bool:
    return actor.role is Role.OPERATOR


def cannot_approve(
    actor: Actor,
    *,
    proposed_by: UUID | None,
    bidder_id: UUID | None,
    has_lot: bool,
    is_over: bool,
) -> str:
    """Return why somebody cannot approve a refund, as a code; empty if he can.

    Two people always. Before the opening a lot's money is seen by nobody but its bidder, so it is two of
    the bidder's own people; afterwards an operator approves.

    :param is_over: whether the lot is opened, so that operators see who paid.
    """
    if actor.person_id is None:
        return "NOT_A_PERSON"
    is_bidder = actor.role is Role.BIDDER and actor.organisation_id == bidder_id
    if is_bidder and is_over:
        return "APPROVED_BY_PLATFORM"
    if proposed_by is not None and actor.person_id == proposed_by:
        return "OWN_PROPOSAL"
    if actor.role is Role.OPERATOR:
        return "" if is_over or not has_lot else "SEALED"
    if is_bidder:
        return ""
    return "NOT_YOURS"


# What a credit that does not count goes back as; what is left out goes back as unmatched.
_REFUND_REASONS = {
    "LATE": RefundReason.LATE,
    "DUPLICATE": RefundReason.DUPLICATE,
    "OVER": RefundReason.OVERPAID,
    "UNDER": RefundReason.LOSER,
    "NOT_BASIC_ACCOUNT": RefundReason.WRONG_PAYER,
    "PAYER_IS_ANOTHER": RefundReason.WRONG_PAYER,
    "BASIC_ACCOUNT_MISSING": RefundReason.WRONG_PAYER,
    "BASIC_ACCOUNT_UNCONFIRMED": RefundReason.WRONG_PAYER,
    "SWITCHED": RefundReason.SWITCHED,
    "WITHDRAWN": RefundReason.WITHDRAWN,
    "LOT_TERMINATED": RefundReason.LOT_TERMINATED,
    "LOT_FAILED": RefundReason.LOT_FAILED,
}
# By which a deposit's duty ends once one of its refunds is approved.
ENDS_THE_DUTY = frozenset(
    {
        RefundReason.LOSER,
        RefundReason.WINNER_AFTER_CONTRACT,
        RefundReason.LOT_FAILED,
        RefundReason.EXTENSION_REFUSED,
        RefundReason.ORDERED_BY_AUTHORITY,
    }
)
REFUND_DAYS = 5


def refund_reason(credit_reason: str) -> RefundReason:
    """Return why a credit goes back, from why it does not count."""
    return _REFUND_REASONS.get(credit_reason, RefundReason.UNMATCHED)


def refund_due_at(since: datetime, *, is_working_day: Callable[[date], bool | None]) -> datetime:
    """Return by when money must be back: the end of the fifth day after, or of the next working day.

    Implementing Regulations of the Bidding Law, art. 35 and 57: five days.
    """
    day = days_after(day_of(since), REFUND_DAYS, is_working_day=is_working_day)
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def check_payee(account_name: str, number: str, bank_name: str) -> PayeeAccount:
    """Return an account that money may go back to, its parts as they are kept.

    :raises Refused: ACCOUNT_NAME_MISSING, ACCOUNT_NUMBER_INVALID or BANK_NAME_MISSING.
    """
    told = PayeeAccount(account_name.strip(), account_number(number), bank_name.strip())
    objections = tuple(objections_to_account(told.account_name, told.number, told.bank_name))
    if objections:
        raise Refused(*objections)
    return told


def check_slip(slip: Upload) -> None:
    """Let a bank slip pass that is a PDF, PNG or JPEG of at most five mebibytes, by its content.

    :raises Refused: SLIP_MISSING, SLIP_TOO_LARGE or SLIP_NOT_READABLE.
    """
    if not slip.content:
        raise refuse("SLIP_MISSING", field="slip")
    if slip.is_too_large:
        raise refuse("SLIP_TOO_LARGE", field="slip", limit=uploads.LIMIT)
    if not slip.is_paper:
        raise refuse("SLIP_NOT_READABLE", field="slip", name=slip.name)


def organisation_of(actor: Actor) -> UUID:
    """Return the organisation that somebody acts for.

    :raises NotFound: if he acts for none.
    """
    if actor.organisation_id is None:
        raise NotFound("an organisation to act for")
    return actor.organisation_id


def person_of(actor: Actor) -> UUID:
    """Return the person who acts.

    :raises NotAllowed: for the house itself, which takes no such step.
    """
    if actor.person_id is None:
        raise NotAllowed("act without a person")
    return actor.person_id


def assess(expected: Expectation, credits: Sequence[CreditFacts]) -> Assessment:
    """Judge the credits of one deposit in the order of their credit times."""
    judged: list[Judged] = []
    counted = received = ZERO
    complete_at = None
    for credit in sorted(credits, key=lambda c: (c.credited_at, c.serial)):
        verdicts = _verdicts(expected, credit, counted)
        blocking = next((v for v in verdicts if v.finding is Finding.FAIL), None)
        excess = 0
        if credit.currency == HOME_CURRENCY:
            received += Money(credit.live_minor)
            if blocking is None:
                counted += Money(credit.live_minor)
                excess = max(0, counted.fen - expected.required.fen)
                if counted >= expected.required and complete_at is None:
                    complete_at = credit.credited_at
        judged.append(_judged(credit, blocking, verdicts, excess))
    state = _state(expected, counted, judged)
    return Assessment(
        state=state,
        reason=expected.released or _reason(state, judged),
        received=received,
        counted=counted,
        confirmed_at=complete_at,
        credits=tuple(judged),
    )


def find_payer(name: str, account: str, payers: Mapping[UUID, Payer]) -> UUID | None:
    """Return who of those that pay to one account sent money: by account, else by name.

    A name that two of them have tells nothing; so does an account that two of them told.
    """
    for fits in (
        lambda payer: same_account(account, payer.number),
        lambda payer: name != "" and name == payer.account_name,
        lambda payer: same_name(name, payer.account_name),
    ):
        found = [payer_id for payer_id, payer in payers.items() if fits(payer)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def may_be_meant(told: str, account: str) -> bool:
    """Tell whether a told account, or its last digits, is the one that paid."""
    digits = account_number(told)
    return bool(digits) and account_number(account).endswith(digits)


def judge_unplaced(credit: CreditFacts, *, reason: str) -> Judged:
    """Judge a credit to an account that is nobody's: it waits in suspense with the reason."""
    verdicts = (
        Verdict(Check.SUB_ACCOUNT, Finding.FAIL, reason),
        _currency(credit),
        _reversed(credit),
    )
    if credit.is_reversed:
        return Judged(credit.id, Outcome.REVERSED, "REVERSED", verdicts)
    outcome = Outcome.SUSPENDED if credit.live_minor else Outcome.RETURNED
    return Judged(credit.id, outcome, reason, verdicts, credit.live_minor)


# Verdicts that are the same for every credit.
_TO_OWN_ACCOUNT = Verdict(Check.SUB_ACCOUNT, Finding.PASS)
_CLAIMED = Verdict(Check.SUB_ACCOUNT, Finding.WARN, "CLAIMED")
_IN_HOME_CURRENCY = Verdict(Check.CURRENCY, Finding.PASS, "", HOME_CURRENCY, HOME_CURRENCY)
_NOT_COVERED = Verdict(Check.NOT_COVERED, Finding.PASS)
_COVERED = Verdict(Check.NOT_COVERED, Finding.FAIL, "DUPLICATE")
# Implementing Regulations, art. 40(6): one payer for two bidders is for the panel. A verdict before the
# opening would tell a bidder that there is another.
_OWN_PAYER = Verdict(Check.OWN_PAYER, Finding.SEALED)
_NOT_REVERSED = Verdict(Check.NOT_REVERSED, Finding.PASS)
_REVERSED = Verdict(Check.NOT_REVERSED, Finding.FAIL, "REVERSED")


def _verdicts(expected: Expectation, credit: CreditFacts, counted: Money) -> tuple[Verdict, ...]:
    if credit.currency != HOME_CURRENCY:
        # What cannot be compared in fen is not compared at all.
        return (_sub_account(credit), _currency(credit), _reversed(credit))
    return (
        _sub_account(credit),
        _IN_HOME_CURRENCY,
        *_wanted(expected),
        Verdict(Check.BIDDER, Finding.PASS, actual=expected.bidder_name),
        _registered(expected),
        _basic_account(expected, credit),
        _in_time(expected, credit),
        _amount(expected, credit, counted),
        _COVERED if counted >= expected.required else _NOT_COVERED,
        _OWN_PAYER,
        _reversed(credit),
    )


def _sub_account(credit: CreditFacts) -> Verdict:
    return _CLAIMED if credit.is_claimed else _TO_OWN_ACCOUNT


def _wanted(expected: Expectation) -> tuple[Verdict, ...]:
    # While it is wanted, that goes without saying.
    return (Verdict(Check.WANTED, Finding.FAIL, expected.released),) if expected.released else ()


def _currency(credit: CreditFacts) -> Verdict:
    if credit.currency == HOME_CURRENCY:
        return _IN_HOME_CURRENCY
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
    total = Money(credit.live_minor)
    if expected.accumulate:
        total += counted
    compared = (str(expected.required), str(total))
    if total == expected.required:
        return Verdict(Check.AMOUNT, Finding.PASS, "", *compared)
    if total > expected.required:
        return Verdict(Check.AMOUNT, Finding.WARN, "OVER", *compared)
    finding = Finding.WARN if expected.accumulate else Finding.FAIL
    return Verdict(Check.AMOUNT, finding, "UNDER", *compared)


def _reversed(credit: CreditFacts) -> Verdict:
    return _REVERSED if credit.is_reversed else _NOT_REVERSED


def _judged(
    credit: CreditFacts, blocking: Verdict | None, verdicts: tuple[Verdict, ...], excess: int
) -> Judged:
    if credit.is_reversed:
        return Judged(credit.id, Outcome.REVERSED, "REVERSED", verdicts)
    if not credit.live_minor:
        return Judged(credit.id, Outcome.RETURNED, blocking.reason if blocking else "", verdicts)
    if blocking is None:
        notable = next((v.reason for v in verdicts if v.finding is Finding.WARN), "")
        return Judged(credit.id, Outcome.COUNTED, notable, verdicts, excess)
    outcome = Outcome.SUSPENDED if blocking.reason == "FOREIGN_CURRENCY" else Outcome.REFUNDABLE
    return Judged(credit.id, outcome, blocking.reason, verdicts, credit.live_minor)


def _state(expected: Expectation, counted: Money, judged: Sequence[Judged]) -> DepositState:
    if expected.released:
        return DepositState.RELEASED
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
