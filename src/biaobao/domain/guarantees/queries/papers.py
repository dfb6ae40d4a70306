"""What is printed on the papers of an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, require
from biaobao.domain.documents import queries as documents
from biaobao.domain.documents.types import Agreement, Kind, Letter, Party, Receipt
from biaobao.domain.guarantees.models import Application, LetterVersion, read_product
from biaobao.domain.guarantees.queries import offers
from biaobao.domain.guarantees.rules import applying, letters, signing
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Product, ToSign
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import Organisation
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import query

# What stands where a letter has its number and its code.
SAMPLE = "样本"
_BOUGHT = (ApplicationState.PAID, ApplicationState.ISSUING, ApplicationState.ISSUED)


@query
def agreement(*, application_id: UUID, actor: Actor) -> Agreement:
    """Return what the agreement of the actor's application says, as everything stands now.

    :raises NotFound: if there is nothing to be signed.
    """
    row = _to_agree(application_id, actor)
    return _agreement(row, tenders.lot(lot_id=row.lot_id, actor=actor), actor)


@query
def to_sign(*, application_id: UUID, actor: Actor) -> ToSign:
    """Return what the actor's agreement says now, compared with its lot.

    :raises NotFound: if there is nothing to be signed.
    """
    row = _to_agree(application_id, actor)
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    said = _agreement(row, lot, actor)
    is_outdated = row.agreed_as_of is not None and row.agreed_as_of != lot.changed_at
    return ToSign(said, signing.compare(said, lot), is_outdated)


def _to_agree(application_id: UUID, actor: Actor) -> Application:
    row = _row(application_id).filter(bidder_id=applying.bidder_of(actor)).first()
    if row is None:
        raise NotFound(f"agreement of {application_id}")
    return row


def _agreement(row: Application, lot: Lot, actor: Actor) -> Agreement:
    if row.product is None or row.handler_named_at is None:
        raise NotFound(f"agreement of {row.pk}")
    product = read_product(row.product, None)
    account = parties.basic_account(organisation_id=row.bidder_id, actor=actor)
    named = parties.organisations(ids=[row.bidder_id, lot.tenderer_id], actor=actor)
    told = row.particulars
    return Agreement(
        number=row.number,
        form=product.terms.form,
        paper=product.terms.paper,
        guarantor=letters.party_of(product.guarantor),
        applicant=_party(named[row.bidder_id], address=told.address, phone=told.contact_phone),
        beneficiary=_party(named[lot.tenderer_id]),
        works=letters.works_of(lot),
        amount=Money(row.amount_fen or 0),
        premium=Money(row.premium_fen or 0),
        valid_until=applying.valid_until(
            product.terms, deadline_at=lot.deadline_at, validity_days=lot.validity_days
        ),
        legal_person=told.legal_name,
        handler=told.handler_name,
        handler_phone=told.handler_phone,
        basic_account=account.number if account else "",
        made_at=row.handler_named_at,
    )


@query
def receipt(*, application_id: UUID, at: datetime, actor: Actor) -> Receipt:
    """Return what the receipt of a paid application says, to the house that makes it.

    :raises NotFound: if nothing is paid for.
    """
    require(applying.may_work(actor), "make receipts")
    row = _row(application_id).first()
    if row is None or row.product is None or row.paid_at is None:
        raise NotFound(f"receipt of {application_id}")
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    bidder = parties.organisation(organisation_id=row.bidder_id, actor=actor)
    told = row.particulars
    return Receipt(
        number=f"PZ{row.number.removeprefix('DH')}",
        application=row.number,
        guarantor=letters.party_of(read_product(row.product, None).guarantor),
        applicant=_party(bidder, address=told.address, phone=told.contact_phone),
        works=letters.works_of(lot),
        amount=Money(row.amount_fen or 0),
        premium=Money(row.premium_fen or 0),
        paid_at=row.paid_at,
        made_at=at,
    )


@query
def letter(*, application_id: UUID, number: str, code: str, actor: Actor) -> Letter:
    """Return what the letter of a paid application says under this number, to the house that makes it.

    :raises NotFound: if there is no such application.
    """
    numbered = {application_id: (number, code)}
    for said in letters_of(numbered=numbered, actor=actor).values():
        return said
    raise NotFound(f"letter of {application_id}")


@query
def letters_of(*, numbered: Mapping[UUID, tuple[str, str]], actor: Actor) -> dict[UUID, Letter]:
    """Return what the letters of paid applications say, by application, to the house that makes them.

    :param numbered: number and code of each.
    """
    require(applying.may_work(actor), "make letters")
    found = {row.pk: row for row in _rows().filter(pk__in=numbered, product__isnull=False)}
    lots = tenders.lots(lot_ids={row.lot_id for row in found.values()}, actor=actor)
    ids = {row.bidder_id for row in found.values()} | {lot.tenderer_id for lot in lots.values()}
    named = parties.organisations(ids=ids, actor=actor)
    return {
        key: replace(
            _letter(row, read_product(row.product, None), lots[row.lot_id], named, numbered[key]),
            amount=Money(row.amount_fen or 0),
        )
        for key, row in found.items()
        if row.product
    }


@query
def sample(*, application_id: UUID, product_id: UUID, at: datetime, actor: Actor) -> Letter:
    """Return what the letter of the actor's application would say if he chose this product.

    :raises NotFound: if the application is not the actor's, or there is no such product.
    """
    row = _row(application_id).filter(bidder_id=applying.bidder_of(actor)).first()
    if row is None:
        raise NotFound(f"application {application_id}")
    product = offers.product(product_id=product_id, at=at, actor=actor)
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    named = parties.organisations(ids=[row.bidder_id, lot.tenderer_id], actor=actor)
    return _letter(row, product, lot, named, (SAMPLE, SAMPLE))


def _letter(
    row: Application,
    product: Product,
    lot: Lot,
    named: Mapping[UUID, Organisation],
    numbered: tuple[str, str],
) -> Letter:
    (number, code), told = numbered, row.particulars
    return Letter(
        number=number,
        verification_code=code,
        form=product.terms.form,
        paper=product.terms.paper,
        text=product.terms.text,
        guarantor=letters.party_of(product.guarantor),
        applicant=_party(named[row.bidder_id], address=told.address, phone=told.contact_phone),
        beneficiary=_party(named[lot.tenderer_id]),
        works=letters.works_of(lot),
        amount=lot.amount,
        # It covers the bid, which binds from the deadline on.
        valid_from=day_of(lot.deadline_at),
        valid_until=applying.valid_until(
            product.terms, deadline_at=lot.deadline_at, validity_days=lot.validity_days
        ),
        payment_days=product.terms.payment_days,
    )


@query
def without_receipt(*, limit: int, actor: Actor) -> tuple[UUID, ...]:
    """Return paid applications whose receipts are still to be made, those paid first before others."""
    require(applying.may_work(actor), "make receipts")
    paid = Application.objects.filter(state__in=_BOUGHT, receipt=None)
    return tuple(paid.order_by("paid_at", "pk").values_list("pk", flat=True)[:limit])


@query
def prepared(*, application_id: UUID, actor: Actor) -> bytes:
    """Return the agreement of the actor's application with room for a signature, as it was kept.

    :raises NotFound: if nothing was prepared.
    """
    row = _row(application_id).filter(bidder_id=applying.bidder_of(actor)).first()
    if row is None or row.prepared_id is None:
        raise NotFound(f"prepared agreement of {application_id}")
    return documents.content(row.prepared_id, actor=actor)


@query
def pdf(*, application_id: UUID, kind: Kind, actor: Actor) -> bytes:
    """Return a signed document of the actor's application: its agreement, its receipt or its letter.

    :raises NotFound: if there is none.
    """
    row = _row(application_id).filter(bidder_id=applying.bidder_of(actor)).first()
    document_id = _document_of(row, kind) if row else None
    if document_id is None:
        raise NotFound(f"{kind} of {application_id}")
    return documents.content(document_id, actor=actor)


@query
def kept(*, application_id: UUID, actor: Actor) -> frozenset[Kind]:
    """Return which signed documents there are of the actor's application."""
    row = _row(application_id).filter(bidder_id=applying.bidder_of(actor)).first()
    return frozenset(kind for kind in Kind if row and _document_of(row, kind))


def _document_of(row: Application, kind: Kind) -> UUID | None:
    if kind is Kind.AGREEMENT:
        return row.agreement_id
    if kind is Kind.RECEIPT:
        return row.receipt_id
    newest = LetterVersion.objects.filter(letter__application=row).order_by("-version")
    return newest.values_list("document_id", flat=True).first()


def _row(application_id: UUID) -> QuerySet[Application]:
    return _rows().filter(pk=application_id)


def _rows() -> QuerySet[Application]:
    rows = Application.objects.select_related("product__guarantor__organisation", "particulars")
    return rows.prefetch_related("product__guarantor__closures")


def _party(organisation: Organisation, *, address: str = "", phone: str = "") -> Party:
    return Party(organisation.name, organisation.uscc, address, phone)
