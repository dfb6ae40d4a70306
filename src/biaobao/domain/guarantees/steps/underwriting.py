"""Judging applications: facts gathered under lock, judged by rule, each verdict kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.guarantees.models import (
    Application,
    Guarantor,
    Suspension,
    Verdict,
    read_product,
)
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.steps import applications, limits
from biaobao.domain.guarantees.types import Check, Finding, RiskFacts
from biaobao.domain.guarantees.types import Verdict as VerdictRow
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.rules import is_needed_to_apply
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import wake
from biaobao.platform.db import step


@step
def judge(application: Application, *, at: datetime, actor: Actor) -> None:
    """Judge a locked application: declined, approved with its limits reserved, or left to a person."""
    needs_person = application.product is not None and application.product.needs_person
    verdicts = _look(application, at=at)
    if needs_person and not applying.first_failure(verdicts):
        _keep(application, (*verdicts, VerdictRow(Check.PERSON, Finding.WAIT)), at=at)
        application.next_at = at
        application.save()
        wake.worker("guarantors")
        return
    _decide(application, verdicts, at=at, actor=actor)


@step
def follow_person(
    application: Application, *, says_yes: bool, words: str, at: datetime, actor: Actor
) -> None:
    """Let a locked application follow what a person at the guarantor decided.

    A yes is judged anew: the limits may be taken meanwhile.
    """
    finding = Finding.PASS if says_yes else Finding.FAIL
    reason = "" if says_yes else "GUARANTOR_DECLINED"
    verdicts = (*_look(application, at=at), VerdictRow(Check.PERSON, finding, reason))
    _decide(application, verdicts, words=words, at=at, actor=actor)


def _decide(
    application: Application,
    verdicts: Sequence[VerdictRow],
    *,
    words: str = "",
    at: datetime,
    actor: Actor,
) -> None:
    _keep(application, verdicts, at=at)
    application.decided_at = at
    application.next_at = None
    if why := applying.first_failure(verdicts):
        applications.end(
            application, ApplicationState.DECLINED, why, words=words, at=at, actor=actor
        )
        return
    applications.move(application, ApplicationState.APPROVED)
    application.save()
    limits.reserve(application, _guarantor(application), at=at)
    applications.record("application.approved", application, at=at, actor=actor)


def _look(application: Application, *, at: datetime) -> tuple[VerdictRow, ...]:
    guarantor = _guarantor(application)
    lot = tenders.lot(lot_id=application.lot_id, actor=SYSTEM)
    profile = parties.profile(organisation_id=application.bidder_id, actor=SYSTEM)
    suspended = Suspension.objects.filter(
        guarantor=guarantor, principal=application.bidder_id, lifted_at=None
    )
    if application.product is None:
        raise ValueError(f"application {application.pk} is judged without a product")
    terms = read_product(application.product, None).terms
    room, has_capacity = limits.lock(application, guarantor)
    return applying.judge(
        RiskFacts(
            on=day_of(at),
            lacks=tuple(m.code for m in profile.missing if is_needed_to_apply(m)),
            licence_until=profile.terms.licence_until,
            is_paused=guarantor.paused_at is not None,
            licensed_until=guarantor.licence_until,
            letter_until=applying.valid_until(
                terms, deadline_at=lot.deadline_at, validity_days=lot.validity_days
            ),
            is_suspended=suspended.exists(),
            # There are no claims yet.
            open_claims=0,
            amount=Money(application.amount_fen or 0),
            principal_room=room,
            has_capacity=has_capacity,
        )
    )


def _guarantor(application: Application) -> Guarantor:
    return Guarantor.objects.get(products=application.product_id)


def _keep(application: Application, verdicts: Sequence[VerdictRow], *, at: datetime) -> None:
    Verdict.objects.filter(application=application).delete()
    Verdict.objects.bulk_create(
        Verdict(
            application=application,
            bidder_id=application.bidder_id,
            check_made=verdict.check,
            finding=verdict.finding,
            reason=verdict.reason,
            expected=verdict.expected,
            actual=verdict.actual,
            judged_at=at,
        )
        for verdict in verdicts
    )
