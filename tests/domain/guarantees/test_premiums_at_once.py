"""Premium is ordered back by several sweeps while the bank takes it back, at the same instant."""

from __future__ import annotations

from functools import partial

from biaobao.core.actor import SYSTEM
from biaobao.domain.guarantees.actions import paying
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.ledger import queries as ledger
from tests.domain.guarantees.test_limits_at_once import at_once
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import premiums
from tests.given import refunds as given_refunds


def test_each_goes_back_once_or_was_taken_back(committed: None):  # INV-16
    given_banking.bank(spare=8)
    product = given.product()
    paid = [given.payable(offered=product) for _ in range(8)]
    # Without an account in the notice it waits for the sweep.
    entries = [premiums.pays(applied, payer_account="") for applied in paid]
    for entry in entries:
        premiums.booked(entry)
    at = paid[0].lot.deadline_at

    sweeps = [partial(paying.order_again, limit=9, at=at, actor=SYSTEM) for _ in range(4)]
    taken_back = [partial(premiums.booked, premiums.reversal_of(entry)) for entry in entries[:4]]
    at_once([each for pair in zip(sweeps, taken_back, strict=True) for each in pair])

    assert applications.mismatches(actor=SYSTEM) == ()
    assert ledger.recount(actor=SYSTEM).discrepancies == ()
    orders = given_refunds.told(at=at)
    accounts = [order.from_account for order in orders]
    assert len(set(accounts)) == len(accounts)
    assert {entry.account for entry in entries[4:]} <= set(accounts)
