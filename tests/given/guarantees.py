"""Guarantors, products, applications and premiums for tests, made by the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import refuse
from biaobao.domain.documents.types import Form, Paper
from biaobao.domain.guarantees.actions import applying, catalogue, paying, signing
from biaobao.domain.guarantees.models import Exposure, Limit
from biaobao.domain.guarantees.queries import applications, offers, papers
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import (
    Application,
    GuarantorTerms,
    Hours,
    IssuerClass,
    Particulars,
    Payment,
    PriceTerms,
    Product,
    ProductTerms,
    Progress,
    SignedAgreement,
    Tier,
)
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.given import documents as given_documents
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders

AT = given_parties.AT
OFFICE = Hours(time(9), time(16))
# Half a per cent, at least three hundred yuan.
PRICE = PriceTerms((Tier(Money(0), 5_000),), Money.yuan(300))


def guarantor_terms(**changes: Any) -> GuarantorTerms:
    values: dict[str, Any] = {
        "name": "衢州融担（示例）",
        "uscc": given_parties.credit_code(),
        "issuer_class": IssuerClass.GUARANTEE_COMPANY,
        "address": "衢州市柯城区示例路1号",
        "postcode": "324000",
        "phone": "0570-3000001",
        "licence_until": None,
        "limit": Money.yuan(10_000_000),
        "principal_limit": Money.yuan(2_000_000),
        "lot_limit": Money.yuan(5_000_000),
    }
    return GuarantorTerms(**(values | changes))


def guarantor(**changes: Any) -> UUID:
    return catalogue.add_guarantor(terms=guarantor_terms(**changes), at=AT, actor=SYSTEM)


def desk(guarantor_id: UUID | None = None) -> Actor:
    """Return somebody at the desk of a guarantor, of a new one unless given."""
    own = parties.organisation(organisation_id=guarantor_id or guarantor(), actor=SYSTEM)
    return given_parties.actor(own)


def product_terms(**changes: Any) -> ProductTerms:
    values: dict[str, Any] = {
        "name": "投标保函",
        "form": Form.INDEPENDENT,
        "paper": Paper.LETTER,
        "text": "MOHURD-INDEPENDENT",
        "lead": timedelta(minutes=10),
        "hours": None,
        "grace_days": 30,
        "payment_days": 5,
        "needs_person": False,
    }
    return ProductTerms(**(values | changes))


def product(
    guarantor_id: UUID | None = None, *, price: PriceTerms | None = PRICE, **changes: Any
) -> Product:
    """Return a product with a price, of a guarantor of its own unless given."""
    product_id = catalogue.add_product(
        guarantor_id=guarantor_id or guarantor(),
        terms=product_terms(**changes),
        at=AT,
        actor=SYSTEM,
    )
    if price:
        priced(product_id, price)
    return offers.product(product_id=product_id, at=AT, actor=SYSTEM)


def priced(product_id: UUID, price: PriceTerms = PRICE, *, at: datetime = AT) -> UUID:
    return catalogue.add_price(
        product_id=product_id, terms=price, valid_from=at, at=at, actor=SYSTEM
    )


def paused(guarantor_id: UUID, *, at: datetime = AT) -> None:
    catalogue.pause(guarantor_id=guarantor_id, reason="系统升级", at=at, actor=SYSTEM)


def closed(
    guarantor_id: UUID, first_on: date, last_on: date | None = None, *, at: datetime = AT
) -> UUID:
    return catalogue.close(
        guarantor_id=guarantor_id,
        first_on=first_on,
        last_on=last_on or first_on,
        reason="月末盘点",
        at=at,
        actor=SYSTEM,
    )


class Typeface:
    """A typeface that lacks one character."""

    LACKS = "𠀀"

    def check(self, *texts: str) -> None:
        if any(self.LACKS in text for text in texts):
            raise refuse("UNPRINTABLE_CHARACTERS", characters=self.LACKS)


TYPEFACE = Typeface()


def particulars(**changes: Any) -> Particulars:
    values: dict[str, Any] = {
        "address": "衢州市柯城区示例路9号",
        "email": "office@example.com",
        "contact_name": "李晓梅",
        "contact_phone": "0570-3811136",
        "legal_name": "王建国",
        "legal_id_number": "110101198001011013",
        "legal_phone": "0570-3811136",
        "qualification": "建筑工程施工总承包二级",
        "registered_capital": Money.yuan(20_000_000),
        "consents": True,
    }
    return Particulars(**(values | changes))


@dataclass(frozen=True)
class Applied:
    """An application of a bidder for a lot, at a product."""

    id: UUID
    lot: Lot
    bidder: Actor
    product: Product

    @property
    def progress(self) -> Progress:
        return applications.progress(application_id=self.id, actor=self.bidder)

    @property
    def now(self) -> Application:
        return self.progress.application

    @property
    def state(self) -> ApplicationState:
        return self.now.state

    @property
    def payment(self) -> Payment:
        found = self.progress.payment
        assert found is not None
        return found

    @property
    def held(self) -> Money:
        """What the books hold for its premium."""
        return ledger.balance(chart.premium(self.id), actor=SYSTEM)

    @property
    def security(self) -> tuple[str, str]:
        """How its security stands, and by which way it is met."""
        found = securities.security(
            lot_id=self.lot.id, bidder_id=self.bidder.organisation_id, actor=self.bidder
        )
        assert found is not None
        return found.state, found.way

    @property
    def exposure(self) -> str:
        """What it takes of its guarantor's limits: empty if it never took anything."""
        with seeing_as(SYSTEM):
            found = Exposure.objects.filter(pk=self.id).first()
        return str(found.state) if found else ""

    @property
    def at(self) -> datetime:
        """Some time before the deadline, at which all this happens."""
        return self.lot.deadline_at - timedelta(days=5)


