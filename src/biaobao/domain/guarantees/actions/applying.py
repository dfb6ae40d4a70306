"""What a bidder does with its application: begin, choose a product, fill in, submit, leave it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import Objection, Refused, refuse, require
from biaobao.domain.guarantees.models import Application, Particulars, read_particulars
from biaobao.domain.guarantees.ports import Typeface
from biaobao.domain.guarantees.queries import offers
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.states import LIVE, UNPAID, ApplicationState
from biaobao.domain.guarantees.steps import applications, premiums, underwriting
from biaobao.domain.guarantees.types import Offer
from biaobao.domain.guarantees.types import Particulars as Told
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import action


@action
def begin(*, lot_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Begin to secure a lot by a letter of guarantee (立即申请), or go on with what is begun.

    :raises Refused: REGISTRATION_MISSING, WAY_NOT_OFFERED, OTHER_WAY_CHOSEN, DEADLINE_PASSED, LOT_SUSPENDED
        or LOT_TERMINATED.
    """
    require(applying.may_apply(actor), "apply for a letter")
    bidder_id = applying.bidder_of(actor)
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    pair = (lot_id, bidder_id)
    if pair not in tenders.registered_at(pairs={pair}, actor=actor):
        raise refuse("REGISTRATION_MISSING")
    if Way.GUARANTEE not in lot.ways:
        raise refuse("WAY_NOT_OFFERED", way=Way.GUARANTEE)
    _refuse_if(objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at))

    # From here on the security is locked: of two that begin at once the second finds the first.
    security_id, way = securities.require_by(
        lot_id=lot_id, bidder_id=bidder_id, way=Way.GUARANTEE, at=at
    )
    if way != Way.GUARANTEE:
        raise refuse("OTHER_WAY_CHOSEN", way=way)
    live = Application.objects.filter(bidder_id=bidder_id, lot_id=lot_id, state__in=LIVE).first()
    if live is not None:
        return live.pk
    row = applications.begin(
        lot_id=lot_id, bidder_id=bidder_id, security_id=security_id, at=at, actor=actor
    )
    return row.pk


@action
def choose_product(*, application_id: UUID, product_id: UUID, at: datetime, actor: Actor) -> None:
    """Choose whose letter it shall be; what it costs is quoted. Choosing again quotes anew.

    :raises NotFound: if the application is not the actor's, or there is no such product.
    :raises Refused: APPLICATION_SUBMITTED, DEADLINE_PASSED, LOT_SUSPENDED, LOT_TERMINATED, GUARANTOR_PAUSED,
        PRODUCT_WITHOUT_PRICE or TOO_LATE_TO_ISSUE.
    """
    row, lot = _draft(application_id, at=at, actor=actor)
    offer = _offer(product_id, lot, at=at)
    price = offer.product.price
    if price is None:
        raise refuse("PRODUCT_WITHOUT_PRICE", field="product")
    row.product_id = product_id
    row.price_id = price.id
    row.amount_fen = lot.amount.fen
    row.premium_fen = offer.premium.fen
    row.save(update_fields=["product", "price", "amount_fen", "premium_fen"])
    applications.record("application.product-chosen", row, at=at, actor=actor)


@action
def fill(*, application_id: UUID, told: Told, at: datetime, actor: Actor) -> None:
    """Keep what was filled in so far (授信信息), complete or not, so that it can be gone on with later.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: APPLICATION_SUBMITTED, DEADLINE_PASSED, LOT_SUSPENDED or LOT_TERMINATED.
    """
    row, _ = _draft(application_id, at=at, actor=actor)
    told = applying.stripped(told)
    Particulars.objects.filter(pk=row.pk).update(
        address=told.address,
        email=told.email,
        contact_name=told.contact_name,
        contact_phone=told.contact_phone,
        legal_name=told.legal_name,
        legal_id_number=told.legal_id_number,
        legal_phone=told.legal_phone,
        qualification=told.qualification,
        registered_capital_fen=told.registered_capital.fen,
        consents=told.consents,
    )
    applications.record("application.filled-in", row, at=at, actor=actor)


@action
def submit(
    *, application_id: UUID, typeface: Typeface, at: datetime, actor: Actor
) -> ApplicationState:
    """Submit an application and return what became of it: judged by rule at once, or left to a person.

    Submitting again changes nothing and returns how it stands.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: with everything that stands against it, each with its field.
    """
    require(applying.may_apply(actor), "apply for a letter")
    row = applications.lock_own(application_id, actor)
    if row.submitted_at is not None:
        return ApplicationState(row.state)
    row, lot = _draft(application_id, at=at, actor=actor)
    told = read_particulars(row.particulars)
    _refuse_if(*applying.objections_to_particulars(told))
    if row.product_id is None:
        raise refuse("PRODUCT_MISSING", field="product")
    offer = _offer(row.product_id, lot, at=at)
    if (offer.premium.fen, lot.amount.fen) != (row.premium_fen, row.amount_fen):
        raise refuse("QUOTE_CHANGED", field="product", now=str(offer.premium))
    bidder = parties.organisation(organisation_id=row.bidder_id, actor=SYSTEM)
    # What cannot be printed must be known before anything is paid.
    typeface.check(bidder.name, told.legal_name, told.address, lot.tenderer_name, lot.name)
    applications.move(row, ApplicationState.SUBMITTED)
    row.submitted_at = at
    applications.record("application.submitted", row, at=at, actor=actor)
    applications.move(row, ApplicationState.UNDERWRITING)
    underwriting.judge(row, at=at, actor=actor)
    return ApplicationState(row.state)


@action
def cancel(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Leave an application before it is paid: the lot can be secured in another way. Twice is once.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: APPLICATION_PAID.
    """
    require(applying.may_apply(actor), "leave an application")
    row = applications.lock_own(application_id, actor)
    if row.state == ApplicationState.CANCELLED:
        return
    if row.state not in UNPAID:
        raise refuse("APPLICATION_OVER" if row.ended_at else "APPLICATION_PAID")
    applications.end(row, ApplicationState.CANCELLED, "CANCELLED", at=at, actor=actor)
    ledger.move(premiums.give_back(row, at=at, actor=actor), at=at)


def _draft(application_id: UUID, *, at: datetime, actor: Actor) -> tuple[Application, Lot]:
    require(applying.may_apply(actor), "apply for a letter")
    row = applications.lock_own(application_id, actor)
    if row.state != ApplicationState.DRAFT:
        raise refuse("APPLICATION_SUBMITTED")
    lot = tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    _refuse_if(objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at))
    return row, lot


def _offer(product_id: UUID, lot: Lot, *, at: datetime) -> Offer:
    """Return a product for a lot as it can be had now.

    :raises Refused: if it cannot.
    """
    product = offers.product(product_id=product_id, at=at, actor=SYSTEM)
    offer = applying.offer(product, lot, at=at, is_working_day=is_working_day)
    _refuse_if(applying.objection_to_product(product, offer.latest_at, at=at))
    return offer


def _refuse_if(*found: Objection | None) -> None:
    objections = [objection for objection in found if objection]
    if objections:
        raise Refused(*objections)
