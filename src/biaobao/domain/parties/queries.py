"""Reading organisations and people, each actor what he may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from biaobao.core.actor import Actor, Role
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound
from biaobao.domain.parties import models, rules
from biaobao.domain.parties.states import BasicAccountState
from biaobao.domain.parties.types import (
    AccountToConfirm,
    BasicAccount,
    Certificate,
    Handler,
    InvoiceData,
    Member,
    Organisation,
    Person,
    Presence,
    Profile,
    ProfileTerms,
    Scan,
    ScanKind,
)
from biaobao.platform import vault
from biaobao.platform.db import one, query
from biaobao.platform.reads import among, just, prepared

PAGE_SIZE = 20

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


@query
def organisation(*, organisation_id: UUID, actor: Actor) -> Organisation:  # noqa: ARG001 - names are no secret
    """Return an organisation.

    :raises NotFound: if there is none.
    """
    row = one(models.Organisation.objects.filter(id=organisation_id))
    if row is None:
        raise NotFound(f"organisation {organisation_id}")
    return _organisation(row)


@query
def organisation_with_code(*, uscc: str, actor: Actor) -> Organisation | None:
    """Return the organisation with this credit code, for operators."""
    _see_all(actor)
    row = models.Organisation.objects.filter(uscc=uscc).first()
    return _organisation(row) if row else None


@query
def organisations(*, ids: Iterable[UUID], actor: Actor) -> dict[UUID, Organisation]:  # noqa: ARG001 - names are no secret
    """Return those of the organisations that exist."""
    return {
        key: Organisation(key, name, uscc, Role(role))
        for key, name, uscc, role in _organisations(ids)
    }


@prepared
def _organisations(
    ids: Iterable[UUID],
) -> QuerySet[models.Organisation, tuple[UUID, str, str, str]]:
    found = models.Organisation.objects.filter(id__in=among("uuid", ids))
    return found.values_list("id", "name", "uscc", "role")


@query
def organisations_with_role(*, role: Role, actor: Actor) -> tuple[Organisation, ...]:
    """Return all organisations of a role by name; bidders show to operators only."""
    if role is Role.BIDDER and not rules.may_see_all(actor):
        raise NotFound("bidders")
    found = models.Organisation.objects.filter(role=role).order_by("name", "id")
    return tuple(_organisation(row) for row in found)


@query
def search_organisations(
    *, text: str, role: Role | None, page: int, actor: Actor
) -> Page[Organisation]:
    """Return organisations whose name or credit code contains the text, by name, for operators."""
    _see_all(actor)
    found = models.Organisation.objects.order_by("name", "id")
    if role:
        found = found.filter(role=role)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(uscc__icontains=text))
    return _page(found, page, _organisation)


@query
def members(*, organisation_id: UUID, actor: Actor) -> tuple[Person, ...]:
    """Return the people of an organisation by name; of somebody else's there are none to see."""
    if not rules.may_see_inside(actor, organisation_id):
        return ()
    return tuple(_person(row) for row in _members(organisation_id))


@prepared
def _members(organisation_id: UUID) -> QuerySet[models.Membership]:
    found = models.Membership.objects.filter(organisation_id=just(organisation_id))
    return found.select_related("person").order_by("person__name", "person__username")


@query
def search_people(*, text: str, page: int, actor: Actor) -> Page[Member]:
    """Return people whose name, username or organisation contains the text, for operators."""
    _see_all(actor)
    found = models.Membership.objects.select_related("person", "organisation").order_by(
        "person__name", "person__username", "organisation__name"
    )
    if text:
        found = found.filter(
            Q(person__name__icontains=text)
            | Q(person__username__icontains=text)
            | Q(organisation__name__icontains=text)
        )
    return _page(found, page, _member)


