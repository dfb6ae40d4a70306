"""Many windows at the same instant: one membership, and never more held than lies there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.core.uploads import Upload
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import appeals, forfeiting, holding, keeping, schemes
from biaobao.domain.pools.models import Bearing, Reserve
from biaobao.domain.pools.types import Coverage
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.conftest import maintenance
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders

LOTS, DAY = 50, timedelta(days=1)
BLOCKED = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid')"
)


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


def test_four_windows_of_one_company_file_one_appeal(committed: None, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    bidder = given_parties.bidder()
    paper = Upload("a.pdf", "application/pdf", b"%PDF-1.7")

    def filed(_window: int) -> str:
        try:
            appeals.file(words="请核对", documents=[paper], at=given.AT, actor=bidder)
        except Refused as refused:
            return refused.objections[0].code
        finally:
            connections.close_all()
        return "FILED"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(filed, range(4)))

    assert outcomes == [*["APPEAL_UNDER_WAY"] * 3, "FILED"]
    (one,) = queries.own_appeals(actor=bidder)
    assert len(one.files) == 1


def test_an_appeal_filed_while_another_is_withdrawn_is_refused(committed: None, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    bidder = given_parties.bidder()
    paper = Upload("a.pdf", "application/pdf", b"%PDF-1.7")
    asked = {"words": "请核对", "documents": [paper], "at": given.AT, "actor": bidder}
    first = appeals.file(**asked)
    number = queries.own_appeals(actor=bidder)[0].number

    def withdrawn() -> None:
        appeals.withdraw(appeal_id=first, at=given.AT, actor=bidder)
        connections.close_all()

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if sql.startswith('INSERT INTO "pools_appeal"'):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(withdrawn).result()
        return done

    with (
        connection.execute_wrapper(meanwhile),
        pytest.raises(Refused, match="APPEAL_UNDER_WAY") as no,
    ):
        appeals.file(**asked)

    assert no.value.objections[0].facts == {"number": number}
    (one,) = queries.own_appeals(actor=bidder)
    assert (one.id, one.state) == (first, "WITHDRAWN")
    appeals.file(**asked)


@pytest.mark.parametrize("first", ["proposed", "left"])
def test_who_leaves_while_a_default_is_proposed_bears_it_or_has_left(committed: None, first: str):
    """Each comes between the other's looking and locking, at the turn of the leaver's last day."""
    given_banking.bank()
    scheme_id = given.scheme(Coverage.MUTUAL)
    defaulter, leaver, other = [given.active(scheme_id) for _ in range(3)]
    (case,) = given.held(defaulter)
    asked_at = case.at - 29 * DAY
    keeping.request_exit(membership_id=leaver.id, at=asked_at, actor=leaver.bidder)

    def leave() -> object:
        return keeping.follow_days(limit=9, at=case.at + DAY, actor=SYSTEM)

    looked, work, between = (
        ('"leaves_on" <=', leave, case.proposed)
        if first == "proposed"
        else ('"consented_at" IS NOT NULL', case.proposed, leave)
    )
    came = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if looked in sql and not came:
            came.append(sql)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(_closing(between)).result()
        return done

    with connection.execute_wrapper(meanwhile):
        work()

    assert came
    assert leaver.state == ("EXIT_REQUESTED" if first == "proposed" else "REFUNDING")
    (row,) = queries.own_forfeitures(lot_id=case.lot.id, actor=defaulter.bidder)
    forfeiting.approve(
        forfeiture_id=row.id, words="事实清楚", at=case.decided_at, actor=given_parties.operator()
    )
    told = queries.forfeiture(forfeiture_id=row.id, actor=SYSTEM)
    bearing = (defaulter, leaver, other) if first == "proposed" else (defaulter, other)
    with seeing_as(SYSTEM):
        assert set(Bearing.objects.values_list("membership", flat=True)) == {m.id for m in bearing}
    numbers = {each.desk.membership.number for each in bearing}
    assert {each.membership_number for each in told.deductions} == numbers
    assert told.forfeiture.deducted == case.lot.amount
    assert given.all_is_well()


def _closing(work: Callable[[], object]) -> Callable[[], object]:
    """Return the work, closing the connections of the thread that does it."""

    def done() -> object:
        try:
            return work()
        finally:
            connections.close_all()

    return done


def test_fifty_lots_at_once_never_hold_more_than_lies_there(committed: None):  # INV-30
    given_banking.bank()
    keeper = given_parties.agency()
    member = given.active(given.scheme(Coverage.POOL_BALANCE))
    lots = [given_tenders.lot(amount=Money.yuan(40_000), agency=keeper) for _ in range(LOTS)]
    for lot in lots:
        given_tenders.registered(lot, member.bidder)

    def chosen(lot: Lot) -> str:
        at = lot.deadline_at
        try:
            holding.choose(lot_id=lot.id, at=at, actor=member.bidder)
        except Refused as refused:
            return refused.objections[0].code
        finally:
            connections.close_all()
        return "RESERVED"

    with ThreadPoolExecutor(16) as pool:
        found = Counter(pool.map(chosen, lots))

    # Twelve times 40,000 fit into 500,000.
    assert found == {"RESERVED": 12, "BALANCE_TOO_LOW": 38}
    with seeing_as(SYSTEM):
        reserve = Reserve.objects.get(membership=member.id)
    assert (reserve.held_fen, reserve.lots) == (Money.yuan(480_000).fen, 12)
    secured = [
        security.state
        for lot in lots
        for security in securities.of_lot(lot_id=lot.id, actor=SYSTEM)
    ]
    assert secured == ["SECURED"] * 12
    assert given.all_is_well()


def test_what_is_not_given_back_is_proposed_and_deducted_once(committed: None):  # INV-32
    given_banking.bank()
    scheme_id = given.scheme(Coverage.MUTUAL)
    members = [given.active(scheme_id) for _ in range(3)]
    (case,) = given.held(members[0])
    hold_id, proposer, deciders = case.hold.id, case.proposer, given_refunds.operators()

    def proposed(_: int) -> UUID:
        try:
            return forfeiting.propose(
                hold_id=hold_id,
                grounds=given.grounds(),
                papers=(given.PAPER,),
                at=case.at,
                actor=proposer,
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        (forfeiture_id,) = set(pool.map(proposed, range(8)))

    def approved(number: int) -> None:
        try:
            forfeiting.approve(
                forfeiture_id=forfeiture_id,
                words="事实清楚",
                at=case.decided_at,
                actor=deciders[number % 2],
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(approved, range(8)))

    left = sum((member.in_the_books.fen for member in members), 0)
    assert 3 * given.TIER.contribution.fen - left == case.lot.amount.fen
    assert len(queries.forfeiture(forfeiture_id=forfeiture_id, actor=SYSTEM).deductions) == 3
    assert given.all_is_well()


def test_a_lot_chosen_while_the_membership_is_renewed_is_judged_by_the_new_terms(committed: None):
    given_banking.bank()
    scheme_id = given.scheme()
    member = given.active(scheme_id)
    renewed_on = date(2027, 3, 1)
    schemes.add_terms(
        scheme_id=scheme_id,
        valid_from=renewed_on,
        terms=given.terms(parallel_max=7),
        at=given.AT,
        actor=given_parties.operator(),
    )
    at = datetime.combine(renewed_on, time(12), UTC)
    lot = given_tenders.lot(deadline_at=at + timedelta(days=10))
    given_tenders.registered(lot, member.bidder)

    def renew() -> None:
        keeping.renew(membership_id=member.id, tier=given.TIER.name, at=at, actor=member.bidder)
        connections.close_all()

    def choose() -> UUID:
        held = holding.choose(lot_id=lot.id, at=at, actor=member.bidder)
        connections.close_all()
        return held

    name = str(connection.settings_dict["NAME"])
    with (
        maintenance(name=name) as first,
        maintenance(name=name) as watching,
        ThreadPoolExecutor(2) as pool,
    ):
        # Who came first makes both wait, in this order.
        first.execute("BEGIN")
        first.execute("SELECT set_config('biaobao.role', 'SYSTEM', true)")
        first.execute("SELECT 1 FROM pools_membership WHERE id = %s FOR UPDATE", [member.id])
        renewing = pool.submit(renew)
        _until_waiting(watching, 1)
        choosing = pool.submit(choose)
        _until_waiting(watching, 2)
        first.execute("ROLLBACK")
        renewing.result()
        hold_id = choosing.result()

    assert member.desk.membership.terms.parallel_max == 7
    hold = queries.hold(lot_id=lot.id, actor=member.bidder)
    assert hold is not None
    assert hold.id == hold_id


def _until_waiting(watching: psycopg.Connection[Any], number: int) -> None:
    while watching.execute(BLOCKED).fetchone() != (number,):
        pass
