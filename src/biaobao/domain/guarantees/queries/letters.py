"""Reading letters: the holder its own; everybody by number and code, once the lot is opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import code_sha256
from biaobao.core.refusal import NotFound, require
from biaobao.domain.documents import queries as documents
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import (
    Amendment,
    Application,
    Letter,
    LetterVersion,
    read_amendment,
    read_letter,
    read_price,
    read_product,
)
from biaobao.domain.guarantees.rules import amending, applying, invoicing, pricing
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import (
    AmendmentQuote,
    AmendmentTerms,
    IssuedLetter,
    Standing,
    Surrendering,
    ToUnseal,
    Verified,
)
from biaobao.domain.invoices import queries as invoices
from biaobao.domain.invoices.states import LIVE
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import query


@query
def letter(*, application_id: UUID, actor: Actor) -> IssuedLetter:
    """Return the letter of an application of the actor's own.

    :raises NotFound: if there is none for him.
    """
    row = (
        Letter.objects.filter(application=application_id, bidder_id=applying.bidder_of(actor))
        .prefetch_related("versions")
        .first()
    )
    if row is None:
        raise NotFound(f"letter of {application_id}")
    return read_letter(row)


@query
def surrendering(*, application_id: UUID, at: datetime, actor: Actor) -> Surrendering:
    """Return whether the letter of the actor's application can be given up now, and what that would do.

    :raises NotFound: if there is none for him.
    """
    found = letter(application_id=application_id, actor=actor)
    lot = tenders.lot(lot_id=found.lot_id, actor=actor)
    key = invoicing.order_key(application_id)
    known = invoices.of_orders(order_keys=[key], actor=actor).get(key, ())
    live = [each for each in known if each.state in LIVE]
    return Surrendering(
        letter=found,
        lot=lot,
        why_not=rules.why_not_surrendered(found, lot, at=at),
        why=rules.surrender_reason(lot, None),
        leaves_bare=lot.state is LotState.PUBLISHED,
        invoice_number=live[0].invoice_number or live[0].number if live else "",
    )


@query
def to_amend(*, actor: Actor) -> tuple[IssuedLetter, ...]:
    """Return the actor's letters that no longer fit since their lots moved: too short, or over too little."""
    too_low = Q(
        amount_fen__lt=F("lot__amount_fen"),
        state=LetterState.ISSUED_SEALED,
        lot__opened_at=None,
    )
    found = Letter.objects.filter(
        Q(extend_until__isnull=False) | too_low, bidder_id=applying.bidder_of(actor)
    )
    return tuple(read_letter(row) for row in found.prefetch_related("versions").order_by("pk"))


@query
def amendment_quote(*, application_id: UUID, at: datetime, actor: Actor) -> AmendmentQuote | None:
    """Return what the next version of the letter of the actor's application would change; None if nothing.

    :raises NotFound: if there is no letter for him.
    """
    found = letter(application_id=application_id, actor=actor)
    lot = tenders.lot(lot_id=found.lot_id, actor=actor)
    terms = amendment_terms(application_id=application_id, actor=actor)
    return amending.quote(found, lot, terms, at=at)


@query
def amendment_terms(*, application_id: UUID, actor: Actor) -> AmendmentTerms:
    """Return what an amendment of the letter of an application is quoted by.

    :raises NotFound: if the application was never quoted.
    """
    row = (
        Application.objects.select_related("product__guarantor__organisation", "price")
        .prefetch_related("price__tiers", "product__guarantor__closures")
        .get(pk=application_id)
    )
    if row.product is None or row.price is None:
        raise NotFound(f"quote for {application_id}")
    product = read_product(row.product, None)
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    latest_at = pricing.latest_at(
        product.terms,
        lot.deadline_at,
        is_working_day=is_working_day,
        closures=product.guarantor.closures,
    )
    premium = Money(row.premium_fen or 0)
    return AmendmentTerms(product.terms, read_price(row.price).terms, premium, latest_at)


