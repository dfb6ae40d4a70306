"""What pages and other contexts know of claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.domain.banking.types import SubAccount
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.documents.types import Demand, Signed
from biaobao.domain.securities.types import Cause


class Discrepancy(StrEnum):
    """In what a demand does not conform on its face, from a guarantor's list."""

    LETTER_NUMBER = "LETTER_NUMBER"
    BENEFICIARY_SEAL = "BENEFICIARY_SEAL"
    AMOUNT = "AMOUNT"
    CAUSE = "CAUSE"
    CLAUSE = "CLAUSE"
    STATEMENT = "STATEMENT"
    PAYEE = "PAYEE"
    DOCUMENTS = "DOCUMENTS"


class StayOutcome(StrEnum):
    """How a stay of payment (中止支付) ended: lifted, fallen since nobody sued, or final."""

    LIFTED = "LIFTED"
    NOT_SUED = "NOT_SUED"
    FINAL = "FINAL"


class FileKind(StrEnum):
    """What a kept file of a claim is."""

    PREPARED = "PREPARED"
    DEMAND = "DEMAND"
    DOCUMENT = "DOCUMENT"
    COURT = "COURT"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a beneficiary demands.

    :param clause: where the tender file says so.
    :param statement: what happened, in its own words.
    :param payee_name: must be the beneficiary itself.
    """

    cause: Cause
    clause: str
    statement: str
    amount: Money
    payee_name: str
    payee_account: str
    payee_bank: str


@dataclass(frozen=True, slots=True)
class SignedDemand:
    """A demand that the beneficiary signed: what the PDF says, and the PDF."""

    demand: Demand
    pdf: Signed


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a claim."""

    id: UUID
    kind: FileKind
    name: str
    media_type: str
    size: int
    sha256: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """A court's order not to pay for now.

    :param ruling_by: 48 hours after the application: until then the court rules (法释〔2016〕24号, art. 16).
    :param sue_by: 30 days after the order: who asked for it must sue, or it falls.
    """

    id: UUID
    court: str
    case_number: str
    ordered_at: datetime
    ruling_by: datetime
    sue_by: datetime
    ended_at: datetime | None
    outcome: StayOutcome | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that the guarantor recovered of the bidder (追偿)."""

    amount: Money
    received_on: date
    note: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as those concerned see it.

    :param letter_left: what can still be demanded under the letter.
    :param letter_until: its last day.
    :param examine_by: the end of the fifth working day after it was presented, longer by each stay.
    :param funded: what of it the guarantor has paid in.
    :param problem: why its payment failed, a bank's reason or BANK_RETURNED.
    """

    id: UUID
    number: str
    letter_id: UUID
    letter_number: str
    letter_amount: Money
    letter_left: Money
    letter_until: date
    application_id: UUID
    lot_id: UUID
    lot_code: str
    lot_name: str
    bidder_id: UUID
    bidder_name: str
    guarantor_id: UUID
    guarantor_name: str
    beneficiary_id: UUID
    beneficiary_name: str
    terms: Terms
    state: ClaimState
    drafted_at: datetime
    presented_at: datetime | None
    signer: str
    examine_by: datetime | None
    decided_at: datetime | None
    discrepancies: tuple[Discrepancy, ...]
    words: str
    funded: Money
    problem: str
    paid_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    recovered: Money

    @property
    def to_recover(self) -> Money:
        return Money(self.terms.amount.fen - self.recovered.fen)


@dataclass(frozen=True, slots=True)
class ClaimDesk:
    """A claim with all that belongs to it.

    :param account: where the guarantor funds it, once it accepted and the account is there.
    """

    claim: Claim
    files: tuple[KeptFile, ...]
    stays: tuple[Stay, ...]
    receipts: tuple[Receipt, ...]
    account: SubAccount | None
