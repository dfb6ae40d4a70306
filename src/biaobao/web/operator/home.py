"""What waits for an operator."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.parties import queries as parties
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in


@require_safe
@signed_in(Role.OPERATOR)
def home(request: Request) -> HttpResponse:
    waiting = parties.accounts_to_confirm(page=1, actor=request.actor)
    context = {"nav": nav(request), "waiting": waiting, "first": waiting.rows[:5]}
    return render(request, "operator/home.html", context)
