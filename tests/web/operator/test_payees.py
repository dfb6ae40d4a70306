"""收款账户变更: the accounts side by side, confirmed or declined with a reason."""

from __future__ import annotations

from uuid import UUID

import pytest

from biaobao.core.actor import Actor
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.states import PayeeState, RefundState
from biaobao.domain.deposits.types import RefundRow
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given.deposits import Chosen
from tests.given.visits import visiting
from tests.web.operator import money

pytestmark = pytest.mark.django_db
URL = "/operator/payees/"
NEW = "33050168620800009999"


@pytest.fixture
def operators() -> tuple[Actor, Actor]:
    return given_refunds.operators()


def text(response) -> str:
    return response.content.decode()


def told(chosen: Chosen, refund: RefundRow) -> UUID:
    return actions.correct_payee(
        refund_id=refund.id,
        account_name=money.organisation_of(chosen).name,
        number=NEW,
        bank_name="中国建设银行衢州分行",
        note="原账户已销户",
        at=money.now(),
        actor=chosen.bidder,
    )


@pytest.fixture
def failed(operators) -> Chosen:
    """Return a bidder of an opened lot whose refund the bank refused."""
    chosen = money.opened()
    money.refused_by_bank(money.released(chosen, operators[0]), operators[1])
    return chosen


def of(chosen: Chosen) -> RefundRow:
    (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    return refund


def test_an_empty_list_says_what_would_be_there(operators):
    assert "没有等待核对的收款账户" in text(visiting(operators[0]).get(URL))


def test_old_basic_and_new_account_stand_side_by_side(operators, failed: Chosen):
    old = of(failed).payee_account
    told(failed, of(failed))

    page = text(visiting(operators[0]).get(URL))

    assert f'data-copy="{NEW}"' in page
    assert page.count(f">{old}</td>") == 2
    assert "原账户已销户" in page
    assert "户名与单位名称" in page


def test_a_confirmed_account_is_proposed_and_still_needs_approval(operators, failed: Chosen):
    change = told(failed, of(failed))
    browser = visiting(operators[0])
    refund_page = text(browser.get(f"/operator/refunds/{of(failed).id}/"))
    assert "重新提出</button>" not in refund_page

    assert browser.post(f"{URL}{change}/confirm/").status_code == 302

    refund = of(failed)
    assert (refund.state, refund.payee_account) == (RefundState.PROPOSED, NEW)
    assert shown.payee_changes(page=1, actor=operators[0]).total == 0
    assert browser.post(f"{URL}{change}/confirm/").status_code == 422
    assert of(failed) == refund


def test_a_declined_account_needs_a_reason_that_the_bidder_reads(operators, failed: Chosen):
    change = told(failed, of(failed))
    browser, before = visiting(operators[0]), of(failed)

    silent = browser.post(f"{URL}{change}/decline/", {f"{change}-reason": " "})
    assert silent.status_code == 422
    assert "<details" in text(silent)
    assert of(failed) == before
    sent = browser.post(f"{URL}{change}/decline/", {f"{change}-reason": "户名不符"})

    assert sent.status_code == 302
    declined = of(failed).payee_change
    assert declined is not None
    assert (declined.state, declined.decline_reason) == (PayeeState.DECLINED, "户名不符")
    assert of(failed).state is RefundState.FAILED
    assert browser.post(f"{URL}{change}/confirm/").status_code == 422
    assert of(failed).payee_change == declined


def test_before_the_opening_neither_lot_nor_paying_account_shows(operators):  # INV-8
    given_banking.bank()
    chosen = given.chosen(money.coming())
    paid_from = "33050168620800000777"
    name = money.organisation_of(chosen).name
    given.booked(chosen.pays(at=money.now(), payer_name=name, payer_account=paid_from))
    (credit,) = chosen.standing.credits
    refund_id = actions.ask_back(credit_id=credit.id, at=money.now(), actor=chosen.bidder)
    refund = shown.refund(refund_id=refund_id, actor=chosen.bidder)
    money.refused_by_bank(refund, given_refunds.colleague(chosen.bidder))
    change = told(chosen, refund)

    page = text(visiting(operators[0]).get(URL))

    assert "开标前保密" in page
    assert NEW in page
    lot = chosen.lot
    traces = (str(lot.id), lot.code, lot.name, chosen.account, paid_from, "¥", str(refund_id))
    assert [trace for trace in traces if trace in page] == []
    assert visiting(operators[0]).post(f"{URL}{change}/confirm/").status_code == 302
    (proposed,) = shown.of_lot(lot_id=lot.id, actor=chosen.bidder)
    assert (proposed.state, proposed.payee_account) == (RefundState.PROPOSED, NEW)


def test_others_have_no_business_here(failed: Chosen):
    change = told(failed, of(failed))
    before = of(failed)
    browser = visiting(given_parties.agency())

    assert browser.get(URL).status_code == 403
    for name in ("confirm", "decline"):
        assert browser.post(f"{URL}{change}/{name}/").status_code == 403
    assert of(failed) == before
