"""Changing rows of projects, lots and registrations, inside somebody's transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, refuse
from biaobao.core.states import check_move
from biaobao.domain.tenders import models, rules
from biaobao.domain.tenders.states import LOT, REGISTRATION, LotState, RegistrationState
from biaobao.domain.tenders.types import AnnouncementKind, Terms
from biaobao.platform.db import step

CLOCKS = ("deadline_at", "payment_deadline_at", "opening_at")


@step
def project(project_id: UUID) -> models.Project:
    """Return the row.

    :raises NotFound: if there is none.
    """
    try:
        return models.Project.objects.get(id=project_id)
    except models.Project.DoesNotExist:
        raise NotFound(f"project {project_id}") from None


@step
def lock_lot(lot_id: UUID) -> models.Lot:
    """Lock and return the row, with its project.

    Registrations refer to the lot all the time; this lock does not make them wait, nor they it.

    :raises NotFound: if there is none.
    """
    locked = models.Lot.objects.select_for_update(of=("self",), no_key=True)
    try:
        return locked.select_related("project").get(id=lot_id)
    except models.Lot.DoesNotExist:
        raise NotFound(f"lot {lot_id}") from None


@step
def published_lot(lot_id: UUID) -> models.Lot:
    """Return the row of a lot that bidders may know of.

    :raises NotFound: if there is none.
    """
    try:
        return models.Lot.objects.exclude(state=LotState.DRAFT).get(id=lot_id)
    except models.Lot.DoesNotExist:
        raise NotFound(f"lot {lot_id}") from None


@step
def write_terms(lot: models.Lot, terms: Terms, *, at: datetime) -> None:
    """Put the terms into the row, not yet saved."""
    lot.estimate_fen = terms.estimate.fen
    lot.amount_fen = terms.amount.fen
    lot.ways = [way.value for way in terms.ways]
    lot.guarantors = list(terms.guarantors)
    lot.deadline_at = terms.deadline_at
    lot.payment_deadline_at = terms.payment_deadline_at
    lot.opening_at = terms.opening_at
    lot.validity_days = terms.validity_days
    lot.changed_at = at


@step
def free_code(project: models.Project, *, at: datetime) -> str:
    """Return the next free code of the project; nobody else is given it in the meantime.

    :raises Refused: if the month's numbers are used up.
    """
    series = rules.series_of(region=project.region_id, kind=project.kind_id, at=at)
    _queue(series)
    taken = models.Lot.objects.filter(code__startswith=series).values_list("code", flat=True)
    own = models.Lot.objects.filter(project=project).values_list("code", flat=True)
    code = rules.next_code(series, own=list(own), taken=list(taken))
    if code is None:
        raise refuse("CODES_USED_UP", field="code", series=series)
    return code


def _queue(series: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [series])


@step
def add_lot(lot: models.Lot) -> None:
    """Insert the row.

    :raises Refused: if its code is taken, by a transaction of this instant even.
    """
    models.Lot.objects.bulk_create([lot], ignore_conflicts=True)
    if not models.Lot.objects.filter(id=lot.id).exists():
        raise refuse("CODE_TAKEN", field="code", taken=lot.code)


@step
def publish(lot: models.Lot, *, policy_id: UUID, at: datetime) -> None:
    _move_lot(lot, LotState.PUBLISHED)
    lot.policy_id = policy_id
    lot.published_at = lot.changed_at = at
    lot.save(update_fields=["state", "policy", "published_at", "changed_at"])


@step
def postpone(
    lot: models.Lot, *, deadline_at: datetime, opening_at: datetime, reason: str, at: datetime
) -> None:
    """Move every clock of the lot: money and letters are due when the bids are."""
    said = _announcement(lot, AnnouncementKind.POSTPONED, reason=reason, at=at)
    _move_clocks(lot, said, deadline_at=deadline_at, opening_at=opening_at)
    said.save(force_insert=True)
    lot.save(update_fields=[*CLOCKS, "changed_at"])


@step
def change_amount(lot: models.Lot, amount: Money, *, reason: str, at: datetime) -> None:
    said = _announcement(lot, AnnouncementKind.AMOUNT_CHANGED, reason=reason, at=at)
    said.amount_before_fen, said.amount_fen = lot.amount_fen, amount.fen
    lot.amount_fen = amount.fen
    said.save(force_insert=True)
    lot.save(update_fields=["amount_fen", "changed_at"])


@step
def suspend(lot: models.Lot, *, reason: str, at: datetime) -> None:
    said = _announcement(lot, AnnouncementKind.SUSPENDED, reason=reason, at=at)
    _move_lot(lot, LotState.SUSPENDED)
    lot.suspended_at = at
    said.save(force_insert=True)
    lot.save(update_fields=["state", "suspended_at", "changed_at"])


@step
def resume(
    lot: models.Lot, *, deadline_at: datetime, opening_at: datetime, reason: str, at: datetime
) -> None:
    """Let the lot go on, with every clock moved as by a postponement."""
    said = _announcement(lot, AnnouncementKind.RESUMED, reason=reason, at=at)
    _move_lot(lot, LotState.PUBLISHED)
    lot.suspended_at = None
    _move_clocks(lot, said, deadline_at=deadline_at, opening_at=opening_at)
    said.save(force_insert=True)
    lot.save(update_fields=["state", "suspended_at", *CLOCKS, "changed_at"])


@step
def terminate(lot: models.Lot, *, reason: str, person_id: UUID | None, at: datetime) -> None:
    said = _announcement(lot, AnnouncementKind.TERMINATED, reason=reason, at=at)
    _move_lot(lot, LotState.TERMINATED)
    lot.terminated_at = at
    lot.terminated_by_id = person_id
    said.save(force_insert=True)
    lot.save(update_fields=["state", "terminated_at", "terminated_by", "changed_at"])


@step
def fail(lot: models.Lot, *, reason: str, at: datetime) -> None:
    said = _announcement(lot, AnnouncementKind.FAILED, reason=reason, at=at)
    _move_lot(lot, LotState.FAILED)
    lot.failed_at = at
    said.save(force_insert=True)
    lot.save(update_fields=["state", "failed_at", "changed_at"])


@step
def award(
    lot: models.Lot, winner_id: UUID, *, awarded_at: datetime, reason: str, at: datetime
) -> None:
    lot.winner_id, lot.awarded_at = winner_id, awarded_at
    _announce_award(lot, AnnouncementKind.AWARDED, LotState.AWARDED, reason=reason, at=at)


@step
def withdraw_award(lot: models.Lot, *, reason: str, at: datetime) -> None:
    said = _said(lot, AnnouncementKind.AWARD_WITHDRAWN, reason=reason, at=at)
    said.save(force_insert=True)
    _move_lot(lot, LotState.OPENED)
    lot.winner_id, lot.awarded_at = None, None
    lot.save(update_fields=["state", "winner", "awarded_at"])


@step
def record_contract(lot: models.Lot, *, contracted_at: datetime, reason: str, at: datetime) -> None:
    lot.contracted_at = contracted_at
    _announce_award(lot, AnnouncementKind.CONTRACTED, LotState.CONTRACTED, reason=reason, at=at)


def _announce_award(
    lot: models.Lot, kind: AnnouncementKind, state: LotState, *, reason: str, at: datetime
) -> None:
    _move_lot(lot, state)
    _said(lot, kind, reason=reason, at=at).save(force_insert=True)
    lot.save(update_fields=["state", "winner", "awarded_at", "contracted_at"])


def _announcement(
    lot: models.Lot, kind: AnnouncementKind, *, reason: str, at: datetime
) -> models.Announcement:
    """Return what is announced of the lot, not yet saved; that it changed, deposits are told."""
    lot.changed_at = at
    return _said(lot, kind, reason=reason, at=at)


def _said(
    lot: models.Lot, kind: AnnouncementKind, *, reason: str, at: datetime
) -> models.Announcement:
    return models.Announcement(
        lot=lot,
        kind=kind,
        at=at,
        deadline_before=lot.deadline_at,
        deadline_at=lot.deadline_at,
        opening_before=lot.opening_at,
        opening_at=lot.opening_at,
        winner_id=lot.winner_id,
        reason=reason,
    )


def _move_clocks(
    lot: models.Lot, said: models.Announcement, *, deadline_at: datetime, opening_at: datetime
) -> None:
    lot.deadline_at = lot.payment_deadline_at = said.deadline_at = deadline_at
    lot.opening_at = said.opening_at = opening_at


def _move_lot(lot: models.Lot, new: LotState) -> None:
    check_move(LOT, LotState(lot.state), new)
    lot.state = new


@step
def open_lot(lot: models.Lot, *, person_id: UUID | None, at: datetime) -> None:
    _move_lot(lot, LotState.OPENED)
    lot.opened_at = lot.changed_at = at
    lot.opened_by_id = person_id
    lot.save(update_fields=["state", "opened_at", "opened_by", "changed_at"])


@step
def add_tender_file(file: models.TenderFile) -> bool:
    """Insert the row unless the lot has this very content, and tell whether it was inserted."""
    models.TenderFile.objects.bulk_create([file], ignore_conflicts=True)
    return models.TenderFile.objects.filter(id=file.id).exists()


@step
def lock_registration(lot_id: UUID, bidder_id: UUID) -> models.Registration | None:
    """Lock and return the row, if the bidder has begun."""
    locked = models.Registration.objects.select_for_update()
    return locked.filter(lot_id=lot_id, bidder_id=bidder_id).first()


@step
def begin_registration(fresh: models.Registration) -> models.Registration:
    """Insert the row and return it, or lock and return the one that the bidder has already."""
    models.Registration.objects.bulk_create([fresh], ignore_conflicts=True)
    locked = models.Registration.objects.select_for_update()
    return locked.get(lot_id=fresh.lot_id, bidder_id=fresh.bidder_id)


@step
def change_contact(registration: models.Registration, *, contact_id: UUID, at: datetime) -> None:
    registration.contact_id = contact_id
    registration.contact_chosen_at = at
    registration.save(update_fields=["contact", "contact_chosen_at"])


@step
def collect(registration: models.Registration, *, at: datetime) -> None:
    _move(registration, RegistrationState.FILE_COLLECTED)
    registration.file_collected_at = at
    registration.save(update_fields=["state", "file_collected_at"])


@step
def register(registration: models.Registration, *, at: datetime) -> None:
    _move(registration, RegistrationState.REGISTERED)
    registration.registered_at = at
    registration.save(update_fields=["state", "registered_at"])


def _move(registration: models.Registration, new: RegistrationState) -> None:
    check_move(REGISTRATION, RegistrationState(registration.state), new)
    registration.state = new


@step
def add_policy(policy: models.Policy) -> None:
    """Insert the row.

    :raises Refused: if there is one for the region, kind and day, of this instant even.
    """
    models.Policy.objects.bulk_create([policy], ignore_conflicts=True)
    if not models.Policy.objects.filter(id=policy.id).exists():
        raise refuse("POLICY_TAKEN", field="valid_from", valid_from=policy.valid_from.isoformat())
