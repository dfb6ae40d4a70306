"""发票申请: orders chosen, or refused in words; the form filled in, the files handed out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse

from biaobao.core.actor import SYSTEM, Actor
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.invoices import actions, queries
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.parties import actions as parties
from biaobao.domain.parties import queries as organisations
from tests.given import banking as given_banking
from tests.given import certificates
from tests.given import guarantees as given_guarantees
from tests.given import invoices as given_invoices
from tests.given import invoicing as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
LIST, APPLY = "/guarantee/invoices/", "/guarantee/invoices/apply/"


@pytest.fixture(autouse=True)
def bank(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.TRUST = tmp_path / "trust.pem"
    settings.TRUST.write_bytes(certificates.authority(tmp_path / "ca").chain)
    given_banking.bank()


def fields(*orders: Applied, **changes: str) -> dict[str, Any]:
    told = {
        "kind": "ORDINARY",
        "email": "finance@example.com",
        "bank_name": "",
        "account": "",
        "address": "",
        "phone": "",
    }
    return told | changes | {"order": [str(each.id) for each in orders]}


def page(actor: Actor, url: str) -> str:
    answer = visiting(actor).get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def sent(actor: Actor, told: dict[str, Any]) -> HttpResponse:
    return visiting(actor).post(APPLY, told)


def test_two_orders_are_chosen_and_applied_for_together():
    one, other = given.two()
    bidder = one.bidder

    listed = page(bidder, LIST)
    asked = page(bidder, f"{APPLY}?order={one.id}&order={other.id}")
    answer = sent(bidder, fields(one, other))

    for order in (one, other):
        assert f'value="{order.id}"' in listed
        assert order.now.number in asked
    assert "¥600.00" in asked
    assert "finance@example.com" in asked
    (invoice,) = queries.mine(page=1, actor=bidder).rows
    assert answer["Location"] == f"{LIST}{invoice.id}/"
    shown = page(bidder, answer["Location"])
    assert "已提交，等待开票" in shown
    assert "hx-get" in shown
    assert one.now.number in shown
    again = sent(bidder, fields(one, other))
    assert again["Location"] == answer["Location"]


def test_the_title_is_the_bidders_own_whatever_is_sent():
    one, _ = given.two()

    sent(one.bidder, fields(one) | {"title": "别家公司", "tax_number": "91330800MA28F00A7X"})

    (invoice,) = queries.mine(page=1, actor=one.bidder).rows
    own = parties_of(one.bidder)
    assert (invoice.title, invoice.tax_number) == own
    assert all(word in page(one.bidder, f"{LIST}{invoice.id}/") for word in own)


def parties_of(actor: Actor) -> tuple[str, str]:
    own = organisations.organisation(organisation_id=actor.organisation_id, actor=actor)
    return own.name, own.uscc


def test_orders_of_two_guarantors_lead_to_the_list():
    bidder = given_guarantees.bidder()
    one, other = given.bought(None, bidder), given.bought(None, bidder)

    asked = page(bidder, f"{APPLY}?order={one.id}&order={other.id}")
    answer = sent(bidder, fields(one, other))

    assert "分属 2 家出函机构，将各开一张发票" in asked
    assert answer["Location"] == LIST
    assert queries.mine(page=1, actor=bidder).total == 2


def test_a_special_invoice_says_beside_each_field_what_it_lacks():
    one, _ = given.two()

    answer = sent(one.bidder, fields(one, kind="SPECIAL", email="x"))

    assert answer.status_code == 422
    text = answer.content.decode()
    for field in ("bank_name", "account", "address", "phone", "email"):
        assert f'id="id_{field}_errors"' in text
    assert "专用发票须填写开户行，现在是空的。" in text
    assert f'name="order" value="{one.id}"' in text
    assert queries.mine(page=1, actor=one.bidder).total == 0


def test_the_form_is_filled_in_from_the_account_centre():
    one, _ = given.two()
    terms = given_parties.profile_terms(invoice=given_invoices.special(account="6222000011112222"))
    parties.keep_profile(
        organisation_id=one.bidder.organisation_id,
        terms=terms,
        at=given.later(one),
        actor=one.bidder,
    )

    asked = page(one.bidder, f"{APPLY}?order={one.id}")

    assert 'value="6222000011112222"' in asked
    assert re.search(r'value="SPECIAL"[^>]* checked', asked)


def test_before_the_opening_both_pages_say_when_it_opens_and_why():
    waiting = given.bought(opened=False)

    listed = page(waiting.bidder, LIST)
    letter = page(waiting.bidder, f"/guarantee/applications/{waiting.id}/letter/")
    answer = sent(waiting.bidder, fields(waiting))

    for text in (listed, letter, answer.content.decode()):
        assert "在 2026-06-08 14:30:00 开标" in text
        assert "此前开票会让别人知道贵单位参加投标" in text
    assert "现在没有可以开票的保函" in listed
    assert answer.status_code == 422
    chosen = visiting(waiting.bidder).get(f"{APPLY}?order={waiting.id}")
    assert chosen["Location"] == LIST
    assert queries.mine(page=1, actor=waiting.bidder).total == 0


def test_nothing_chosen_leads_back_and_what_is_no_order_is_not_found():
    one, other = given.two()
    stranger = given_guarantees.bidder()

    assert visiting(one.bidder).get(APPLY)["Location"] == LIST
    assert visiting(one.bidder).get(f"{APPLY}?order=x").status_code == 404
    assert sent(stranger, fields(one)).status_code == 404
    assert sent(one.bidder, fields()).status_code == 422
    assert visiting(stranger).get(f"{APPLY}?order={other.id}")["Location"] == LIST


def test_issued_it_shows_its_number_and_hands_its_files_out():
    one, other = given.two()
    (invoice,) = given.applied_for(one, other)
    given.carried(given.later(one))
    issued = given_invoices.now(invoice)

    shown = page(one.bidder, f"{LIST}{invoice.id}/")
    pdf, xml = (
        visiting(one.bidder).get(f"{LIST}{invoice.id}/invoice.{kind}") for kind in ("pdf", "xml")
    )

    assert issued.invoice_number in shown
    assert "hx-get" not in shown
    assert issued.invoice_number in page(one.bidder, LIST)
    letter = page(one.bidder, f"/guarantee/applications/{one.id}/letter/")
    assert f"已在发票 {issued.invoice_number} 中" in letter
    assert pdf.content == f"%PDF-1.7 {invoice.id.hex}".encode()
    assert (pdf["Content-Type"], xml["Content-Type"]) == ("application/pdf", "application/xml")
    assert f"{issued.invoice_number}.xml" in xml["Content-Disposition"]
    for name in ("red.pdf", "other.pdf"):
        assert visiting(one.bidder).get(f"{LIST}{invoice.id}/{name}").status_code == 404
    assert visiting(given_guarantees.bidder()).get(f"{LIST}{invoice.id}/").status_code == 404
    for other_desk in (given_tenders.keeper_of(one.lot), given_parties.operator()):
        assert visiting(other_desk).get(f"{LIST}{invoice.id}/invoice.pdf").status_code == 403


def test_the_page_that_asks_by_itself_is_answered_when_something_changed():
    one, _ = given.two()
    (invoice,) = given.applied_for(one)
    live = f"{LIST}{invoice.id}/live/"
    first = page(one.bidder, live)
    seen = first.partition('name="seen" value="')[2].partition('"')[0]

    assert visiting(one.bidder).get(live, {"seen": seen}).status_code == 204
    given.carried(given.later(one))
    assert "发票已开具" in visiting(one.bidder).get(live, {"seen": seen}).content.decode()


def test_a_refusal_says_the_partners_words_and_leads_to_applying_anew():
    one, _ = given.two()
    (invoice,) = given.applied_for(one)
    task = given_invoices.claimed(invoice, at=given.later(one))
    actions.keep_refusal(task=task, words="购方税号未登记", at=given.later(one), actor=SYSTEM)

    shown = page(one.bidder, f"{LIST}{invoice.id}/")

    assert "开票平台答复：购方税号未登记" in shown
    assert "重新申请" in shown
    assert f'name="order" value="{one.id}"' in shown
    assert "上次没有开成，可以重新申请" in page(one.bidder, LIST)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("INVOICING_UNREACHABLE", "开票平台暂时没有应答"),
        ("ANSWER_DIFFERS", "返回的内容与申请不一致"),
    ],
)
def test_what_keeps_it_is_said(problem: str, words: str):
    one, _ = given.two()
    (invoice,) = given.applied_for(one)
    given_invoices.claimed(invoice, at=given.later(one))
    actions.keep_problem(invoice_id=invoice.id, problem=problem, at=given.later(one), actor=SYSTEM)

    assert words in page(one.bidder, f"{LIST}{invoice.id}/")


def test_reversed_for_one_the_other_is_told_that_it_can_be_applied_for_anew():
    one, other = given.two()
    (invoice,) = given.applied_for(one, other)
    given.carried(given.later(one))
    given_invoices.reversing(given_invoices.now(invoice), at=given.later(one))
    assert "这张发票正在红冲" in page(one.bidder, f"{LIST}{invoice.id}/")
    given.carried(given.later(one))
    given.ended(one, LetterState.SURRENDERED)
    red = given_invoices.now(invoice)
    assert red.state is InvoiceState.RED_ISSUED

    shown, listed = page(one.bidder, f"{LIST}{invoice.id}/"), page(one.bidder, LIST)

    assert red.red_number in shown
    assert "其中的保函已退保" in shown
    assert f"原发票 {red.invoice_number} 已红冲，可以重新申请" in listed
    assert f'value="{other.id}"' in listed
    assert f'value="{one.id}"' not in listed
    letter = page(other.bidder, f"/guarantee/applications/{other.id}/letter/")
    assert f"{APPLY}?order={other.id}" in letter
    file = visiting(one.bidder).get(f"{LIST}{invoice.id}/red.xml")
    assert f"{red.red_number}.xml" in file["Content-Disposition"]
