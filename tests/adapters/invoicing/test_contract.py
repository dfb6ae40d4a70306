"""The contract suite of the invoicing port: what every partner's channel must do."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from biaobao.core.money import Money
from biaobao.domain.invoices.ports import (
    InvoiceUnknown,
    Invoicing,
    InvoicingRefused,
    InvoicingUnreachable,
)
from biaobao.domain.invoices.types import Issued, Seller, TaxedItem, ToIssue, ToReverse
from biaobao.domain.parties.types import InvoiceData, InvoiceKind
from tests.adapters.invoicing.running import Partner

SELLER = Seller(
    UUID(int=1), "衢州融担（示例）有限公司", "91330800MADEG00013", "衢州市柯城区", "0570-1"
)


def order(**changes: object) -> ToIssue:
    values: dict[str, object] = {
        "key": uuid4().hex,
        "seller": SELLER,
        "title": "衢州示例建设有限公司",
        "tax_number": "91330800MADEM00011",
        "details": InvoiceData(email="finance@example.com"),
        "items": (
            TaxedItem("投标保函担保费", Money(300_00), Money(16_98)),
            TaxedItem("投标保函担保费", Money(123_45), Money(6_99)),
        ),
        "total": Money(423_45),
        "tax": Money(23_97),
        "rate_ppm": 60_000,
        "remark": "DH23456789AB、DH3456789ABC",
    }
    return ToIssue(**(values | changes))  # type: ignore[arg-type]  # each value is of its field's type


def issued(channel: Invoicing, told: ToIssue) -> Issued:
    found = channel.issue(told)
    assert found
    return found


def reversal(channel: Invoicing, number: str) -> ToReverse:
    """Return a red one that is confirmed."""
    wanted = ToReverse(uuid4().hex, number, "SURRENDERED", "")
    confirmation = channel.confirm(wanted)
    assert re.fullmatch(r"[0-9A-Za-z]{32}", confirmation)
    assert channel.confirm(wanted) == confirmation
    return dataclasses.replace(wanted, confirmation=confirmation)


@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_an_invoice_has_a_number_and_files_that_say_what_was_told(
    channel: Invoicing, kind: InvoiceKind
):
    told = order(
        details=InvoiceData(
            kind, "示范银行", "33050168620800000123", "示例路9号", "0570-2", "a@b.cn"
        )
    )

    found = issued(channel, told)

    assert re.fullmatch(r"[0-9]{20}", found.number)
    assert (found.title, found.tax_number) == (told.title, told.tax_number)
    assert (found.total, found.tax) == (told.total, told.tax)
    assert abs(datetime.now(UTC) - found.issued_at) < timedelta(minutes=1)
    assert found.pdf.startswith(b"%PDF-")
    for text in (found.number, told.title, told.seller.name, told.remark, "423.45", "399.48"):
        assert text in found.xml.decode()


def test_the_same_key_is_one_invoice_however_often_it_is_told_or_asked_about(
    channel: Invoicing, partner: Partner
):
    told = order()

    first = issued(channel, told)

    assert channel.issue(told) == channel.ask(told.key) == first
    assert issued(channel, order()).number != first.number
    (heard,) = [each for each in partner.control.invoices() if each["key"] == told.key]
    assert heard["times_told"] == 2


def test_what_was_never_told_is_unknown(channel: Invoicing):
    with pytest.raises(InvoiceUnknown):
        channel.ask(uuid4().hex)


def test_an_answer_that_is_late_comes_when_it_is_asked_for(channel: Invoicing, partner: Partner):
    partner.control.switch(late_seconds=3600)
    told = order()

    assert channel.issue(told) is None
    assert channel.ask(told.key) is None
    assert channel.issue(told) is None


@pytest.mark.parametrize("silence", ["mute", "deaf"])
def test_silence_says_nothing_and_asking_tells_whether_it_was_heard(
    channel: Invoicing, partner: Partner, silence: str
):
    partner.control.switch(silence=silence)
    told = order()
    with pytest.raises(InvoicingUnreachable):
        channel.issue(told)
    partner.control.switch(silence="")

    if silence == "mute":
        found = channel.ask(told.key)
        assert found
    else:
        with pytest.raises(InvoiceUnknown):
            channel.ask(told.key)
        found = issued(channel, told)
    assert channel.ask(told.key) == found


def test_a_refusal_is_final_and_in_the_partners_words(channel: Invoicing, partner: Partner):
    partner.control.switch(refuses="购方税号未登记")
    told = order()
    with pytest.raises(InvoicingRefused, match="购方税号未登记"):
        channel.issue(told)
    partner.control.switch(refuses="")

    for again in (channel.issue, lambda one: channel.ask(one.key)):
        with pytest.raises(InvoicingRefused, match="购方税号未登记"):
            again(told)


def test_what_does_not_add_up_is_refused(channel: Invoicing):
    for wrong in (order(total=Money(1)), order(tax=Money(1)), order(items=())):
        with pytest.raises(InvoicingRefused):
            channel.issue(wrong)
        with pytest.raises(InvoiceUnknown):
            channel.ask(wrong.key)


def test_a_red_one_takes_the_whole_back_once(channel: Invoicing):
    original = issued(channel, order())
    wanted = reversal(channel, original.number)

    red = channel.reverse(wanted)

    assert red
    assert (red.total, red.tax) == (Money(-423_45), Money(-23_97))
    assert red.number != original.number
    assert (red.title, red.tax_number) == (original.title, original.tax_number)
    assert original.number in red.xml.decode()
    assert channel.reverse(wanted) == channel.ask(wanted.key) == red
    with pytest.raises(InvoicingRefused):
        channel.reverse(reversal(channel, original.number))
    with pytest.raises(InvoicingRefused):
        channel.confirm(ToReverse(uuid4().hex, red.number, "SURRENDERED", ""))


def test_without_a_confirmation_of_its_own_there_is_no_red_one(channel: Invoicing):
    one, other = issued(channel, order()), issued(channel, order())
    confirmed = reversal(channel, one.number)

    for wrong in (
        dataclasses.replace(confirmed, confirmation="0" * 32),
        dataclasses.replace(confirmed, number=other.number),
        dataclasses.replace(confirmed, number="26339000000000000000"),
    ):
        with pytest.raises(InvoicingRefused):
            channel.reverse(wrong)

    assert channel.reverse(confirmed)


def test_until_the_buyer_agrees_there_is_no_confirmation(channel: Invoicing, partner: Partner):
    original = issued(channel, order())
    partner.control.switch(agrees=False)
    wanted = ToReverse(uuid4().hex, original.number, "SURRENDERED", "")
    assert channel.confirm(wanted) == ""

    partner.control.switch(agrees=True)

    assert len(channel.confirm(wanted)) == 32


def test_a_red_one_that_is_refused_leaves_the_invoice_to_be_taken_back(
    channel: Invoicing, partner: Partner
):
    original = issued(channel, order())
    confirmed = reversal(channel, original.number)
    partner.control.switch(refuses="系统维护")
    with pytest.raises(InvoicingRefused, match="系统维护"):
        channel.reverse(confirmed)
    partner.control.switch(refuses="")

    assert channel.reverse(reversal(channel, original.number))
