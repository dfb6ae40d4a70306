"""What can be done with organisations and people, and how they come in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password

from biaobao.core import uploads
from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound, Objection, Refused, Remembered, refuse, require
from biaobao.core.uploads import Upload
from biaobao.domain.parties import models, rules, steps
from biaobao.domain.parties.ports import CertificateAuthority, NotOurs
from biaobao.domain.parties.states import BasicAccountState
from biaobao.domain.parties.types import (
    Challenge,
    Holder,
    ProfileTerms,
    Proof,
    RevocationList,
    ScanKind,
    SignedIn,
)
from biaobao.platform import vault
from biaobao.platform.audit import log
from biaobao.platform.audit.log import Event
from biaobao.platform.db import action


@action
def enrol(
    *, name: str, uscc: str, role: Role, is_demo: bool = False, at: datetime, actor: Actor
) -> UUID:
    """Take in an organisation, in its one role.

    A guarantor comes in with what it takes on, by ``guarantees.add_guarantor``.

    :raises NotAllowed: unless an operator or the house asks; only the house takes in operators.
    :raises Refused: if the credit code is wrong or taken.
    """
    require(rules.may_enrol(actor, role) and rules.is_enrolled_bare(role), "enrol organisations")
    _refuse_if(*rules.objections_to_organisation(name, uscc))
    return steps.enrol(name=name, uscc=uscc, role=role, is_demo=is_demo, at=at, actor=actor)


@action
def add_person(  # noqa: PLR0913 - what a person is made of
    *,
    organisation_id: UUID,
    username: str,
    password: str,
    name: str,
    phone: str,
    is_manager: bool = False,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Add somebody new to an organisation.

    :raises NotAllowed: unless its manager, an operator or the house itself asks.
    :raises Refused: if the username is taken or the password too weak.
    """
    _require_keeping(actor, organisation_id)
    username = rules.normal_username(username)
    _refuse_if(*rules.objections_to_person(username, password, name, phone))
    row = models.Person(
        id=uuid4(),
        username=username,
        name=name.strip(),
        phone=phone,
        password=make_password(password),
        password_set_at=at,
    )
    steps.add_person(row)
    models.Membership.objects.create(
        person=row, organisation_id=organisation_id, is_manager=is_manager, since=at
    )
    _tell(
        "person.added", f"person:{row.id}", organisation_id, at=at, actor=actor, username=username
    )
    return row.id


@action
def join(
    *,
    person_id: UUID,
    organisation_id: UUID,
    is_manager: bool = False,
    at: datetime,
    actor: Actor,
) -> None:
    """Let somebody known act for another organisation too. Doing it again changes nothing.

    :raises NotAllowed: unless an operator or the house itself asks.
    """
    role = Role(steps.organisation(organisation_id).role)
    require(rules.may_enrol(actor, role), "let people join")
    person = steps.lock_person(person_id)
    _, is_new = models.Membership.objects.get_or_create(
        person=person,
        organisation_id=organisation_id,
        defaults={"is_manager": is_manager, "since": at},
    )
    if is_new:
        _tell("person.joined", f"person:{person_id}", organisation_id, at=at, actor=actor)


@action
def disable_person(*, person_id: UUID, at: datetime, actor: Actor) -> None:
    """Shut somebody out: his next request already finds him gone. Doing it again changes nothing.

    :raises NotAllowed: unless an operator, or the manager of all his organisations, asks; never he.
    """
    person = steps.lock_person(person_id)
    keeps = steps.keeps_all_of(actor, person_id)
    require(rules.may_switch_person(actor, person_id, keeps_all_of_him=keeps), "disable people")
    if person.disabled_at is None:
        person.disabled_at = at
        person.save(update_fields=["disabled_at"])
        _tell("person.disabled", f"person:{person_id}", None, at=at, actor=actor)


