"""保证金查询."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.tenders import queries
from biaobao.platform import clock
from biaobao.web.bidder import nav, steps
from biaobao.web.ui.access import Request, signed_in


@require_safe
@signed_in(Role.BIDDER)
def security(request: Request, lot_id: UUID) -> HttpResponse:
    """Show which step of the registration is missing, as long as one is."""
    now = clock.now()
    bench = queries.workbench(lot_id=lot_id, actor=request.actor)
    here = reverse("bidder:registration", args=[lot_id])
    context = {
        "nav": nav.workbench_nav(bench.lot, bench.registration, "security"),
        "lot": bench.lot,
        "is_registered": nav.is_registered(bench.registration),
        "steps": steps.of(bench.lot, bench.registration, now=now, url=here),
        "next_step": steps.next_step(bench.registration),
        "now": now,
    }
    return render(request, "bidder/security.html", context)
