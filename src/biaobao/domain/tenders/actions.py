"""What tenderers and agencies, bidders and operators do about tenders."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import day_of, read_out
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused, refuse, require
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import models, queries, rules, steps
from biaobao.domain.tenders.states import LotState, RegistrationState
from biaobao.domain.tenders.types import PolicyTerms, TenderFile, Terms
from biaobao.platform import files
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def draft_project(  # noqa: PLR0913 - a project is what its words say
    *,
    name: str,
    tenderer_id: UUID,
    agency_id: UUID | None,
    region: str,
    kind: str,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Note a project that its tenderer, or the agency for it, will publish lots of."""
    allowed = rules.may_keep(actor, tenderer_id=tenderer_id, agency_id=agency_id)
    require(allowed, "draft a project")
    _check_named("name", name)
    _check_role("tenderer", tenderer_id, Role.TENDERER, actor)
    if agency_id is not None:
        _check_role("agency", agency_id, Role.AGENCY, actor)
    _check_region(region)
    _check_kind(kind)
    row = models.Project.objects.create(
        name=name.strip(),
        tenderer_id=tenderer_id,
        agency_id=agency_id,
        region_id=region,
        kind_id=kind,
        drafted_at=at,
    )
    log.record(log.Event("project.drafted", f"project:{row.id}"), at=at, actor=actor)
    return row.id


