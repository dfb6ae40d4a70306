"""The decision table (domain rules, 3.3), line by line, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from biaobao.core.money import Money
from biaobao.domain.deposits.rules import assess, judge_unplaced
from biaobao.domain.deposits.states import DepositState, Outcome
from biaobao.domain.deposits.types import (
    Check,
    CreditFacts,
    Expectation,
    Finding,
    Payer,
    Verdict,
)

DUE = datetime(2026, 6, 8, 6, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NAME = "衢州示例建设有限公司"
NUMBER = "33050168620800000123"
REQUIRED = Money.yuan(50_000)

EXPECTED = Expectation(
    required=REQUIRED,
    deadline_at=DUE,
    bidder_name=NAME,
    registered_at=DUE - timedelta(days=10),
    basic_account=Payer(NAME, NUMBER, is_confirmed=True),
    basic_account_only=True,
    accumulate=True,
)
EXACT = CreditFacts(
    id=1,
    serial="S1",
    amount_minor=REQUIRED.fen,
    currency="CNY",
    credited_at=DUE - timedelta(days=1),
    payer_name=NAME,
    payer_account=NUMBER,
)


def verdict_of(check: Check, credit: CreditFacts, expected: Expectation = EXPECTED) -> Verdict:
    judged = assess(expected, [credit]).credits[0]
    return next(v for v in judged.verdicts if v.check is check)


def test_the_exact_amount_in_time_from_the_basic_account_confirms():
    result = assess(EXPECTED, [EXACT])

    assert (result.state, result.reason) == (DepositState.CONFIRMED, "")
    assert (result.received, result.counted) == (REQUIRED, REQUIRED)
    assert result.confirmed_at == EXACT.credited_at
    assert result.credits[0].outcome is Outcome.COUNTED


def test_every_check_leaves_its_verdict_even_when_several_fail():
    wrong = replace(EXACT, credited_at=DUE + SECOND, payer_account="999", amount_minor=1)

    judged = assess(EXPECTED, [wrong]).credits[0]

    assert [(v.check, v.finding, v.reason) for v in judged.verdicts] == [
        (Check.SUB_ACCOUNT, Finding.PASS, ""),
        (Check.CURRENCY, Finding.PASS, ""),
        (Check.BIDDER, Finding.PASS, ""),
        (Check.REGISTERED, Finding.PASS, ""),
        (Check.BASIC_ACCOUNT, Finding.FAIL, "NOT_BASIC_ACCOUNT"),
        (Check.IN_TIME, Finding.FAIL, "LATE"),
        (Check.AMOUNT, Finding.WARN, "UNDER"),
        (Check.NOT_COVERED, Finding.PASS, ""),
        (Check.OWN_PAYER, Finding.SEALED, ""),
        (Check.NOT_REVERSED, Finding.PASS, ""),
    ]


@pytest.mark.parametrize(
    ("credited_at", "state"),
    [
        (DUE - SECOND, DepositState.CONFIRMED),
        (DUE, DepositState.CONFIRMED),
        (DUE + SECOND, DepositState.INVALID),
    ],
)
def test_the_deadline_second_itself_is_in_time(credited_at: datetime, state: DepositState):  # INV-6
    assert assess(EXPECTED, [replace(EXACT, credited_at=credited_at)]).state is state


def test_money_one_second_late_lies_there_and_does_not_count():
    late = replace(EXACT, credited_at=DUE + SECOND)

    result = assess(EXPECTED, [late])

    assert (result.state, result.reason) == (DepositState.INVALID, "LATE")
    assert (result.received, result.counted) == (REQUIRED, Money(0))
    assert result.credits[0].outcome is Outcome.REFUNDABLE
    assert verdict_of(Check.IN_TIME, late) == Verdict(
        Check.IN_TIME, Finding.FAIL, "LATE", "2026-06-08 14:30:00", "2026-06-08 14:30:01"
    )


def test_a_postponement_makes_late_money_timely():
    late = replace(EXACT, credited_at=DUE + SECOND)

    result = assess(replace(EXPECTED, deadline_at=DUE + timedelta(days=7)), [late])

    assert result.state is DepositState.CONFIRMED


def test_a_short_payment_is_completed_by_a_second_one():
    short = replace(EXACT, amount_minor=REQUIRED.fen - 1)
    rest = replace(EXACT, id=2, serial="S2", amount_minor=1, credited_at=DUE)

    first = assess(EXPECTED, [short])
    both = assess(EXPECTED, [rest, short])

    assert (first.state, first.counted) == (DepositState.PARTIAL, Money(REQUIRED.fen - 1))
    assert verdict_of(Check.AMOUNT, short).reason == "UNDER"
    assert (both.state, both.counted, both.confirmed_at) == (DepositState.CONFIRMED, REQUIRED, DUE)


def test_the_rest_that_comes_late_does_not_complete():
    short = replace(EXACT, amount_minor=REQUIRED.fen - 1)
    rest = replace(EXACT, id=2, amount_minor=1, credited_at=DUE + SECOND)

    result = assess(EXPECTED, [short, rest])

    assert (result.state, result.confirmed_at) == (DepositState.PARTIAL, None)
    assert [c.outcome for c in result.credits] == [Outcome.COUNTED, Outcome.REFUNDABLE]


def test_where_transfers_may_not_add_up_each_must_be_the_amount():
    single = replace(EXPECTED, accumulate=False)
    half = replace(EXACT, amount_minor=REQUIRED.fen // 2)

    result = assess(single, [half, replace(half, id=2, serial="S2")])

    assert (result.state, result.reason, result.counted) == (
        DepositState.INVALID,
        "UNDER",
        Money(0),
    )


def test_a_fen_too_much_confirms_and_is_said():
    over = replace(EXACT, amount_minor=REQUIRED.fen + 1)

    result = assess(EXPECTED, [over])

    assert (result.state, result.counted) == (DepositState.CONFIRMED, Money(REQUIRED.fen + 1))
    assert (result.credits[0].outcome, result.credits[0].reason) == (Outcome.COUNTED, "OVER")


def test_a_second_full_payment_is_a_duplicate():
    again = replace(EXACT, id=2, serial="S2", credited_at=DUE)

    result = assess(EXPECTED, [again, EXACT])

    assert [(c.credit_id, c.outcome, c.reason) for c in result.credits] == [
        (1, Outcome.COUNTED, ""),
        (2, Outcome.REFUNDABLE, "DUPLICATE"),
    ]
    assert (result.received, result.counted) == (Money(2 * REQUIRED.fen), REQUIRED)


def test_when_the_bank_takes_the_first_back_the_duplicate_covers():
    taken_back = replace(EXACT, is_reversed=True)
    again = replace(EXACT, id=2, serial="S2", credited_at=DUE)

    result = assess(EXPECTED, [taken_back, again])

    assert (result.state, result.confirmed_at) == (DepositState.CONFIRMED, DUE)
    assert result.received == REQUIRED
    assert [c.outcome for c in result.credits] == [Outcome.REVERSED, Outcome.COUNTED]


def test_a_reversal_alone_leaves_nothing():
    result = assess(EXPECTED, [replace(EXACT, is_reversed=True)])

    assert (result.state, result.reason) == (DepositState.EXPECTED, "REVERSED")
    assert (result.received, result.counted, result.confirmed_at) == (Money(0), Money(0), None)


@pytest.mark.parametrize(
    "payer_name",
    ["衢州示例建设有限公司", "衢州示例建设 有限公司", " 衢州示例建设有限公司　"],
)
def test_spaces_in_a_name_do_not_matter(payer_name: str):
    assert assess(EXPECTED, [replace(EXACT, payer_name=payer_name)]).state is DepositState.CONFIRMED


def test_full_width_brackets_do_not_matter():
    named = "示例建设（衢州）有限公司"
    expected = replace(
        EXPECTED, bidder_name=named, basic_account=Payer(named, NUMBER, is_confirmed=True)
    )

    result = assess(expected, [replace(EXACT, payer_name="示例建设(衢州)有限公司")])

    assert result.state is DepositState.CONFIRMED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payer_account": "6222000011112222"}, "NOT_BASIC_ACCOUNT"),
        ({"payer_name": "王小明", "payer_account": "6222000011112222"}, "PAYER_IS_ANOTHER"),
        ({"payer_name": "王小明"}, "PAYER_IS_ANOTHER"),
        ({"payer_name": "", "payer_account": ""}, "PAYER_IS_ANOTHER"),
    ],
)
def test_money_from_elsewhere_than_the_basic_account_does_not_count(change, reason):
    result = assess(EXPECTED, [replace(EXACT, **change)])

    assert (result.state, result.reason) == (DepositState.INVALID, reason)
    assert result.counted == Money(0)


def test_where_the_policy_allows_another_own_account_is_only_remarked():
    lenient = replace(EXPECTED, basic_account_only=False)
    result = assess(lenient, [replace(EXACT, payer_account="6222000011112222")])

    assert result.state is DepositState.CONFIRMED
    assert result.credits[0].reason == "NOT_BASIC_ACCOUNT"


def test_another_companys_money_never_counts_whatever_the_policy():
    lenient = replace(EXPECTED, basic_account_only=False)
    result = assess(lenient, [replace(EXACT, payer_name="别家公司", payer_account="1")])

    assert (result.state, result.reason) == (DepositState.INVALID, "PAYER_IS_ANOTHER")


def test_another_payers_name_is_not_shown_to_the_bidder():
    verdict = verdict_of(
        Check.BASIC_ACCOUNT,
        replace(EXACT, payer_name="竞争对手有限公司", payer_account="622200001234"),
    )

    assert (verdict.expected, verdict.actual) == (
        "衢州示例建设有限公司（尾号 0123）",
        "其他户名（尾号 1234）",
    )


def test_an_unconfirmed_basic_account_does_not_count_until_it_is_confirmed():
    unconfirmed = replace(EXPECTED, basic_account=Payer(NAME, NUMBER, is_confirmed=False))

    assert assess(unconfirmed, [EXACT]).reason == "BASIC_ACCOUNT_UNCONFIRMED"
    assert assess(EXPECTED, [EXACT]).state is DepositState.CONFIRMED


def test_without_a_basic_account_nothing_counts():
    assert assess(replace(EXPECTED, basic_account=None), [EXACT]).reason == "BASIC_ACCOUNT_MISSING"


@pytest.mark.parametrize("registered_at", [None, DUE + SECOND])
def test_money_for_a_lot_not_registered_in_time_does_not_count(registered_at):
    result = assess(replace(EXPECTED, registered_at=registered_at), [EXACT])

    assert (result.state, result.reason) == (DepositState.INVALID, "UNREGISTERED")


def test_another_currency_waits_in_suspense_and_counts_for_nothing():
    result = assess(EXPECTED, [replace(EXACT, currency="USD")])

    assert (result.state, result.reason) == (DepositState.EXPECTED, "FOREIGN_CURRENCY")
    assert (result.received, result.counted) == (Money(0), Money(0))
    assert result.credits[0].outcome is Outcome.SUSPENDED


def test_a_shared_payer_is_sealed_in_every_judgement():  # INV-8
    assert verdict_of(Check.OWN_PAYER, EXACT) == Verdict(Check.OWN_PAYER, Finding.SEALED)


def test_money_to_nobodys_account_waits_with_the_reason():
    judged = judge_unplaced(EXACT, reason="UNKNOWN_SUB_ACCOUNT")

    assert (judged.outcome, judged.reason) == (Outcome.SUSPENDED, "UNKNOWN_SUB_ACCOUNT")


def test_the_order_in_which_credits_are_heard_of_does_not_matter():  # INV-7
    half = replace(EXACT, amount_minor=REQUIRED.fen // 2)
    heard = [
        half,
        replace(half, id=2, serial="S2", credited_at=DUE),
        replace(EXACT, id=3, serial="S3", credited_at=DUE + SECOND),
        replace(EXACT, id=4, serial="S4", is_reversed=True),
    ]

    assessments = [assess(EXPECTED, order) for order in permutations(heard)]

    assert assessments == [assess(EXPECTED, heard)] * 24
    assert assessments[0].confirmed_at == DUE
