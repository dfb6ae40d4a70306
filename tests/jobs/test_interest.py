"""Interest from the bank's settlement to the bidder's account, by the worker's own sweeps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.banking import queries as banking
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as refund_queries
from biaobao.domain.deposits.types import RefundRow
from biaobao.domain.interest import actions, queries
from biaobao.domain.interest.states import InterestState
from biaobao.domain.interest.types import Interest, Rate
from biaobao.jobs import sweeps
from biaobao.platform import clock
from tests.adapters.banks.running import PAYER, PAYER_NAME, Sandbox, soon
from tests.given import deposits as given
from tests.given import interest as given_interest
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def heard() -> None:
    sweeps.carry_orders(clock.now())
    sweeps.collect_files(clock.now())
    sweeps.read_files(clock.now())


def refund_of(chosen: Chosen) -> RefundRow:
    (refund,) = refund_queries.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    return refund


def interest_of(chosen: Chosen) -> Interest:
    (found,) = refund_of(chosen).interest
    return found


def paid_back(bank: Sandbox) -> Chosen:
    """Return a bidder whose deposit lay at the bank for ten days and is back."""
    bidder = given_parties.bidder(name=PAYER_NAME, account=PAYER)
    lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + timedelta(days=8))
    chosen = given.chosen(lot, bidder)
    ago = (clock.now() - 10 * DAY).isoformat()
    bank.pay(chosen.account, lot.amount.fen, booked_at=ago)
    soon(lambda: (heard(), chosen.standing.state == "CONFIRMED")[1])
    choosing.give_up(lot_id=lot.id, reason="WITHDRAWN", at=clock.now(), actor=bidder)
    approver = given_refunds.colleague(bidder)
    refunds.approve(refund_id=refund_of(chosen).id, at=clock.now(), actor=approver)
    soon(lambda: (heard(), refund_of(chosen).state == "PAID")[1])
    return chosen


def test_what_the_bank_pays_for_the_quarter_reaches_the_bidder_once_its_lot_is_over(bank: Sandbox):
    soon(lambda: (sweeps.open_accounts(clock.now()), sweeps.assign_accounts(clock.now()))[1])
    keeper = given_parties.operator()
    (connected,) = banking.banks(actor=SYSTEM)
    actions.add_rate(
        bank=connected.code, rate=Rate(date(2020, 1, 1), 500), at=clock.now(), actor=keeper
    )
    chosen = paid_back(bank)
    bank.ask("POST", "interest", to_account=given_interest.number(keeper), amount_fen=50_000)
    soon(lambda: (heard(), queries.funds(actor=keeper)[0].balance == Money.yuan(500))[1])
    sweeps.pay_interest(clock.now())
    assert interest_of(chosen).state is InterestState.WAITING

    given_tenders.terminated(chosen.lot)
    before = bank.balance_fen(PAYER)
    sweeps.pay_interest(clock.now())
    soon(lambda: (heard(), interest_of(chosen).state is InterestState.PAID)[1])
    sweeps.pay_interest(clock.now())
    heard()

    found = interest_of(chosen)
    fen = chosen.lot.amount.fen * found.stretches[0].ppm * 10 / 360_000_000
    assert abs(found.amount.fen - fen) <= 1
    assert bank.balance_fen(PAYER) == before + found.amount.fen
    assert queries.funds(actor=keeper)[0].balance == Money.yuan(500) - found.amount
    assert given_interest.all_is_well()
