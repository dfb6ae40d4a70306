"""工作台: whose desk this is, and how it stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.guarantees.queries import desk
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
    }
    return render(request, "guarantor/home.html", context)
