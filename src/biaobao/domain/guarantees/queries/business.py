"""What a guarantor took on and earned, as its own people see it: of lots only once they are opened."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from uuid import UUID

from django.db.models import QuerySet, Sum

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import (
    Application,
    Exposure,
    Letter,
    Limit,
    Suspension,
    read_letter,
    read_particulars,
    read_product,
    read_verdict,
)
from biaobao.domain.guarantees.rules import pricing
from biaobao.domain.guarantees.rules.desk import guarantor_of
from biaobao.domain.guarantees.states import ApplicationState, ExposureState, LetterState
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import Organisation
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import query

PAGE_SIZE = 20


@query
def total(*, actor: Actor) -> types.Taken:
    """Return how much of its total limit the actor's guarantor has taken on."""
    row = Limit.objects.filter(guarantor=guarantor_of(actor), principal=None, lot=None).first()
    return _taken(row) if row else types.Taken(Money(0), Money(0), Money(0))


@query
def principals(
    *, search: str = "", page: int = 1, size: int = PAGE_SIZE, actor: Actor
) -> Page[types.PrincipalExposure]:
    """Return what the actor's guarantor takes on for each bidder, the most taken first."""
    own = guarantor_of(actor)
    rows = list(Limit.objects.filter(guarantor=own, lot=None).exclude(principal=None))
    suspended = {
        each.principal_id: each for each in Suspension.objects.filter(guarantor=own, lifted_at=None)
    }
    taken = {row.principal_id: _taken(row) for row in rows if row.principal_id}
    known = parties.organisations(ids=set(taken), actor=SYSTEM)
    found = []
    for principal_id, of_limit in taken.items():
        organisation, stopped = known[principal_id], suspended.get(principal_id)
        if search.casefold() in f"{organisation.name} {organisation.uscc}".casefold():
            found.append(
                types.PrincipalExposure(
                    organisation.id,
                    organisation.name,
                    organisation.uscc,
                    of_limit,
                    stopped.since if stopped else None,
                    stopped.reason if stopped else "",
                )
            )
    found.sort(key=lambda each: (-each.taken.used.fen - each.taken.reserved.fen, each.name))
    shown, first, pages = slice_of(page, len(found), size)
    return Page(tuple(found[first : first + size]), shown, pages, len(found))


@query
def lots(*, actor: Actor) -> tuple[types.LotExposure, ...]:
    """Return what the actor's guarantor takes on for each opened lot, and for all others together."""
    rows = (
        Exposure.objects.filter(guarantor=guarantor_of(actor))
        .exclude(state=ExposureState.RELEASED)
        .values_list("lot", "lot__opened_at", "lot__code", "lot__name", "state")
        .annotate(fen=Sum("amount_fen"))
    )
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _lot, opened_at, code, name, state, fen in rows:
        key = (code, name) if opened_at else ("", "")
        sums[key][state] += fen
    return tuple(
        types.LotExposure(
            code, name, Money(by[ExposureState.RESERVED]), Money(by[ExposureState.USED])
        )
        for (code, name), by in sorted(sums.items())
    )


@query
def to_decide(*, actor: Actor) -> tuple[types.ToDecide, ...]:
    """Return the applications that wait for the actor's guarantor's people, the most urgent first."""
    rows = _to_decide(actor)
    bidders = parties.organisations(ids={row.bidder_id for row in rows}, actor=SYSTEM)
    found = [_shown(row, bidders[row.bidder_id]) for row in rows]
    return tuple(sorted(found, key=lambda each: (each.deadline_at, each.number)))


@query
def one_to_decide(*, application_id: UUID, actor: Actor) -> types.ToDecide:
    """Return an application that waits for the actor's guarantor's people.

    :raises NotFound: if it does not, or not any more.
    """
    row = _to_decide(actor).filter(pk=application_id).first()
    if row is None:
        raise NotFound(f"application {application_id} to decide on")
    return _shown(row, parties.organisation(organisation_id=row.bidder_id, actor=SYSTEM))


@query
def letters(
    *, search: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE, actor: Actor
) -> Page[types.Issued]:
    """Return the letters of opened lots that the actor's guarantor issued, the newest first."""
    found = _letters(actor)
    if state:
        found = found.filter(state=state)
    if search:
        found = (
            found.filter(number__icontains=search)
            | found.filter(lot__code__icontains=search)
            | found.filter(bidder__name__icontains=search)
        )
    count = found.count()
    shown, first, pages = slice_of(page, count, size)
    listed = found.order_by("-issued_at", "pk")[first : first + size]
    rows = tuple(
        types.Issued(
            read_letter(row),
            Money(row.application.premium_fen or 0),
            ApplicationState(row.application.state),
        )
        for row in listed
    )
    return Page(rows, shown, pages, count)


@query
def months(*, actor: Actor) -> tuple[types.Month, ...]:
    """Return what the actor's guarantor earned by letters of opened lots, by month, the newest first."""
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for at, state, fen in _letters(actor).values_list(
        "issued_at", "state", "application__premium_fen"
    ):
        month = sums[day_of(at).replace(day=1)]
        month[0] += 1
        month[2 if state == LetterState.SURRENDERED else 1] += fen or 0
    return tuple(
        types.Month(first, count, Money(earned), Money(back))
        for first, (count, earned, back) in sorted(sums.items(), reverse=True)
    )


def _letters(actor: Actor) -> QuerySet[Letter]:
    own = Letter.objects.filter(
        application__product__guarantor=guarantor_of(actor), lot__opened_at__isnull=False
    )
    return (
        own.exclude(state=LetterState.VOID)
        .select_related("application")
        .prefetch_related("versions")
    )


def _to_decide(actor: Actor) -> QuerySet[Application]:
    waiting = Application.objects.filter(
        product__guarantor=guarantor_of(actor), state=ApplicationState.UNDERWRITING
    )
    known = waiting.select_related("product__guarantor__organisation", "lot", "particulars")
    return known.prefetch_related("verdicts", "product__guarantor__closures")


def _shown(row: Application, bidder: Organisation) -> types.ToDecide:
    if row.product is None:
        raise NotFound(f"product of {row.pk}")
    product = read_product(row.product, None)
    lot = tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    return types.ToDecide(
        id=row.pk,
        number=row.number,
        principal_name=bidder.name,
        principal_uscc=bidder.uscc,
        product_name=product.terms.name,
        amount=Money(row.amount_fen or 0),
        premium=Money(row.premium_fen or 0),
        submitted_at=row.submitted_at or row.begun_at,
        deadline_at=lot.deadline_at,
        latest_at=pricing.latest_at(
            product.terms,
            lot.deadline_at,
            is_working_day=is_working_day,
            closures=product.guarantor.closures,
        ),
        particulars=read_particulars(row.particulars),
        verdicts=tuple(map(read_verdict, row.verdicts.all())),
    )


def _taken(row: Limit) -> types.Taken:
    return types.Taken(Money(row.limit_fen), Money(row.reserved_fen), Money(row.used_fen))
