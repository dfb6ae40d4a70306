"""What other contexts and pages know of organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor, Role
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
