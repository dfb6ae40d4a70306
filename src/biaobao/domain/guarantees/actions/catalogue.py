"""Keeping guarantors, their products, dated prices and limits, and whom they serve.

A guarantor's own people do, and operators for it.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Objection, Refused, refuse, require
from biaobao.domain.guarantees.models import (
    Closure,
    Guarantor,
    Limit,
    PriceRule,
    PriceTier,
    Product,
    Suspension,
)
from biaobao.domain.guarantees.rules import pricing
from biaobao.domain.guarantees.types import GuarantorTerms, PriceTerms, ProductTerms
from biaobao.domain.parties import steps as parties
from biaobao.domain.parties.rules import may_enrol
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def add_guarantor(
    *, terms: GuarantorTerms, is_demo: bool = False, at: datetime, actor: Actor
) -> UUID:
    """Take in a guarantor: the organisation, and what it takes on. Its people are added to the organisation.

    :raises NotAllowed: unless an operator or the house asks.
    :raises Refused: TEXT_MISSING, USCC_INVALID, USCC_TAKEN or AMOUNT_NOT_POSITIVE.
    """
    require(may_enrol(actor, Role.GUARANTOR), "take in guarantors")
    _refuse_if(*pricing.objections_to_guarantor(terms))
    organisation_id = parties.enrol(
        name=terms.name,
        uscc=terms.uscc,
        role=Role.GUARANTOR,
        is_demo=is_demo,
        at=at,
        actor=actor,
    )
    row = Guarantor.objects.create(
        organisation_id=organisation_id,
        issuer_class=terms.issuer_class,
        address=terms.address.strip(),
        postcode=terms.postcode.strip(),
        phone=terms.phone.strip(),
        licence_until=terms.licence_until,
        principal_limit_fen=terms.principal_limit.fen,
        lot_limit_fen=terms.lot_limit.fen,
        added_at=at,
    )
    Limit.objects.create(guarantor=row, limit_fen=terms.limit.fen)
    _record("guarantor.added", organisation_id, at=at, actor=actor, uscc=terms.uscc)
    return organisation_id


@action
def set_limit(*, guarantor_id: UUID, limit: Money, at: datetime, actor: Actor) -> None:
    """Set how much all letters of a guarantor may come to; never less than what is taken of it already.

    :raises NotFound: if there is no such guarantor.
    :raises Refused: LIMIT_TAKEN.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "set limits")
    guarantor = _locked(guarantor_id)
    row = Limit.objects.select_for_update().get(guarantor=guarantor, principal=None, lot=None)
    taken = Money(row.reserved_fen + row.used_fen)
    if limit < taken:
        # How much is taken tells how many bid: that it is more says enough.
        raise refuse("LIMIT_TAKEN", field="limit")
    row.limit_fen = limit.fen
    row.save(update_fields=["limit_fen"])
    _record("guarantor.limit-set", guarantor_id, at=at, actor=actor, limit=str(limit))


@action
def pause(*, guarantor_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Let a guarantor take no applications for now; those approved go on. Twice is once.

    :raises NotFound: if there is no such guarantor.
    :raises Refused: TEXT_MISSING.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "pause guarantors")
    row = _locked(guarantor_id)
    if not reason.strip():
        raise refuse("TEXT_MISSING", field="reason")
    if row.paused_at is None:
        row.paused_at, row.paused_why = at, reason.strip()
        row.save(update_fields=["paused_at", "paused_why"])
        _record("guarantor.paused", guarantor_id, at=at, actor=actor, reason=row.paused_why)


@action
def resume(*, guarantor_id: UUID, at: datetime, actor: Actor) -> None:
    """Let a paused guarantor take applications again. Twice is once.

    :raises NotFound: if there is no such guarantor.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "resume guarantors")
    row = _locked(guarantor_id)
    if row.paused_at is not None:
        row.paused_at, row.paused_why = None, ""
        row.save(update_fields=["paused_at", "paused_why"])
        _record("guarantor.resumed", guarantor_id, at=at, actor=actor)


@action
def close(
    *,
    guarantor_id: UUID,
    first_on: date,
    last_on: date,
    reason: str,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Let a guarantor issue nothing on days to come; who may pay already has his letter all the same.

    The same days again are the closure that is there.

    :raises NotFound: if there is no such guarantor.
    :raises Refused: TEXT_MISSING, CLOSURE_TOO_SOON, CLOSURE_ENDS_BEFORE_IT_BEGINS or CLOSURE_TOO_LONG.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "close days")
    guarantor = _locked(guarantor_id)
    same = {"guarantor": guarantor, "first_on": first_on, "last_on": last_on, "lifted_at": None}
    if known := Closure.objects.filter(**same).first():
        return known.pk
    if objection := pricing.objection_to_closure(first_on, last_on, reason, today=day_of(at)):
        raise Refused(objection)
    row = Closure.objects.create(**same, reason=reason.strip(), added_at=at)
    facts = {"first": first_on.isoformat(), "last": last_on.isoformat(), "reason": row.reason}
    _record("guarantor.closed", guarantor_id, at=at, actor=actor, **facts)
    return row.pk


@action
def lift_closure(*, closure_id: UUID, at: datetime, actor: Actor) -> None:
    """Call off days on which a guarantor would issue nothing. Twice is once.

    :raises NotFound: if there is no such closure.
    :raises Refused: CLOSURE_OVER.
    """
    row = Closure.objects.select_for_update().filter(pk=closure_id).first()
    if row is None:
        raise NotFound(f"closure {closure_id}")
    require(pricing.may_keep_catalogue(actor, row.guarantor_id), "lift closures")
    if row.lifted_at is not None:
        return
    if row.last_on < day_of(at):
        raise refuse("CLOSURE_OVER")
    row.lifted_at = at
    row.save(update_fields=["lifted_at"])
    _record("closure.lifted", row.guarantor_id, at=at, actor=actor, closure=str(closure_id))


@action
def add_product(*, guarantor_id: UUID, terms: ProductTerms, at: datetime, actor: Actor) -> UUID:
    """Let a guarantor offer a product; it is had once it has a price.

    :raises NotFound: if there is no such guarantor.
    :raises Refused: TEXT_MISSING, AMOUNT_NOT_POSITIVE or HOURS_CLOSE_BEFORE_THEY_OPEN.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "add products")
    guarantor = _locked(guarantor_id)
    _refuse_if(*pricing.objections_to_product(terms))
    row = Product.objects.create(
        guarantor=guarantor,
        name=terms.name.strip(),
        form=terms.form,
        paper=terms.paper,
        text=terms.text.strip(),
        lead=terms.lead,
        opens=terms.hours.opens if terms.hours else None,
        closes=terms.hours.closes if terms.hours else None,
        grace_days=terms.grace_days,
        payment_days=terms.payment_days,
        needs_person=terms.needs_person,
        added_at=at,
    )
    _record("product.added", guarantor_id, at=at, actor=actor, product=str(row.pk))
    return row.pk


