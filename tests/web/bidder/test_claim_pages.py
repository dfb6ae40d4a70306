"""Money that went astray, on the bidder's pages: claimed with a slip, moved, or offered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.deposits.actions import claims
from biaobao.domain.deposits.queries import claims as queries
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.states import ClaimState, DepositState
from biaobao.domain.deposits.types import ClaimRow
from biaobao.domain.parties import queries as parties
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.refunds import colleague
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a slip"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def chosen(**others) -> Chosen:
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=30)
    return given.chosen(given_tenders.lot(deadline_at=deadline_at), **others)


@pytest.fixture
def astray() -> Chosen:
    """Return a bidder whose payment went to the main account."""
    paying = chosen()
    given.booked(
        paying.pays(account=given_banking.MAIN_ACCOUNT, at=clock.now().replace(microsecond=0))
    )
    return paying


def page_of(paying: Chosen, browser: Client) -> str:
    return browser.get(f"/bidder/lots/{paying.lot.id}/security/").content.decode()


def claimed(paying: Chosen, **others: object):
    told = {
        "amount": "50,000",
        "paid_on": day_of(clock.now()).isoformat(),
        "payer_account": "0123",
        "note": "付到了主账户",
        "slip": SimpleUploadedFile("回单.pdf", PDF, "application/pdf"),
    }
    address = f"/bidder/lots/{paying.lot.id}/security/claim/"
    return visiting(paying.bidder).post(address, told | others)


def of(paying: Chosen) -> ClaimRow:
    (row,) = queries.of_lot(lot_id=paying.lot.id, actor=paying.bidder)
    return row


def offered(paying: Chosen) -> ClaimRow:
    operator, _other = given_refunds.operators()
    (row,) = suspense.waiting(reason="", text="", page=1, actor=operator).rows
    bidder = parties.organisation(organisation_id=paying.bidder.organisation_id, actor=SYSTEM)
    claims.offer(credit_id=row.credit.id, uscc=bidder.uscc, note="", at=clock.now(), actor=operator)
    (offer,) = queries.offers(actor=paying.bidder)
    return offer


def test_a_slip_claims_money_and_its_own_bidder_can_have_it_again(astray: Chosen):
    here = f"/bidder/lots/{astray.lot.id}/security/"
    assert f"{here}claim/" in page_of(astray, visiting(astray.bidder))

    assert claimed(astray)["Location"] == f"{here}#claims"

    row = of(astray)
    assert (row.state, row.amount, row.payer_account) == (
        ClaimState.PROPOSED,
        Money.yuan(50_000),
        "0123",
    )
    assert "平台正在核对回单和银行流水" in page_of(astray, visiting(astray.bidder))
    slip = f"/bidder/claims/{row.id}/slip/"
    answer = visiting(astray.bidder).get(slip)
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert visiting(chosen().bidder).get(slip).status_code == 404


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (SimpleUploadedFile("回单.pdf", b"MZ", "application/pdf"), "不是 PDF、PNG 或 JPEG 格式"),
        (
            SimpleUploadedFile("回单.pdf", b"%PDF-" + bytes(5 * 2**20), "application/pdf"),
            "回单文件超过 5 MB",
        ),
        ("", "请选择文件。"),
    ],
)
def test_a_slip_that_is_none_stays_on_the_form_with_its_reason(astray: Chosen, slip, said: str):
    answer = claimed(astray, slip=slip)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.of_lot(lot_id=astray.lot.id, actor=astray.bidder) == ()


def test_a_claim_can_be_withdrawn_and_what_the_platform_says_is_told(astray: Chosen):
    browser = visiting(astray.bidder)
    claimed(astray)
    browser.post(f"/bidder/claims/{of(astray).id}/withdraw/")
    assert (of(astray).state, of(astray).decline_reason) == (ClaimState.DECLINED, "本单位撤回")
    claimed(astray)
    again = next(
        c
        for c in queries.of_lot(lot_id=astray.lot.id, actor=astray.bidder)
        if c.state is ClaimState.PROPOSED
    )

    operator, _other = given_refunds.operators()
    claims.decline(claim_id=again.id, reason="回单不清晰", at=clock.now(), actor=operator)

    assert "回单不清晰" in page_of(astray, browser)
    assert browser.post(f"/bidder/claims/{again.id}/withdraw/").status_code == 422


def test_money_of_the_wrong_lot_is_moved_by_one_and_confirmed_by_another():
    right = chosen()
    wrong = chosen(bidder=right.bidder)
    now = clock.now().replace(microsecond=0)
    given.booked(wrong.pays(at=now), wrong.pays(at=now))
    (extra,) = (c for c in wrong.standing.credits if c.refundable_minor)
    first, second = visiting(right.bidder), visiting(colleague(right.bidder))
    move = f"/bidder/lots/{wrong.lot.id}/security/credits/{extra.id}/move/"
    assert move in page_of(wrong, first)
    assert right.lot.code in first.get(move).content.decode()

    assert first.post(move, {"lot": str(right.lot.id)}).status_code == 302

    assert move not in page_of(wrong, first)
    confirm = f"/bidder/claims/{of(right).id}/confirm/"
    for lot in (right, wrong):
        assert confirm not in page_of(lot, first)
        assert confirm in page_of(lot, second)
    assert first.post(confirm).status_code == 422
    assert right.held == Money(0)
    assert right.lot.code in second.get(confirm).content.decode()
    assert second.post(confirm).status_code == 302
    assert right.standing.state is DepositState.CONFIRMED
    assert "经认领转入本标段" in page_of(right, first)


def test_a_move_to_no_lot_is_asked_again(astray: Chosen):
    given.booked(astray.pays(at=clock.now().replace(microsecond=0)))
    other = chosen(bidder=astray.bidder)
    given.booked(astray.pays(at=clock.now().replace(microsecond=0)))
    (extra,) = (c for c in astray.standing.credits if c.refundable_minor)

    answer = visiting(astray.bidder).post(
        f"/bidder/lots/{astray.lot.id}/security/credits/{extra.id}/move/"
    )

    assert answer.status_code == 422
    assert "请选择一项。" in answer.content.decode()
    assert queries.of_lot(lot_id=other.lot.id, actor=astray.bidder) == ()


def test_an_offer_of_the_platform_is_shown_and_taken_for_a_lot(astray: Chosen):
    offer = offered(astray)
    browser = visiting(astray.bidder)
    address = f"/bidder/offers/{offer.id}/"
    assert address in browser.get("/bidder/").content.decode()
    assert address in page_of(astray, browser)
    assert astray.lot.code in browser.get(address).content.decode()

    browser.post(address, {"lot": str(astray.lot.id)})

    assert astray.standing.state is DepositState.CONFIRMED
    assert address not in browser.get("/bidder/").content.decode()


def test_an_offer_is_declined_with_a_reason(astray: Chosen):
    offer = offered(astray)
    browser = visiting(astray.bidder)
    empty = browser.post(f"/bidder/offers/{offer.id}/decline/", {"reason": ""})
    assert empty.status_code == 422
    assert [o.id for o in queries.offers(actor=astray.bidder)] == [offer.id]

    browser.post(f"/bidder/offers/{offer.id}/decline/", {"reason": "不是我们付的"})

    assert queries.offers(actor=astray.bidder) == ()
    assert astray.standing.state is DepositState.EXPECTED
    operator, _other = given_refunds.operators()
    assert queries.claim(claim_id=offer.id, actor=operator).decline_reason == "不是我们付的"
