"""Who may do what to organisations and people, and when a door stays shut."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from biaobao.core import residents, uploads, uscc
from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import Objection
from biaobao.core.uploads import Upload
from biaobao.domain.parties.types import InvoiceData, Profile, ProfileTerms, ScanKind

PASSWORD_LENGTH_MIN = 10
CHALLENGE_LIFETIME = timedelta(minutes=2)
USERNAME = re.compile(r"[\w.@-]{3,64}")
ACCOUNT_NUMBER = re.compile(r"[0-9]{6,32}")
PHONE = re.compile(r"\+?[0-9-]{5,20}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures within a time close the door until the oldest is as old as that time."""

    failures: int
    window: timedelta


FOR_A_USERNAME = Limit(5, timedelta(minutes=15))
FOR_AN_ORIGIN = Limit(30, timedelta(minutes=15))


def may_enrol(actor: Actor, role: Role) -> bool:
    # An operator who could make a second operator organisation could check his own work.
    return actor.role is Role.SYSTEM or (actor.role is Role.OPERATOR and role is not Role.OPERATOR)


def is_enrolled_bare(role: Role) -> bool:
    """Tell whether name and credit code are all that an organisation of the role comes with."""
    return role is not Role.GUARANTOR


def may_keep_people(actor: Actor, organisation: UUID, role: Role, *, is_manager: bool) -> bool:
    """Tell whether the actor may add people to the organisation and link certificates to them."""
    if actor.organisation_id == organisation:
        return is_manager
    return may_enrol(actor, role)


def may_switch_person(actor: Actor, person_id: UUID, *, keeps_all_of_him: bool) -> bool:
    """Tell whether the actor may disable or enable a person: never himself."""
    return actor.person_id != person_id and keeps_all_of_him


def may_tell_basic_account(actor: Actor, organisation_id: UUID) -> bool:
    return actor.role is Role.BIDDER and actor.organisation_id == organisation_id


def may_keep_profile(actor: Actor, organisation_id: UUID) -> bool:
    return actor.role is Role.BIDDER and actor.organisation_id == organisation_id


def may_confirm_basic_accounts(actor: Actor) -> bool:
    return actor.role is Role.OPERATOR and actor.person_id is not None


def may_keep_revocation_lists(actor: Actor) -> bool:
    return actor.role is Role.SYSTEM


def may_sweep(actor: Actor) -> bool:
    return actor.role is Role.SYSTEM


def may_sign_in(actor: Actor) -> bool:
    return actor.role is Role.NOBODY


def may_see_inside(actor: Actor, organisation_id: UUID) -> bool:
    """Tell whether the actor may see the people and accounts of the organisation."""
    return may_see_all(actor) or actor.organisation_id == organisation_id


def may_see_all(actor: Actor) -> bool:
    return actor.role in {Role.SYSTEM, Role.OPERATOR}


