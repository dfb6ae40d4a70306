"""我的保函: all applications of a bidder, where one goes on, and leaving one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.domain.guarantees.actions import applying
from biaobao.domain.guarantees.queries import applications as queries
from biaobao.domain.guarantees.states import UNPAID, ApplicationState
from biaobao.domain.guarantees.types import Listed
from biaobao.platform import clock
from biaobao.web.guarantee import steps
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.paging import asked_page, asked_words

STATES = {
    ApplicationState.DRAFT: ("wait", gettext_lazy("填写中")),
    ApplicationState.SUBMITTED: ("wait", gettext_lazy("审核中")),
    ApplicationState.UNDERWRITING: ("wait", gettext_lazy("等待人工审核")),
    ApplicationState.DECLINED: ("bad", gettext_lazy("未通过审核")),
    ApplicationState.APPROVED: ("ok", gettext_lazy("审核通过，待签章")),
    ApplicationState.SIGNING: ("wait", gettext_lazy("待签章")),
    ApplicationState.SIGNED: ("wait", gettext_lazy("已签章，待支付")),
    ApplicationState.PAY_PENDING: ("wait", gettext_lazy("待支付")),
    ApplicationState.PAID: ("wait", gettext_lazy("已支付，待出函")),
    ApplicationState.ISSUING: ("wait", gettext_lazy("正在出函")),
    ApplicationState.ISSUED: ("ok", gettext_lazy("已出函")),
    ApplicationState.LATE_ISSUED: ("bad", gettext_lazy("出函过晚")),
    ApplicationState.ISSUE_FAILED: ("bad", gettext_lazy("出函未成功")),
    ApplicationState.REVOKED: ("muted", gettext_lazy("已撤单")),
    ApplicationState.SURRENDERED: ("muted", gettext_lazy("已退保")),
    ApplicationState.PREMIUM_REFUNDING: ("wait", gettext_lazy("保费退回中")),
    ApplicationState.REFUNDED: ("muted", gettext_lazy("保费已退回")),
    ApplicationState.CANCELLED: ("muted", gettext_lazy("已撤销")),
    ApplicationState.EXPIRED: ("muted", gettext_lazy("已过期")),
}


@signed_in(Role.BIDDER)
@require_safe
def applications(request: Request) -> HttpResponse:
    search = asked_words(request.GET.get("q", ""))
    number = asked_page(request.GET.get("page", ""))
    page = queries.mine(search=search, page=number, actor=request.actor)
    context = {"page": page, "rows": shown(page.rows), "search": search}
    return render(request, "guarantee/applications.html", context)


def shown(rows: Iterable[Listed]) -> list[tuple[Listed, str, object]]:
    """Return applications with tone and word for how each stands."""
    return [(row, *STATES[row.application.state]) for row in rows]


@signed_in(Role.BIDDER)
@require_safe
def application(request: Request, application_id: UUID) -> HttpResponse:
    """Lead to where the application is."""
    progress = queries.progress(application_id=application_id, actor=request.actor)
    return redirect(steps.page(progress))


@signed_in(Role.BIDDER)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: Request, application_id: UUID) -> HttpResponse:
    if request.method == "POST":
        applying.cancel(application_id=application_id, at=clock.now(), actor=request.actor)
        messages.success(request, _("申请已撤销，可以重新申请，或改用其他缴纳方式。"))
        return redirect("guarantee:applications")
    progress = queries.progress(application_id=application_id, actor=request.actor)
    context = {"progress": progress, "can_cancel": progress.application.state in UNPAID}
    return render(request, "guarantee/cancel.html", context)