@action
def add_price(
    *, product_id: UUID, terms: PriceTerms, valid_from: datetime, at: datetime, actor: Actor
) -> UUID:
    """Add a version of a product's price, from an instant still to come on; quotes already made stand.

    :raises NotFound: if there is no such product.
    :raises Refused: PRODUCT_WITHDRAWN, TIERS_DO_NOT_BEGIN_AT_ZERO, TIERS_NOT_ASCENDING, RATE_NOT_A_RATE,
        AMOUNT_NOT_POSITIVE or PRICE_BACKDATED.
    """
    product = _locked_product(product_id, actor, "set prices")
    if product.withdrawn_at is not None:
        raise refuse("PRODUCT_WITHDRAWN")
    newest = PriceRule.objects.filter(product=product).order_by("-version").first()
    previous_from = newest.valid_from if newest else None
    if objection := pricing.objection_to_price(
        terms, valid_from=valid_from, previous_from=previous_from, at=at
    ):
        raise Refused(objection)
    row = PriceRule.objects.create(
        product=product,
        version=newest.version + 1 if newest else 1,
        valid_from=valid_from,
        minimum_fen=terms.minimum.fen,
        added_at=at,
    )
    PriceTier.objects.bulk_create(
        PriceTier(rule=row, above_fen=tier.above.fen, rate_ppm=tier.rate_ppm)
        for tier in terms.tiers
    )
    facts = {"product": str(product_id), "version": str(row.version)}
    _record("price.added", product.guarantor_id, at=at, actor=actor, **facts)
    return row.pk


@action
def withdraw_product(*, product_id: UUID, at: datetime, actor: Actor) -> None:
    """Offer a product no more; applications that were submitted go on. Twice is once.

    :raises NotFound: if there is no such product.
    """
    product = _locked_product(product_id, actor, "withdraw products")
    if product.withdrawn_at is None:
        product.withdrawn_at = at
        product.save(update_fields=["withdrawn_at"])
        _record(
            "product.withdrawn", product.guarantor_id, at=at, actor=actor, product=str(product_id)
        )


@action
def suspend_principal(
    *, guarantor_id: UUID, principal_id: UUID, reason: str, at: datetime, actor: Actor
) -> None:
    """Let a guarantor issue nothing for a principal until it is readmitted. Twice is once.

    :raises NotFound: if there is no such guarantor.
    :raises Refused: TEXT_MISSING.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "suspend principals")
    _locked(guarantor_id)
    if not reason.strip():
        raise refuse("TEXT_MISSING", field="reason")
    known = Suspension.objects.filter(
        guarantor=guarantor_id, principal=principal_id, lifted_at=None
    )
    if known.exists():
        return
    Suspension.objects.create(
        guarantor_id=guarantor_id, principal_id=principal_id, reason=reason.strip(), since=at
    )
    facts = {"principal": str(principal_id), "reason": reason.strip()}
    _record("principal.suspended", guarantor_id, at=at, actor=actor, **facts)


@action
def readmit_principal(
    *, guarantor_id: UUID, principal_id: UUID, at: datetime, actor: Actor
) -> None:
    """Let a guarantor issue for a principal again. Twice is once.

    :raises NotFound: if there is no such guarantor.
    """
    require(pricing.may_keep_catalogue(actor, guarantor_id), "readmit principals")
    _locked(guarantor_id)
    lifted = Suspension.objects.filter(
        guarantor=guarantor_id, principal=principal_id, lifted_at=None
    ).update(lifted_at=at)
    if lifted:
        facts = {"principal": str(principal_id)}
        _record("principal.readmitted", guarantor_id, at=at, actor=actor, **facts)


def _locked(guarantor_id: UUID) -> Guarantor:
    row = Guarantor.objects.select_for_update().filter(pk=guarantor_id).first()
    if row is None:
        raise NotFound(f"guarantor {guarantor_id}")
    return row


def _locked_product(product_id: UUID, actor: Actor, what: str) -> Product:
    row = Product.objects.select_for_update().filter(pk=product_id).first()
    if row is None:
        raise NotFound(f"product {product_id}")
    require(pricing.may_keep_catalogue(actor, row.guarantor_id), what)
    return row


def _refuse_if(*objections: Objection) -> None:
    if objections:
        raise Refused(*objections)


def _record(name: str, guarantor_id: UUID, *, at: datetime, actor: Actor, **facts: str) -> None:
    log.record(log.Event(name, f"guarantor:{guarantor_id}", facts=facts), at=at, actor=actor)