@action
def enable_person(*, person_id: UUID, at: datetime, actor: Actor) -> None:
    """Let somebody in again. Doing it again changes nothing.

    :raises NotAllowed: as for disabling.
    """
    person = steps.lock_person(person_id)
    keeps = steps.keeps_all_of(actor, person_id)
    require(rules.may_switch_person(actor, person_id, keeps_all_of_him=keeps), "enable people")
    if person.disabled_at is not None:
        person.disabled_at = None
        person.save(update_fields=["disabled_at"])
        _tell("person.enabled", f"person:{person_id}", None, at=at, actor=actor)


@action
def reset_password(*, person_id: UUID, password: str, at: datetime, actor: Actor) -> None:
    """Give somebody who lost his password another; where he is signed in, he is out.

    :raises NotAllowed: as for disabling.
    :raises Refused: if the password is too weak.
    """
    person = steps.lock_person(person_id)
    keeps = steps.keeps_all_of(actor, person_id)
    require(rules.may_switch_person(actor, person_id, keeps_all_of_him=keeps), "reset passwords")
    _refuse_if(*rules.objections_to_password(person.username, password))
    person.password = make_password(password)
    person.password_set_at = at
    person.save(update_fields=["password", "password_set_at"])
    _tell("person.password_reset", f"person:{person_id}", None, at=at, actor=actor)


@action
def tell_basic_account(
    *,
    organisation_id: UUID,
    account_name: str,
    number: str,
    bank_name: str,
    at: datetime,
    actor: Actor,
) -> None:
    """Keep what a bidder tells of his basic account, for an operator to confirm.

    Telling the same again changes nothing; telling something else has to be confirmed anew.

    :raises NotAllowed: unless somebody of the bidder asks.
    :raises Refused: if something is missing or the number is none.
    """
    require(rules.may_tell_basic_account(actor, organisation_id), "tell the basic account")
    number = rules.without_spaces(number)
    account_name, bank_name = account_name.strip(), bank_name.strip()
    _refuse_if(*rules.objections_to_account(account_name, number, bank_name))
    old = steps.lock_basic_account(organisation_id)
    if old and (old.account_name, old.number, old.bank_name) == (account_name, number, bank_name):
        return
    models.BasicAccount(
        organisation_id=organisation_id,
        account_name=account_name,
        number=number,
        bank_name=bank_name,
        state=BasicAccountState.UNCONFIRMED,
        told_at=at,
        changed_at=at,
    ).save()
    _tell(
        "basic_account.told",
        f"organisation:{organisation_id}",
        organisation_id,
        at=at,
        actor=actor,
        account_name=account_name,
        number=number,
        bank_name=bank_name,
    )


@action
def keep_profile(*, organisation_id: UUID, terms: ProfileTerms, at: datetime, actor: Actor) -> None:
    """Keep what a bidder tells of itself, complete or not. Telling the same again changes nothing.

    :raises NotAllowed: unless somebody of the bidder asks.
    :raises Refused: RESIDENT_NUMBER_INVALID, PHONE_INVALID, EMAIL_INVALID or ACCOUNT_NUMBER_INVALID.
    """
    require(rules.may_keep_profile(actor, organisation_id), "keep the profile")
    terms = rules.stripped(terms)
    _refuse_if(*rules.objections_to_profile(terms))
    old = steps.lock_profile(organisation_id)
    if old and models.read_profile(old) == terms:
        return
    models.CompanyProfile(
        organisation_id=organisation_id,
        legal_name=terms.legal_name,
        legal_id_number=terms.legal_id_number,
        legal_phone=terms.legal_phone,
        address=terms.address,
        email=terms.email,
        licence_until=terms.licence_until,
        invoice_kind=terms.invoice.kind,
        invoice_bank=terms.invoice.bank_name,
        invoice_account=terms.invoice.account,
        invoice_address=terms.invoice.address,
        invoice_phone=terms.invoice.phone,
        invoice_email=terms.invoice.email,
        told_at=at,
    ).save()
    _tell("profile.told", f"organisation:{organisation_id}", organisation_id, at=at, actor=actor)


