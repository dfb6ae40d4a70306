"""The list of lots: one's own first, then those that may be joined."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.core.instants import day_of
from biaobao.domain.deposits.queries import claims, refunds
from biaobao.domain.pools import queries as memberships
from biaobao.domain.tenders import queries
from biaobao.platform import clock
from biaobao.web.bidder import nav, steps
from biaobao.web.ui import pools
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.paging import asked_page, asked_words


@require_safe
@signed_in(Role.BIDDER)
def projects(request: Request) -> HttpResponse:
    now = clock.now()
    asked = {name: asked_words(request.GET.get(name, "")) for name in ("q", "region", "kind")}
    desk = queries.bidder_desk(
        search=asked["q"],
        region=asked["region"],
        kind=asked["kind"],
        page=asked_page(request.GET.get("page", "")),
        at=now,
        actor=request.actor,
    )
    context = {
        "nav": nav.console("projects"),
        "desk": desk,
        "mine": [
            (lot, registration, steps.next_step(registration)) for lot, registration in desk.mine
        ],
        "begun": {lot.id for lot, _registration in desk.mine},
        "asked": asked,
        "offers": claims.offers(actor=request.actor),
        "reminders": [
            pools.reminder(due, today=day_of(now))
            for due in memberships.reminders(at=now, actor=request.actor)
        ],
        "open_to_objection": memberships.open_to_objection(at=now, actor=request.actor),
        "to_approve": refunds.to_approve(actor=request.actor),
        "now": now,
    }
    return render(request, "bidder/projects.html", context)
