"""Runs in the product's environment: makes a lot and one member, and prints lot and company as JSON.

They are made by the real actions, as the tests make theirs; the crowd beside is copied from this member.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import django
import orjson

BEFORE_THE_DEADLINE = timedelta(days=30)


def make() -> None:
    """Let a company be a member of a scheme that covers by the balance, with something held for a lot."""
    from tests.given import banking, pools, tenders

    from biaobao.domain.pools.actions import holding
    from biaobao.domain.pools.types import Coverage
    from biaobao.platform import clock

    at = clock.now().replace(microsecond=0)
    banking.bank(spare=1)
    lot = tenders.lot(deadline_at=at + BEFORE_THE_DEADLINE)
    member = pools.active(pools.scheme(Coverage.POOL_BALANCE), at=at)
    tenders.registered(lot, member.bidder)
    holding.choose(lot_id=lot.id, at=at, actor=member.bidder)
    made = {"lot": str(lot.id), "company": str(member.bidder.organisation_id)}
    sys.stdout.write(orjson.dumps(made).decode() + "\n")


if __name__ == "__main__":
    django.setup()
    make()
