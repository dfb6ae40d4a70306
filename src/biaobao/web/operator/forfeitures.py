"""不予退还: what is held of pooled deposits and is not to be given back, decided by the house too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.domain.pools import queries
from biaobao.domain.pools.states import ForfeitureState
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import forfeitures as said
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import Form
from biaobao.web.ui.paging import asked_page

NEXT = {
    ForfeitureState.PROPOSED: _("核对理由和文件，复核是否不予退还"),
    ForfeitureState.APPROVED: _("已从联保金扣除，付给招标人"),
    ForfeitureState.DECLINED: _("复核不同意，联保金按标段结果解除"),
    ForfeitureState.WITHDRAWN: _("提出人已撤回"),
    ForfeitureState.LAPSED: _("没有在期限内复核，已经失效，联保金按标段结果解除"),
}


@require_safe
@signed_in(Role.OPERATOR)
def forfeitures(request: Request) -> HttpResponse:
    now = clock.now()
    found = queries.forfeitures(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    context = {
        "nav": nav(request),
        "now": now,
        "page": found,
        "rows": [said.shown(row, now) for row in found.rows],
    }
    return render(request, "operator/forfeitures.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def forfeiture(request: Request, forfeiture_id: UUID) -> HttpResponse:
    return _page(request, forfeiture_id)


@require_POST
@signed_in(Role.OPERATOR)
def decide(request: Request, forfeiture_id: UUID) -> HttpResponse:
    row = queries.forfeiture(forfeiture_id=forfeiture_id, actor=request.actor).forfeiture
    form = said.decide(request, row, request.actor, clock.now())
    if form.errors:
        return _page(request, forfeiture_id, form=form)
    return redirect("operator:forfeiture", forfeiture_id)


@require_POST
@signed_in(Role.OPERATOR)
def confirm_payee(request: Request, forfeiture_id: UUID) -> HttpResponse:
    said.confirm_payee(request, forfeiture_id, request.actor, clock.now())
    messages.success(request, _now("已通知银行重新付款。"))
    return redirect("operator:forfeiture", forfeiture_id)


@require_safe
@signed_in(Role.OPERATOR)
def paper(request: Request, forfeiture_id: UUID, paper_id: UUID) -> HttpResponse:
    found, content = queries.paper(
        forfeiture_id=forfeiture_id, paper_id=paper_id, actor=request.actor
    )
    return to_be_saved(content, name=found.name, media_type=found.media_type)


def _page(request: Request, forfeiture_id: UUID, *, form: Form | None = None) -> HttpResponse:
    desk = queries.forfeiture(forfeiture_id=forfeiture_id, actor=request.actor)
    context: dict[str, Any] = {
        **said.page(desk, request.actor, clock.now(), form=form),
        "nav": nav(request),
        "next_step": said.stuck(desk) or NEXT[desk.forfeiture.state],
    }
    return render(request, "operator/forfeiture.html", context, status=422 if form else 200)