def bidder(**changes: Any) -> Actor:
    """Return somebody of a new bidder that guarantors know all about."""
    acting = given_parties.bidder()
    given_parties.profile(acting, **changes)
    return acting


def begun(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> Applied:
    """Return the application of a registered bidder, a draft without product."""
    lot = lot or given_tenders.lot()
    applicant = applicant or bidder()
    given_tenders.registered(lot, applicant)
    application_id = applying.begin(
        lot_id=lot.id, at=lot.deadline_at - timedelta(days=5), actor=applicant
    )
    return Applied(application_id, lot, applicant, offered or product())


def filled(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> Applied:
    """Return an application that can be submitted."""
    applied = begun(lot, applicant, offered)
    applying.choose_product(
        application_id=applied.id,
        product_id=applied.product.id,
        at=applied.at,
        actor=applied.bidder,
    )
    applying.fill(
        application_id=applied.id, told=particulars(), at=applied.at, actor=applied.bidder
    )
    return applied


def submitted(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> Applied:
    """Return a submitted application: judged, and approved if nothing stands against it."""
    applied = filled(lot, applicant, offered)
    applying.submit(
        application_id=applied.id, typeface=TYPEFACE, at=applied.at, actor=applied.bidder
    )
    return applied


def limits(guarantor_id: UUID) -> dict[str, tuple[int, int]]:
    """Return what is reserved and used of a guarantor's limits, in fen, by what they are for."""
    with seeing_as(SYSTEM):
        rows = list(Limit.objects.filter(guarantor=guarantor_id))
    return {
        str(row.principal_id or row.lot_id or "total"): (row.reserved_fen, row.used_fen)
        for row in rows
    }


def agreed(applied: Applied, *, content: bytes = b"", uscc: str = "") -> SignedAgreement:
    """Return the agreement of an application, signed by the bidder's certificate or by another."""
    agreement = papers.agreement(application_id=applied.id, actor=applied.bidder)
    content = content or repr(agreement).encode()
    pdf = given_documents.signed(content, agreement.applicant, at=applied.at, uscc=uscc)
    return SignedAgreement(agreement, pdf)


def handled(applied: Applied, *, at: datetime | None = None) -> Applied:
    """Let an approved application's handler be named."""
    profile = parties.profile(organisation_id=applied.bidder.organisation_id, actor=applied.bidder)
    signing.name_handler(
        application_id=applied.id,
        handler_id=profile.handlers[0].id,
        at=at or applied.at,
        actor=applied.bidder,
    )
    return applied


def signed(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> Applied:
    applied = handled(submitted(lot, applicant, offered))
    signing.keep_signed(
        application_id=applied.id, signed=agreed(applied), at=applied.at, actor=applied.bidder
    )
    return applied


def payable(
    lot: Lot | None = None, applicant: Actor | None = None, offered: Product | None = None
) -> Applied:
    """Return an application with an account to pay its premium to; the bank must be connected."""
    applied = signed(lot, applicant, offered)
    paying.acknowledge(application_id=applied.id, at=applied.at, actor=applied.bidder)
    return applied
