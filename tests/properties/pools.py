"""The world of pool stories: three members of one scheme and three lots; and what must not be in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import Entry
from biaobao.domain.pools.types import Coverage, Tier
from biaobao.domain.tenders.types import Lot
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.pools import Member

# A contribution covers two lots, not three; a lot may come to ask more than a tier covers.
AMOUNT, CONTRIBUTION, CAP = Money.yuan(50_000), Money.yuan(120_000), Money.yuan(90_000)
AMOUNTS = [Money.yuan(40_000), Money.yuan(80_000), Money.yuan(100_000)]
# A contribution is paid in two parts: a bank may take back one of them.
PARTS = [Money.yuan(70_000), Money.yuan(50_000)]
BEGINS_AT = given_tenders.DEADLINE_AT - timedelta(days=2)

# What must not be, ever. A reversal takes back what counted of a credit as far as it still lies here.
WRONG = """
SELECT 'money of ' || m.number
  FROM pools_membership m
 WHERE m.balance_fen <>
       (SELECT coalesce(sum(counted_fen), 0) FROM pools_poolcredit c WHERE c.membership_id = m.id)
     - (SELECT coalesce(sum(t.fen), 0) FROM ledger_transfer t JOIN ledger_account a ON a.id = t.debit_id
         WHERE a.code = 'pool:' || m.id AND t.key LIKE 'reversal:%')
     + (SELECT coalesce(sum(amount_minor - counted_fen - returned_minor), 0) FROM pools_poolcredit c
         WHERE c.membership_id = m.id AND c.state = 'REVERSED')
     - (SELECT coalesce(sum(amount_fen), 0) FROM pools_deduction d WHERE d.membership_id = m.id)
     - (SELECT coalesce(sum(amount_minor), 0) FROM pools_poolrefund f
         WHERE f.membership_id = m.id AND f.credit_id IS NULL)
UNION ALL
SELECT 'deduction from ' || d.membership_number || ', which is ' || d.state
  FROM pools_deduction d
  LEFT JOIN ledger_account t ON t.code = 'in-transit:' || d.order_id
  LEFT JOIN ledger_account r ON r.code = 'returned:' || d.order_id
 WHERE coalesce(t.credit_fen - t.debit_fen, 0) <> CASE d.state WHEN 'ORDERED' THEN d.amount_fen ELSE 0 END
    OR coalesce(r.credit_fen - r.debit_fen, 0)
       <> CASE WHEN d.state IN ('FAILED', 'RETURNED') THEN d.amount_fen ELSE 0 END
UNION ALL
SELECT 'bearer ' || m.number
  FROM pools_bearing b
  JOIN pools_forfeiture f ON f.id = b.forfeiture_id JOIN pools_membership m ON m.id = b.membership_id
 WHERE f.state = 'PROPOSED' AND m.state IN ('REFUNDING', 'EXITED')
UNION ALL
SELECT 'cover of ' || h.number
  FROM pools_hold h
  JOIN pools_membership m ON m.id = h.membership_id JOIN pools_tier t ON t.id = m.tier_id
 WHERE h.state = 'RESERVED' AND h.amount_fen > t.cap_fen
UNION ALL
SELECT 'limit of ' || m.number
  FROM pools_reserve r
  JOIN pools_membership m ON m.id = r.membership_id JOIN pools_scheme s ON s.id = m.scheme_id
 WHERE r.limit_fen IS DISTINCT FROM
       CASE s.coverage WHEN 'POOL_BALANCE' THEN greatest(m.balance_fen, r.held_fen) END
"""
# What must not be once holds had time to follow their lots and memberships.
NOT_FOLLOWED = """
SELECT 'reserved by ' || h.number || ' for a lot that is ' || l.state
  FROM pools_hold h
  JOIN tenders_lot l ON l.id = h.lot_id
  JOIN pools_membership m ON m.id = h.membership_id JOIN pools_scheme s ON s.id = m.scheme_id
  JOIN pools_tier t ON t.id = m.tier_id JOIN pools_schemeterms d ON d.id = t.terms_id
  JOIN pools_reserve r ON r.membership_id = m.id
 WHERE h.state = 'RESERVED'
   AND (h.amount_fen <> l.amount_fen OR l.state NOT IN ('PUBLISHED', 'SUSPENDED')
        OR m.state = 'SUSPENDED' OR m.balance_fen + m.shared_fen < d.floor_fen
        OR s.coverage = 'POOL_BALANCE' AND r.held_fen > m.balance_fen)
UNION ALL
SELECT 'held by ' || h.number || ' for a lot that is ' || l.state
  FROM pools_hold h JOIN tenders_lot l ON l.id = h.lot_id
 WHERE h.state = 'HELD'
   AND h.held_at < %(now)s
   AND NOT EXISTS (SELECT FROM pools_forfeiture f WHERE f.hold_id = h.id AND f.state = 'PROPOSED')
   AND (l.state IN ('CONTRACTED', 'FAILED')
        OR l.deadline_at + (l.validity_days + 1) * interval '1 day' < %(now)s
        OR l.state = 'AWARDED' AND l.winner_id <> h.bidder_id
           AND NOT EXISTS (SELECT FROM tenders_announcement a WHERE a.lot_id = l.id
                            AND a.kind = 'AWARD_WITHDRAWN' AND a.winner_id = h.bidder_id))
"""
# What must not be once all have left and the bank paid.
UNFINISHED = """
SELECT 'membership ' || number FROM pools_membership WHERE state NOT IN ('REJECTED', 'WITHDRAWN', 'EXITED')
UNION ALL
SELECT 'deduction from ' || membership_number FROM pools_deduction WHERE state <> 'PAID'
UNION ALL
SELECT 'refund ' || f.number FROM pools_poolrefund f LEFT JOIN pools_poolcredit c ON c.id = f.credit_id
 WHERE f.state <> 'PAID' AND c.state IS DISTINCT FROM 'REVERSED'
"""
ORDERED_ANEW = """
SELECT FROM banking_paymentorder o JOIN banking_paymentorder n USING (purpose, purpose_id)
 WHERE o.key = %(key)s AND n.attempt > o.attempt
"""

accounts = count(33050168620800000800)


@dataclass(frozen=True)
class World:
    """Two members of one scheme and one that is to pay, three lots of one agency with two people."""

    coverage: Coverage
    members: tuple[Member, ...]
    paid: tuple[Entry, ...]
    lots: tuple[Lot, ...]
    keepers: tuple[Actor, Actor]
    operator: Actor


def world(coverage: Coverage) -> World:
    given_banking.bank(spare=3)
    tiers = (Tier(given.TIER.name, CONTRIBUTION, CAP),)
    floor = Money.yuan(30_000)
    scheme_id = given.scheme(
        coverage, tiers=tiers, floor=floor, renewal_days=300, top_up_days=5, cooling_days=3
    )
    keeper = given_parties.agency()
    lots = tuple(
        given_tenders.lot(
            amount=AMOUNT, agency=keeper, deadline_at=BEGINS_AT + timedelta(days=days)
        )
        for days in (2, 20, 28)
    )
    bidders = [given_parties.bidder(account=str(next(accounts))) for _ in range(3)]
    members = tuple(given.approved(scheme_id, bidder) for bidder in bidders)
    for lot in lots:
        for member in members:
            given_tenders.registered(lot, member.bidder)
    paid = tuple(member.pays(part) for member in members[:2] for part in PARTS)
    given.booked(*paid)
    keepers = (keeper, given_refunds.colleague(keeper))
    return World(coverage, members, paid, lots, keepers, given_parties.operator())
