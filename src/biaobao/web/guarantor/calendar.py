"""出函日历与暂停: on which days a guarantor issues, and whether it takes applications at all."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.instants import day_of
from biaobao.core.paging import Page
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import desk
from biaobao.domain.guarantees.rules import desk as rules
from biaobao.domain.guarantees.types import Closure
from biaobao.platform import clock
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Filters, Form, add_refusal, day_field
from biaobao.web.ui.sheets import Column, Sheet

AHEAD, NOW, OVER, LIFTED = "ahead", "now", "over", "lifted"
STATES = {
    AHEAD: ("wait", _("将停办")),
    NOW: ("warn", _("停办中")),
    OVER: ("muted", _("已结束")),
    LIFTED: ("muted", _("已取消")),
}
SHEET: Sheet[tuple[Closure, str]] = Sheet(
    _("停办日期"),
    (
        Column(_("第一天"), lambda row: row[0].first_on),
        Column(_("最后一天"), lambda row: row[0].last_on),
        Column(_("原因"), lambda row: row[0].reason),
        Column(_("添加时间"), lambda row: row[0].added_at),
        Column(_("取消时间"), lambda row: row[0].lifted_at),
        Column(_("状态"), lambda row: STATES[row[1]][1]),
    ),
)


class ClosureForm(Form):
    """Days on which no letter is issued."""

    first_on = day_field(_("第一天"), help_text=_("最早从明天开始。"))
    last_on = day_field(_("最后一天"), help_text=_("只停一天的，与第一天相同。"))
    reason = forms.CharField(
        label=_("原因"), max_length=100, help_text=_("例如：月末最后一个工作日不出函。")
    )


class PauseForm(Form):
    """Why no applications are taken."""

    reason = forms.CharField(
        label=_("暂停的原因"), max_length=200, help_text=_("只有本机构和平台运营人员看到。")
    )


def state_of(closure: Closure, today: date) -> str:
    if closure.lifted_at is not None:
        return LIFTED
    if closure.last_on < today:
        return OVER
    return AHEAD if today < closure.first_on else NOW


@require_safe
@signed_in(Role.GUARANTOR)
def calendar(request: Request) -> HttpResponse:
    filters = _filters(request)
    context = {
        "nav": nav(request),
        "guarantor": desk.mine(actor=request.actor),
        "products": [
            row.product
            for row in desk.products(at=clock.now(), actor=request.actor)
            if row.product.withdrawn_at is None
        ],
        "filters": filters,
        "rows": [
            {"closure": closure, "state": STATES[state], "may_be_lifted": state in (AHEAD, NOW)}
            for closure, state in _found(request, filters)
        ],
    }
    return render(request, "guarantor/calendar.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export(request: Request, kind: str) -> HttpResponse:
    rows = tuple(_found(request, _filters(request)))
    return sheets.answer(SHEET, Page(rows, 1, 1, len(rows)), kind=kind, at=clock.now())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def close(request: Request) -> HttpResponse:
    form = ClosureForm(request.POST or None)
    if form.is_valid():
        try:
            catalogue.close(
                guarantor_id=rules.guarantor_of(request.actor),
                at=clock.now(),
                actor=request.actor,
                **form.cleaned_data,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("停办日期已保存，投标人的最晚付费时间随之提前。"))
            return redirect("guarantor:calendar")
    context = {"nav": nav(request), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "guarantor/calendar_close.html", context, status=status)


@require_POST
@signed_in(Role.GUARANTOR)
def lift(request: Request, closure_id: UUID) -> HttpResponse:
    desk.closure(closure_id=closure_id, actor=request.actor)
    catalogue.lift_closure(closure_id=closure_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已取消，这几天照常出函。"))
    return redirect("guarantor:calendar")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def pause(request: Request) -> HttpResponse:
    form = PauseForm(request.POST or None)
    if form.is_valid():
        catalogue.pause(
            guarantor_id=rules.guarantor_of(request.actor),
            at=clock.now(),
            actor=request.actor,
            **form.cleaned_data,
        )
        messages.success(request, _now("已暂停受理。恢复之前，投标人不能选择本机构的产品。"))
        return redirect("guarantor:calendar")
    context = {"nav": nav(request), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "guarantor/calendar_pause.html", context, status=status)


@require_POST
@signed_in(Role.GUARANTOR)
def resume(request: Request) -> HttpResponse:
    catalogue.resume(
        guarantor_id=rules.guarantor_of(request.actor), at=clock.now(), actor=request.actor
    )
    messages.success(request, _now("已恢复受理。"))
    return redirect("guarantor:calendar")


def _filters(request: Request) -> Filters:
    states = [(name, words) for name, (_tone, words) in STATES.items()]
    return Filters(request.GET, words=_("原因"), states=states)


def _found(request: Request, filters: Filters) -> list[tuple[Closure, str]]:
    today = day_of(clock.now())
    found = desk.closures(search=filters.words, actor=request.actor)
    rows = [(closure, state_of(closure, today)) for closure in found]
    return [row for row in rows if filters.chosen in ("", row[1])]
