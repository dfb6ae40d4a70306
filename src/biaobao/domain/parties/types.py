"""What other contexts and pages know of organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import Objection
from biaobao.domain.parties.states import BasicAccountState


@dataclass(frozen=True, slots=True)
class Organisation:
    """A company or authority, in the one role that it has on this platform."""

    id: UUID
    name: str
    uscc: str
    role: Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in an organisation; a manager also keeps its people and accounts."""

    id: UUID
    name: str
    username: str
    phone: str
    is_active: bool
    is_manager: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person together with the organisation, as operators list people."""

    person: Person
    organisation: Organisation
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class BasicAccount:
    """The basic account (基本账户) of a bidder. Deposits must come from it once it is confirmed."""

    organisation_id: UUID
    account_name: str
    number: str
    bank_name: str
    state: BasicAccountState
    told_at: datetime
    confirmed_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AccountToConfirm:
    """A basic account that waits for an operator, beside whose it is said to be."""

    organisation: Organisation
    account: BasicAccount


class ScanKind(StrEnum):
    """Papers that a guarantor wants to see: 营业执照, and both sides of the legal person's 身份证."""

    LICENCE = "LICENCE"
    LEGAL_ID_FRONT = "LEGAL_ID_FRONT"
    LEGAL_ID_BACK = "LEGAL_ID_BACK"


class InvoiceKind(StrEnum):
    """Which invoice a bidder wants: 普票, 专票."""

    ORDINARY = "ORDINARY"
    SPECIAL = "SPECIAL"


@dataclass(frozen=True, slots=True)
class InvoiceData:
    """Where an invoice goes; its title and tax number are the organisation's own."""

    kind: InvoiceKind = InvoiceKind.ORDINARY
    bank_name: str = ""
    account: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ProfileTerms:
    """What a bidder tells of itself.

    :param licence_until: last day of its business licence; None when it has no end (长期).
    """

    legal_name: str
    legal_id_number: str
    legal_phone: str
    address: str
    email: str
    licence_until: date | None
    invoice: InvoiceData


@dataclass(frozen=True, slots=True)
class Handler:
    """Somebody who sees applications of a bidder through (经办人)."""

    id: UUID
    name: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A picture of a paper; ``sha256`` is that of its content."""

    kind: ScanKind
    name: str
    media_type: str
    sha256: str
    size: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile of a bidder (账户中心), filled in with what the house knows where nothing was told.

    :param told_at: when it was told last; None if never.
    :param colleagues: people of the bidder who are no handlers yet.
    :param missing: what it lacks, each with the field that it concerns.
    """

    organisation: Organisation
    terms: ProfileTerms
    told_at: datetime | None
    handlers: tuple[Handler, ...]
    scans: tuple[Scan, ...]
    basic_account: BasicAccount | None
    colleagues: tuple[Person, ...]
    missing: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who is signed in and still may be: as whom, and for which organisation.

    :param since: sessions that began before it are over: the password was set anew.
    """

    actor: Actor
    organisation: Organisation
    is_manager: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who proved to be there; the organisation is None while he has to choose one of several."""

    person_id: UUID
    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate enrolled for the sign-in of a member."""

    id: UUID
    person_id: UUID
    person_name: str
    serial: str
    issuer: str
    fingerprint: str
    enrolled_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """What a certificate of a trusted authority says.

    :param fingerprint: SHA-256 of the DER form, lower-case hexadecimal.
    :param uscc: the credit code in the subject, empty when it has none.
    """

    fingerprint: str
    serial: str
    issuer: str
    uscc: str
    name: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A fresh random number, and the text around it that is signed in UTF-8."""

    nonce: str
    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A challenge as a browser signed it.

    :param host: the host of the page that was signed for, as the server itself knows it.
    :param certificate: DER.
    :param signature: RSASSA-PKCS1-v1_5 with SHA-256, or for P-256 the 64 bytes r and s.
    """

    nonce: str
    host: str
    certificate: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A certificate revocation list whose signature was checked."""

    issuer: str
    number: int
    content: bytes
    next_update_at: datetime
