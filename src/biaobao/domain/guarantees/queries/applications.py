"""Reading applications: a bidder its own, with what comes next."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import (
    Application,
    Verdict,
    read_application,
    read_particulars,
    read_product,
    read_verdict,
)
from biaobao.domain.guarantees.rules import applying, pricing
from biaobao.domain.guarantees.states import LIVE, ApplicationState
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.audit import log
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import query

PAGE_SIZE = 20


@query
def of_lot(*, lot_id: UUID, actor: Actor) -> types.Application | None:
    """Return the actor's application for a lot that is under way, else the last that ended, or None."""
    own = Application.objects.filter(lot_id=lot_id, bidder_id=applying.bidder_of(actor))
    found = own.filter(state__in=LIVE).first() or own.order_by("-begun_at", "pk").first()
    return read_application(found) if found else None


@query
def progress(*, application_id: UUID, actor: Actor) -> types.Progress:
    """Return an application of the actor's own, with its step, what comes next, and its history.

    :raises NotFound: if there is none for him.
    """
    row = (
        Application.objects.select_related("product__guarantor", "particulars")
        .filter(pk=application_id, bidder_id=applying.bidder_of(actor))
        .first()
    )
    if row is None:
        raise NotFound(f"application {application_id}")
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    product = read_product(row.product, None) if row.product else None
    state = ApplicationState(row.state)
    verdicts = Verdict.objects.filter(application=row).order_by("pk")
    return types.Progress(
        application=read_application(row),
        lot=lot,
        product=product,
        stage=applying.stage_of(state, has_product=product is not None),
        next=applying.next_of(
            state, has_product=product is not None, has_account=row.sub_account_id is not None
        ),
        latest_at=pricing.latest_at(product.terms, lot.deadline_at, is_working_day=is_working_day)
        if product
        else None,
        particulars=read_particulars(row.particulars),
        verdicts=tuple(read_verdict(verdict) for verdict in verdicts),
        history=log.history(lot_id=row.lot_id, organisation_id=row.bidder_id, actor=actor),
    )


@query
def mine(*, page: int, actor: Actor) -> Page[types.Application]:
    """Return all applications of the actor's organisation, the newest first."""
    own = Application.objects.filter(bidder_id=applying.bidder_of(actor))
    total = own.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    rows = own.order_by("-begun_at", "pk")[first : first + PAGE_SIZE]
    return Page(tuple(read_application(row) for row in rows), shown, pages, total)


@query
def choices(*, search: str, at: datetime, actor: Actor) -> tuple[types.Choice, ...]:
    """Return the bidder's own registered lots (选择标段), each with why it cannot be served, if it cannot."""
    applying.bidder_of(actor)
    live = {
        row.lot_id: row
        for row in Application.objects.filter(bidder_id=actor.organisation_id, state__in=LIVE)
    }
    found = tenders.my_registrations(actor=actor)
    return tuple(
        types.Choice(
            lot,
            read_application(live[lot.id]) if lot.id in live else None,
            "" if lot.id in live else _why_not(lot, at),
        )
        for lot, registration in found
        if registration.registered_at is not None
        and (search in lot.code or search in lot.name or search in lot.project_name)
    )


def _why_not(lot: Lot, at: datetime) -> str:
    if Way.GUARANTEE not in lot.ways:
        return "WAY_NOT_OFFERED"
    objection = objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at)
    return objection.code if objection else ""
