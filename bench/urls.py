"""The product's addresses, and views behind the same server and middleware that do little or one thing."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from biaobao.core.actor import Actor, Role
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Membership
from biaobao.domain.pools.states import OVER
from biaobao.domain.pools.steps import holds
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.db import action, one
from biaobao.web.ui.access import Request, signed_in


def bare(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - it is the same for all
    return HttpResponse("bare")


@signed_in(Role.BIDDER)
@require_safe
def by_key(request: Request, membership_id: UUID) -> HttpResponse:  # noqa: ARG001 - signed_in asks for it
    return HttpResponse(_number(membership_id=membership_id))


@signed_in(Role.BIDDER)
@require_safe
def cover(request: Request, lot_id: UUID) -> HttpResponse:
    failing = _checked(lot_id=lot_id, actor=request.actor)
    # Who is measured is covered: anything else is not what was to be measured.
    return HttpResponse(" ".join(failing) or "covered", status=409 if failing else 200)


@action
def _number(*, membership_id: UUID) -> str:
    return Membership.objects.values_list("number", flat=True).get(pk=membership_id)


@action
def _checked(*, lot_id: UUID, actor: Actor) -> tuple[str, ...]:
    """Judge as ``holding.choose`` does, of what is read for it; nothing is locked or held."""
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    related = Membership.objects.select_related("scheme", "tier__terms", "member")
    row = one(related.filter(member_id=actor.organisation_id).exclude(state__in=OVER))
    return rules.failing(holds.judge(row, lot))


urlpatterns = [
    path("bare", bare),
    path("by-key/<uuid:membership_id>/", by_key),
    path("cover/<uuid:lot_id>/", cover),
    path("", include("biaobao.config.urls")),
]
