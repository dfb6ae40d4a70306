"""An opened lot fails (流标): it says so to everyone, and all that was paid for it goes back by rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.states import DepositState
from biaobao.domain.deposits.types import RefundReason
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import AnnouncementKind
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties, tenders

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_opened_lot_fails_once_and_says_why_to_everyone():
    lot = tenders.opened(tenders.lot())

    failed = tenders.failed(lot)
    tenders.failed(lot, at=lot.opening_at + 2 * DAY)

    assert (failed.state, failed.opened_at) == (LotState.FAILED, lot.opened_at)
    assert failed.failed_at == lot.opening_at + DAY
    (said,) = queries.announcements(lot_id=lot.id, actor=parties.bidder())
    assert (said.kind, said.reason) == (AnnouncementKind.FAILED, "投标人少于三个")
    assert queries.opened_lot(lot_id=lot.id, actor=tenders.keeper_of(lot)).state is LotState.FAILED


@pytest.mark.parametrize("before", ["draft", "published", "suspended", "terminated"])
def test_before_its_opening_a_lot_does_not_fail(before: str):
    lot = tenders.lot(published=before != "draft")
    if before in ("suspended", "terminated"):
        lot = getattr(tenders, before)(lot)

    with pytest.raises(Refused, match="LOT_NOT_OPENED"):
        tenders.failed(lot)

    assert queries.lot(lot_id=lot.id, actor=SYSTEM) == lot


def test_it_needs_a_reason_and_who_runs_it():
    lot = tenders.opened(tenders.lot())
    asked = {"lot_id": lot.id, "at": lot.opening_at + DAY}

    with pytest.raises(Refused, match="TEXT_MISSING"):
        actions.fail(reason=" ", actor=tenders.keeper_of(lot), **asked)
    for stranger in (parties.agency(), parties.bidder(), parties.operator()):
        with pytest.raises((NotAllowed, NotFound)):
            actions.fail(reason="投标人少于三个", actor=stranger, **asked)

    assert queries.lot(lot_id=lot.id, actor=SYSTEM) == lot


def test_a_failed_lot_stays_as_it_is():
    lot = tenders.failed(tenders.opened(tenders.lot()))
    asked = {"lot_id": lot.id, "at": lot.opening_at + 2 * DAY, "actor": tenders.keeper_of(lot)}

    actions.open_lot(**asked)
    for work in (actions.suspend, actions.terminate):
        with pytest.raises(Refused):
            work(reason="项目取消", **asked)

    assert queries.lot(lot_id=lot.id, actor=SYSTEM) == lot


def test_what_was_paid_goes_back_by_rule():
    given_banking.bank()
    paid = given.chosen()
    given.booked(paid.pays())
    tenders.opened(paid.lot)
    at = paid.lot.opening_at + DAY
    tenders.failed(paid.lot, at=at)

    choosing.reassess(limit=10, at=at, actor=SYSTEM)
    choosing.reassess(limit=10, at=at, actor=SYSTEM)

    assert (paid.standing.state, paid.standing.reason) == (DepositState.RELEASED, "LOT_FAILED")
    security = securities.security(
        lot_id=paid.lot.id, bidder_id=paid.bidder.organisation_id, actor=paid.bidder
    )
    assert security is not None
    assert security.state == "RELEASED"
    assert refunds.propose_due(limit=10, at=at, actor=SYSTEM) == 1
    assert refunds.propose_due(limit=10, at=at, actor=SYSTEM) == 0
    (refund,) = shown.of_lot(lot_id=paid.lot.id, actor=paid.bidder)
    assert (refund.reason, refund.amount_minor) == (RefundReason.LOT_FAILED, paid.lot.amount.fen)
