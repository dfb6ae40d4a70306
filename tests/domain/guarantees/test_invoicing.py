"""发票申请: after the opening, each order in one live invoice, reversed before a premium goes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.documents.types import Paper
from biaobao.domain.guarantees.actions import invoicing
from biaobao.domain.guarantees.actions import letters as letter_actions
from biaobao.domain.guarantees.models import Application
from biaobao.domain.guarantees.queries import invoicing as queries
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.steps import invoicing as steps
from biaobao.domain.invoices import queries as invoices
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.parties import queries as parties
from tests.given import banking as given_banking
from tests.given import guarantees as given_guarantees
from tests.given import invoices as given_invoices
from tests.given import invoicing as given
from tests.given import letters as given_letters
from tests.given import premiums
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def bank(request: pytest.FixtureRequest) -> None:
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
        given_banking.bank()


def nothing_is_applied_for(applied: Applied) -> bool:
    return invoices.mine(page=1, actor=applied.bidder).total == 0


def refused(*orders: Applied, **changes: object) -> list[tuple[str, str]]:
    """Return the codes and fields with which invoices over these orders are refused."""
    with pytest.raises(Refused) as raised:
        given.applied_for(*orders, **changes)  # type: ignore[arg-type]  # what a test changes
    return [(each.code, each.field) for each in raised.value.objections]


def test_two_orders_of_one_guarantor_are_one_invoice_in_the_principals_name():  # INV-26, INV-27
    one, other = given.two()

    (invoice,) = given.applied_for(one, other)

    bidder = parties.organisation(organisation_id=one.bidder.organisation_id, actor=SYSTEM)
    assert (invoice.title, invoice.tax_number) == (bidder.name, bidder.uscc)
    assert invoice.seller.uscc == one.product.guarantor.uscc
    assert invoice.total == Money.yuan(600)
    assert {each.order_number for each in invoice.items} == {one.now.number, other.now.number}
    assert {each.description for each in invoice.items} == {"担保服务费"}
    assert given.why_not(one) == given.why_not(other) == "ORDER_INVOICED"


def test_orders_of_several_guarantors_are_an_invoice_of_each():
    bidder = given_guarantees.bidder()
    policy = given_guarantees.product(paper=Paper.POLICY)
    one, other = given.bought(None, bidder), given.bought(None, bidder, policy)

    found = given.applied_for(one, other)

    assert {each.seller.id for each in found} == {
        one.product.guarantor.id,
        policy.guarantor.id,
    }
    assert {each.items[0].description for each in found} == {"担保服务费", "保险费"}


def test_applied_for_twice_there_is_one_invoice():
    one, other = given.two()

    first = given.applied_for(one, other)
    again = given.applied_for(
        other, one, told=given_invoices.details(email=" finance@example.com ")
    )

    assert first == again
    assert invoices.mine(page=1, actor=one.bidder).total == 1


def test_an_order_is_in_one_live_invoice():  # INV-26
    one, other = given.two()
    given.applied_for(one)

    assert refused(one, other) == [("ORDER_INVOICED", "orders")]
    assert refused(one, told=given_invoices.special()) == [("ORDER_INVOICED", "orders")]
    given.carried(given.later(one))
    assert refused(one, other) == [("ORDER_INVOICED", "orders")]

    assert invoices.mine(page=1, actor=one.bidder).total == 1
    assert given.why_not(other) == ""


def test_before_the_opening_nothing_is_invoiced():  # INV-8
    waiting = given.bought(opened=False)

    assert refused(waiting) == [("INVOICE_BEFORE_OPENING", "orders")]
    assert nothing_is_applied_for(waiting)
    purchase = given.purchase(waiting)
    assert purchase.why_not
    assert purchase.why_not.facts["opening_at"] == "2026-06-08 14:30:00"
    given_tenders.opened(waiting.lot)
    assert given.why_not(waiting) == ""


def test_a_letter_that_ended_before_its_opening_is_invoiced():
    waiting = given.bought(opened=False)
    given_tenders.terminated(waiting.lot)
    assert refused(waiting) == [("INVOICE_WITHOUT_OPENING", "orders")]

    at = waiting.lot.deadline_at + timedelta(days=200)
    letter_actions.expire(limit=9, at=at, actor=SYSTEM)

    assert given_letters.letter_of(waiting).state is LetterState.EXPIRED
    (invoice,) = given.applied_for(waiting, at=at)
    assert invoice.total == Money.yuan(300)


def test_without_a_letter_there_is_nothing_to_invoice():
    late = given_letters.paid()
    given_letters.kept(given_letters.claimed(late), at=late.lot.deadline_at + SECOND)
    paid = given_letters.paid()

    for each in (paid, late):
        given_tenders.opened(each.lot)
        assert refused(each) == [("ORDER_WITHOUT_LETTER", "orders")]
        assert nothing_is_applied_for(each)
        assert queries.purchases(actor=each.bidder) == ()


def test_a_premium_that_the_bank_took_back_is_not_invoiced():
    applied = given_guarantees.payable()
    entry = premiums.pays(applied)
    premiums.booked(entry)
    given_letters.kept(given_letters.claimed(applied), at=given_letters.due_at(applied))
    given_tenders.opened(applied.lot)
    assert given.why_not(applied) == ""

    premiums.booked(premiums.reversal_of(entry, at=given.later(applied)))

    assert refused(applied) == [("PREMIUM_TAKEN_BACK", "orders")]
    assert nothing_is_applied_for(applied)


def test_a_surrendered_letter_is_not_invoiced():
    applied = given.bought()
    given.ended(applied, LetterState.SURRENDERED)

    assert refused(applied) == [("PREMIUM_GIVEN_BACK", "orders")]
    assert queries.purchases(actor=applied.bidder) == ()


@pytest.mark.parametrize("state", [LetterState.RELEASED, LetterState.EXPIRED])
def test_a_letter_whose_duty_ended_is_invoiced(state: LetterState):
    applied = given.bought()
    given.ended(applied, state)

    assert given.applied_for(applied)


def test_all_that_is_wrong_is_said_at_once():
    waiting = given.bought(opened=False)
    told = given_invoices.special(bank_name="", email="x")

    assert refused(waiting, told=told) == [
        ("INVOICE_BEFORE_OPENING", "orders"),
        ("INVOICE_BANK_MISSING", "bank_name"),
        ("INVOICE_EMAIL_INVALID", "email"),
    ]
    with pytest.raises(Refused, match="ORDERS_MISSING"):
        invoicing.apply(
            application_ids=[],
            details=given_invoices.details(),
            at=given.later(waiting),
            actor=waiting.bidder,
        )
    assert nothing_is_applied_for(waiting)


def test_only_the_bidder_itself_applies():
    applied = given.bought()
    asked = {
        "application_ids": [applied.id],
        "details": given_invoices.details(),
        "at": given.later(applied),
    }

    with pytest.raises(NotFound):
        invoicing.apply(**asked, actor=given_guarantees.bidder())
    for stranger in (
        given_tenders.keeper_of(applied.lot),
        given_guarantees.desk(applied.product.guarantor.id),
        SYSTEM,
    ):
        with pytest.raises(NotAllowed):
            invoicing.apply(**asked, actor=stranger)
    with pytest.raises(NotFound):
        queries.purchase(application_id=applied.id, actor=given_guarantees.bidder())

    assert nothing_is_applied_for(applied)


def test_who_lists_purchases_sees_what_can_be_invoiced_and_why_the_rest_cannot():
    bidder, product = given_guarantees.bidder(), given_guarantees.product()
    waiting = given.bought(None, bidder, product, opened=False)
    free = given.bought(None, bidder, product)
    invoiced = given.bought(None, bidder, product)
    given.applied_for(invoiced)

    found = {
        each.application.id: each.why_not.code if each.why_not else ""
        for each in queries.purchases(actor=bidder)
    }

    assert found == {waiting.id: "INVOICE_BEFORE_OPENING", free.id: ""}
    assert queries.purchases(actor=given_guarantees.bidder()) == ()


# What a surrender asks for.


def reversed_for(applied: Applied) -> bool:
    """Ask as the surrender would, and return whether it has to wait."""

    def reverse() -> bool:
        row = Application.objects.select_for_update().get(pk=applied.id)
        return steps.reverse_for(row, why="SURRENDERED", at=given.later(applied), actor=SYSTEM)

    return given_invoices.within(reverse)


def test_without_an_invoice_a_surrender_waits_for_nothing():
    assert reversed_for(given.bought()) is False


def test_what_nobody_was_told_of_is_withdrawn_and_the_surrender_goes_on():
    one, other = given.two()
    (invoice,) = given.applied_for(one, other)

    assert reversed_for(one) is False

    assert given_invoices.now(invoice).state is InvoiceState.FAILED
    assert given.why_not(one) == given.why_not(other) == ""


def test_an_issued_invoice_is_reversed_first_and_its_other_orders_are_told_so():  # INV-26
    one, other = given.two()
    (invoice,) = given.applied_for(one, other)
    given.carried(given.later(one))

    assert reversed_for(one) is True
    assert given.why_not(other) == "ORDER_INVOICED"
    given.carried(given.later(one))

    assert reversed_for(one) is False
    assert given_invoices.now(invoice).state is InvoiceState.RED_ISSUED
    freed = given.purchase(other)
    assert (freed.why_not, freed.is_invoiced) == (None, False)
    assert freed.invoice
    assert (freed.invoice.id, freed.invoice.reversal_why) == (invoice.id, "SURRENDERED")
    (again,) = given.applied_for(other)
    assert again.total == Money.yuan(300)


def test_one_order_applied_for_many_times_at_once_is_in_one_invoice(committed: None):  # INV-26
    given_banking.bank()
    one, other = given.two()
    words = [given_invoices.details(email=f"{n}@example.com") for n in range(6)]

    def apart(told) -> str:
        try:
            given.applied_for(*((one, other) if told.email < "3" else (other, one)), told=told)
        except Refused as refusal:
            return refusal.objections[0].code
        finally:
            connections.close_all()
        return "applied"

    with ThreadPoolExecutor(len(words)) as pool:
        said = sorted(pool.map(apart, words))

    assert said == ["ORDER_INVOICED"] * 5 + ["applied"]
    assert invoices.mine(page=1, actor=one.bidder).total == 1
    assert invoices.mismatches(actor=SYSTEM) == ()
