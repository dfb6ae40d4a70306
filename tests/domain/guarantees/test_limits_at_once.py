"""Many bidders take of one guarantor's limits at the same instant: never too much, and nobody is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from biaobao.core.money import Money
from biaobao.domain.guarantees.actions import applying
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import ApplicationState
from tests.given import guarantees as given
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied

BIDDERS = 20


def at_once(work: list[Callable[[], object]]) -> list[object]:
    def apart(one: Callable[[], object]) -> object:
        try:
            return one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(apart, work))


def test_twenty_bidders_at_a_limit_for_seven(committed: None):  # INV-19
    guarantor_id = given.guarantor(limit=Money.yuan(7 * 50_000), lot_limit=Money.yuan(400_000))
    product, lot = given.product(guarantor_id), given_tenders.lot()
    filled = [given.filled(lot, offered=product) for _ in range(BIDDERS)]

    def submit(applied: Applied) -> object:
        return applying.submit(
            application_id=applied.id,
            typeface=given.TYPEFACE,
            at=applied.at,
            actor=applied.bidder,
        )

    states = at_once([lambda applied=applied: submit(applied) for applied in filled])

    assert Counter(states) == {ApplicationState.APPROVED: 7, ApplicationState.DECLINED: 13}
    assert Counter(applied.now.why for applied in filled) == {"": 7, "CAPACITY_REACHED": 13}
    taken = given.limits(guarantor_id)
    assert taken["total"] == taken[str(lot.id)] == (7 * 50_000_00, 0)
    assert sum(applied.exposure == "RESERVED" for applied in filled) == 7

    # Who leaves makes room for who comes: in any order, at once.
    left = [applied for applied in filled if applied.state is ApplicationState.APPROVED]
    come = [
        given.filled(applied.lot, applied.bidder, product)
        for applied in filled
        if applied not in left
    ]
    leave: list[Callable[[], object]] = [
        lambda applied=applied: applying.cancel(
            application_id=applied.id, at=applied.at, actor=applied.bidder
        )
        for applied in left
    ]
    at_once([*leave, *(lambda applied=applied: submit(applied) for applied in come)])

    approved = sum(applied.state is ApplicationState.APPROVED for applied in come)
    taken = given.limits(guarantor_id)
    assert taken["total"] == taken[str(lot.id)] == (approved * 50_000_00, 0)
    assert approved <= 7


def test_eight_windows_of_one_bidder_begin_one_application(committed: None):
    lot, bidder = given_tenders.lot(), given.bidder()
    given_tenders.registered(lot, bidder)
    at = lot.deadline_at

    begun = at_once([lambda: applying.begin(lot_id=lot.id, at=at, actor=bidder)] * 8)

    assert len(set(begun)) == 1
    assert applications.mine(search="", page=1, actor=bidder).total == 1
