"""An invoice is applied for, told to its partner once, asked about ever after, and has one number."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.invoices import actions, queries, rules, steps
from biaobao.domain.invoices.models import Invoice as InvoiceRow
from biaobao.domain.invoices.models import InvoiceLine
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.invoices.types import Errand, FileKind
from biaobao.domain.parties.types import InvoiceKind
from tests.given import invoices as given
from tests.given import parties as given_parties
from tests.given.invoices import AT, LATER

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def keys_live(*keys: str) -> set[str]:
    return given.live_of(keys)


def test_it_is_applied_for_in_the_buyers_own_name_over_the_sum_of_its_orders():  # INV-27
    buyer = given_parties.bidder(name="衢州甲子建设有限公司")
    invoice = given.applied(
        given.item(Money.yuan(300)), given.item(Money(123_45)), buyer=buyer, told=given.special()
    )

    assert (invoice.state, invoice.title) == (InvoiceState.APPLIED, "衢州甲子建设有限公司")
    assert (invoice.total, invoice.tax) == (Money(423_45), Money(23_97))
    assert (invoice.details.kind, invoice.rate_ppm) == (InvoiceKind.SPECIAL, 60_000)
    assert invoice.number.startswith("FP")
    assert [each.amount.fen for each in invoice.items] == [300_00, 123_45]


@pytest.mark.parametrize(
    ("fen", "rate_ppm", "tax"),
    [
        (106_00, 60_000, 6_00),
        (300_00, 60_000, 16_98),
        (1, 60_000, 0),
        # 9 fen of a million and sixty thousand parts: 0.509 of a fen is one.
        (9, 60_000, 1),
        (8, 60_000, 0),
        (103_00, 30_000, 3_00),
        (100, 0, 0),
    ],
)
def test_tax_is_half_up_to_the_fen(fen: int, rate_ppm: int, tax: int):
    assert rules.tax_in(Money(fen), rate_ppm) == Money(tax)


def test_the_taxes_of_lines_are_the_tax_of_their_sum():  # INV-27
    amounts = [Money(fen) for fen in (9, 9, 9, 300_01, 1)]

    taxes = rules.taxes_in(amounts, 60_000)

    assert sum(tax.fen for tax in taxes) == rules.tax_in(Money(300_29), 60_000).fen
    assert all(0 <= tax.fen <= amount.fen for tax, amount in zip(taxes, amounts, strict=True))


def test_the_partner_is_told_first_then_asked_ever_later():
    invoice = given.applied()

    assert given.claimed(invoice).errand is Errand.ISSUE
    assert actions.claim(limit=9, at=AT, actor=SYSTEM) == ()
    wait = rules.wait_before_asking(1)
    assert actions.claim(limit=9, at=AT + wait - SECOND, actor=SYSTEM) == ()
    task = given.claimed(invoice, at=AT + wait)
    assert (task.errand, task.order.key) == (Errand.ASK, invoice.id.hex)
    assert given.now(invoice).state is InvoiceState.ISSUING


def test_issued_it_has_its_number_and_its_files_byte_for_byte():  # INV-27
    buyer = given_parties.bidder()
    invoice = given.issued(buyer=buyer)

    assert invoice.state is InvoiceState.ISSUED
    assert len(invoice.invoice_number) == 20
    key = invoice.id.hex
    read = {k: queries.file(invoice_id=invoice.id, kind=k, actor=buyer) for k in list(FileKind)[:2]}
    assert read == {
        FileKind.PDF: f"%PDF-1.7 {key}".encode(),
        FileKind.XML: f"<EInvoice>{key}</EInvoice>".encode(),
    }
    assert queries.mismatches(actor=SYSTEM) == ()


def test_what_is_said_again_changes_nothing():  # INV-27
    invoice = given.applied()
    task = given.claimed(invoice)
    given.kept(task)
    once = given.now(invoice)

    for said in (given.answer(task), given.answer(task, number="26330000000000000001")):
        actions.keep_issued(invoice_id=invoice.id, issued=said, at=AT + LATER, actor=SYSTEM)
    actions.keep_refusal(task=task, words="太晚了", at=AT + LATER, actor=SYSTEM)
    actions.keep_problem(invoice_id=invoice.id, problem="X", at=AT + LATER, actor=SYSTEM)

    assert given.now(invoice) == once
    assert actions.claim(limit=9, at=AT + LATER, actor=SYSTEM) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "2633000000000000001"},
        {"title": "衢州别家有限公司"},
        {"tax_number": "91330800MADEG00014"},
        {"total": Money(1)},
    ],
)
def test_an_answer_that_says_something_else_is_not_kept_and_asked_about_again(wrong: dict):
    invoice = given.applied()
    task = given.claimed(invoice)

    given.kept(task, **wrong)

    assert given.now(invoice).state is InvoiceState.ISSUING
    assert given.now(invoice).problem == "ANSWER_DIFFERS"
    given.kept(given.claimed(invoice, at=AT + LATER), at=AT + LATER)
    assert given.now(invoice).state is InvoiceState.ISSUED


def test_refused_it_has_failed_and_its_orders_can_be_applied_for_anew():
    invoice = given.applied()
    (only,) = invoice.items
    task = given.claimed(invoice)

    actions.keep_refusal(task=task, words="购方税号未登记", at=AT, actor=SYSTEM)

    failed = given.now(invoice)
    assert (failed.state, failed.why, failed.words) == (
        InvoiceState.FAILED,
        "INVOICING_REFUSED",
        "购方税号未登记",
    )
    assert keys_live(only.order_key) == set()
    again = given.issued(only)
    assert again.state is InvoiceState.ISSUED
    assert keys_live(only.order_key) == {only.order_key}


def test_what_keeps_it_is_noted_and_it_goes_on():
    invoice = given.applied()
    given.claimed(invoice)

    actions.keep_problem(
        invoice_id=invoice.id, problem="INVOICING_UNREACHABLE", at=AT, actor=SYSTEM
    )

    assert given.now(invoice).problem == "INVOICING_UNREACHABLE"
    given.carried(at=AT + LATER)
    assert (given.now(invoice).state, given.now(invoice).problem) == (InvoiceState.ISSUED, "")


def test_the_database_keeps_an_order_in_one_live_invoice():  # INV-26
    invoice = given.issued()
    (only,) = invoice.items

    again = partial(given.applied, only, buyer=given_parties.bidder())
    with pytest.raises(IntegrityError, match="order_is_in_one_live_invoice"):
        again()

    assert keys_live(only.order_key) == {only.order_key}
    # Nor does a line live or die apart from its invoice.
    for change in ({"is_live": False}, {"amount_fen": 1}):
        with pytest.raises(IntegrityError):
            given.within(lambda change=change: _changed(change))


def test_what_was_applied_for_stays():  # INV-27
    given.issued()

    for change in ({"title": "别家"}, {"total_fen": 1}, {"kind": "SPECIAL"}):
        with pytest.raises(IntegrityError):
            given.within(lambda change=change: InvoiceRow.objects.update(**change))


def _changed(change: dict[str, object]) -> None:
    InvoiceLine.objects.update(**change)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        (given.details(), []),
        (given.details(email=""), ["INVOICE_EMAIL_INVALID"]),
        (given.details(phone="x"), ["INVOICE_PHONE_INVALID"]),
        (given.special(), []),
        (
            given.special(bank_name="", account="", address="", phone="", email="x"),
            [
                *("INVOICE_BANK_MISSING", "INVOICE_ACCOUNT_INVALID", "INVOICE_ADDRESS_MISSING"),
                *("INVOICE_PHONE_INVALID", "INVOICE_EMAIL_INVALID"),
            ],
        ),
    ],
)
def test_a_special_invoice_needs_everything(told, codes):
    assert [each.code for each in rules.objections_to(told)] == codes


def test_a_rate_holds_from_its_day_on():
    operator = given_parties.operator()
    day = date(2026, 3, 10)
    said = {"at": AT, "actor": operator}

    actions.add_rate(valid_from=day, rate_ppm=30_000, note="减按 3 % 计税", **said)

    before, after = given.applied(), given.applied(at=AT + timedelta(days=8))
    assert (before.rate_ppm, after.rate_ppm) == (60_000, 30_000)
    assert (before.tax, after.tax) == (Money(16_98), Money(8_74))
    for code, wrong in (
        ("TAX_RATE_TAKEN", {"valid_from": day, "rate_ppm": 10_000}),
        ("TAX_RATE_BACKDATED", {"valid_from": date(2026, 3, 2), "rate_ppm": 10_000}),
        ("TAX_RATE_INVALID", {"valid_from": date(2026, 4, 1), "rate_ppm": 1_000_000}),
    ):
        with pytest.raises(Refused, match=code):
            actions.add_rate(note="", **wrong, **said)
    with pytest.raises(NotAllowed):
        actions.add_rate(
            valid_from=date(2027, 1, 1),
            rate_ppm=0,
            note="",
            at=AT,
            actor=given_parties.bidder(),
        )
    assert queries.rate_on(day=date(2027, 1, 1), actor=SYSTEM) == 30_000


def test_only_the_house_carries_invoices_and_only_a_person_applies():
    buyer, organisation = given_parties.bidder(), given_parties.organisation()
    seller = given.seller()
    invoice = given.applied(buyer=buyer, by=seller)

    with pytest.raises(NotAllowed):
        actions.claim(limit=1, at=AT, actor=buyer)
    with pytest.raises(NotAllowed):
        given.within(
            lambda: steps.apply(
                [given.item()],
                given.details(),
                seller=seller,
                buyer=organisation,
                at=AT,
                actor=SYSTEM,
            )
        )
    with pytest.raises(NotFound):
        actions.keep_problem(invoice_id=seller.id, problem="X", at=AT, actor=SYSTEM)
    assert given.now(invoice).state is InvoiceState.APPLIED
