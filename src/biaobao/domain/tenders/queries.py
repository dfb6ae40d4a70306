"""Reading projects, lots, policies and registrations, each reader what is his to see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, Prefetch, Q, QuerySet

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import models, rules, types
from biaobao.domain.tenders.states import LotState, RegistrationState
from biaobao.platform.db import one, query
from biaobao.platform.reads import among, just, prepared
from biaobao.platform.rows import given, packed

PAGE_SIZE = 20

_REGISTERED_AT = (
    "SELECT lot_id, bidder_id, registered_at FROM tenders_registration JOIN "  # noqa: S608 - words of ours
    + given("lot_id uuid", "bidder_id uuid")
    + " USING (lot_id, bidder_id) WHERE registered_at IS NOT NULL"
)

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


@query
def lot(*, lot_id: UUID, actor: Actor) -> types.Lot:
    """Return a lot that is published, or a draft of the actor's own project.

    :raises NotFound: for everything else.
    """
    return _as_lot(_row(lot_id, actor))


@query
def opened_lot(*, lot_id: UUID, actor: Actor) -> types.Lot:
    """Return a lot that is opened, to those who run its project and to those who watch.

    :raises NotFound: to anybody else, and before the opening to all.
    """
    row = _row(lot_id, actor)
    may_see = rules.may_supervise(actor) or actor.role is Role.OPERATOR or _keeps(row, actor)
    if row.opened_at is None or not may_see:
        raise NotFound("opened lot")
    return _as_lot(row)


@query
def lots(*, lot_ids: Collection[UUID], actor: Actor) -> dict[UUID, types.Lot]:
    """Return those of the lots that the actor may see, by id."""
    return {row.id: _as_lot(row) for row in _lots_among(lot_ids) if _may_see(row, actor)}


@prepared
def _lot(lot_id: UUID) -> QuerySet[models.Lot]:
    # Not among one: so many tables are joined that the server would join all lots first, and then choose.
    return _lots().filter(id=just(lot_id))


@prepared
def _lots_among(ids: Collection[UUID]) -> QuerySet[models.Lot]:
    return _lots().filter(id__in=among("uuid", ids))


@query
def terms(*, lot_id: UUID, actor: Actor) -> types.Terms:
    """Return a lot's terms as drafted, to those who run its project.

    :raises NotFound: to anybody else.
    """
    return _as_terms(_kept_row(lot_id, actor))


@query
def lot_desk(*, lot_id: UUID, at: datetime, actor: Actor) -> types.LotDesk:
    """Return all about a lot to those who run its project.

    :raises NotFound: to anybody else.
    """
    row = _kept_row(lot_id, actor)
    policy = _policy_of(row, at=at)
    files = tender_files(lot_id=lot_id, actor=actor)
    return types.LotDesk(
        lot=_as_lot(row),
        terms=_as_terms(row),
        policy=policy,
        files=files,
        checks=_checks(row, policy, files=len(files), at=at),
        announcements=announcements(lot_id=lot_id, actor=actor),
    )


@query
def announcements(*, lot_id: UUID, actor: Actor) -> tuple[types.Announcement, ...]:
    """Return what has happened to a lot since it was published, the newest first."""
    row = _row(lot_id, actor)
    said = models.Announcement.objects.filter(lot_id=row.id).select_related("winner")
    return tuple(
        types.Announcement(
            kind=types.AnnouncementKind(each.kind),
            at=each.at,
            deadline_before=each.deadline_before,
            deadline_at=each.deadline_at,
            opening_before=each.opening_before,
            opening_at=each.opening_at,
            amount_before=Money(each.amount_before_fen) if each.amount_before_fen else None,
            amount=Money(each.amount_fen) if each.amount_fen else None,
            reason=each.reason,
            winner_name=each.winner.name if each.winner else "",
        )
        for each in said.order_by("-id")
    )


@query
def former_winners(
    *,
    lot_ids: Collection[UUID],
    actor: Actor,  # noqa: ARG001 - who wins is public
) -> set[tuple[UUID, UUID]]:
    """Return the (lot, bidder) pairs of which the award was withdrawn, whether or not it was awarded anew."""
    withdrawn = models.Announcement.objects.filter(
        lot_id__in=lot_ids, kind=types.AnnouncementKind.AWARD_WITHDRAWN
    )
    return set(withdrawn.values_list("lot_id", "winner_id"))


@query
def ended(
    *,
    lot_ids: Collection[UUID],
    actor: Actor,  # noqa: ARG001 - what becomes of a lot is public
) -> dict[UUID, datetime]:
    """Return when it was written down of lots that they failed, or have their contract."""
    said = models.Announcement.objects.filter(
        lot_id__in=lot_ids,
        kind__in=[types.AnnouncementKind.FAILED, types.AnnouncementKind.CONTRACTED],
    )
    return dict(said.values_list("lot_id", "at"))


@query
def workbench(*, lot_id: UUID, actor: Actor) -> types.Workbench:
    """Return a published lot as the bidder works on it, with the people he may name as contact."""
    if actor.organisation_id is None:
        raise NotFound("workbench")
    people = parties.members(organisation_id=actor.organisation_id, actor=actor)
    return types.Workbench(
        lot=lot(lot_id=lot_id, actor=actor),
        files=tender_files(lot_id=lot_id, actor=actor),
        registration=registration(lot_id=lot_id, bidder_id=actor.organisation_id, actor=actor),
        contacts=tuple(person for person in people if person.is_active),
        announcements=announcements(lot_id=lot_id, actor=actor),
    )


@query
def tender_files(*, lot_id: UUID, actor: Actor) -> tuple[types.TenderFile, ...]:
    """Return the lot's tender files, oldest first; their content is for those who collect it."""
    row = _row(lot_id, actor)
    files = models.TenderFile.objects.filter(lot_id=row.id).order_by("added_at", "id")
    return tuple(_as_file(file) for file in files)


