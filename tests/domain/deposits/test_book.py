"""Money that arrives is always booked, and ends in the state that the decision table asks for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.types import Kind, Problem
from biaobao.domain.booking import actions as booking
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.tenders import actions as tenders
from biaobao.platform.audit import log
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BANK = chart.bank(given_banking.BANK)
SUSPENSE = chart.suspense(given_banking.BANK)


@pytest.fixture
def connected(db: None) -> None:
    given_banking.bank()


@pytest.fixture
def chosen(connected: None) -> Chosen:
    return given.chosen()


def balance(account: str) -> Money:
    return ledger.balance(account, actor=SYSTEM)


def outcomes(chosen: Chosen) -> list[tuple[str, str]]:
    return [(c.outcome, c.reason) for c in chosen.standing.credits]


def assert_books_agree() -> None:
    assert ledger.recount(actor=SYSTEM).discrepancies == ()
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def test_the_exact_payment_confirms_and_secures(chosen: Chosen):
    paid = chosen.pays()

    assert given.booked(paid) == 1

    standing = chosen.standing
    assert (standing.state, standing.confirmed_at) == ("CONFIRMED", paid.credited_at)
    assert (standing.missing, standing.surplus) == (Money(0), Money(0))
    assert chosen.security_state == "SECURED"
    assert (balance(BANK), chosen.held, balance(SUSPENSE)) == (
        chosen.lot.amount,
        chosen.lot.amount,
        Money(0),
    )
    assert_books_agree()


def test_a_short_payment_waits_for_the_rest(chosen: Chosen):
    given.booked(chosen.pays(chosen.lot.amount - Money(100)))
    before = (chosen.standing.state, chosen.security_state, chosen.standing.missing)
    given.booked(chosen.pays(Money(100)))

    assert before == ("PARTIAL", "REQUIRED", Money(100))
    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")
    assert chosen.held == chosen.lot.amount
    assert_books_agree()


def test_two_payments_in_one_file_add_up(chosen: Chosen):
    given.booked(chosen.pays(chosen.lot.amount - Money(1)), chosen.pays(Money(1)))

    assert chosen.standing.state == "CONFIRMED"
    assert chosen.held == chosen.lot.amount


def test_a_fen_too_much_secures_and_can_go_back(chosen: Chosen):
    given.booked(chosen.pays(chosen.lot.amount + Money(1)))

    assert (chosen.standing.state, chosen.standing.surplus) == ("CONFIRMED", Money(1))
    assert chosen.held == chosen.lot.amount + Money(1)
    assert outcomes(chosen) == [("COUNTED", "OVER")]


def test_a_second_late_is_booked_and_secures_nothing(chosen: Chosen):  # INV-6
    given.booked(chosen.pays(at=chosen.lot.deadline_at + SECOND))

    assert (chosen.standing.state, chosen.standing.reason) == ("INVALID", "LATE")
    assert chosen.security_state == "REQUIRED"
    assert outcomes(chosen) == [("REFUNDABLE", "LATE")]
    assert (balance(BANK), chosen.held) == (chosen.lot.amount, chosen.lot.amount)
    assert_books_agree()


def test_the_deadline_second_is_in_time_even_when_the_bank_tells_it_later(chosen: Chosen):
    given.booked(
        chosen.pays(at=chosen.lot.deadline_at), at=chosen.lot.deadline_at + timedelta(minutes=5)
    )

    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")


def test_money_from_another_account_is_kept_apart_and_explained(chosen: Chosen):
    given.booked(chosen.pays(payer_account="6222020000001111"))

    assert outcomes(chosen) == [("REFUNDABLE", "NOT_BASIC_ACCOUNT")]
    assert chosen.security_state == "REQUIRED"
    assert chosen.held == chosen.lot.amount


def test_money_to_anothers_sub_account_secures_neither(connected: None):
    lot = given_tenders.lot()
    one = given.chosen(lot, given_parties.bidder(account="33050000000000000011"))
    other = given.chosen(lot, given_parties.bidder(account="33050000000000000022"))

    given.booked(one.pays(account=other.account))

    assert (one.security_state, one.standing.state, one.standing.credits) == (
        "REQUIRED",
        "EXPECTED",
        (),
    )
    assert (other.security_state, other.standing.reason) == ("REQUIRED", "PAYER_IS_ANOTHER")
    assert (one.held, other.held) == (Money(0), lot.amount)


def test_the_same_serial_twice_moves_money_once(chosen: Chosen):  # INV-4
    paid = chosen.pays()

    assert given.booked(paid) == 1
    assert given.booked(paid) == 0
    assert given.booked(paid, chosen.pays(Money(1))) == 1

    assert chosen.held == chosen.lot.amount + Money(1)
    assert_books_agree()


def test_a_known_serial_with_another_amount_changes_nothing_and_is_kept_aside(chosen: Chosen):
    paid = chosen.pays()
    given.booked(paid)
    forged = given_banking.entry(
        account=paid.account,
        amount=Money(paid.amount_minor * 2),
        at=paid.credited_at or chosen.lot.deadline_at,
        serial=paid.serial,
        payer_account=paid.payer_account,
    )

    assert given.booked(forged) == 0

    assert chosen.held == chosen.lot.amount
    assert _problems() == [(1, "SERIAL_CONFLICT", "amount_minor")]


def test_a_reversal_takes_the_confirmation_back(chosen: Chosen):  # INV-6
    paid = chosen.pays()
    given.booked(paid)
    given.booked(chosen.reversal_of(paid))

    assert (chosen.standing.state, chosen.standing.reason) == ("EXPECTED", "REVERSED")
    assert chosen.security_state == "REQUIRED"
    assert outcomes(chosen) == [("REVERSED", "REVERSED")]
    assert (balance(BANK), chosen.held) == (Money(0), Money(0))
    assert_books_agree()


def test_a_reversal_that_comes_first_waits_for_its_credit(chosen: Chosen):  # INV-7
    paid = chosen.pays()
    given.booked(chosen.reversal_of(paid))
    before = (chosen.standing.state, balance(BANK))
    given.booked(paid)

    assert before == ("EXPECTED", Money(0))
    assert (chosen.standing.reason, chosen.held, balance(BANK)) == (
        "REVERSED",
        Money(0),
        Money(0),
    )
    assert_books_agree()


def test_a_reversal_twice_takes_back_once(chosen: Chosen):
    paid = chosen.pays()
    back = chosen.reversal_of(paid)
    given.booked(paid, back)

    assert given.booked(back) == 0

    assert (chosen.held, balance(BANK)) == (Money(0), Money(0))


def test_after_a_reversal_the_bidder_can_pay_again(chosen: Chosen):
    paid = chosen.pays()
    given.booked(paid)
    given.booked(chosen.reversal_of(paid))
    given.booked(chosen.pays(at=chosen.lot.deadline_at))

    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")
    assert chosen.held == chosen.lot.amount


def test_money_to_an_unknown_account_waits_in_suspense(chosen: Chosen):  # INV-5
    given.booked(chosen.pays(account="33059999999999999999"))

    assert (balance(BANK), balance(SUSPENSE), chosen.held) == (
        chosen.lot.amount,
        chosen.lot.amount,
        Money(0),
    )
    assert [u.reason for u in given.in_suspense(actor=given_parties.operator())] == [
        "UNKNOWN_SUB_ACCOUNT"
    ]
    assert chosen.standing.credits == ()
    assert_books_agree()


def test_money_to_a_sub_account_that_nobody_has_waits_in_suspense(connected: None):
    free = given_banking.sub_accounts(1)[0]

    given.booked(given_banking.entry(account=free.number, amount=Money(5), at=given_banking.AT))

    assert balance(SUSPENSE) == Money(5)
    assert [u.reason for u in given.in_suspense(actor=given_parties.operator())] == ["NOT_IN_USE"]


def test_money_to_a_closed_sub_account_waits_and_says_so(connected: None):
    (was,) = given_banking.sub_accounts(1)
    with seeing_as(SYSTEM), connection.cursor() as cursor:
        # Nothing closes a sub-account yet; the bank may all the same.
        cursor.execute(
            "UPDATE banking_subaccount SET state = 'CLOSED', closed_at = %s WHERE number = %s",
            [given_banking.AT, was.number],
        )

    given.booked(given_banking.entry(account=was.number, amount=Money(5), at=given_banking.AT))

    assert balance(SUSPENSE) == Money(5)
    assert [u.reason for u in given.in_suspense(actor=given_parties.operator())] == ["CLOSED"]
    assert_books_agree()


def test_a_reversal_out_of_suspense_leaves_nothing_there(connected: None):
    credit = given_banking.entry(account="1", amount=Money(5), at=given_banking.AT)
    back = given_banking.entry(
        account="1",
        amount=Money(5),
        at=given_banking.AT,
        kind=Kind.REVERSAL,
        original_serial=credit.serial,
    )
    given.booked(credit, back)

    assert (balance(BANK), balance(SUSPENSE)) == (Money(0), Money(0))
    assert given.in_suspense(actor=given_parties.operator()) == ()
    assert_books_agree()


def test_another_currency_goes_to_suspense_with_the_reason(chosen: Chosen):  # INV-5
    given.booked(chosen.pays(Money(700), currency="USD"))

    assert outcomes(chosen) == [("SUSPENDED", "FOREIGN_CURRENCY")]
    assert (chosen.standing.state, chosen.held) == ("EXPECTED", Money(0))
    assert balance(chart.suspense(given_banking.BANK, "USD")) == Money(700)
    assert_books_agree()


def test_a_debit_that_no_order_explains_waits_and_moves_nothing(chosen: Chosen):
    given.booked(chosen.pays(kind=Kind.DEBIT))

    assert balance(BANK) == Money(0)
    assert_books_agree()


def test_a_bad_entry_does_not_hold_up_the_good_ones(chosen: Chosen):  # INV-13
    file = given_banking.file(
        chosen.pays(), problems=(Problem(2, "NOT_VALID", "line 7: 'Ccy' is missing"),)
    )

    booking.book(files=[file], at=given_banking.AT, actor=SYSTEM)

    assert chosen.standing.state == "CONFIRMED"
    assert _problems() == [(2, "NOT_VALID", "line 7: 'Ccy' is missing")]


def test_postponing_makes_late_money_timely(chosen: Chosen):
    lot = chosen.lot
    given.booked(chosen.pays(at=lot.deadline_at + SECOND))
    _postpone(chosen, days=7)

    assert choosing.reassess(limit=10, at=lot.deadline_at + DAY, actor=SYSTEM) == 1

    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")
    assert choosing.reassess(limit=10, at=lot.deadline_at + DAY, actor=SYSTEM) == 0


def test_confirming_the_basic_account_makes_its_money_count(connected: None):
    bidder = given_parties.bidder(confirmed=False)
    chosen = given.chosen(bidder=bidder)
    given.booked(chosen.pays())
    before = (chosen.standing.state, chosen.standing.reason)

    given_parties.confirm_account(bidder)
    choosing.reassess(limit=10, at=chosen.lot.deadline_at, actor=SYSTEM)

    assert before == ("INVALID", "BASIC_ACCOUNT_UNCONFIRMED")
    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")


def test_telling_another_account_after_the_deadline_changes_nothing(connected: None):
    bidder = given_parties.bidder()
    chosen = given.chosen(bidder=bidder)
    given.booked(chosen.pays())

    given_parties.tell_account(bidder, "6222000011112222", at=chosen.lot.deadline_at + SECOND)
    choosing.reassess(limit=10, at=chosen.lot.deadline_at + DAY, actor=SYSTEM)

    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")


def test_telling_the_payers_account_after_the_deadline_secures_nothing(connected: None):
    bidder = given_parties.bidder()
    chosen = given.chosen(bidder=bidder)
    given.booked(chosen.pays(payer_account="6222000011112222"))

    given_parties.tell_account(bidder, "6222000011112222", at=chosen.lot.deadline_at + SECOND)
    choosing.reassess(limit=10, at=chosen.lot.deadline_at + DAY, actor=SYSTEM)

    assert (chosen.standing.state, chosen.security_state) == ("INVALID", "REQUIRED")


def test_one_notice_in_two_files_read_together_is_booked_once(chosen: Chosen):  # INV-4
    paid = chosen.pays()
    files = [given_banking.file(paid), given_banking.file(paid, chosen.pays(Money(1)))]

    assert booking.book(files=files, at=given_banking.AT, actor=SYSTEM) == 2

    assert chosen.held == chosen.lot.amount + Money(1)
    assert_books_agree()


def test_an_account_confirmed_before_the_opening_counts_even_when_judged_after_it(connected: None):
    agency = given_parties.agency()
    bidder = given_parties.bidder(confirmed=False)
    chosen = given.chosen(given_tenders.lot(agency=agency), bidder)
    given.booked(chosen.pays())
    given_parties.confirm_account(bidder)
    tenders.open_lot(lot_id=chosen.lot.id, at=chosen.lot.opening_at, actor=agency)

    choosing.reassess(limit=10, at=chosen.lot.opening_at + SECOND, actor=SYSTEM)

    assert (chosen.standing.state, chosen.security_state) == ("CONFIRMED", "SECURED")


def test_a_file_leaves_that_it_came_and_was_read(chosen: Chosen):
    file = given_banking.file(chosen.pays())
    booking.book(files=[file], at=given_banking.AT, actor=SYSTEM)

    with seeing_as(SYSTEM):
        events = AuditEvent.objects.filter(subject=f"file:{file.id}").order_by("id")
        assert list(events.values_list("name", flat=True)) == ["file.received", "file.read"]


def test_two_bidders_paid_from_one_account_are_flagged_and_sealed_until_the_opening(
    connected: None,
):  # INV-8
    agency = given_parties.agency()
    lot = given_tenders.lot(agency=agency)
    group = "示例集团资金池"
    one, two = (
        given.chosen(lot, given_parties.bidder(account="33050000000000000077", account_name=group))
        for _ in range(2)
    )
    third = given.chosen(lot, given_parties.bidder(account="33050000000000000088"))
    given.booked(one.pays(payer_name=group), two.pays(payer_name=group), third.pays())

    assert [c.security_state for c in (one, two, third)] == ["SECURED"] * 3
    seen = [v.finding for v in one.standing.credits[0].verdicts if v.check == "OWN_PAYER"]
    assert seen == ["SEALED"]
    tenders.open_lot(lot_id=lot.id, at=lot.opening_at, actor=agency)
    rows = deposit_standing.opening_list(lot_id=lot.id, actor=agency)
    assert {r.bidder_id: r.flags for r in rows} == {
        one.bidder.organisation_id: ("SHARED_PAYER",),
        two.bidder.organisation_id: ("SHARED_PAYER",),
        third.bidder.organisation_id: (),
    }


@pytest.mark.parametrize("who", [given_parties.bidder, given_parties.operator])
def test_nobody_but_the_house_books_notices(chosen: Chosen, who: Callable[[], Actor]):
    file = given_banking.file(chosen.pays())

    with pytest.raises(NotAllowed):
        booking.book(files=[file], at=given_banking.AT, actor=who())

    assert (balance(BANK), chosen.standing.credits) == (Money(0), ())


def test_each_booking_leaves_who_what_and_when(chosen: Chosen):  # INV-10
    paid = chosen.pays()
    given.booked(paid)

    history = log.history(
        lot_id=chosen.lot.id, organisation_id=chosen.bidder.organisation_id, actor=chosen.bidder
    )

    assert [(e.event.name, e.actor_name) for e in history][-4:] == [
        ("deposit.chosen", chosen.bidder.name),
        ("sub-account.assigned", chosen.bidder.name),
        ("deposit.confirmed", "system"),
        ("credit.booked", "system"),
    ]
    assert history[-1].event.facts["serial"] == paid.serial


def test_eight_deliveries_at_once_move_the_money_once(committed: None):  # INV-4
    given_banking.bank()
    chosen = given.chosen()
    paid = chosen.pays()
    files = [given_banking.file(paid, at=chosen.lot.deadline_at) for _ in range(8)]

    def deliver(file: object) -> int:
        try:
            return booking.book(files=[file], at=chosen.lot.deadline_at, actor=SYSTEM)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(deliver, files))

    assert sorted(new) == [0] * 7 + [1]
    assert (chosen.held, balance(BANK)) == (chosen.lot.amount, chosen.lot.amount)
    assert_books_agree()


def test_many_bidders_payments_at_once_in_many_files_all_arrive(committed: None):
    given_banking.bank(spare=12)
    lot = given_tenders.lot()
    everyone = [
        given.chosen(lot, given_parties.bidder(account=f"3305000000000000{n:04d}"))
        for n in range(8)
    ]
    # Each file has everyone's first half or second half, in another order: locks must not cross.
    halves = [[c.pays(Money(lot.amount.fen // 2)) for c in everyone] for _ in range(2)]
    files = [
        given_banking.file(*halves[0], at=lot.deadline_at),
        given_banking.file(*reversed(halves[1]), at=lot.deadline_at),
        given_banking.file(*reversed(halves[0]), at=lot.deadline_at),
    ]

    def deliver(file: object) -> int:
        try:
            return booking.book(files=[file], at=lot.deadline_at, actor=SYSTEM)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(deliver, files))

    assert {c.standing.state for c in everyone} == {"CONFIRMED"}
    assert balance(BANK) == Money(8 * lot.amount.fen)
    assert_books_agree()


def _problems() -> list[tuple[int, str, str]]:
    return [
        (p.position, p.code, p.detail)
        for kept in banking.kept_aside(at=given_banking.AT, actor=given_parties.operator())
        for p in kept.problems
    ]


def _postpone(chosen: Chosen, *, days: int) -> None:
    given_tenders.postponed(chosen.lot, by=timedelta(days=days))
