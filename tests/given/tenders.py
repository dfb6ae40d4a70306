"""Lots and registrations for tests, made by the real actions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.types import Lot, Registration, TenderFile, Terms, Way
from tests.given import parties as given

DEADLINE_AT = datetime(2026, 6, 8, 6, 30, tzinfo=UTC)
# So long before their deadline are lots drafted and published, in time for any policy.
NOTICE = timedelta(days=30)
AMOUNT = Money.yuan(50_000)
PDF = b"%PDF-1.7\n"


def terms(**changes: Any) -> Terms:
    """Return terms that hold in every region, but for the changes."""
    deadline_at = changes.pop("deadline_at", DEADLINE_AT)
    amount = changes.pop("amount", AMOUNT)
    values: dict[str, Any] = {
        "amount": amount,
        "estimate": Money(amount.fen * 100),
        "ways": (Way.DEPOSIT, Way.GUARANTEE),
        "deadline_at": deadline_at,
        "payment_deadline_at": deadline_at,
        "opening_at": deadline_at,
        "validity_days": 90,
    }
    return Terms(**(values | changes))


def lot(
    *,
    amount: Money = AMOUNT,
    deadline_at: datetime = DEADLINE_AT,
    opening_at: datetime | None = None,
    kind: str = "GC",
    region: str = "QZ",
    ways: tuple[Way, ...] | None = None,
    published: bool = True,
    agency: Actor | None = None,
    **others: Any,
) -> Lot:
    """Return a lot of a new project; the ways are all that the policy opens unless given."""
    keeper = agency or given.agency()
    at = deadline_at - NOTICE
    if ways is None:
        policy = queries.proposed_terms(region=region, kind=kind, on=day_of(at), actor=SYSTEM)
        ways = policy.terms.ways if policy else ()
    code, name = others.pop("code", None), others.pop("name", "市民中心改造工程施工")
    project_id = actions.draft_project(
        name=others.pop("project_name", "衢州市市民中心改造工程"),
        tenderer_id=_organisation_of(others.pop("tenderer", None) or given.tenderer()),
        agency_id=_organisation_of(keeper),
        region=region,
        kind=kind,
        at=at,
        actor=keeper,
    )
    lot_id = actions.draft_lot(
        project_id=project_id,
        name=name,
        terms=terms(
            amount=amount,
            deadline_at=deadline_at,
            opening_at=opening_at or deadline_at,
            ways=ways,
            **others,
        ),
        code=code,
        at=at,
        actor=keeper,
    )
    if published:
        actions.add_tender_file(
            lot_id=lot_id,
            name="招标文件.pdf",
            media_type="application/pdf",
            content=PDF,
            at=at,
            actor=keeper,
        )
        actions.publish(lot_id=lot_id, at=at, actor=keeper)
    return queries.lot(lot_id=lot_id, actor=keeper)


def keeper_of(lot: Lot) -> Actor:
    """Return somebody of the agency that runs the lot's project."""
    assert lot.agency_id is not None
    person = parties.members(organisation_id=lot.agency_id, actor=SYSTEM)[0]
    return Actor(person.name, Role.AGENCY, person.id, lot.agency_id)


def file_of(lot: Lot) -> TenderFile:
    return queries.tender_files(lot_id=lot.id, actor=SYSTEM)[0]


def contact_chosen(lot: Lot, bidder: Actor, *, at: datetime | None = None) -> Registration:
    assert bidder.person_id is not None
    actions.choose_contact(
        lot_id=lot.id, person_id=bidder.person_id, at=at or _after_publication(lot), actor=bidder
    )
    return registration(lot, bidder)


def file_collected(lot: Lot, bidder: Actor, *, at: datetime | None = None) -> Registration:
    contact_chosen(lot, bidder, at=at)
    actions.collect_file(
        lot_id=lot.id, file_id=file_of(lot).id, at=at or _after_publication(lot), actor=bidder
    )
    return registration(lot, bidder)


def registered(lot: Lot, bidder: Actor, *, at: datetime | None = None) -> Registration:
    """Return the bidder's registration, saved a minute after publication unless told."""
    file_collected(lot, bidder, at=at)
    actions.register(lot_id=lot.id, at=at or _after_publication(lot), actor=bidder)
    return registration(lot, bidder)


def opened(lot: Lot, *, at: datetime | None = None) -> Lot:
    actions.open_lot(lot_id=lot.id, at=at or lot.opening_at, actor=keeper_of(lot))
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def postponed(lot: Lot, *, by: timedelta, at: datetime | None = None) -> Lot:
    actions.postpone(
        lot_id=lot.id,
        deadline_at=lot.deadline_at + by,
        opening_at=lot.opening_at + by,
        reason="澄清文件补充",
        at=at or lot.deadline_at,
        actor=keeper_of(lot),
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def amount_changed(lot: Lot, amount: Money) -> Lot:
    """Return the lot, which has days enough left, with another amount announced."""
    now = queries.lot(lot_id=lot.id, actor=SYSTEM)
    at = max(now.deadline_at - timedelta(days=16), now.changed_at + timedelta(seconds=1))
    actions.change_amount(
        lot_id=lot.id, amount=amount, reason="补充文件一", at=at, actor=keeper_of(lot)
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def suspended(lot: Lot, *, at: datetime | None = None) -> Lot:
    actions.suspend(
        lot_id=lot.id, reason="图纸有误", at=at or _after_publication(lot), actor=keeper_of(lot)
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def terminated(lot: Lot, *, at: datetime | None = None) -> Lot:
    actions.terminate(
        lot_id=lot.id, reason="项目取消", at=at or _after_publication(lot), actor=keeper_of(lot)
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def failed(lot: Lot, *, at: datetime | None = None) -> Lot:
    actions.fail(
        lot_id=lot.id,
        reason="投标人少于三个",
        at=at or lot.opening_at + timedelta(days=1),
        actor=keeper_of(lot),
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def awarded(lot: Lot, winner: Actor, *, at: datetime | None = None) -> Lot:
    """Return the opened lot, won by one of its bidders a day after its opening unless told."""
    at = at or lot.opening_at + timedelta(days=1)
    actions.award(
        lot_id=lot.id,
        winner_id=_organisation_of(winner),
        awarded_at=at,
        reason="衢招通 2026-11 号",
        at=at,
        actor=keeper_of(lot),
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def award_withdrawn(lot: Lot, *, at: datetime | None = None) -> Lot:
    actions.withdraw_award(
        lot_id=lot.id,
        reason="中标人放弃中标",
        at=at or lot.opening_at + timedelta(days=2),
        actor=keeper_of(lot),
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def contracted(lot: Lot, *, at: datetime | None = None, recorded_at: datetime | None = None) -> Lot:
    at = at or lot.opening_at + timedelta(days=3)
    actions.record_contract(
        lot_id=lot.id,
        contracted_at=at,
        reason="衢合 2026-7 号",
        at=recorded_at or at,
        actor=keeper_of(lot),
    )
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def registration(lot: Lot, bidder: Actor) -> Registration:
    found = queries.registration(lot_id=lot.id, bidder_id=_organisation_of(bidder), actor=SYSTEM)
    assert found is not None
    return found


def _after_publication(lot: Lot) -> datetime:
    assert lot.published_at is not None
    return lot.published_at + timedelta(minutes=1)


def _organisation_of(actor: Actor) -> Any:
    assert actor.organisation_id is not None
    return actor.organisation_id
