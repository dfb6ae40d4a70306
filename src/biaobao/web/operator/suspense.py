"""待处理款项: money that fits no lot, and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.deposits import queries as deposits
from biaobao.web.operator.nav import nav
from biaobao.web.ui import verdicts
from biaobao.web.ui.access import Request, signed_in


@require_safe
@signed_in(Role.OPERATOR)
def suspense(request: Request) -> HttpResponse:
    rows = [
        (row, verdicts.reason(row.reason), verdicts.remedy(row.reason))
        for row in deposits.unplaced(actor=request.actor)
    ]
    return render(request, "operator/suspense.html", {"nav": nav(request), "rows": rows})
