"""The demo's letters of guarantee: applied for, paid and issued in its past. All of it is fiction.

What people and guarantors' systems do over days is done here at once, by the real actions and partners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from biaobao.adapters import workshop
from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.adapters.signing.keys import Key
from biaobao.adapters.signing.pades import PadesSigner, Seals
from biaobao.adapters.signing.sandbox_ca.remote import SandboxAuthorityAt
from biaobao.adapters.signing.timestamps import TimestampsAt
from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.uploads import Upload
from biaobao.domain.claims import actions as claims
from biaobao.domain.claims import queries as claim_queries
from biaobao.domain.claims.types import SignedDemand, Terms
from biaobao.domain.guarantees.actions import applying, issuing, paying, signing
from biaobao.domain.guarantees.queries import applications, papers
from biaobao.domain.guarantees.types import SealedLetter, SignedAgreement
from biaobao.domain.parties import queries as parties
from biaobao.jobs import demo_bank, guarantees

MINUTE = timedelta(minutes=1)
# What the profile does not tell.
FILLED_IN: dict[str, Any] = {
    "qualification": "建筑工程施工总承包二级",
    "registered_capital": Money.yuan(20_000_000),
    "consents": True,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter that a bidder wants for a lot it registered for.

    :param account: at the sandbox bank, from which the premium is paid.
    """

    bidder: Actor
    bidder_id: UUID
    lot_id: UUID
    product_id: UUID
    key: Key
    account: str
    at: datetime


def issue(wanted: Sequence[Wanted]) -> list[UUID]:
    """Have letters applied for, paid and issued; return the applications."""
    ids = []
    for each in sorted(wanted, key=lambda one: one.at):
        ids.append(_pay(each))
        demo_bank.hear(at=each.at + 10 * MINUTE)
        at = each.at + 20 * MINUTE
        seals = Seals(Path(settings.SEALS), _signer(at))
        for claim in issuing.claim(limit=1, at=at, actor=SYSTEM):
            issuing.keep(
                application_id=claim.application_id,
                attempt=claim.attempt,
                sealed=SealedLetter(claim.letter, guarantees.sealed(claim.letter, seals, at=at)),
                at=at,
                actor=SYSTEM,
            )
    return ids


def demand(
    *, letter_id: UUID, terms: Terms, paper: bytes, key: Key, at: datetime, actor: Actor
) -> UUID:
    """Have the beneficiary of a letter of an opened lot claim under it, with a paper that shows why."""
    claim_id = claims.draft(
        letter_id=letter_id,
        terms=terms,
        documents=(Upload("招标文件第三章.pdf", "application/pdf", paper),),
        at=at,
        actor=actor,
    )
    told = claim_queries.demand(claim_id=claim_id, actor=actor)
    pdf = _signer(at).sign(workshop.typesetting().demand(told), key, at=at)
    claims.present(claim_id=claim_id, signed=SignedDemand(told, pdf), at=at, actor=actor)
    return claim_id


def _pay(wanted: Wanted) -> UUID:
    """Apply for a letter, sign its agreement and transfer its premium; return the application."""
    at, bidder = wanted.at, wanted.bidder
    application_id = applying.begin(lot_id=wanted.lot_id, at=at, actor=bidder)
    asked: dict[str, Any] = {"application_id": application_id, "at": at, "actor": bidder}
    applying.choose_product(product_id=wanted.product_id, **asked)
    (handler,) = parties.profile(organisation_id=wanted.bidder_id, actor=bidder).handlers
    known = applications.progress(application_id=application_id, actor=bidder).particulars
    told = replace(known, contact_name=handler.name, contact_phone=handler.phone, **FILLED_IN)
    applying.fill(told=told, **asked)
    applying.submit(typeface=workshop.typesetting(), **asked)
    signing.name_handler(handler_id=handler.id, **asked)
    agreement = papers.agreement(application_id=application_id, actor=bidder)
    pdf = _signer(at).sign(workshop.typesetting().agreement(agreement), wanted.key, at=at)
    signing.keep_signed(signed=SignedAgreement(agreement, pdf), **asked)
    paying.acknowledge(**asked)
    payment = applications.progress(application_id=application_id, actor=bidder).payment
    if payment is None or payment.sub_account is None:
        raise RuntimeError("the sandbox bank has no sub-account for a premium")
    SandboxBank(settings.SANDBOX_BANK_URL).transfer(
        payment.missing,
        from_account=wanted.account,
        to_account=payment.sub_account.number,
        key=f"demo-premium-{application_id}",
        remark="保费",
        booked_at=at + 5 * MINUTE,
    )
    return application_id


def _signer(at: datetime) -> PadesSigner:
    """Return what signs with timestamps of some time in the past."""
    stamps = TimestampsAt(f"{settings.TSA_URL}?{urlencode({'at': at.isoformat()})}")
    trust = Path(settings.TRUST).read_bytes()
    listed = SandboxAuthorityAt(settings.SANDBOX_CA_URL).past_list(at=at)
    return PadesSigner(trust, (listed,), stamps)
