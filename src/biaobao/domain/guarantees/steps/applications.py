"""Applications, inside the actions that carry them on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.numbers import drawn
from biaobao.core.refusal import NotFound
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Application, Particulars
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.states import APPLICATION, ApplicationState
from biaobao.domain.guarantees.steps import limits
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import reads
from biaobao.platform.audit import log
from biaobao.platform.db import step


@step
def begin(
    *, lot_id: UUID, bidder_id: UUID, security_id: UUID, at: datetime, actor: Actor
) -> Application:
    """Begin an application for a locked security, with what the bidder has told of itself filled in."""
    row = Application.objects.create(
        number=_number(),
        bidder_id=bidder_id,
        lot_id=lot_id,
        security_id=security_id,
        begun_at=at,
        begun_by_id=applying.person_of(actor),
    )
    known = parties.profile(organisation_id=bidder_id, actor=SYSTEM).terms
    Particulars.objects.create(
        application=row,
        bidder_id=bidder_id,
        address=known.address,
        email=known.email,
        legal_name=known.legal_name,
        legal_id_number=known.legal_id_number,
        legal_phone=known.legal_phone,
    )
    record("application.begun", row, at=at, actor=actor)
    return row


@step
def lock(ids: Collection[UUID]) -> list[Application]:
    """Lock applications, after the securities that they are for."""
    found = Application.objects.filter(pk__in=reads.among("uuid", ids))
    securities_of = dict(found.values_list("pk", "security_id"))
    securities.lock(securities_of.values())
    return lock_secured(securities_of)


@step
def lock_secured(ids: Collection[UUID]) -> list[Application]:
    """Lock applications whose securities are locked."""
    if not ids:
        return []
    wanted = Application.objects.filter(pk__in=reads.among("uuid", ids))
    return list(wanted.select_for_update(of=("self",)).order_by("pk"))


@step
def lock_own(application_id: UUID, actor: Actor) -> Application:
    """Lock an application of the actor's own organisation.

    :raises NotFound: if it is none.
    """
    return lock_all_own({application_id}, actor)[0]


@step
def lock_all_own(ids: Collection[UUID], actor: Actor) -> list[Application]:
    """Lock applications of the actor's own organisation.

    :raises NotFound: if one of them is none.
    """
    wanted = set(ids)
    own = Application.objects.filter(
        pk__in=reads.among("uuid", wanted), bidder_id=applying.bidder_of(actor)
    )
    if own.count() != len(wanted):
        raise NotFound(f"applications {sorted(map(str, wanted))}")
    return lock(wanted)


@step
def move(application: Application, state: ApplicationState) -> None:
    """Let a locked application follow its table; the caller saves it."""
    check_move(APPLICATION, ApplicationState(application.state), state)
    application.state = state


@step
def end(
    application: Application,
    state: ApplicationState,
    why: str,
    *,
    words: str = "",
    at: datetime,
    actor: Actor,
) -> None:
    """End a locked application: its limits are free, and its lot can be secured in another way."""
    move(application, state)
    application.ended_at = at
    application.why = why
    application.words = words
    application.next_at = None
    application.save()
    limits.release(application, at=at)
    lot = tenders.lot(lot_id=application.lot_id, actor=SYSTEM)
    # What the opening has shown stands.
    if lot.opened_at is None:
        securities.give_up_way(application.security_id)
    record(f"application.{_said(state)}", application, reason=why, at=at, actor=actor)


@step
def record(
    name: str, application: Application, *, reason: str = "", at: datetime, actor: Actor
) -> None:
    """Write down what happened to an application."""
    log.record(
        log.Event(
            name,
            f"application:{application.pk}",
            reason=reason,
            facts={"number": application.number},
            organisation_id=application.bidder_id,
            lot_id=application.lot_id,
        ),
        at=at,
        actor=actor,
    )


def _number() -> str:
    return f"DH{drawn(10)}"


def _said(state: ApplicationState) -> str:
    return state.lower().replace("_", "-")
