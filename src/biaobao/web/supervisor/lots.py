"""Lots under supervision: their legal clocks, and after the opening who secured them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.claims import queries as claims
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import contingency, letters
from biaobao.domain.tenders import queries
from biaobao.platform import clock
from biaobao.web.supervisor.nav import nav
from biaobao.web.ui import contingencies
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.claims import shown as claim_words
from biaobao.web.ui.paging import asked_page, asked_words


@require_safe
@signed_in(Role.SUPERVISOR)
def lots(request: Request) -> HttpResponse:
    search = asked_words(request.GET.get("q", ""))
    page = queries.supervised_lots(
        search=search, page=asked_page(request.GET.get("page", "")), actor=request.actor
    )
    context = {"nav": nav("lots"), "page": page, "search": search, "now": clock.now()}
    return render(request, "supervisor/lots.html", context)


@require_safe
@signed_in(Role.SUPERVISOR)
def lot(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    shown, announcements = queries.announced_lot(lot_id=lot_id, actor=request.actor)
    context = {
        "nav": nav("lots"),
        "lot": shown,
        "announcements": announcements,
        "valid_until": shown.deadline_at + timedelta(days=shown.validity_days),
        "now": now,
    }
    if shown.opened_at is not None:
        unread = contingency.of_opened_lot(lot_id=lot_id, actor=request.actor)
        rows = deposit_standing.opening_list(lot_id=lot_id, actor=request.actor)
        context["rows"] = contingencies.flagged(rows, unread)
        demanded = claims.of_opened_lot(lot_id=lot_id, actor=request.actor)
        context["claims"] = [claim_words(each) for each in demanded]
        context["contingencies"] = [contingencies.shown(each) for each in unread]
        context["letters"] = letters.of_opened_lot(lot_id=lot_id, actor=request.actor)
    return render(request, "supervisor/lot.html", context)