@query
def tender_file(*, lot_id: UUID, file_id: UUID, actor: Actor) -> types.TenderFile:
    """Return a file to open: to those who run the project, and to bidders who have collected it.

    :raises NotFound: to anybody else.
    """
    row = _row(lot_id, actor)
    if not _keeps(row, actor):
        mine = models.Registration.objects.filter(lot_id=lot_id, bidder_id=actor.organisation_id)
        if not mine.exclude(state=RegistrationState.CONTACT_CHOSEN).exists():
            raise NotFound("tender file")
    file = models.TenderFile.objects.filter(lot_id=lot_id, id=file_id).first()
    if file is None:
        raise NotFound("tender file")
    return _as_file(file)


@query
def published_lots(
    *,
    search: str,
    region: str,
    kind: str,
    page: int,
    at: datetime,
    actor: Actor,  # noqa: ARG001 - that they are published is public
) -> Page[types.Lot]:
    """Return the lots that may still be joined, the nearest deadline first."""
    found = _matching(_lots(), search).filter(state=LotState.PUBLISHED, deadline_at__gte=at)
    if region:
        found = found.filter(project__region_id=region)
    if kind:
        found = found.filter(project__kind_id=kind)
    return _page(found.order_by("deadline_at", "code"), page, _as_lot)


@query
def bidder_desk(
    *, search: str, region: str, kind: str, page: int, at: datetime, actor: Actor
) -> types.BidderDesk:
    """Return the lots that the bidder has begun with, and a page of those that he still may."""
    return types.BidderDesk(
        mine=_urgent_first(my_registrations(actor=actor), at),
        open=published_lots(search=search, region=region, kind=kind, page=page, at=at, actor=actor),
        regions=regions(actor=actor),
        kinds=kinds(actor=actor),
    )


def _urgent_first(
    mine: tuple[tuple[types.Lot, types.Registration], ...], at: datetime
) -> tuple[tuple[types.Lot, types.Registration], ...]:
    def is_over(lot: types.Lot) -> bool:
        return lot.state is LotState.TERMINATED or lot.deadline_at < at

    coming = tuple(pair for pair in mine if not is_over(pair[0]))
    gone = tuple(pair for pair in reversed(mine) if is_over(pair[0]))
    return coming + gone


@query
def supervised_lots(*, search: str, page: int, actor: Actor) -> Page[types.Lot]:
    """Return every published lot, the newest deadline first, to supervisors.

    :raises NotFound: to anybody else.
    """
    if not rules.may_supervise(actor):
        raise NotFound("lots under supervision")
    found = _matching(_lots(), search).exclude(state=LotState.DRAFT)
    return _page(found.order_by("-deadline_at", "code"), page, _as_lot)


