"""An invoice is taken back whole by a red one; what nobody was told of is withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.invoices import actions, queries
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.invoices.types import Errand, FileKind
from tests.given import invoices as given
from tests.given import parties as given_parties
from tests.given.invoices import AT, LATER

pytestmark = pytest.mark.django_db


def test_what_nobody_was_told_of_is_withdrawn_at_once():
    invoice = given.applied()

    assert given.reversing(invoice) is False

    assert (given.now(invoice).state, given.now(invoice).why) == (
        InvoiceState.FAILED,
        "WITHDRAWN",
    )
    assert given.reversing(invoice) is False
    assert actions.claim(limit=9, at=AT + LATER, actor=SYSTEM) == ()


def test_an_issued_one_is_confirmed_reversed_and_its_orders_are_free():  # INV-27
    buyer = given_parties.bidder()
    one, other = given.item(), given.item(Money(123_45))
    invoice = given.issued(one, other, buyer=buyer)

    assert given.reversing(invoice) is True
    assert given.reversing(invoice) is True
    assert given.claimed(invoice).errand is Errand.CONFIRM
    given.kept(given.claimed(invoice, at=AT + LATER), at=AT + LATER)
    task = given.claimed(invoice, at=AT + LATER)
    assert (task.errand, task.reversal.number) == (Errand.REVERSE, invoice.invoice_number)
    for _ in range(2):
        actions.keep_reversed(
            invoice_id=invoice.id, issued=given.answer(task), at=AT + LATER, actor=SYSTEM
        )

    red = given.now(invoice)
    assert (red.state, len(red.red_number)) == (InvoiceState.RED_ISSUED, 20)
    assert red.invoice_number == invoice.invoice_number
    assert given.reversing(invoice) is False
    assert given.live_of([one.order_key, other.order_key]) == set()
    assert queries.file(invoice_id=invoice.id, kind=FileKind.RED_XML, actor=buyer)
    assert queries.mismatches(actor=SYSTEM) == ()
    # Each of its orders can be applied for anew, together or apart.
    assert given.issued(other, buyer=buyer, at=AT + LATER).state is InvoiceState.ISSUED
    newest = queries.of_orders(order_keys=[other.order_key], actor=SYSTEM)[other.order_key]
    assert [each.state for each in newest] == [InvoiceState.ISSUED, InvoiceState.RED_ISSUED]


def test_one_that_is_being_issued_is_reversed_as_soon_as_it_is():
    invoice = given.applied()
    task = given.claimed(invoice)

    assert given.reversing(invoice) is True
    assert given.now(invoice).state is InvoiceState.ISSUING
    given.kept(task)

    assert given.now(invoice).state is InvoiceState.RED_PENDING
    given.carried()
    assert given.now(invoice).state is InvoiceState.RED_ISSUED


def test_one_that_is_being_issued_and_is_refused_needs_no_red_one():
    invoice = given.applied()
    task = given.claimed(invoice)
    given.reversing(invoice)

    actions.keep_refusal(task=task, words="税号未登记", at=AT, actor=SYSTEM)

    assert given.now(invoice).state is InvoiceState.FAILED
    assert given.reversing(invoice) is False


def test_a_red_one_whose_answer_was_lost_is_asked_about_under_its_key():
    invoice = given.issued()
    given.reversing(invoice)
    given.kept(given.claimed(invoice))
    told = given.claimed(invoice)

    asked = given.claimed(invoice, at=AT + LATER)

    assert (told.errand, asked.errand) == (Errand.REVERSE, Errand.ASK_RED)
    assert told.reversal == asked.reversal
    given.kept(asked, at=AT + LATER)
    assert given.now(invoice).state is InvoiceState.RED_ISSUED


def test_until_the_buyer_agrees_the_red_one_waits_and_says_so():
    invoice = given.issued()
    given.reversing(invoice)
    task = given.claimed(invoice)

    actions.keep_confirmation(task=task, confirmation="", at=AT, actor=SYSTEM)
    assert given.now(invoice).problem == "CONFIRMATION_WAITS"
    actions.keep_confirmation(task=task, confirmation="too short", at=AT, actor=SYSTEM)
    assert given.now(invoice).problem == "ANSWER_DIFFERS"

    assert given.claimed(invoice, at=AT + LATER).errand is Errand.CONFIRM


def test_a_red_one_that_is_refused_is_tried_again_under_another_key():
    invoice = given.issued()
    given.reversing(invoice)
    task = given.claimed(invoice)

    actions.keep_refusal(task=task, words="购方已抵扣，待确认", at=AT, actor=SYSTEM)
    # Said twice, and by an answer that is older: once.
    actions.keep_refusal(task=task, words="购方已抵扣，待确认", at=AT, actor=SYSTEM)
    given.kept(task)

    waiting = given.now(invoice)
    assert (waiting.state, waiting.problem) == (InvoiceState.RED_PENDING, "RED_REFUSED")
    assert waiting.words == "购方已抵扣，待确认"
    again = given.claimed(invoice, at=AT + LATER)
    assert (again.errand, again.reversal.key) == (Errand.CONFIRM, f"{invoice.id.hex}-R2")
    given.kept(again, at=AT + LATER)
    given.carried(at=AT + LATER)
    assert given.now(invoice).state is InvoiceState.RED_ISSUED


@pytest.mark.parametrize("wrong", [{"total": Money.yuan(300)}, {"title": "别家"}])
def test_a_red_one_that_takes_something_else_back_is_not_kept(wrong: dict):
    invoice = given.issued()
    given.reversing(invoice)
    given.kept(given.claimed(invoice))
    task = given.claimed(invoice)

    given.kept(task, **wrong)
    given.kept(task, number=invoice.invoice_number)

    assert given.now(invoice).problem == "ANSWER_DIFFERS"
    assert given.now(invoice).state is InvoiceState.RED_PENDING


def test_a_confirmation_that_comes_twice_counts_once():
    invoice = given.issued()
    given.reversing(invoice)
    task = given.claimed(invoice)
    given.kept(task)
    given.kept(given.claimed(invoice))
    at = AT + timedelta(seconds=1)

    actions.keep_confirmation(task=task, confirmation="0" * 32, at=at, actor=SYSTEM)

    assert given.now(invoice).state is InvoiceState.RED_ISSUED