@action
def keep_scan(
    *, organisation_id: UUID, kind: ScanKind, scan: Upload, at: datetime, actor: Actor
) -> str:
    """Keep a scan of a paper, encrypted, in the place of an earlier one, and return its content's hash.

    :raises NotAllowed: unless somebody of the bidder asks.
    :raises Refused: SCAN_MISSING, SCAN_TOO_LARGE or SCAN_NOT_READABLE.
    """
    require(rules.may_keep_profile(actor, organisation_id), "keep the profile")
    if objection := rules.objection_to_scan(scan):
        raise Refused(objection)
    kept = vault.keep(scan.content, limit=uploads.BYTES_MAX)
    models.Scan.objects.update_or_create(
        organisation_id=organisation_id,
        kind=kind,
        defaults={
            "name": scan.name,
            "media_type": scan.media_type,
            "sha256": kept.sha256,
            "stored_sha256": kept.stored_sha256,
            "wrapped_key": kept.wrapped_key,
            "size": len(scan.content),
            "told_at": at,
        },
    )
    subject = f"organisation:{organisation_id}"
    facts = {"kind": kind.value, "sha256": kept.sha256}
    _tell("scan.told", subject, organisation_id, at=at, actor=actor, **facts)
    return kept.sha256


@action
def add_handler(
    *, organisation_id: UUID, name: str, id_number: str, phone: str, at: datetime, actor: Actor
) -> UUID:
    """Name somebody who sees applications through; the same number again is the same handler, told anew.

    :raises NotAllowed: unless somebody of the bidder asks.
    :raises Refused: NAME_MISSING, RESIDENT_NUMBER_INVALID or PHONE_INVALID.
    """
    require(rules.may_keep_profile(actor, organisation_id), "name handlers")
    name, id_number = name.strip(), rules.without_spaces(id_number).upper()
    _refuse_if(*rules.objections_to_handler(name, id_number, phone))
    row, _ = models.Handler.objects.update_or_create(
        organisation_id=organisation_id,
        id_number=id_number,
        ended_at=None,
        defaults={"name": name, "phone": phone, "told_at": at},
    )
    _tell("handler.told", f"handler:{row.pk}", organisation_id, at=at, actor=actor)
    return row.pk


@action
def end_handler(*, handler_id: UUID, at: datetime, actor: Actor) -> None:
    """Let somebody see no further applications through. Ending again changes nothing.

    :raises NotFound: if he is no handler of the actor's organisation.
    """
    row = models.Handler.objects.select_for_update().filter(id=handler_id).first()
    if row is None or not rules.may_keep_profile(actor, row.organisation_id):
        raise NotFound(f"handler {handler_id}")
    if row.ended_at is None:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        _tell("handler.ended", f"handler:{handler_id}", row.organisation_id, at=at, actor=actor)


@action
def confirm_basic_account(
    *, organisation_id: UUID, seen: datetime | None = None, at: datetime, actor: Actor
) -> None:
    """Confirm that the account is the organisation's. Confirming again changes nothing.

    :param seen: when the account that the operator looked at was last changed.
    :raises NotAllowed: unless an operator asks.
    :raises NotFound: if the organisation told none.
    :raises Refused: if the bidder changed it since it was looked at.
    """
    require(rules.may_confirm_basic_accounts(actor), "confirm basic accounts")
    steps.organisation(organisation_id)
    account = steps.lock_basic_account(organisation_id)
    if account is None or actor.person_id is None:
        raise NotFound(f"basic account of {organisation_id}")
    if seen is not None and account.changed_at != seen:
        raise refuse("BASIC_ACCOUNT_CHANGED")
    if account.state == BasicAccountState.CONFIRMED:
        return
    steps.confirm(account, at=at, person_id=actor.person_id)
    _tell(
        "basic_account.confirmed",
        f"organisation:{organisation_id}",
        organisation_id,
        at=at,
        actor=actor,
        number=account.number,
    )


