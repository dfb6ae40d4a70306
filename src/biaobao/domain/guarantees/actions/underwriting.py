"""Asking guarantors whose people decide themselves, and following what they say."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking.rules import wait_before_asking
from biaobao.domain.guarantees.models import Application, Particulars, read_particulars
from biaobao.domain.guarantees.rules import applying, desk
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.steps import applications, underwriting
from biaobao.domain.guarantees.types import Answer, AnswerKind, Inquiry
from biaobao.domain.parties import queries as parties
from biaobao.platform.db import action


@action
def claim_inquiries(*, limit: int, at: datetime, actor: Actor) -> tuple[Inquiry, ...]:
    """Take applications that wait for a person's decision, oldest first; nobody else does until later."""
    require(applying.may_work(actor), "ask guarantors")
    due = list(
        Application.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("product__guarantor__organisation")
        .filter(state=ApplicationState.UNDERWRITING, next_at__lte=at)
        .order_by("next_at", "pk")[:limit]
    )
    bidders = parties.organisations(ids={row.bidder_id for row in due}, actor=actor)
    told = {row.pk: row for row in Particulars.objects.filter(pk__in=[row.pk for row in due])}
    inquiries = []
    for row in due:
        if row.product is None:
            continue
        row.tries += 1
        row.next_at = at + wait_before_asking(row.tries)
        row.save(update_fields=["tries", "next_at"])
        inquiries.append(
            Inquiry(
                key=str(row.pk),
                guarantor_uscc=row.product.guarantor.organisation.uscc,
                principal_name=bidders[row.bidder_id].name,
                principal_uscc=bidders[row.bidder_id].uscc,
                amount=Money(row.amount_fen or 0),
                particulars=read_particulars(told[row.pk]),
            )
        )
    return tuple(inquiries)


@action
def decide(
    *, application_id: UUID, is_approved: bool, words: str, at: datetime, actor: Actor
) -> None:
    """Decide on an application as somebody at its guarantor's desk. Twice is once.

    :raises NotFound: if it is no application to the actor's guarantor that was decided on by a person.
    :raises Refused: APPLICATION_DECIDED, or DECISION_UNTOLD for a no without words.
    """
    own = desk.guarantor_of(actor)
    (row,) = applications.lock([application_id]) or (None,)
    if row is None or row.product is None or row.product.guarantor_id != own:
        raise NotFound(f"application {application_id}")
    if row.state != ApplicationState.UNDERWRITING:
        raise refuse("APPLICATION_DECIDED", number=row.number)
    if not is_approved and not words.strip():
        raise refuse("DECISION_UNTOLD", field="words")
    row.tries = 0
    underwriting.follow_person(row, says_yes=is_approved, words=words.strip(), at=at, actor=actor)


@action
def keep_decision(*, application_id: UUID, answer: Answer, at: datetime, actor: Actor) -> None:
    """Let an application follow what the guarantor answered. A second answer changes nothing.

    :raises NotFound: if there is no such application.
    """
    require(applying.may_work(actor), "keep a guarantor's answer")
    found = applications.lock([application_id])
    if not found:
        raise NotFound(f"application {application_id}")
    (row,) = found
    if row.state != ApplicationState.UNDERWRITING or answer.kind is AnswerKind.NOT_YET:
        return
    row.tries = 0
    underwriting.follow_person(
        row, says_yes=answer.kind is AnswerKind.YES, words=answer.words, at=at, actor=actor
    )
