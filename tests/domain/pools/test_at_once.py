"""Many windows at the same instant: one membership, and never more held than lies there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import connections

from biaobao.core.refusal import Refused
from biaobao.domain.pools import queries
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given


def test_eight_windows_of_one_company_apply_once(committed: None):
    given_banking.bank()
    bidder, schemes = given_parties.bidder(), [given.scheme() for _ in range(4)]

    def applied(scheme_id: UUID) -> object:
        try:
            return given.applied(scheme_id, bidder).id
        except Refused as refused:
            return refused.objections[0].code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(applied, [*schemes, *schemes]))

    keeper = given_parties.operator()
    (one,) = queries.members(search="", state="", page=1, actor=keeper).rows
    assert set(found) <= {one.id, "MEMBER_ALREADY"}
    assert one.id in found