@query
def to_unseal(
    *, after: UUID | None, limit: int, at: datetime, actor: Actor
) -> tuple[ToUnseal, ...]:
    """Return letters of opened lots that are to be read, to the house, in the order of their ids.

    Those that could not be read lately are left out.

    :param after: the last of those that were returned before.
    """
    require(applying.may_work(actor), "read letters")
    sealed = Q(state=LetterState.ISSUED_SEALED)
    unread = Q(state=LetterState.DECRYPT_FAILED, read_at__lte=at - rules.READ_AGAIN)
    due = Letter.objects.filter(sealed | unread, lot__opened_at__isnull=False)
    if after:
        due = due.filter(pk__gt=after)
    newest = LetterVersion.objects.filter(letter=OuterRef("pk")).order_by("-version")
    kept = due.annotate(kept=Subquery(newest.values("document")[:1])).order_by("pk")
    return tuple(ToUnseal(*pair) for pair in kept.values_list("pk", "kept")[:limit])


@query
def of_opened_lot(*, lot_id: UUID, actor: Actor) -> tuple[IssuedLetter, ...]:
    """Return the letters that secured an opened lot, to those who run its project and to those who watch.

    :raises NotFound: for a lot that the actor may not see or that is not opened.
    """
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    found = Letter.objects.filter(lot_id=lot_id).exclude(state=LetterState.VOID)
    return tuple(read_letter(row) for row in found.prefetch_related("versions").order_by("number"))


@query
def opened(*, letter_id: UUID, actor: Actor) -> IssuedLetter:
    """Return a letter of an opened lot, to those who run the lot and to those who watch.

    :raises NotFound: for a letter that the actor may not see.
    """
    row = Letter.objects.filter(pk=letter_id).prefetch_related("versions").first()
    if row is None or row.state == LetterState.VOID:
        raise NotFound(f"letter {letter_id}")
    tenders.opened_lot(lot_id=row.lot_id, actor=actor)
    return read_letter(row)


@query
def parties_of(*, letter_id: UUID, actor: Actor) -> tuple[UUID, UUID]:
    """Return the organisations of a letter's principal and of its guarantor, to the house.

    :raises NotFound: if there is no such letter.
    """
    require(applying.may_work(actor), "see whose letter it is")
    found = Letter.objects.filter(pk=letter_id).values_list(
        "bidder_id", "application__product__guarantor_id"
    )
    for pair in found:
        return pair
    raise NotFound(f"letter {letter_id}")


@query
def pdf_of_opened(*, lot_id: UUID, letter_id: UUID, actor: Actor) -> tuple[str, bytes]:
    """Return the number and the PDF of a letter of an opened lot, to those who run it.

    :raises NotFound: for a letter that the actor may not see, or that could not be read.
    """
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    unread = (LetterState.ISSUED_SEALED, LetterState.DECRYPT_FAILED, LetterState.VOID)
    found = Letter.objects.filter(pk=letter_id, lot_id=lot_id).exclude(state__in=unread)
    row = found.first()
    if row is None:
        raise NotFound(f"letter {letter_id}")
    newest = row.versions.order_by("-version").values_list("document_id", flat=True)[0]
    return row.number, documents.content(newest, actor=actor)


@query
def verify(*, number: str, code: str, at: datetime, actor: Actor) -> Verified | None:  # noqa: ARG001 - the scope reads it
    """Return the letter that a number and its code belong to, and what it is worth now.

    Before the opening only its holder learns anything: for others there is none, as for a wrong code.
    """
    plain = number.strip().upper()
    row = Letter.objects.filter(number=plain).prefetch_related("versions").first()
    given = code_sha256(code)
    # As long for an unknown number as for a known one.
    is_current = compare_digest(given, row.code_sha256 if row else code_sha256(""))
    if row is None:
        return None
    found = read_letter(row)
    if is_current:
        return Verified(found, rules.standing_of(found, on=day_of(at)))
    replaced = Amendment.objects.filter(letter=row, replaced_code_sha256=given).first()
    if replaced is None or replaced.version is None:
        return None
    old = read_letter(row, version=replaced.version - 1)
    return Verified(replace(old, extend_until=None), Standing.SUPERSEDED)


@query
def amendments(*, application_id: UUID, actor: Actor) -> tuple[types.Amendment, ...]:
    """Return the amendments of the letter of the actor's application, the oldest first."""
    found = Amendment.objects.filter(
        letter__application=application_id, bidder_id=actor.organisation_id
    )
    return tuple(map(read_amendment, found.order_by("asked_at", "pk")))
