"""What is printed on documents, and what other contexts and pages know of kept ones.

``Letter`` with its ``Imprint``, ``Agreement``, ``Receipt`` and ``Demand`` are also the data that their PDF
carries in machine-readable form: a field that is added here is there too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.domain.parties.types import Holder


class Kind(StrEnum):
    """What a document is."""

    AGREEMENT = "AGREEMENT"
    RECEIPT = "RECEIPT"
    LETTER = "LETTER"
    DEMAND = "DEMAND"


class Form(StrEnum):
    """What a letter promises: to pay on demand (独立), or to answer beside the bidder (非独立)."""

    INDEPENDENT = "INDEPENDENT"
    ACCESSORY = "ACCESSORY"


class Paper(StrEnum):
    """Whether it is written as a letter of guarantee (保函) or as a policy (保单)."""

    LETTER = "LETTER"
    POLICY = "POLICY"


class Finding(StrEnum):
    """What checking a document came to: genuine, or the first thing that is wrong with it."""

    GENUINE = "GENUINE"
    UNREADABLE = "UNREADABLE"
    UNSIGNED = "UNSIGNED"
    ALTERED = "ALTERED"
    TIMESTAMP_MISSING = "TIMESTAMP_MISSING"
    TIMESTAMP_NOT_TRUSTED = "TIMESTAMP_NOT_TRUSTED"
    SIGNER_NOT_TRUSTED = "SIGNER_NOT_TRUSTED"
    CERTIFICATE_NOT_VALID = "CERTIFICATE_NOT_VALID"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    REVOCATION_UNKNOWN = "REVOCATION_UNKNOWN"
    OTHER_SIGNER = "OTHER_SIGNER"


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as a document names it."""

    name: str
    uscc: str
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Works:
    """The lot that is bid for, as a document names it."""

    project: str
    lot: str
    code: str
    deadline_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter of guarantee (电子保函) says.

    :param verification_code: at least 128 random bits; with the number it opens the verification.
    :param text: the variant of its text: the name of what it is printed from.
    :param valid_from: first day of cover.
    :param valid_until: last day of cover.
    :param payment_days: working days from a demand to its payment.
    """

    number: str
    verification_code: str
    form: Form
    paper: Paper
    text: str
    guarantor: Party
    applicant: Party
    beneficiary: Party
    works: Works
    amount: Money
    valid_from: date
    valid_until: date
    payment_days: int

    @property
    def days(self) -> int:
        """Return for how many days it covers, first and last included."""
        return (self.valid_until - self.valid_from).days + 1


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a letter says beside, and is known only when it is made.

    :param certificate_serial: of the certificate that will sign it.
    """

    verification_url: str
    issued_at: datetime
    certificate_serial: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An application for a letter and the agreement on it (申请书暨委托担保协议), for the bidder to sign."""

    number: str
    form: Form
    paper: Paper
    guarantor: Party
    applicant: Party
    beneficiary: Party
    works: Works
    amount: Money
    premium: Money
    valid_until: date
    legal_person: str
    handler: str
    handler_phone: str
    basic_account: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A proof that a letter was bought (购买凭证).

    :param application: number of the agreement.
    :param paid_at: the bank's booking instant of the premium.
    """

    number: str
    application: str
    guarantor: Party
    applicant: Party
    works: Works
    amount: Money
    premium: Money
    paid_at: datetime
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand under a letter (索赔申请书), for the beneficiary to sign.

    :param cause: why, in words; ``clause``: where the tender file says so; ``statement``: what happened.
    :param documents: the names of those that come with it, each with its hash.
    """

    number: str
    letter: str
    guarantor: Party
    applicant: Party
    beneficiary: Party
    works: Works
    amount: Money
    cause: str
    clause: str
    statement: str
    payee_name: str
    payee_account: str
    payee_bank: str
    documents: tuple[str, ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and the instant that the timestamp proves."""

    signer: Holder
    stamped_at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed PDF."""

    content: bytes
    signature: Signature

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a PDF proves by itself.

    :param signature: None unless a trusted certificate made it at a trusted time.
    :param data: the machine-readable data in the file, JSON; empty when there are none, or proved by nobody.
    """

    finding: Finding
    signature: Signature | None = None
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Document:
    """A kept document; ``sha256`` is that of the PDF as its holder has it."""

    id: UUID
    kind: Kind
    bidder_id: UUID
    lot_id: UUID
    sha256: str
    size: int
    kept_at: datetime
    signature: Signature | None
