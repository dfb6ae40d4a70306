"""The front page of the guarantee system: what it is, and the way in, for anybody."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.guarantees.queries import applications, offers
from biaobao.domain.guarantees.types import Stage
from biaobao.web.guarantee import steps
from biaobao.web.guarantee.applications import shown
from biaobao.web.ui.access import Request
from biaobao.web.ui.guarantees import ISSUERS

WAY = (
    (steps.LOT, _("本单位已报名的标段")),
    (steps.TITLES[Stage.PRODUCT], _("保费和最晚时间并排比较")),
    (steps.TITLES[Stage.CREDIT], _("当场逐项给出审核结果")),
    (steps.TITLES[Stage.SIGNING], _("在浏览器里用证书签章")),
    (steps.TITLES[Stage.PAYMENT], _("付到本次专用的子账号")),
    (steps.TITLES[Stage.LETTER], _("自动出函，可下载可查验")),
)
# So many that are not finished are shown at once.
GOING = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    known = cast("Request", request)
    back = urlencode({"next": request.path})
    going = (
        applications.unfinished(limit=GOING, actor=known.actor)
        if known.actor.role is Role.BIDDER
        else ()
    )
    context = {
        "way": WAY,
        "rows": shown(going),
        "guarantors": [
            (each.name, ISSUERS[each.issuer_class]) for each in offers.guarantors(actor=known.actor)
        ],
        "sign_in": f"{reverse('public:sign-in')}?{back}",
    }
    return render(request, "guarantee/home.html", context)
