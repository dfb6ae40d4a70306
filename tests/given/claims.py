"""Claims for tests: drafted, presented, decided and paid by the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import Entry, Payment
from biaobao.domain.claims import actions, queries
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import Claim, SignedDemand, Terms
from biaobao.domain.guarantees.types import IssuedLetter, ToIssue
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities.types import Cause
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import guarantees as given_guarantees
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied

DAY = timedelta(days=1)
AMOUNT = Money.yuan(50_000)
ACCOUNT = "33050168620800009999"
PDF = b"%PDF-1.7 clause 3.4"


@dataclass(frozen=True)
class Claimed:
    """A claim under a letter of an opened lot, and who concern themselves with it."""

    id: UUID
    applied: Applied
    beneficiary: Actor
    guarantor: Actor

    @property
    def at(self) -> datetime:
        """Some time after the opening."""
        return self.applied.lot.deadline_at + DAY

    @property
    def now(self) -> Claim:
        return queries.claim(claim_id=self.id, actor=self.guarantor).claim

    @property
    def state(self) -> ClaimState:
        return queries.claim(claim_id=self.id, actor=self.beneficiary).claim.state

    @property
    def letter(self) -> IssuedLetter:
        return given_letters.letter_of(self.applied)

    @property
    def held(self) -> Money:
        """What the books hold for it."""
        return ledger.balance(chart.claim(self.id), actor=SYSTEM)


def document(**changes: Any) -> Upload:
    values = {"name": "招标文件第三章.pdf", "media_type": "application/pdf", "content": PDF}
    return Upload(**(values | changes))


def terms(beneficiary: Actor, **changes: Any) -> Terms:
    own = parties.organisation(organisation_id=beneficiary.organisation_id, actor=SYSTEM)
    values: dict[str, Any] = {
        "cause": Cause.CONTRACT_REFUSED,
        "clause": "第三章 3.4.4",
        "statement": "中标通知书发出三十日后，中标人仍拒绝签订合同。",
        "amount": AMOUNT,
        "payee_name": own.name,
        "payee_account": ACCOUNT,
        "payee_bank": "示例银行衢州分行",
    }
    return Terms(**(values | changes))


def opened(**terms: Any) -> tuple[Applied, ToIssue, Actor]:
    """Return a letter of an opened lot that was read, and its beneficiary; the bank must be connected."""
    beneficiary = given_parties.tenderer()
    applied, claim = given_letters.issued(given_tenders.lot(tenderer=beneficiary, **terms))
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, given_letters.read(claim))
    return applied, claim, beneficiary


def drafted(
    applied: Applied,
    beneficiary: Actor,
    *,
    at: datetime | None = None,
    documents: tuple[Upload, ...] | None = None,
    **changes: Any,
) -> Claimed:
    claim_id = actions.draft(
        letter_id=given_letters.letter_of(applied).id,
        terms=terms(beneficiary, **changes),
        documents=(document(),) if documents is None else documents,
        at=at or applied.lot.deadline_at + DAY,
        actor=beneficiary,
    )
    guarantor = given_guarantees.desk(applied.product.guarantor.id)
    return Claimed(claim_id, applied, beneficiary, guarantor)


def signed(claimed: Claimed, *, uscc: str = "", **changes: Any) -> SignedDemand:
    """Return the demand as its beneficiary signed it, or somebody with another credit code."""
    demand = queries.demand(claim_id=claimed.id, actor=claimed.beneficiary)
    content = f"%PDF-1.7 {demand.number}".encode()
    pdf = given_documents.signed(content, demand.beneficiary, at=claimed.at, uscc=uscc)
    return SignedDemand(demand, pdf)


def presents(claimed: Claimed, *, at: datetime | None = None) -> None:
    actions.present(
        claim_id=claimed.id,
        signed=signed(claimed),
        at=at or claimed.at,
        actor=claimed.beneficiary,
    )


def presented(**changes: Any) -> Claimed:
    applied, _, beneficiary = opened()
    claimed = drafted(applied, beneficiary, **changes)
    presents(claimed)
    return claimed


def accepted(**changes: Any) -> Claimed:
    claimed = presented(**changes)
    actions.accept(claim_id=claimed.id, at=claimed.at, actor=claimed.guarantor)
    return claimed


def funds(claimed: Claimed, amount: Money | None = None, **how: Any) -> Entry:
    """Return the bank's entry of what a guarantor pays in for a claim."""
    account = queries.claim(claim_id=claimed.id, actor=claimed.guarantor).account
    assert account is not None
    given: dict[str, Any] = {
        "account": account.number,
        "amount": claimed.now.terms.amount if amount is None else amount,
        "at": claimed.at + DAY,
        "payer_name": claimed.now.guarantor_name,
        "payer_account": "33050168620800008888",
    }
    return given_banking.entry(**(given | how))


def told(claimed: Claimed, *, days: int = 2) -> tuple[Payment, ...]:
    """Return what the house tells the bank to pay some days after the opening."""
    return given_refunds.told(at=claimed.at + days * DAY)


def paid(claimed: Claimed) -> Payment:
    """Let the guarantor fund an accepted claim, and the bank pay it."""
    premiums.booked(funds(claimed))
    (payment,) = told(claimed)
    premiums.booked(given_refunds.debit(payment, at=claimed.at + 2 * DAY))
    return payment


def not_paid(claimed: Claimed) -> Payment:
    """Let the guarantor fund an accepted claim, and the bank refuse to pay it."""
    premiums.booked(funds(claimed))
    (payment,) = told(claimed)
    premiums.refused(payment.key, at=claimed.at + 2 * DAY)
    return payment