@action
def enrol_certificate(
    *,
    person_id: UUID,
    organisation_id: UUID,
    certificate: bytes,
    authority: CertificateAuthority,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Let somebody come in with this certificate (DER) for the organisation that it names.

    :raises NotAllowed: unless its manager, an operator or the house itself asks.
    :raises Refused: if it is of no trusted authority, names another credit code, is not valid now,
        or is taken.
    """
    _require_keeping(actor, organisation_id)
    membership = steps.membership(person_id, organisation_id)
    holder = _holder(authority, certificate)
    code = steps.organisation(organisation_id).uscc
    if holder.uscc != code:
        raise refuse(
            "CERTIFICATE_OF_ANOTHER", field="certificate", uscc=code, certificate=holder.uscc
        )
    objection = authority.objection(certificate, steps.revocation_list(holder.issuer), at)
    # Without a revocation list it may be enrolled: coming in with it asks again.
    if objection and objection != "REVOCATION_UNKNOWN":
        raise refuse(objection, field="certificate")
    row = steps.add_certificate(membership.id, holder, at=at)
    _tell(
        "certificate.enrolled",
        f"person:{person_id}",
        organisation_id,
        at=at,
        actor=actor,
        serial=holder.serial,
        fingerprint=holder.fingerprint,
    )
    return row.id


@action
def end_certificate(*, certificate_id: UUID, at: datetime, actor: Actor) -> None:
    """Let nobody come in with this certificate any more. Ending it again changes nothing.

    :raises NotAllowed: as for enrolling it.
    """
    row = steps.lock_certificate(certificate_id)
    organisation_id = row.membership.organisation_id
    _require_keeping(actor, organisation_id)
    if row.ended_at is None:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        subject = f"person:{row.membership.person_id}"
        _tell("certificate.ended", subject, organisation_id, at=at, actor=actor, serial=row.serial)


@action
def sign_in_by_password(
    *, username: str, password: str, origin: str, at: datetime, actor: Actor
) -> SignedIn:
    """Tell who comes in with this password.

    An unknown username, a wrong password and a disabled person are one refusal, after the same
    work. Tries with one username or from one origin are made one after the other, so that each
    counts for the next.

    :param origin: the network address of the browser.
    :raises Refused: SIGN_IN_FAILED, or SIGN_IN_THROTTLED after too many failures.
    """
    require(rules.may_sign_in(actor), "sign in")
    username = rules.normal_username(username)
    of_username = rules.digest("username", username)
    of_origin = rules.digest("origin", origin)
    steps.knock({of_username: rules.FOR_A_USERNAME, of_origin: rules.FOR_AN_ORIGIN}, at=at)
    person = steps.person_with_password(username, password)
    if person is None:
        steps.count_failure([of_username, of_origin], at=at)
        raise _failed("SIGN_IN_FAILED", origin, at=at, actor=actor)
    steps.forget_failures(of_username)
    organisations = steps.signed_in(person, at=at)
    chosen = organisations[0].id if len(organisations) == 1 else None
    _tell_signed_in(person, chosen, "password", at=at)
    return SignedIn(person.id, chosen)


@action
def make_challenge(*, host: str, at: datetime, actor: Actor) -> Challenge:
    """Return something fresh for a certificate to sign within two minutes, once.

    It leaves no trace in the audit trail: nothing has happened yet.
    """
    require(rules.may_sign_in(actor), "sign in")
    row = models.Challenge.objects.create(nonce=secrets.token_hex(32), made_at=at)
    return Challenge(row.nonce, rules.challenge(row.nonce, host, at).decode())


@action
def sign_in_by_certificate(
    *, proof: Proof, authority: CertificateAuthority, origin: str, at: datetime, actor: Actor
) -> SignedIn:
    """Tell who comes in with this certificate, and for which organisation.

    Whoever cannot sign with a certificate of a trusted authority learns nothing but that; its
    holder learns what is wrong. A challenge is used up by any answer to it.

    :raises Refused: SIGN_IN_FAILED, SIGN_IN_THROTTLED, CHALLENGE_NOT_FRESH, or what is wrong with
        the certificate.
    """
    require(rules.may_sign_in(actor), "sign in")
    of_origin = rules.digest("origin", origin)
    steps.knock({of_origin: rules.FOR_AN_ORIGIN}, at=at)
    challenge = steps.use_challenge(proof.nonce, at=at)
    if challenge is None:
        steps.count_failure([of_origin], at=at)
        raise _failed("CHALLENGE_NOT_FRESH", origin, at=at, actor=actor)
    content = rules.challenge(challenge.nonce, proof.host, challenge.made_at)
    try:
        holder = authority.holder(proof.certificate)
        authority.check_signature(proof.certificate, proof.signature, content)
    except NotOurs:
        steps.count_failure([of_origin], at=at)
        raise _failed("SIGN_IN_FAILED", origin, at=at, actor=actor) from None
    listed = steps.revocation_list(holder.issuer)
    row = steps.enrolled(holder)
    objection = authority.objection(proof.certificate, listed, at) or _objection_to(row, holder)
    if objection or row is None:
        steps.count_failure([of_origin], at=at)
        raise _failed(objection, origin, at=at, actor=actor, serial=holder.serial)
    person, organisation = row.membership.person, row.membership.organisation
    steps.signed_in(person, at=at)
    _tell_signed_in(person, organisation.id, "certificate", at=at, serial=holder.serial)
    return SignedIn(person.id, organisation.id)


@action
def keep_revocation_list(*, revocation_list: RevocationList, at: datetime, actor: Actor) -> bool:
    """Keep a list that its issuer signed, and tell whether it was newer than the one kept.

    :raises NotAllowed: unless the house itself asks.
    """
    require(rules.may_keep_revocation_lists(actor), "keep revocation lists")
    is_newer = steps.keep_newest(revocation_list, at=at)
    if is_newer:
        facts = {"number": str(revocation_list.number)}
        subject = f"issuer:{revocation_list.issuer}"
        log.record(Event("revocation_list.kept", subject, facts=facts), at=at, actor=actor)
    return is_newer


@action
def sweep_sign_ins(*, at: datetime, actor: Actor) -> None:
    """Forget failures and challenges of the day before: they decide nothing any more.

    :raises NotAllowed: unless the house itself asks.
    """
    require(rules.may_sweep(actor), "sweep sign-ins")
    steps.sweep(before=at - timedelta(days=1))


def _require_keeping(actor: Actor, organisation_id: UUID) -> None:
    role = Role(steps.organisation(organisation_id).role)
    manages = steps.is_manager(actor, organisation_id)
    require(
        rules.may_keep_people(actor, organisation_id, role, is_manager=manages), "keep its people"
    )


def _refuse_if(*objections: Objection) -> None:
    if objections:
        raise Refused(*objections)


def _holder(authority: CertificateAuthority, certificate: bytes) -> Holder:
    try:
        return authority.holder(certificate)
    except NotOurs:
        raise refuse("CERTIFICATE_NOT_OURS", field="certificate") from None


def _objection_to(row: models.Certificate | None, holder: Holder) -> str:
    if row is None:
        return "CERTIFICATE_NOT_ENROLLED"
    if row.membership.organisation.uscc != holder.uscc:
        return "CERTIFICATE_OF_ANOTHER"
    if not row.membership.person.is_active:
        return "PERSON_DISABLED"
    return ""


def _failed(code: str, origin: str, *, at: datetime, actor: Actor, **facts: str) -> Remembered:
    event = Event("sign_in.refused", f"origin:{origin}", reason=code, facts=facts)
    log.record(event, at=at, actor=actor)
    return Remembered(Objection(code))


def _tell_signed_in(
    person: models.Person, organisation_id: UUID | None, way: str, *, at: datetime, **facts: str
) -> None:
    actor = Actor(person.name, Role.NOBODY, person.id, organisation_id)
    facts = {"way": way, **facts}
    _tell("person.signed_in", f"person:{person.id}", organisation_id, at=at, actor=actor, **facts)


def _tell(
    name: str,
    subject: str,
    organisation_id: UUID | None,
    *,
    at: datetime,
    actor: Actor,
    **facts: str,
) -> None:
    event = Event(name, subject, facts=facts, organisation_id=organisation_id)
    log.record(event, at=at, actor=actor)