@query
def own_projects(*, search: str, page: int, actor: Actor) -> Page[types.Project]:
    """Return the projects that the actor's organisation runs, the newest first, with their lots."""
    found = _own_projects(actor)
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(id__in=_matching(models.Lot.objects.all(), search).values("project_id"))
        )
    return _page(found.order_by("-drafted_at", "id"), page, _as_project)


@query
def announced_lot(
    *, lot_id: UUID, actor: Actor
) -> tuple[types.Lot, tuple[types.Announcement, ...]]:
    """Return a lot and what has happened to it since it was published.

    :raises NotFound: for a draft, but to those who run its project.
    """
    return lot(lot_id=lot_id, actor=actor), announcements(lot_id=lot_id, actor=actor)


@query
def project_choices(*, actor: Actor) -> types.ProjectChoices:
    """Return what a new project may be drafted from."""
    return types.ProjectChoices(
        regions=regions(actor=actor),
        kinds=kinds(actor=actor),
        tenderers=parties.organisations_with_role(role=Role.TENDERER, actor=actor),
        agencies=parties.organisations_with_role(role=Role.AGENCY, actor=actor),
    )


@query
def project_desk(
    *, project_id: UUID, at: datetime, actor: Actor
) -> tuple[types.Project, types.Policy | None]:
    """Return a project to those who run it, and the policy that its lots would fall under today."""
    project = own_project(project_id=project_id, actor=actor)
    policy = proposed_terms(region=project.region, kind=project.kind, on=day_of(at), actor=actor)
    return project, policy


@query
def own_project(*, project_id: UUID, actor: Actor) -> types.Project:
    """Return a project to those who run it.

    :raises NotFound: to anybody else.
    """
    row = _own_projects(actor).filter(id=project_id).first()
    if row is None:
        raise NotFound("project")
    return _as_project(row)


@query
def terminated_lots(*, actor: Actor) -> tuple[types.Lot, ...]:  # noqa: ARG001 - that they are terminated is public
    """Return the terminated lots that asked for a deposit, the latest first."""
    found = _lots().filter(state=LotState.TERMINATED, ways__contains=[types.Way.DEPOSIT])
    return tuple(_as_lot(row) for row in found.order_by("-terminated_at", "id"))


@query
def registration(
    *,
    lot_id: UUID,
    bidder_id: UUID,
    actor: Actor,  # noqa: ARG001 - the scope reads it
) -> types.Registration | None:
    """Return how far the bidder has come: to himself at any time, to others after the opening."""
    row = one(_registration(lot_id, bidder_id))
    return None if row is None else _as_registration(row)


@prepared
def _registration(lot_id: UUID, bidder_id: UUID) -> QuerySet[models.Registration]:
    return _registrations().filter(lot_id=just(lot_id), bidder_id=just(bidder_id))


@query
def registrations(*, lot_id: UUID, actor: Actor) -> tuple[types.Registration, ...]:  # noqa: ARG001 - the scope reads it
    """Return who registered for a lot, in that order: nobody before the opening, to anybody."""
    rows = _registrations().filter(lot_id=lot_id, registered_at__isnull=False)
    return tuple(_as_registration(row) for row in rows.order_by("registered_at", "id"))


@query
def my_registrations(*, actor: Actor) -> tuple[tuple[types.Lot, types.Registration], ...]:
    """Return the lots that the bidder has begun to register for, the nearest deadline first."""
    rows = {row.lot_id: row for row in _registrations().filter(bidder_id=actor.organisation_id)}
    found = lots(lot_ids=rows, actor=actor).values()
    mine = sorted(found, key=lambda lot: (lot.deadline_at, lot.code))
    return tuple((lot, _as_registration(rows[lot.id])) for lot in mine)


