"""Many workers order one fund's interest at the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connections

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.interest import actions
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.pools.actions import joining
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import interest as given
from tests.given import pools as given_pools
from tests.given import refunds as given_refunds

DAY = timedelta(days=1)
MEMBERS, WORKERS = 5, 8


def test_each_is_ordered_once_and_no_more_than_came(committed: None):
    """INV-34."""
    given_banking.bank(spare=MEMBERS + 1)
    keeper = given.fund()
    scheme_id = given_pools.scheme()
    left = given_pools.AT + 12 * DAY
    members = [given_pools.approved(scheme_id) for _ in range(MEMBERS)]
    part = given_pools.TIER.contribution - Money(1)
    given_deposits.booked(*(member.pays(part, at=given_pools.AT) for member in members))
    for member in members:
        joining.withdraw(membership_id=member.id, at=given_pools.AT, actor=member.bidder)
    payments = given_refunds.told(at=left)
    given_deposits.booked(*(given_refunds.debit(payment, at=left) for payment in payments))
    given.reckoned(at=left)
    (refund,) = members[0].desk.refunds
    amount = refund.interest[0].amount
    came = Money(amount.fen * 3 + amount.fen // 2)
    given_deposits.booked(given.comes(keeper, came, at=left))

    def pay(_worker: int) -> int:
        try:
            return actions.pay(limit=99, at=left, actor=SYSTEM)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(pay, range(WORKERS))) == 3

    assert len(given_refunds.told(at=left)) == 3
    assert ledger.balance(chart.interest(given_banking.BANK), actor=SYSTEM) == came - Money(
        3 * amount.fen
    )
    assert given.all_is_well()