@query
def basic_account(*, organisation_id: UUID, actor: Actor) -> BasicAccount | None:
    """Return the basic account of the actor's organisation, of any for operators, or None."""
    if not rules.may_see_inside(actor, organisation_id):
        return None
    row = models.BasicAccount.objects.filter(organisation_id=organisation_id).first()
    return _basic_account(row) if row else None


@query
def basic_accounts(*, organisation_ids: Iterable[UUID], actor: Actor) -> dict[UUID, BasicAccount]:
    """Return the basic accounts of those organisations that have one and that the actor may see."""
    seen = [each for each in organisation_ids if rules.may_see_inside(actor, each)]
    return {
        key: BasicAccount(key, account_name, number, bank_name, BasicAccountState(state), *times)
        for key, account_name, number, bank_name, state, *times in _basic_accounts(seen)
    }


@prepared
def _basic_accounts(
    organisation_ids: Sequence[UUID],
) -> QuerySet[models.BasicAccount, tuple[Any, ...]]:
    found = models.BasicAccount.objects.filter(organisation_id__in=among("uuid", organisation_ids))
    return found.values_list(
        *("organisation_id", "account_name", "number", "bank_name", "state"),
        *("told_at", "confirmed_at", "changed_at"),
    )


@query
def accounts_to_confirm(*, page: int, actor: Actor) -> Page[AccountToConfirm]:
    """Return basic accounts that wait for an operator, longest waiting first."""
    _see_all(actor)
    found = (
        models.BasicAccount.objects.filter(state=BasicAccountState.UNCONFIRMED)
        .select_related("organisation")
        .order_by("changed_at", "organisation_id")
    )
    return _page(found, page, _account_to_confirm)


@query
def profile(*, organisation_id: UUID, actor: Actor) -> Profile:
    """Return the profile of the actor's own organisation, filled in with what the house knows of it.

    :raises NotFound: for somebody else's.
    """
    if actor.role is not Role.SYSTEM and actor.organisation_id != organisation_id:
        raise NotFound(f"profile of {organisation_id}")
    row = models.CompanyProfile.objects.filter(organisation_id=organisation_id).first()
    account = basic_account(organisation_id=organisation_id, actor=actor)
    handlers = tuple(
        Handler(each.id, each.name, each.id_number, each.phone)
        for each in models.Handler.objects.filter(
            organisation_id=organisation_id, ended_at=None
        ).order_by("name", "id")
    )
    named = {handler.name for handler in handlers}
    people = members(organisation_id=organisation_id, actor=actor)
    found = Profile(
        organisation=organisation(organisation_id=organisation_id, actor=actor),
        terms=models.read_profile(row) if row else _known_terms(account),
        told_at=row.told_at if row else None,
        handlers=handlers,
        scans=tuple(
            _scan(each)
            for each in models.Scan.objects.filter(organisation_id=organisation_id).order_by("kind")
        ),
        basic_account=account,
        colleagues=tuple(p for p in people if p.is_active and p.name not in named),
    )
    return replace(found, missing=tuple(rules.missing_of(found)))


@query
def scan(*, organisation_id: UUID, kind: ScanKind, actor: Actor) -> tuple[Scan, bytes]:
    """Return a scan of the actor's own organisation, and its content.

    :raises NotFound: for somebody else's, or if there is none.
    :raises CannotOpen: if the house's key does not open it.
    """
    row = models.Scan.objects.filter(organisation_id=organisation_id, kind=kind).first()
    if row is None or actor.organisation_id != organisation_id:
        raise NotFound(f"scan {kind} of {organisation_id}")
    kept = vault.Kept(row.sha256, row.stored_sha256, bytes(row.wrapped_key))
    return _scan(row), vault.read(kept)


