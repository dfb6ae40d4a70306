"""待处理款项: money that fits no lot, and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.deposits.queries import suspense as deposit_suspense
from biaobao.web.operator.nav import nav
from biaobao.web.ui import verdicts
from biaobao.web.ui.access import Request, signed_in


@require_safe
@signed_in(Role.OPERATOR)
def suspense(request: Request) -> HttpResponse:
    rows = [
        (row.credit, verdicts.reason(row.credit.reason), verdicts.remedy(row.credit.reason))
        for row in deposit_suspense.waiting(reason="", text="", page=1, actor=request.actor).rows
    ]
    return render(request, "operator/suspense.html", {"nav": nav(request), "rows": rows})