def normal_username(username: str) -> str:
    """Return the one form of a username that is stored, looked up and counted."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two names of a company differ in width of letters and in spaces at most."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return without_spaces(unicodedata.normalize("NFKC", name))


def without_spaces(number: str) -> str:
    return "".join(number.split())


def objections_to_organisation(name: str, code: str) -> Iterator[Objection]:
    if not name.strip():
        yield Objection("NAME_MISSING", "name")
    if not uscc.is_valid(code):
        yield Objection("USCC_INVALID", "uscc", {"uscc": code}, "GB 32100-2015")


def objections_to_person(
    username: str, password: str, name: str, phone: str
) -> Iterator[Objection]:
    if not name.strip():
        yield Objection("NAME_MISSING", "name")
    if not USERNAME.fullmatch(username):
        yield Objection("USERNAME_INVALID", "username")
    yield from objections_to_password(username, password)
    if phone and not PHONE.fullmatch(phone):
        yield Objection("PHONE_INVALID", "phone")


def objections_to_password(username: str, password: str) -> Iterator[Objection]:
    if len(password) < PASSWORD_LENGTH_MIN:
        yield Objection("PASSWORD_TOO_SHORT", "password", {"length": str(PASSWORD_LENGTH_MIN)})
    elif normal_username(password) == username or len(set(password)) < 4:  # noqa: PLR2004 - aaaabbbbcc
        yield Objection("PASSWORD_TOO_SIMPLE", "password")


def objections_to_account(account_name: str, number: str, bank_name: str) -> Iterator[Objection]:
    if not account_name.strip():
        yield Objection("ACCOUNT_NAME_MISSING", "account_name")
    if not ACCOUNT_NUMBER.fullmatch(number):
        yield Objection("ACCOUNT_NUMBER_INVALID", "number")
    if not bank_name.strip():
        yield Objection("BANK_NAME_MISSING", "bank_name")


def stripped(terms: ProfileTerms) -> ProfileTerms:
    """Return what was told, as it is kept and compared."""
    return ProfileTerms(
        legal_name=terms.legal_name.strip(),
        legal_id_number=without_spaces(terms.legal_id_number).upper(),
        legal_phone=terms.legal_phone.strip(),
        address=terms.address.strip(),
        email=terms.email.strip(),
        licence_until=terms.licence_until,
        invoice=stripped_invoice(terms.invoice),
    )


def stripped_invoice(told: InvoiceData) -> InvoiceData:
    """Return how invoices are to be made out, as it is kept and compared."""
    return InvoiceData(
        kind=told.kind,
        bank_name=told.bank_name.strip(),
        account=without_spaces(told.account),
        address=told.address.strip(),
        phone=told.phone.strip(),
        email=told.email.strip(),
    )


def objections_to_profile(terms: ProfileTerms) -> Iterator[Objection]:
    """Yield what is wrong with what was told; what was left empty is only missing."""
    numbers = {"legal_id_number": terms.legal_id_number}
    phones = {"legal_phone": terms.legal_phone, "invoice_phone": terms.invoice.phone}
    emails = {"email": terms.email, "invoice_email": terms.invoice.email}
    yield from (
        Objection("RESIDENT_NUMBER_INVALID", field, citation="GB 11643-1999")
        for field, number in numbers.items()
        if number and not residents.is_valid(number)
    )
    yield from (
        Objection("PHONE_INVALID", field)
        for field, phone in phones.items()
        if phone and not PHONE.fullmatch(phone)
    )
    yield from (
        Objection("EMAIL_INVALID", field)
        for field, email in emails.items()
        if email and not EMAIL.fullmatch(email)
    )
    if terms.invoice.account and not ACCOUNT_NUMBER.fullmatch(terms.invoice.account):
        yield Objection("ACCOUNT_NUMBER_INVALID", "invoice_account")


def objections_to_handler(name: str, id_number: str, phone: str) -> Iterator[Objection]:
    if not name.strip():
        yield Objection("NAME_MISSING", "name")
    if not residents.is_valid(id_number):
        yield Objection("RESIDENT_NUMBER_INVALID", "id_number", citation="GB 11643-1999")
    if not PHONE.fullmatch(phone):
        yield Objection("PHONE_INVALID", "phone")


def objection_to_scan(scan: Upload) -> Objection | None:
    """Return why a file is no scan: by its content, a PDF, PNG or JPEG of at most five mebibytes."""
    if not scan.content:
        return Objection("SCAN_MISSING", "scan")
    if scan.is_too_large:
        return Objection("SCAN_TOO_LARGE", "scan", {"limit": uploads.LIMIT})
    if not scan.is_paper:
        return Objection("SCAN_NOT_READABLE", "scan", {"name": scan.name})
    return None


def missing_of(profile: Profile) -> Iterator[Objection]:
    """Yield what a profile lacks, in the order in which its page asks for it."""
    terms, account = profile.terms, profile.basic_account
    if not (terms.legal_name and terms.legal_id_number and terms.legal_phone):
        yield Objection("LEGAL_PERSON_MISSING", "legal_name")
    if not (terms.address and terms.email):
        yield Objection("ADDRESS_MISSING", "address")
    scanned = {scan.kind for scan in profile.scans}
    if ScanKind.LICENCE not in scanned:
        yield Objection("LICENCE_SCAN_MISSING", "LICENCE")
    if not {ScanKind.LEGAL_ID_FRONT, ScanKind.LEGAL_ID_BACK} <= scanned:
        yield Objection("LEGAL_ID_SCAN_MISSING", "LEGAL_ID_FRONT")
    if not profile.handlers:
        yield Objection("HANDLER_MISSING", "handler")
    if account is None or account.confirmed_at is None:
        yield Objection("BASIC_ACCOUNT_NOT_CONFIRMED", "number")
    if not terms.invoice.email:
        yield Objection("INVOICE_EMAIL_MISSING", "invoice_email")


def is_needed_to_apply(missing: Objection) -> bool:
    """Tell whether nobody guarantees for a bidder who lacks it; an invoice can wait."""
    return missing.code != "INVOICE_EMAIL_MISSING"


def digest(kind: str, value: str) -> str:
    """Return the key under which failures of this username or origin are counted."""
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def reopens_at(failures: Sequence[datetime], limit: Limit, at: datetime) -> datetime | None:
    """Return when the door opens again, or None while it is open.

    :param failures: when sign-in failed, oldest first.
    """
    recent = [failed_at for failed_at in failures if failed_at > at - limit.window]
    if len(recent) < limit.failures:
        return None
    return recent[-limit.failures] + limit.window


def is_fresh(made_at: datetime, used_at: datetime | None, at: datetime) -> bool:
    return used_at is None and made_at <= at <= made_at + CHALLENGE_LIFETIME


def challenge(nonce: str, host: str, made_at: datetime) -> bytes:
    """Return what a certificate's key signs to come in.

    It names its purpose and the host: a signature for something else or elsewhere opens nothing.
    """
    made = made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"biaobao sign-in\nhost: {host}\nnonce: {nonce}\ntime: {made}\n".encode()
