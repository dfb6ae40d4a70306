"""工作台: whose desk this is, and how it stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.claims import queries as claims
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.guarantees.queries import business, desk
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.guarantees import ISSUERS


@require_safe
@signed_in(Role.GUARANTOR)
def home(request: Request) -> HttpResponse:
    guarantor = desk.mine(actor=request.actor)
    context = {
        "nav": nav(request),
        "guarantor": guarantor,
        "issuer": ISSUERS[guarantor.issuer_class],
        "waiting": len(business.to_decide(actor=request.actor)),
        "claims": claims.at_guarantor(state=ClaimState.PRESENTED, actor=request.actor).total,
        "total": business.total(actor=request.actor),
        "month": next(iter(business.months(actor=request.actor)), None),
    }
    return render(request, "guarantor/home.html", context)