@query
def registered_at(
    *,
    pairs: Collection[tuple[UUID, UUID]],
    actor: Actor,  # noqa: ARG001 - the scope reads it
) -> dict[tuple[UUID, UUID], datetime]:
    """Return when the bidders of (lot, bidder) pairs registered; those who did not are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REGISTERED_AT,
            [packed({"lot_id": lot_id, "bidder_id": bidder_id} for lot_id, bidder_id in pairs)],
        )
        return {(lot_id, bidder_id): at for lot_id, bidder_id, at in cursor.fetchall()}


@query
def proposed_terms(
    *,
    region: str,
    kind: str,
    on: date,
    actor: Actor,  # noqa: ARG001 - policies are public
) -> types.Policy | None:
    """Return the policy that holds in the region for the kind on the day."""
    rows = _policies().filter(Q(region_id=region) | Q(region=None), kind_id=kind)
    return rules.in_force(map(_as_policy, rows), region=region, on=on)


@query
def policies(
    *,
    actor: Actor,  # noqa: ARG001 - policies are public
) -> tuple[types.Policy, ...]:
    """Return every policy, by kind and region, the newest first."""
    rows = _policies().order_by("kind_id", "region_id", "-valid_from")
    return tuple(_as_policy(row) for row in rows)


@query
def regions(*, actor: Actor) -> tuple[types.Area, ...]:  # noqa: ARG001 - regions are public
    """Return the regions that tender, in the order of their division codes."""
    rows = models.Region.objects.order_by("division", "code")
    return tuple(types.Area(row.code, row.name) for row in rows)


@query
def areas(*, actor: Actor) -> tuple[tuple[types.Area, ...], tuple[types.Area, ...]]:
    """Return the regions and the kinds that a policy may be for."""
    return regions(actor=actor), kinds(actor=actor)


@query
def kinds(*, actor: Actor) -> tuple[types.Area, ...]:  # noqa: ARG001 - kinds are public
    """Return the kinds of procurement."""
    rows = models.ProcurementKind.objects.order_by("code")
    return tuple(types.Area(row.code, row.name) for row in rows)


def _policy_of(row: models.Lot, *, at: datetime) -> types.Policy | None:
    """Return the policy that the lot was published under, or that of the day while it is a draft."""
    if row.policy is not None:
        return _as_policy(row.policy)
    return proposed_terms(
        region=row.project.region_id, kind=row.project.kind_id, on=day_of(at), actor=SYSTEM
    )


def _checks(
    row: models.Lot, policy: types.Policy | None, *, files: int, at: datetime
) -> tuple[types.Check, ...]:
    terms = None if policy is None else policy.terms
    return rules.publication_checks(_as_terms(row), terms, files=files, at=at)


def _as_terms(row: models.Lot) -> types.Terms:
    return types.Terms(
        estimate=Money(row.estimate_fen),
        amount=Money(row.amount_fen),
        ways=_as_ways(row.ways),
        deadline_at=row.deadline_at,
        payment_deadline_at=row.payment_deadline_at,
        opening_at=row.opening_at,
        validity_days=row.validity_days,
        guarantors=tuple(row.guarantors),
    )


def _as_file(row: models.TenderFile) -> types.TenderFile:
    return types.TenderFile(
        id=row.id,
        lot_id=row.lot_id,
        name=row.name,
        media_type=row.media_type,
        sha256=row.sha256,
        size=row.size,
        added_at=row.added_at,
    )


def _row(lot_id: UUID, actor: Actor) -> models.Lot:
    row = one(_lot(lot_id))
    if row is None or not _may_see(row, actor):
        raise NotFound("lot")
    return row


def _may_see(row: models.Lot, actor: Actor) -> bool:
    return row.published_at is not None or actor.role is Role.SYSTEM or _keeps(row, actor)


def _kept_row(lot_id: UUID, actor: Actor) -> models.Lot:
    row = _row(lot_id, actor)
    if not _keeps(row, actor):
        raise NotFound("lot")
    return row


def _keeps(row: models.Lot, actor: Actor) -> bool:
    return rules.may_keep(
        actor, tenderer_id=row.project.tenderer_id, agency_id=row.project.agency_id
    )


def _lots() -> QuerySet[models.Lot]:
    return models.Lot.objects.select_related(
        "policy",
        "winner",
        "project__region",
        "project__kind",
        "project__tenderer",
        "project__agency",
    )


def _own_projects(actor: Actor) -> QuerySet[models.Project]:
    projects = models.Project.objects.select_related(
        "region", "kind", "tenderer", "agency"
    ).prefetch_related(Prefetch("lots", _lots().order_by("code")))
    if actor.organisation_id is None:
        return projects.none()
    if actor.role is Role.TENDERER:
        return projects.filter(tenderer_id=actor.organisation_id)
    if actor.role is Role.AGENCY:
        return projects.filter(agency_id=actor.organisation_id)
    return projects.none()


def _matching(found: QuerySet[models.Lot], search: str) -> QuerySet[models.Lot]:
    if not search:
        return found
    return found.filter(
        Q(code__icontains=search) | Q(name__icontains=search) | Q(project__name__icontains=search)
    )


def _page(found: QuerySet[Row], number: int, read: Callable[[Row], Shown]) -> Page[Shown]:
    # Only lists of public rows, and of one's own, are counted.
    total = found.count()
    shown, first, pages = slice_of(number, total, PAGE_SIZE)
    rows = tuple(read(row) for row in found[first : first + PAGE_SIZE])
    return Page(rows, shown, pages, total)


def _registrations() -> QuerySet[models.Registration]:
    return models.Registration.objects.select_related("contact")


def _policies() -> QuerySet[models.Policy]:
    return models.Policy.objects.select_related("region", "kind")


def _as_ways(codes: Iterable[str]) -> tuple[types.Way, ...]:
    return tuple(types.Way(code) for code in codes)


def _as_lot(row: models.Lot) -> types.Lot:
    project, policy = row.project, row.policy
    return types.Lot(
        id=row.id,
        code=row.code,
        name=row.name,
        project_id=project.id,
        project_name=project.name,
        region=project.region_id,
        kind=project.kind_id,
        tenderer_id=project.tenderer_id,
        tenderer_name=project.tenderer.name,
        agency_id=project.agency_id,
        agency_name="" if project.agency is None else project.agency.name,
        state=LotState(row.state),
        amount=Money(row.amount_fen),
        estimate=Money(row.estimate_fen),
        ways=_as_ways(row.ways),
        deadline_at=row.deadline_at,
        opening_at=row.opening_at,
        validity_days=row.validity_days,
        statutory=policy is not None and policy.statutory,
        basic_account_only=policy is None or policy.basic_account_only,
        accumulate=policy is not None and policy.accumulate,
        citation="" if policy is None else policy.citation,
        published_at=row.published_at,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        region_name=project.region.name,
        kind_name=project.kind.name,
        suspended_at=row.suspended_at,
        terminated_at=row.terminated_at,
        failed_at=row.failed_at,
        terminated_by=row.terminated_by_id,
        awarded_at=row.awarded_at,
        contracted_at=row.contracted_at,
        winner_id=row.winner_id,
        winner_name="" if row.winner is None else row.winner.name,
        shares_account=policy is not None and policy.shares_account,
    )


def _as_project(row: models.Project) -> types.Project:
    return types.Project(
        id=row.id,
        name=row.name,
        region=row.region_id,
        region_name=row.region.name,
        kind=row.kind_id,
        kind_name=row.kind.name,
        tenderer_id=row.tenderer_id,
        tenderer_name=row.tenderer.name,
        agency_id=row.agency_id,
        agency_name="" if row.agency is None else row.agency.name,
        drafted_at=row.drafted_at,
        lots=tuple(_as_lot(lot) for lot in row.lots.all()),
    )


def _as_registration(row: models.Registration) -> types.Registration:
    return types.Registration(
        id=row.id,
        lot_id=row.lot_id,
        bidder_id=row.bidder_id,
        contact_id=row.contact_id,
        contact_name=row.contact.name,
        state=RegistrationState(row.state),
        contact_chosen_at=row.contact_chosen_at,
        file_collected_at=row.file_collected_at,
        registered_at=row.registered_at,
    )


def _as_policy(row: models.Policy) -> types.Policy:
    return types.Policy(
        id=row.id,
        region=row.region_id or "",
        region_name="" if row.region is None else row.region.name,
        kind=row.kind_id,
        kind_name=row.kind.name,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        terms=types.PolicyTerms(
            ways=_as_ways(row.ways),
            cap_ppm=row.cap_ppm,
            cap=None if row.cap_fen is None else Money(row.cap_fen),
            statutory=row.statutory,
            basic_account_only=row.basic_account_only,
            accumulate=row.accumulate,
            shares_account=row.shares_account,
            validity_days=row.validity_days,
            min_notice_days=row.min_notice_days,
            citation=row.citation,
            share_citation=row.share_citation,
            cap_citation=row.cap_citation,
            notice_citation=row.notice_citation,
        ),
    )
