"""A day's statement against the notices and the books: what differs has a cause, and is settled by facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import statements
from biaobao.domain.banking.models import StatementDifference
from biaobao.domain.banking.types import Cause, DifferenceRow, Entry, Kind
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import statements as given_statements
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.statements import minutes, reconciled, stated

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def paying() -> Chosen:
    """Return a bidder who is about to pay."""
    given_banking.bank()
    return given.chosen()


@pytest.fixture
def paid(paying: Chosen) -> tuple[Chosen, Entry]:
    entry = paying.pays()
    given.booked(entry)
    return paying, entry


def at(chosen: Chosen, *, later: int = 0):
    """Return an instant of the evening after the day on which the bidder pays."""
    return chosen.lot.deadline_at - DAY + timedelta(hours=6) + minutes(later)


def the_day(chosen: Chosen):
    return day_of(chosen.lot.deadline_at - DAY)


def seen(chosen: Chosen, *, actor: Actor = SYSTEM) -> dict[str, DifferenceRow]:
    """Return the differences of the day by cause and serial."""
    account = given_statements.day_of_bank(the_day(chosen), actor=actor)
    return {f"{row.found.cause}:{row.found.serial}": row for row in account.differences}


def open_(chosen: Chosen, *, actor: Actor = SYSTEM) -> list[str]:
    return sorted(name for name, row in seen(chosen, actor=actor).items() if row.is_open)


def test_a_day_that_agrees_has_no_difference(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    stated(entry, day=the_day(chosen), at=at(chosen))

    assert reconciled(at=at(chosen)) == 1

    account = given_statements.day_of_bank(the_day(chosen), actor=SYSTEM)
    assert (account.day.open, account.differences) == (0, ())
    assert account.totals is not None
    assert (account.totals.entries_fen, account.totals.booked_fen) == (
        entry.amount_minor,
        entry.amount_minor,
    )


def test_a_notice_that_was_missed_is_booked_from_the_statement_once(paying: Chosen):  # INV-4
    entry = paying.pays()
    stated(entry, day=the_day(paying), at=at(paying))
    reconciled(at=at(paying))

    given.booked(entry)
    reconciled(at=at(paying, later=2))

    assert paying.held == paying.lot.amount
    assert [c.serial for c in paying.standing.credits] == [entry.serial]
    row = seen(paying)[f"NOTICE_MISSED:{entry.serial}"]
    assert (row.is_open, row.settled_at) == (False, at(paying))
    assert open_(paying) == []
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def test_a_notice_that_the_statement_lacks_is_open_until_a_corrected_one_has_it(
    paid: tuple[Chosen, Entry],
):
    chosen, entry = paid
    stated(day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))
    before = open_(chosen)

    stated(entry, day=the_day(chosen), at=at(chosen, later=1))
    reconciled(at=at(chosen, later=2))

    assert before == [f"NOT_IN_STATEMENT:{entry.serial}"]
    row = seen(chosen)[f"NOT_IN_STATEMENT:{entry.serial}"]
    assert (row.settled_at, row.found.ours_minor) == (at(chosen, later=2), entry.amount_minor)
    assert open_(chosen) == []


def test_a_corrected_statement_may_keep_its_number(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    stated(day=the_day(chosen), at=at(chosen), statement_id="ST-ONE")
    reconciled(at=at(chosen))

    stated(entry, day=the_day(chosen), at=at(chosen, later=1), statement_id="ST-ONE")
    reconciled(at=at(chosen, later=2))

    assert open_(chosen) == []


def test_a_notice_that_comes_after_the_statement_and_is_not_in_it_is_found(paying: Chosen):
    stated(day=the_day(paying), at=at(paying))
    reconciled(at=at(paying))
    entry = paying.pays()
    before = open_(paying)

    given.booked(entry, at=at(paying, later=1))
    reconciled(at=at(paying, later=2))

    assert before == []
    assert open_(paying) == [f"NOT_IN_STATEMENT:{entry.serial}"]


def test_an_entry_that_says_otherwise_than_its_notice_is_told_by_its_place(
    paid: tuple[Chosen, Entry],
):
    chosen, entry = paid
    stated(
        replace(entry, amount_minor=entry.amount_minor + 100), day=the_day(chosen), at=at(chosen)
    )
    reconciled(at=at(chosen))

    found = seen(chosen)
    assert open_(chosen) == ["CONTENT_DIFFERS:1", "DOES_NOT_ADD_UP:"]
    assert found["CONTENT_DIFFERS:1"].found.detail == "amount_minor"
    assert found["DOES_NOT_ADD_UP:"].found.apart_minor == 100
    assert chosen.held == chosen.lot.amount


def test_balances_that_do_not_follow_from_the_entries_are_told(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    stated(entry, day=the_day(chosen), at=at(chosen), opening_fen=5, closing_fen=entry.amount_minor)
    reconciled(at=at(chosen))

    assert open_(chosen) == ["DOES_NOT_ADD_UP:"]
    assert seen(chosen)["DOES_NOT_ADD_UP:"].found.apart_minor == -5


def test_an_opening_that_is_not_the_last_closing_is_a_gap_until_the_last_day_is_corrected(
    paid: tuple[Chosen, Entry],
):
    chosen, entry = paid
    yesterday = the_day(chosen) - DAY
    stated(day=yesterday, at=at(chosen) - DAY, opening_fen=300)
    stated(entry, day=the_day(chosen), at=at(chosen), opening_fen=1_000)
    reconciled(at=at(chosen))
    before = seen(chosen)["GAP:"]

    stated(day=yesterday, at=at(chosen, later=1), opening_fen=1_000)
    reconciled(at=at(chosen, later=1))

    assert (before.is_open, before.found.apart_minor) == (True, 700)
    assert open_(chosen) == []


def test_a_working_day_without_a_statement_is_missed_until_it_comes(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    day = the_day(chosen)
    # The bidder pays on Sunday, 2026-06-07; of the days before it Thursday and Friday lack theirs.
    stated(day=day - 4 * DAY, at=at(chosen) - 4 * DAY)
    stated(entry, day=day, at=at(chosen))
    reconciled(at=at(chosen))
    before = open_(chosen)

    stated(day=day - 3 * DAY, at=at(chosen, later=1))
    reconciled(at=at(chosen, later=1))

    assert before == ["DAY_MISSING:2026-06-04", "DAY_MISSING:2026-06-05"]
    assert open_(chosen) == ["DAY_MISSING:2026-06-05"]


def test_a_debit_without_an_order_waits_and_is_told(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    debit = given_banking.entry(
        account=chosen.account, amount=Money(70), at=at(chosen), kind=Kind.DEBIT
    )
    stated(entry, debit, day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))

    assert open_(chosen) == [f"UNBOOKED:{debit.serial}"]
    assert seen(chosen)[f"UNBOOKED:{debit.serial}"].found.stated_minor == 70


def test_money_that_the_books_moved_without_a_notice_is_told(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    stated(entry, day=the_day(chosen), at=at(chosen))
    with seeing_as(SYSTEM), connection.cursor() as cursor:
        # No action can do this: the books are moved behind everybody's back.
        cursor.execute(
            "INSERT INTO ledger_transfer (key, debit_id, credit_id, fen, effective_at, booked_at)"
            " SELECT 'stray', debit_id, credit_id, 11, effective_at, booked_at"
            " FROM ledger_transfer LIMIT 1"
        )
    reconciled(at=at(chosen))

    assert open_(chosen) == ["BOOKS_DIFFER:"]
    assert seen(chosen)["BOOKS_DIFFER:"].found.apart_minor == -11


def test_a_reversal_leaves_the_day_in_agreement(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    reversal = chosen.reversal_of(entry)
    given.booked(reversal)
    stated(entry, reversal, day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))

    assert open_(chosen) == []
    assert ledger.moved_on(chart.bank(given_banking.BANK), the_day(chosen), actor=SYSTEM) == Money(
        0
    )


def test_other_money_than_yuan_is_no_matter_of_the_statement(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    given.booked(chosen.pays(currency="USD"))
    stated(entry, day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))

    assert open_(chosen) == []


def test_a_statement_of_one_sub_account_says_nothing_of_the_others(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    other = given.chosen(chosen.lot, given_parties.bidder(name="别家建设有限公司"))
    given.booked(other.pays())
    stated(entry, day=the_day(chosen), at=at(chosen), account=chosen.account)
    reconciled(at=at(chosen))

    assert open_(chosen) == []


def test_a_file_that_is_not_read_whole_is_not_compared(paying: Chosen):
    reading = given_banking.file(at=at(paying))
    assert reconciled(at=at(paying)) == 0
    assert reading.is_last


def test_comparing_again_changes_nothing(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    stated(day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))
    before = seen(chosen)

    at_once = reconciled(at=at(chosen, later=0) + timedelta(seconds=59))
    in_a_minute = reconciled(at=at(chosen, later=1))

    assert (at_once, in_a_minute) == (0, 1)
    assert seen(chosen) == before
    assert open_(chosen) == [f"NOT_IN_STATEMENT:{entry.serial}"]


@pytest.fixture
def differing(paid: tuple[Chosen, Entry]) -> tuple[Chosen, UUID]:
    chosen, entry = paid
    stated(day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))
    return chosen, seen(chosen)[f"NOT_IN_STATEMENT:{entry.serial}"].id


def test_an_operator_explains_a_difference_once(differing: tuple[Chosen, UUID]):
    chosen, difference_id = differing
    operator = given_parties.operator()
    told = {"difference_id": difference_id, "actor": operator}

    statements.explain(explanation=" 银行将于次日补记 ", at=at(chosen, later=5), **told)
    statements.explain(explanation="银行将于次日补记", at=at(chosen, later=6), **told)
    with pytest.raises(Refused, match="DIFFERENCE_EXPLAINED"):
        statements.explain(explanation="另一个说法", at=at(chosen, later=7), **told)

    _, row = queries.difference(difference_id=difference_id, actor=operator)
    assert (row.explanation, row.explained_by, row.explained_at) == (
        "银行将于次日补记",
        operator.name,
        at(chosen, later=5),
    )
    account = given_statements.day_of_bank(the_day(chosen), actor=operator)
    assert (account.day.open, account.day.explained) == (0, 1)


@pytest.mark.parametrize(
    ("said", "code"),
    [("  ", "TEXT_MISSING"), ("长" * 501, "EXPLANATION_TOO_LONG")],
    ids=["nothing", "too long"],
)
def test_an_explanation_says_something_and_is_short(
    differing: tuple[Chosen, UUID], said: str, code: str
):
    chosen, difference_id = differing

    with pytest.raises(Refused, match=code):
        statements.explain(
            difference_id=difference_id,
            explanation=said,
            at=at(chosen),
            actor=given_parties.operator(),
        )

    assert len(open_(chosen)) == 1


def test_what_is_settled_needs_no_explanation(paid: tuple[Chosen, Entry]):
    chosen, entry = paid
    stated(day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))
    stated(entry, day=the_day(chosen), at=at(chosen, later=1))
    reconciled(at=at(chosen, later=2))
    row = seen(chosen)[f"NOT_IN_STATEMENT:{entry.serial}"]

    with pytest.raises(Refused, match="DIFFERENCE_SETTLED"):
        statements.explain(
            difference_id=row.id,
            explanation="多余",
            at=at(chosen, later=3),
            actor=given_parties.operator(),
        )

    assert seen(chosen)[f"NOT_IN_STATEMENT:{entry.serial}"] == row


def test_a_missed_notice_is_not_explained(paying: Chosen):
    entry = paying.pays()
    stated(entry, day=the_day(paying), at=at(paying))
    reconciled(at=at(paying))
    missed = seen(paying)[f"NOTICE_MISSED:{entry.serial}"]

    for difference_id in (missed.id, uuid4()):
        with pytest.raises(NotFound):
            statements.explain(
                difference_id=difference_id,
                explanation="多余",
                at=at(paying),
                actor=given_parties.operator(),
            )


@pytest.mark.parametrize("who", [given_parties.bidder, given_parties.agency])
def test_others_neither_compare_nor_explain_nor_see(
    differing: tuple[Chosen, UUID], who: Callable[[], Actor]
):
    chosen, difference_id = differing
    actor = who()

    with pytest.raises(NotAllowed):
        statements.reconcile(limit=1, at=at(chosen), actor=actor)
    with pytest.raises(NotAllowed):
        statements.explain(
            difference_id=difference_id, explanation="我说的", at=at(chosen), actor=actor
        )
    with pytest.raises(NotAllowed):
        queries.reconciled_days(page=1, actor=actor)
    with seeing_as(actor):
        assert StatementDifference.objects.count() == 0
    assert len(open_(chosen)) == 1


def test_before_the_opening_operators_see_no_sum_and_no_missed_notice(paying: Chosen):  # INV-8
    operator = given_parties.operator()
    missed, unstated = paying.pays(), paying.pays()
    given.booked(unstated)
    stated(missed, day=the_day(paying), at=at(paying))
    reconciled(at=at(paying))

    before = given_statements.day_of_bank(the_day(paying), actor=operator)
    given_tenders.opened(paying.lot)
    after = given_statements.day_of_bank(the_day(paying), actor=operator)

    assert before.totals is None
    assert [row.found.cause for row in before.differences] == [Cause.NOT_IN_STATEMENT]
    assert after.totals is not None
    assert [row.found.cause for row in after.differences] == [
        Cause.NOT_IN_STATEMENT,
        Cause.NOTICE_MISSED,
    ]
    assert before.day == after.day


def test_days_with_open_differences_come_first_the_oldest_of_them_first(paying: Chosen):
    day = the_day(paying)
    for back, closing in ((5, 0), (4, 7), (3, 7), (2, 9), (1, 9)):
        stated(
            day=day - back * DAY,
            at=at(paying),
            opening_fen=7 if back in (3, 2) else 9 if back == 1 else 0,
            closing_fen=closing,
        )
    reconciled(at=at(paying))

    rows = queries.reconciled_days(page=1, actor=given_parties.operator()).rows

    assert [(row.day, row.open) for row in rows] == [
        (day - 4 * DAY, 1),
        (day - 2 * DAY, 1),
        (day - DAY, 0),
        (day - 3 * DAY, 0),
        (day - 5 * DAY, 0),
    ]


def test_who_explains_says_when_and_what(differing: tuple[Chosen, UUID]):
    _, difference_id = differing

    with pytest.raises(IntegrityError), seeing_as(SYSTEM):
        StatementDifference.objects.filter(pk=difference_id).update(explanation="没有人说的")
