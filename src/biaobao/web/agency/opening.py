"""The opening of a lot: sealed before, a list afterwards."""

from __future__ import annotations

import csv
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.instants import read_out
from biaobao.core.refusal import Refused
from biaobao.domain.claims import queries as claims
from biaobao.domain.claims.rules import may_claim
from biaobao.domain.deposits.queries import refunds as deposit_refunds
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import contingency, letters
from biaobao.domain.pools import queries as pools
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.states import LotState
from biaobao.platform import clock
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.agency.releases import releasable
from biaobao.web.ui import contingencies
from biaobao.web.ui import holds as held
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.claims import shown
from biaobao.web.ui.openings import columns, line
from biaobao.web.ui.sheets import UTF8_MARK
from biaobao.web.ui.words import explain


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(*KEEPERS)
def opening(request: Request, lot_id: UUID) -> HttpResponse:
    """Open the lot at its time; before, count down and show nothing of what is sealed."""
    now = clock.now()
    explanations = []
    if request.method == "POST":
        try:
            actions.open_lot(lot_id=lot_id, at=now, actor=request.actor)
        except Refused as refused:
            explanations = [explain(each) for each in refused.objections]
        else:
            return redirect("agency:opening", lot_id)
    desk = queries.lot_desk(lot_id=lot_id, at=now, actor=request.actor)
    context: dict[str, Any] = {
        "nav": nav("projects"),
        "lot": desk.lot,
        "now": now,
        "explanations": explanations,
        "may_open": desk.lot.state is LotState.PUBLISHED and now >= desk.lot.opening_at,
    }
    if desk.lot.opened_at is not None:
        unread = contingency.of_opened_lot(lot_id=lot_id, actor=request.actor)
        rows = deposit_standing.opening_list(lot_id=lot_id, actor=request.actor)
        refunds = deposit_refunds.of_opened_lot(lot_id=lot_id, actor=request.actor)
        issued = letters.of_opened_lot(lot_id=lot_id, actor=request.actor)
        demanded = claims.of_opened_lot(lot_id=lot_id, actor=request.actor)
        context |= {
            "rows": contingencies.flagged(rows, unread),
            "deposits": releasable(rows, refunds),
            "letters": issued,
            "may_claim": may_claim(request.actor),
            "claims": [shown(each) for each in demanded],
            "holds": held.lines(pools.held_for(lot_id=lot_id, actor=request.actor)),
            "contingencies": [contingencies.shown(each) for each in unread],
        }
    status = 422 if explanations else 200
    return render(request, "agency/opening.html", context, status=status)


@require_safe
@signed_in(*KEEPERS)
def export(request: Request, lot_id: UUID) -> HttpResponse:
    """Return the opening list as a table file; there is none before the opening."""
    rows = deposit_standing.opening_list(lot_id=lot_id, actor=request.actor)
    unread = contingency.of_opened_lot(lot_id=lot_id, actor=request.actor)
    lot = queries.lot(lot_id=lot_id, actor=request.actor)
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{lot.code}.csv"'},
    )
    response.write(UTF8_MARK)
    table = csv.writer(response)
    table.writerow([lot.code, lot.name, read_out(lot.opened_at or lot.opening_at)])
    table.writerow(columns())
    table.writerows(line(row) for row in contingencies.flagged(rows, unread))
    return response