@query
def certificates(*, organisation_id: UUID, actor: Actor) -> tuple[Certificate, ...]:
    """Return the certificates of an organisation's people, newest first; of a stranger's, none."""
    if not rules.may_see_inside(actor, organisation_id):
        return ()
    found = (
        models.Certificate.objects.filter(membership__organisation_id=organisation_id)
        .select_related("membership__person")
        .order_by("-enrolled_at", "id")
    )
    return tuple(
        Certificate(
            row.id,
            row.membership.person_id,
            row.membership.person.name,
            row.serial,
            row.issuer,
            row.fingerprint,
            row.enrolled_at,
            row.ended_at,
        )
        for row in found
    )


@query
def revocation_lists(*, actor: Actor) -> tuple[bytes, ...]:  # noqa: ARG001 - authorities publish them
    """Return the newest lists (DER) of all authorities, for signing with their certificates."""
    rows = models.RevocationList.objects.order_by("issuer").values_list("content", flat=True)
    return tuple(bytes(content) for content in rows)


@query
def choices(*, person_id: UUID, actor: Actor) -> tuple[Organisation, ...]:  # noqa: ARG001 - asked before there is one
    """Return the organisations that an active person may act for, by name."""
    found = models.Organisation.objects.filter(
        memberships__person_id=person_id, memberships__person__disabled_at=None
    ).order_by("name", "id")
    return tuple(_organisation(row) for row in found)


@query
def presence(*, person_id: UUID, organisation_id: UUID, actor: Actor) -> Presence | None:
    """Return as whom the person acts for the organisation, or None if he may not, or no longer."""
    row = one(_presence(person_id, organisation_id))
    if row is None:
        return None
    actor = Actor(row.person.name, Role(row.organisation.role), person_id, organisation_id)
    since = row.person.password_set_at
    return Presence(actor, _organisation(row.organisation), row.is_manager, since)


@prepared
def _presence(person_id: UUID, organisation_id: UUID) -> QuerySet[models.Membership]:
    found = models.Membership.objects.filter(
        person_id=just(person_id), organisation_id=just(organisation_id), person__disabled_at=None
    )
    return found.select_related("person", "organisation")


@query
def actor_of(*, person_id: UUID, organisation_id: UUID, actor: Actor) -> Actor | None:
    """Return the actor that the person is for the organisation, or None if he may not be."""
    found = presence(person_id=person_id, organisation_id=organisation_id, actor=actor)
    return found.actor if found else None


def _known_terms(account: BasicAccount | None) -> ProfileTerms:
    bank, number = (account.bank_name, account.number) if account else ("", "")
    return ProfileTerms("", "", "", "", "", None, InvoiceData(bank_name=bank, account=number))


def _see_all(actor: Actor) -> None:
    if not rules.may_see_all(actor):
        raise NotFound("lists of operators")


def _page(listed: QuerySet[Row], number: int, read: Callable[[Row], Shown]) -> Page[Shown]:
    total = listed.count()
    shown, first, pages = slice_of(number, total, PAGE_SIZE)
    found = tuple(read(row) for row in listed[first : first + PAGE_SIZE])
    return Page(found, shown, pages, total)


def _organisation(row: models.Organisation) -> Organisation:
    return Organisation(row.id, row.name, row.uscc, Role(row.role))


def _scan(row: models.Scan) -> Scan:
    return Scan(ScanKind(row.kind), row.name, row.media_type, row.sha256, row.size, row.told_at)


def _person(row: models.Membership) -> Person:
    person = row.person
    return Person(
        person.id, person.name, person.username, person.phone, person.is_active, row.is_manager
    )


def _member(row: models.Membership) -> Member:
    return Member(_person(row), _organisation(row.organisation), row.person.last_login)


def _account_to_confirm(row: models.BasicAccount) -> AccountToConfirm:
    return AccountToConfirm(_organisation(row.organisation), _basic_account(row))


def _basic_account(row: models.BasicAccount) -> BasicAccount:
    return BasicAccount(
        row.organisation_id,
        row.account_name,
        row.number,
        row.bank_name,
        BasicAccountState(row.state),
        row.told_at,
        row.confirmed_at,
        row.changed_at,
    )
