"""Changing rows of organisations and people, inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection

from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound, refuse
from biaobao.core.states import check_move
from biaobao.domain.parties import models, rules
from biaobao.domain.parties.states import BASIC_ACCOUNT, BasicAccountState
from biaobao.domain.parties.types import Holder, RevocationList
from biaobao.platform.audit import log
from biaobao.platform.audit.log import Event
from biaobao.platform.db import step


@step
def organisation(organisation_id: UUID) -> models.Organisation:
    """Return the row.

    :raises NotFound: if there is none.
    """
    try:
        return models.Organisation.objects.get(id=organisation_id)
    except models.Organisation.DoesNotExist:
        raise NotFound(f"organisation {organisation_id}") from None


@step
def is_manager(actor: Actor, organisation_id: UUID) -> bool:
    return (
        actor.person_id is not None
        and models.Membership.objects.filter(
            person_id=actor.person_id, organisation_id=organisation_id, is_manager=True
        ).exists()
    )


@step
def keeps_all_of(actor: Actor, person_id: UUID) -> bool:
    """Tell whether the actor may keep the people of every organisation that the person is in."""
    memberships = models.Membership.objects.filter(person_id=person_id).select_related(
        "organisation"
    )
    return all(
        rules.may_keep_people(
            actor,
            membership.organisation_id,
            Role(membership.organisation.role),
            is_manager=is_manager(actor, membership.organisation_id),
        )
        for membership in memberships
    )


@step
def enrol(
    *, name: str, uscc: str, role: Role, is_demo: bool = False, at: datetime, actor: Actor
) -> UUID:
    """Take in an organisation that its action found nothing against.

    :raises Refused: if the credit code is taken, by a transaction of this instant even.
    """
    row = models.Organisation(
        id=uuid4(), name=name.strip(), uscc=uscc, role=role, is_demo=is_demo, enrolled_at=at
    )
    models.Organisation.objects.bulk_create([row], ignore_conflicts=True)
    if not models.Organisation.objects.filter(id=row.id).exists():
        raise refuse("USCC_TAKEN", field="uscc", uscc=uscc)
    event = Event(
        "organisation.enrolled",
        f"organisation:{row.id}",
        facts={"uscc": uscc},
        organisation_id=row.id,
    )
    log.record(event, at=at, actor=actor)
    return row.id


@step
def add_person(row: models.Person) -> None:
    """Insert the row.

    :raises Refused: if the username is taken, by a transaction of this instant even.
    """
    models.Person.objects.bulk_create([row], ignore_conflicts=True)
    if not models.Person.objects.filter(id=row.id).exists():
        raise refuse("USERNAME_TAKEN", field="username", username=row.username)


@step
def lock_person(person_id: UUID) -> models.Person:
    """Lock and return the row.

    :raises NotFound: if there is none.
    """
    try:
        return models.Person.objects.select_for_update().get(id=person_id)
    except models.Person.DoesNotExist:
        raise NotFound(f"person {person_id}") from None


@step
def membership(person_id: UUID, organisation_id: UUID) -> models.Membership:
    """Return the row.

    :raises NotFound: if the person is not in the organisation.
    """
    try:
        return models.Membership.objects.get(person_id=person_id, organisation_id=organisation_id)
    except models.Membership.DoesNotExist:
        raise NotFound(f"person {person_id} in {organisation_id}") from None


@step
def lock_basic_account(organisation_id: UUID) -> models.BasicAccount | None:
    # The organisation is locked even while it has no account, so that two first ones cannot meet.
    models.Organisation.objects.select_for_update().get(id=organisation_id)
    return models.BasicAccount.objects.filter(organisation_id=organisation_id).first()


@step
def lock_profile(organisation_id: UUID) -> models.CompanyProfile | None:
    # As for the basic account: two first ones cannot meet.
    models.Organisation.objects.select_for_update().get(id=organisation_id)
    return models.CompanyProfile.objects.filter(organisation_id=organisation_id).first()


@step
def confirm(account: models.BasicAccount, *, at: datetime, person_id: UUID) -> None:
    check_move(BASIC_ACCOUNT, BasicAccountState(account.state), BasicAccountState.CONFIRMED)
    account.state = BasicAccountState.CONFIRMED
    account.confirmed_at = account.changed_at = at
    account.confirmed_by_id = person_id
    account.save(update_fields=["state", "confirmed_at", "confirmed_by", "changed_at"])


@step
def person_with_password(username: str, password: str) -> models.Person | None:
    """Return the person, if the password is his and he may come in.

    An unknown name costs as much as a wrong password, and a disabled person as much as any.
    """
    person = models.Person.objects.filter(username=username).first()
    if person is None:
        make_password(password)
        return None
    return person if check_password(password, person.password) and person.is_active else None


@step
def signed_in(person: models.Person, *, at: datetime) -> tuple[models.Organisation, ...]:
    """Note that the person is here, and return the organisations that he may act for, by name."""
    models.Person.objects.filter(id=person.id).update(last_login=at)
    return tuple(
        models.Organisation.objects.filter(memberships__person=person).order_by("name", "id")
    )


@step
def knock(limits: Mapping[str, rules.Limit], *, at: datetime) -> None:
    """Let one sign-in at a time try for each of these keys, and none while a door is shut.

    :raises Refused: if there were too many failures; nothing tells whether the person exists.
    """
    _queue(limits)
    shut = [
        reopens_at
        for key, limit in limits.items()
        if (reopens_at := rules.reopens_at(_failures(key, limit, at), limit, at))
    ]
    if shut:
        minutes = -(-(max(shut) - at) // timedelta(minutes=1))
        raise refuse("SIGN_IN_THROTTLED", minutes=str(minutes))


def _queue(keys: Iterable[str]) -> None:
    # Whoever waits here counts the failure of the one before. In one order, so that no two can
    # wait for each other.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(number) FROM"
            " (SELECT hashtextextended(key, 0) AS number FROM unnest(%s::text[]) AS key ORDER BY 1)"
            " AS numbers",
            [list(keys)],
        )


def _failures(key: str, limit: rules.Limit, at: datetime) -> list[datetime]:
    return list(
        models.SignInAttempt.objects.filter(key=key, at__gt=at - limit.window)
        .order_by("at")
        .values_list("at", flat=True)
    )


@step
def count_failure(keys: Iterable[str], *, at: datetime) -> None:
    models.SignInAttempt.objects.bulk_create(models.SignInAttempt(key=key, at=at) for key in keys)


@step
def forget_failures(key: str) -> None:
    models.SignInAttempt.objects.filter(key=key).delete()


@step
def use_challenge(nonce: str, *, at: datetime) -> models.Challenge | None:
    """Return the challenge if it is fresh, and never again."""
    challenge = models.Challenge.objects.select_for_update().filter(nonce=nonce).first()
    if challenge is None or not rules.is_fresh(challenge.made_at, challenge.used_at, at):
        return None
    challenge.used_at = at
    challenge.save(update_fields=["used_at"])
    return challenge


@step
def enrolled(holder: Holder) -> models.Certificate | None:
    return (
        models.Certificate.objects.select_related("membership__person", "membership__organisation")
        .filter(fingerprint=holder.fingerprint, ended_at=None)
        .first()
    )


@step
def add_certificate(membership_id: UUID, holder: Holder, *, at: datetime) -> models.Certificate:
    """Link the certificate to the membership.

    :raises Refused: if it is, or was, linked to one already.
    """
    row = models.Certificate(
        id=uuid4(),
        membership_id=membership_id,
        fingerprint=holder.fingerprint,
        serial=holder.serial,
        issuer=holder.issuer,
        enrolled_at=at,
    )
    models.Certificate.objects.bulk_create([row], ignore_conflicts=True)
    if not models.Certificate.objects.filter(id=row.id).exists():
        raise refuse("CERTIFICATE_TAKEN", field="certificate")
    return row


@step
def lock_certificate(certificate_id: UUID) -> models.Certificate:
    """Lock and return the row.

    :raises NotFound: if there is none.
    """
    try:
        return (
            models.Certificate.objects.select_for_update(of=("self",))
            .select_related("membership__organisation")
            .get(id=certificate_id)
        )
    except models.Certificate.DoesNotExist:
        raise NotFound(f"certificate {certificate_id}") from None


@step
def revocation_list(issuer: str) -> bytes | None:
    row = models.RevocationList.objects.filter(issuer=issuer).first()
    return bytes(row.content) if row else None


@step
def keep_newest(revocation_list: RevocationList, *, at: datetime) -> bool:
    """Store the list unless the one that is there is as new, and tell whether it was stored."""
    facts = {
        "number": revocation_list.number,
        "content": revocation_list.content,
        "fetched_at": at,
        "next_update_at": revocation_list.next_update_at,
    }
    kept, is_first = models.RevocationList.objects.select_for_update().get_or_create(
        issuer=revocation_list.issuer, defaults=facts
    )
    if is_first or kept.number >= revocation_list.number:
        return is_first
    models.RevocationList.objects.filter(issuer=kept.issuer).update(**facts)
    return True


@step
def sweep(*, before: datetime) -> None:
    models.SignInAttempt.objects.filter(at__lt=before).delete()
    models.Challenge.objects.filter(made_at__lt=before).delete()
