"""选择标段, and 立即申请."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.paging import Page, slice_of
from biaobao.domain.guarantees.actions import applying
from biaobao.domain.guarantees.queries import applications
from biaobao.platform import clock
from biaobao.web.guarantee import steps
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.paging import asked_page, asked_words

PAGE_SIZE = 20
WHY_NOT = {
    "DEADLINE_PASSED": _("投标已截止，不再办理"),
    "LOT_SUSPENDED": _("标段暂停，恢复后可以申请"),
    "LOT_TERMINATED": _("标段已终止，不需要办理"),
    "OTHER_WAY_CHOSEN": _("已用保证金办理；要改用保函，请先撤回保证金"),
    "WAY_NOT_OFFERED": _("本标段没有开通保函，请用其他方式缴纳"),
    "NO_OFFER": _("目前没有机构能在投标截止前出函，请用其他方式缴纳"),
}
# What can be seen to at 保证金查询.
ELSEWHERE = ("OTHER_WAY_CHOSEN", "WAY_NOT_OFFERED", "NO_OFFER")


@signed_in(Role.BIDDER)
@require_safe
def lots(request: Request) -> HttpResponse:
    now = clock.now()
    search = asked_words(request.GET.get("q", ""))
    found = applications.choices(search=search, at=now, actor=request.actor)
    number, first, pages = slice_of(asked_page(request.GET.get("page", "")), len(found), PAGE_SIZE)
    rows = tuple(
        (choice, WHY_NOT.get(choice.why_not, ""), choice.why_not in ELSEWHERE)
        for choice in found[first : first + PAGE_SIZE]
    )
    context = {"page": Page(rows, number, pages, len(found)), "search": search, "now": now}
    context["stages"] = steps.before()
    return render(request, "guarantee/lots.html", context)


@signed_in(Role.BIDDER)
@require_POST
def begin(request: Request, lot_id: UUID) -> HttpResponse:
    """立即申请, or 点此办理电子保函: begin, or go on with what is begun."""
    application_id = applying.begin(lot_id=lot_id, at=clock.now(), actor=request.actor)
    return redirect("guarantee:application", application_id)
