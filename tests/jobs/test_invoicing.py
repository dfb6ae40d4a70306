"""From an application to an invoice and back, by the worker's own sweep, at a partner that really runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.domain.invoices import queries
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.invoices.types import FileKind, Invoice
from biaobao.jobs import invoicing
from biaobao.platform import clock
from tests.adapters.invoicing.running import SECRET, USUAL, Partner, running
from tests.given import invoices as given
from tests.given import parties as given_parties

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    with running(tmp_path_factory.mktemp("invoicing")) as partner:
        yield partner


@pytest.fixture
def partner(started: Partner, settings: Any) -> Partner:
    """Return the partner with all switches off; the house knows it."""
    settings.INVOICING_URL, settings.INVOICING_SECRET = started.url, SECRET
    started.control.switch(**USUAL)
    return started


def told(partner: Partner, invoice: Invoice) -> list[int]:
    """Return how often each key of the invoice was told."""
    return [
        each["times_told"]
        for each in partner.control.invoices()
        if each["key"].startswith(invoice.id.hex)
    ]


def carried_on(invoice: Invoice) -> Invoice:
    given.due_now(invoice)
    invoicing.carry(clock.now())
    return given.now(invoice)


def test_it_is_issued_and_reversed_with_all_its_files(partner: Partner):
    buyer = given_parties.bidder()
    invoice = given.applied(given.item(), given.item(), buyer=buyer)

    invoicing.carry(clock.now())
    invoicing.carry(clock.now())
    issued = given.now(invoice)
    assert issued.state is InvoiceState.ISSUED
    assert given.reversing(invoice, at=clock.now()) is True
    invoicing.carry(clock.now())
    invoicing.carry(clock.now())

    red = given.now(invoice)
    assert red.state is InvoiceState.RED_ISSUED
    assert told(partner, invoice) == [1, 1]
    numbers = [each["number"] for each in partner.control.invoices()[-2:]]
    assert [issued.invoice_number, red.red_number] == numbers
    asked = {"invoice_id": invoice.id, "actor": buyer}
    for kind, begins in (("PDF", b"%PDF-"), ("RED_PDF", b"%PDF-"), ("RED_XML", b"<?xml")):
        assert queries.file(kind=FileKind(kind), **asked).startswith(begins)
    assert issued.invoice_number in queries.file(kind=FileKind.RED_XML, **asked).decode()


def test_an_answer_that_is_late_is_asked_for(partner: Partner):
    partner.control.switch(late_seconds=1)
    invoice = given.applied()

    invoicing.carry(clock.now())
    waiting = given.now(invoice)
    assert (waiting.state, waiting.problem) == (InvoiceState.ISSUING, "")
    while carried_on(invoice).state is InvoiceState.ISSUING:
        pass

    assert given.now(invoice).state is InvoiceState.ISSUED
    assert told(partner, invoice) == [1]


@pytest.mark.parametrize(("silence", "told_then"), [("mute", [1]), ("deaf", [])])
def test_what_was_lost_is_asked_about_and_told_again_only_if_it_was_never_heard(
    partner: Partner, silence: str, told_then: list[int]
):
    partner.control.switch(silence=silence)
    invoice = given.applied()

    invoicing.carry(clock.now())
    waiting = given.now(invoice)
    assert (waiting.state, waiting.problem) == (InvoiceState.ISSUING, "INVOICING_UNREACHABLE")
    assert told(partner, invoice) == told_then
    partner.control.switch(silence="")

    assert carried_on(invoice).state is InvoiceState.ISSUED
    assert (told(partner, invoice), given.now(invoice).problem) == ([1], "")


def test_a_silent_partner_is_not_asked_for_all_at_once(partner: Partner):
    partner.control.switch(silence="deaf")
    one, other = given.applied(), given.applied()

    invoicing.carry(clock.now())

    states = {given.now(each).state for each in (one, other)}
    assert states == {InvoiceState.ISSUING, InvoiceState.APPLIED}


def test_a_refusal_ends_it_in_the_partners_words(partner: Partner):
    partner.control.switch(refuses="购方税号未登记")
    invoice = given.applied()

    invoicing.carry(clock.now())

    failed = given.now(invoice)
    assert (failed.state, failed.words) == (InvoiceState.FAILED, "购方税号未登记")
    partner.control.switch(refuses="")
    again = given.applied(*invoice.items)
    invoicing.carry(clock.now())
    assert given.now(again).state is InvoiceState.ISSUED


def test_a_red_one_waits_for_the_buyer_and_survives_a_refusal(partner: Partner):
    invoice = given.applied()
    invoicing.carry(clock.now())
    partner.control.switch(agrees=False)
    given.reversing(invoice, at=clock.now())

    invoicing.carry(clock.now())
    assert given.now(invoice).problem == "CONFIRMATION_WAITS"
    partner.control.switch(agrees=True, refuses="系统维护")
    assert carried_on(invoice).problem == "RED_REFUSED"
    partner.control.switch(refuses="")

    assert carried_on(invoice).state is InvoiceState.RED_ISSUED


def test_without_a_partner_what_is_applied_for_waits(partner: Partner, settings: Any):
    settings.INVOICING_URL = ""
    invoice = given.applied()

    invoicing.carry(clock.now())

    assert given.now(invoice).state is InvoiceState.APPLIED
    assert queries.mismatches(actor=SYSTEM) == ()