@action
def draft_lot(
    *,
    project_id: UUID,
    name: str,
    terms: Terms,
    code: str | None = None,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Note a lot of the project; its terms may still break the rules, as publication will tell.

    :raises Refused: if the code does not fit, or an amount is none.
    """
    project = steps.project(project_id)
    _require_keeping(project, actor)
    _check_named("name", name)
    _check_amounts(terms)
    row = models.Lot(
        id=uuid4(),
        project=project,
        name=name.strip(),
        code=_checked_code(code, project) if code else steps.free_code(project, at=at),
    )
    steps.write_terms(row, terms, at=at)
    steps.add_lot(row)
    log.record(_lot_event("lot.drafted", row, code=row.code), at=at, actor=actor)
    return row.id


@action
def change_lot(*, lot_id: UUID, name: str, terms: Terms, at: datetime, actor: Actor) -> None:
    """Replace name and terms of a draft.

    :raises Refused: if the lot is published: bidders rely on what it says.
    """
    row = _draft(lot_id, actor)
    _check_named("name", name)
    _check_amounts(terms)
    row.name = name.strip()
    steps.write_terms(row, terms, at=at)
    row.save()
    log.record(_lot_event("lot.changed", row), at=at, actor=actor)


@action
def add_tender_file(
    *, lot_id: UUID, name: str, media_type: str, content: bytes, at: datetime, actor: Actor
) -> UUID:
    """Keep a tender file of a draft; the same content again is the same file.

    :raises Refused: if it is too large, or is not what its name says.
    """
    row = _draft(lot_id, actor)
    if objection := rules.objection_to_file(name, media_type=media_type, content=content):
        raise Refused(objection)
    file = models.TenderFile(
        lot=row,
        name=name,
        media_type=rules.media_type_of(name),
        sha256=files.keep(content, limit=rules.FILE_SIZE_MAX),
        size=len(content),
        added_at=at,
    )
    if steps.add_tender_file(file):
        log.record(_lot_event("lot.file_added", row, sha256=file.sha256), at=at, actor=actor)
        return file.id
    return models.TenderFile.objects.get(lot=row, sha256=file.sha256).id


@action
def remove_tender_file(*, lot_id: UUID, file_id: UUID, at: datetime, actor: Actor) -> None:
    """Take a file from a draft; one that is gone already stays gone."""
    row = _draft(lot_id, actor)
    removed, _ = models.TenderFile.objects.filter(lot=row, id=file_id).delete()
    if removed:
        log.record(_lot_event("lot.file_removed", row, file=str(file_id)), at=at, actor=actor)


@action
def publish(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Publish a lot under the policy of the day; from now on its terms stand. Twice is once.

    :raises Refused: with everything that stands against it, and the articles.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state != LotState.DRAFT:
        return
    desk = queries.lot_desk(lot_id=lot_id, at=at, actor=actor)
    objections = rules.objections(desk.checks)
    if desk.policy is None or objections:
        raise Refused(*objections)
    steps.publish(row, policy_id=desk.policy.id, at=at)
    log.record(_lot_event("lot.published", row, policy=str(desk.policy.id)), at=at, actor=actor)


@action
def postpone(
    *,
    lot_id: UUID,
    deadline_at: datetime,
    opening_at: datetime,
    reason: str,
    at: datetime,
    actor: Actor,
) -> None:
    """Move deadline and opening of a lot to later, and with them when money and letters are due.

    :raises Refused: if the lot is opened or stands still, a clock would go back, the new deadline is
        past already, or there is no reason.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    _check_waiting(row)
    _check_named("reason", reason)
    stands = (row.deadline_at, row.opening_at)
    if objection := rules.objection_to_postponing(
        deadline_at=deadline_at, opening_at=opening_at, stands=stands, at=at
    ):
        raise Refused(objection)
    steps.postpone(
        row, deadline_at=deadline_at, opening_at=opening_at, reason=reason.strip(), at=at
    )
    event = _lot_event(
        "lot.postponed",
        row,
        deadline_at=read_out(deadline_at),
        opening_at=read_out(opening_at),
        reason=reason.strip(),
    )
    log.record(event, at=at, actor=actor)


@action
def change_amount(*, lot_id: UUID, amount: Money, reason: str, at: datetime, actor: Actor) -> None:
    """Change what the security of a lot must be (变更金额), in time and as its policy allows.

    Deposits are judged anew by it, letters are looked at. The same amount changes nothing.

    :raises Refused: if the lot does not wait for its opening, its deadline is too near, the amount is none
        or breaks the policy that the lot was published under, or there is no reason.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    _check_waiting(row)
    _check_named("reason", reason)
    if objection := rules.objection_to_changing(row.deadline_at, at=at):
        raise Refused(objection)
    if amount.fen == row.amount_fen:
        return
    terms = replace(queries.terms(lot_id=lot_id, actor=actor), amount=amount)
    _check_amounts(terms)
    policy = queries.lot_desk(lot_id=lot_id, at=at, actor=actor).policy
    if policy and (found := rules.objections(rules.checks_of_the_amount(terms, policy.terms))):
        raise Refused(*found)
    before = Money(row.amount_fen)
    steps.change_amount(row, amount, reason=reason.strip(), at=at)
    event = _lot_event(
        "lot.amount-changed", row, before=str(before), amount=str(amount), reason=reason.strip()
    )
    log.record(event, at=at, actor=actor)


@action
def suspend(*, lot_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Let a lot stand still (暂停) until it is resumed, whatever its clocks say. Twice is once.

    Nobody registers for it, secures it or opens it; money that came lies where it is.

    :raises Refused: if the lot does not wait for its opening, or there is no reason.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state == LotState.SUSPENDED:
        return
    _check_waiting(row)
    _check_named("reason", reason)
    steps.suspend(row, reason=reason.strip(), at=at)
    log.record(_lot_event("lot.suspended", row, reason=reason.strip()), at=at, actor=actor)


@action
def resume(
    *,
    lot_id: UUID,
    deadline_at: datetime,
    opening_at: datetime,
    reason: str,
    at: datetime,
    actor: Actor,
) -> None:
    """Let a suspended lot go on (恢复), with a deadline that is still to come.

    :raises Refused: if the lot is not suspended, a clock would go back, the deadline is past, or
        there is no reason.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state != LotState.SUSPENDED:
        raise refuse("LOT_NOT_SUSPENDED", state=row.state)
    _check_named("reason", reason)
    stands = (row.deadline_at, row.opening_at)
    if objection := rules.objection_to_resuming(
        deadline_at=deadline_at, opening_at=opening_at, stands=stands, at=at
    ):
        raise Refused(objection)
    steps.resume(row, deadline_at=deadline_at, opening_at=opening_at, reason=reason.strip(), at=at)
    event = _lot_event(
        "lot.resumed",
        row,
        deadline_at=read_out(deadline_at),
        opening_at=read_out(opening_at),
        reason=reason.strip(),
    )
    log.record(event, at=at, actor=actor)


@action
def terminate(*, lot_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """End a lot before its opening, for good (终止): all that was paid goes back. Twice is once.

    :raises Refused: if the lot is a draft or opened, or there is no reason.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state == LotState.TERMINATED:
        return
    if row.state != LotState.SUSPENDED:
        _check_waiting(row)
    _check_named("reason", reason)
    steps.terminate(row, reason=reason.strip(), person_id=actor.person_id, at=at)
    log.record(_lot_event("lot.terminated", row, reason=reason.strip()), at=at, actor=actor)


@action
def open_lot(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Open a lot at its time: only now who secured it may be seen. Twice is once.

    :raises Refused: if it is not yet time, or the lot stands still.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.opened_at is not None:
        return
    _check_waiting(row)
    if at < row.opening_at:
        raise refuse("NOT_YET_OPENING", opening_at=read_out(row.opening_at))
    steps.open_lot(row, person_id=actor.person_id, at=at)
    log.record(_lot_event("lot.opened", row), at=at, actor=actor)


@action
def fail(*, lot_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """End an opened lot that leads to no award (流标): all that secured it goes back. Twice is once.

    :raises Refused: if the lot is not opened, or awarded, or there is no reason.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state == LotState.FAILED:
        return
    if row.winner is not None:
        raise refuse("LOT_AWARDED", winner=row.winner.name)
    if row.state != LotState.OPENED:
        raise refuse("LOT_NOT_OPENED", state=row.state)
    _check_named("reason", reason)
    steps.fail(row, reason=reason.strip(), at=at)
    log.record(_lot_event("lot.failed", row, reason=reason.strip()), at=at, actor=actor)


@action
def award(
    *,
    lot_id: UUID,
    winner_id: UUID,
    awarded_at: datetime,
    reason: str,
    at: datetime,
    actor: Actor,
) -> None:
    """Say who won an opened lot (中标), and when the award notice told it. The same winner twice is once.

    Another winner is named once the award is withdrawn.

    :param reason: what the award rests on: the number of the award notice.
    :raises Refused: LOT_NOT_OPENED, LOT_SUSPENDED, LOT_TERMINATED, LOT_HAS_FAILED, LOT_AWARDED, TEXT_MISSING,
        NOT_AT_THAT_TIME, or NOT_A_BIDDER if the winner had not registered for the lot.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.winner_id == winner_id:
        return
    winner = row.winner.name if row.winner else ""
    if objection := rules.objection_to_awarding(LotState(row.state), winner=winner):
        raise Refused(objection)
    _check_named("reason", reason)
    _check_instant("awarded_at", awarded_at, after=row.opened_at, at=at)
    bidders = {each.bidder_id for each in queries.registrations(lot_id=lot_id, actor=actor)}
    if winner_id not in bidders:
        raise refuse("NOT_A_BIDDER", field="winner_id")
    steps.award(row, winner_id, awarded_at=awarded_at, reason=reason.strip(), at=at)
    event = _award_event("lot.awarded", row, awarded_at=awarded_at, reason=reason)
    log.record(event, at=at, actor=actor)


@action
def withdraw_award(*, lot_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Withdraw an award (撤销中标) before its contract, and say why: the lot can be awarded anew, or fail.

    :raises Refused: LOT_NOT_AWARDED, LOT_CONTRACTED or TEXT_MISSING.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    _check_awarded(row)
    _check_named("reason", reason)
    event = _award_event("lot.award-withdrawn", row, awarded_at=row.awarded_at, reason=reason)
    steps.withdraw_award(row, reason=reason.strip(), at=at)
    log.record(event, at=at, actor=actor)


@action
def record_contract(
    *, lot_id: UUID, contracted_at: datetime, reason: str, at: datetime, actor: Actor
) -> None:
    """Say that the winner and the tenderer signed their contract, and when. Twice is once.

    :param reason: what shows it: the number of the contract.
    :raises Refused: LOT_NOT_AWARDED, TEXT_MISSING or NOT_AT_THAT_TIME.
    """
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state == LotState.CONTRACTED:
        return
    _check_awarded(row)
    _check_named("reason", reason)
    _check_instant("contracted_at", contracted_at, after=row.awarded_at, at=at)
    steps.record_contract(row, contracted_at=contracted_at, reason=reason.strip(), at=at)
    event = _award_event("lot.contracted", row, contracted_at=contracted_at, reason=reason)
    log.record(event, at=at, actor=actor)


@action
def choose_contact(*, lot_id: UUID, person_id: UUID, at: datetime, actor: Actor) -> None:
    """Name the bidder's contact for the lot, the first step of registering; another may follow.

    :raises Refused: after the deadline, while the lot stands still, or if the person is not one of
        the bidder's active people.
    """
    bidder_id = _bidder(actor)
    lot = steps.published_lot(lot_id)
    _check_taking_part(lot, at)
    people = parties.members(organisation_id=bidder_id, actor=actor)
    if person_id not in {person.id for person in people if person.is_active}:
        raise refuse("CONTACT_NOT_YOURS", field="contact")
    fresh = models.Registration(
        lot=lot, bidder_id=bidder_id, contact_id=person_id, contact_chosen_at=at
    )
    row = steps.begin_registration(fresh)
    if row.contact_id != person_id:
        steps.change_contact(row, contact_id=person_id, at=at)
    elif row.id != fresh.id:
        return
    event = _registration_event("registration.contact_chosen", row, contact=str(person_id))
    log.record(event, at=at, actor=actor)


@action
def collect_file(*, lot_id: UUID, file_id: UUID, at: datetime, actor: Actor) -> TenderFile:
    """Hand out a tender file and note that the bidder has it; later it is handed out again.

    :raises Refused: if no contact is chosen, or before the first time the deadline passed or the
        lot came to stand still.
    """
    bidder_id = _bidder(actor)
    lot = steps.published_lot(lot_id)
    file = models.TenderFile.objects.filter(lot=lot, id=file_id).first()
    if file is None:
        raise NotFound(f"tender file {file_id}")
    row = steps.lock_registration(lot_id, bidder_id)
    if row is None or row.state == RegistrationState.CONTACT_CHOSEN:
        _check_taking_part(lot, at)
        if row is None:
            raise refuse("CONTACT_MISSING")
        steps.collect(row, at=at)
        event = _registration_event("registration.file_collected", row, sha256=file.sha256)
        log.record(event, at=at, actor=actor)
    return queries.tender_file(lot_id=lot_id, file_id=file_id, actor=actor)


@action
def register(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Save the registration (保存), the last of its three steps. Twice is once.

    :raises Refused: with the first step that is missing, after the deadline, or while the lot stands
        still.
    """
    bidder_id = _bidder(actor)
    lot = steps.published_lot(lot_id)
    row = steps.lock_registration(lot_id, bidder_id)
    if row is None:
        _check_taking_part(lot, at)
        raise refuse("CONTACT_MISSING")
    if row.state == RegistrationState.REGISTERED:
        return
    _check_taking_part(lot, at)
    if row.state == RegistrationState.CONTACT_CHOSEN:
        raise refuse("FILE_MISSING")
    steps.register(row, at=at)
    log.record(_registration_event("registration.registered", row), at=at, actor=actor)


@action
def add_policy(  # noqa: PLR0913 - a row is what its columns say
    *,
    region: str,
    kind: str,
    valid_from: date,
    valid_until: date | None,
    terms: PolicyTerms,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Add a dated policy; lots published earlier keep theirs.

    :param region: empty for all regions.
    :raises Refused: if it would hold for days gone by, or its values make no sense.
    """
    require(rules.may_keep_policies(actor), "add policies")
    if objection := rules.objection_to_policy(
        terms, valid_from=valid_from, valid_until=valid_until, today=day_of(at)
    ):
        raise Refused(objection)
    if region:
        _check_region(region)
    _check_kind(kind)
    row = models.Policy(
        id=uuid4(),
        region_id=region or None,
        kind_id=kind,
        valid_from=valid_from,
        valid_until=valid_until,
        ways=[way.value for way in terms.ways],
        cap_ppm=terms.cap_ppm,
        cap_fen=None if terms.cap is None else terms.cap.fen,
        statutory=terms.statutory,
        basic_account_only=terms.basic_account_only,
        accumulate=terms.accumulate,
        shares_account=terms.shares_account,
        validity_days=terms.validity_days,
        min_notice_days=terms.min_notice_days,
        citation=terms.citation.strip(),
        share_citation=terms.share_citation.strip(),
        cap_citation=terms.cap_citation.strip(),
        notice_citation=terms.notice_citation.strip(),
        added_at=at,
    )
    steps.add_policy(row)
    log.record(log.Event("policy.added", f"policy:{row.id}"), at=at, actor=actor)
    return row.id


def _require_keeping(project: models.Project, actor: Actor) -> None:
    allowed = rules.may_keep(actor, tenderer_id=project.tenderer_id, agency_id=project.agency_id)
    require(allowed, "run the project")


def _draft(lot_id: UUID, actor: Actor) -> models.Lot:
    row = steps.lock_lot(lot_id)
    _require_keeping(row.project, actor)
    if row.state != LotState.DRAFT:
        raise refuse("LOT_NOT_DRAFT", lot=row.code)
    return row


def _check_waiting(lot: models.Lot) -> None:
    if objection := rules.objection_to_standing_still(LotState(lot.state)):
        raise Refused(objection)
    if lot.state != LotState.PUBLISHED:
        raise refuse("LOT_NOT_WAITING_FOR_ITS_OPENING", state=lot.state)


def _check_awarded(lot: models.Lot) -> None:
    if lot.state == LotState.CONTRACTED:
        raise refuse("LOT_CONTRACTED")
    if lot.state != LotState.AWARDED:
        raise refuse("LOT_NOT_AWARDED")


def _check_instant(field: str, told_at: datetime, *, after: datetime | None, at: datetime) -> None:
    if after is None:
        raise LookupError(f"{field} follows nothing")
    if objection := rules.objection_to_instant(field, told_at, after=after, at=at):
        raise Refused(objection)


def _bidder(actor: Actor) -> UUID:
    bidder_id = rules.registering_bidder(actor)
    if bidder_id is None:
        raise NotAllowed("register for lots")
    return bidder_id


def _check_taking_part(lot: models.Lot, at: datetime) -> None:
    if objection := rules.objection_to_taking_part(
        LotState(lot.state), deadline_at=lot.deadline_at, at=at
    ):
        raise Refused(objection)


def _check_named(field: str, text: str) -> None:
    if not text.strip():
        raise refuse("TEXT_MISSING", field=field)


def _check_region(code: str) -> None:
    if not models.Region.objects.filter(code=code).exists():
        raise refuse("REGION_UNKNOWN", field="region", region=code)


def _check_kind(code: str) -> None:
    if not models.ProcurementKind.objects.filter(code=code).exists():
        raise refuse("KIND_UNKNOWN", field="kind", kind=code)


def _check_amounts(terms: Terms) -> None:
    if objection := rules.objection_to_amounts(terms):
        raise Refused(objection)


def _check_role(field: str, organisation_id: UUID, role: Role, actor: Actor) -> None:
    organisation = parties.organisation(organisation_id=organisation_id, actor=actor)
    if organisation.role is not role:
        raise refuse("ORGANISATION_OF_ANOTHER_ROLE", field=field, name=organisation.name)


def _checked_code(code: str, project: models.Project) -> str:
    objection = rules.objection_to_code(code, region=project.region_id, kind=project.kind_id)
    if objection:
        raise Refused(objection)
    return code


def _lot_event(name: str, lot: models.Lot, **facts: str) -> log.Event:
    return log.Event(name, f"lot:{lot.id}", facts=facts, lot_id=lot.id)


def _award_event(name: str, lot: models.Lot, *, reason: str, **times: datetime | None) -> log.Event:
    said = {name: read_out(at) for name, at in times.items() if at}
    facts = {"winner": str(lot.winner_id), **said, "reason": reason.strip()}
    return _lot_event(name, lot, **facts)


def _registration_event(name: str, row: models.Registration, **facts: str) -> log.Event:
    return log.Event(
        name,
        f"registration:{row.id}",
        facts=facts,
        organisation_id=row.bidder_id,
        lot_id=row.lot_id,
    )
