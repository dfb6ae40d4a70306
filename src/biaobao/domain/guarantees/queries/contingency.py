"""Reading contingencies of opened lots: those who run the lot, who watch, and the bidder its own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, require
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import Contingency, read_contingency
from biaobao.domain.guarantees.rules import contingency as rules
from biaobao.domain.guarantees.states import ContingencyState
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.db import query


@query
def of_opened_lot(*, lot_id: UUID, actor: Actor) -> tuple[types.Contingency, ...]:
    """Return the contingencies of an opened lot, the oldest first.

    :raises NotFound: to those who neither run nor watch it, and before the opening to all.
    """
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    found = _rows().filter(lot_id=lot_id).order_by("proposed_at", "pk")
    return tuple(map(read_contingency, found))


@query
def of_application(*, application_id: UUID, actor: Actor) -> tuple[types.Contingency, ...]:
    """Return the contingencies of the letter of the actor's application, the oldest first."""
    found = _rows().filter(letter__application=application_id, bidder_id=actor.organisation_id)
    return tuple(map(read_contingency, found.order_by("proposed_at", "pk")))


@query
def contingency(*, contingency_id: UUID, actor: Actor) -> types.Contingency:
    """Return what the supervisor decides on, or decided.

    :raises NotFound: if there is none.
    """
    require(rules.may_decide(actor), "decide on letters that cannot be read")
    row = _rows().filter(pk=contingency_id).first()
    if row is None:
        raise NotFound(f"contingency {contingency_id}")
    return read_contingency(row)


@query
def waiting(*, actor: Actor) -> tuple[types.Contingency, ...]:
    """Return what waits for the supervisor's decision, the oldest first."""
    require(rules.may_decide(actor), "decide on letters that cannot be read")
    found = _rows().filter(state=ContingencyState.PROPOSED).order_by("proposed_at", "pk")
    return tuple(map(read_contingency, found))


def _rows() -> QuerySet[Contingency]:
    people = ("proposed_by", "decided_by")
    rows = Contingency.objects.select_related("letter", "lot", "bidder", *people)
    return rows.prefetch_related("letter__versions")
