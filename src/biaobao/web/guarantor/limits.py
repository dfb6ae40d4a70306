"""额度与敞口: how much a guarantor has taken on, in total, for each bidder, for each opened lot."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import business
from biaobao.domain.guarantees.rules.desk import guarantor_of
from biaobao.domain.guarantees.types import PrincipalExposure, Taken
from biaobao.platform import clock
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.charts import Bar, Chart
from biaobao.web.ui.forms import Filters, Form, add_refusal
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.sheets import Column, Sheet

BARS = 8
SHEET: Sheet[PrincipalExposure] = Sheet(
    _("额度与敞口"),
    (
        Column(_("投标人"), lambda row: row.name),
        Column(_("统一社会信用代码"), lambda row: row.uscc),
        Column(_("额度（元）"), lambda row: row.taken.limit),
        Column(_("已占用（元）"), lambda row: row.taken.reserved),
        Column(_("在保（元）"), lambda row: row.taken.used),
        Column(_("余额（元）"), lambda row: row.taken.free),
        Column(_("暂停时间"), lambda row: row.suspended_since),
        Column(_("暂停原因"), lambda row: row.suspended_why),
    ),
)


class SuspensionForm(Form):
    """Why a guarantor issues nothing for a bidder."""

    reason = forms.CharField(
        label=_("暂停的原因"), max_length=200, help_text=_("只有本机构和平台运营人员看到。")
    )


@require_safe
@signed_in(Role.GUARANTOR)
def limits(request: Request) -> HttpResponse:
    filters = _filters(request)
    page = business.principals(
        search=filters.words, page=asked_page(request.GET.get("page", "")), actor=request.actor
    )
    context = {
        "nav": nav(request),
        "filters": filters,
        "total": business.total(actor=request.actor),
        "page": page,
        "chart": _chart(page.rows),
        "lots": business.lots(actor=request.actor),
    }
    return render(request, "guarantor/limits.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export(request: Request, kind: str) -> HttpResponse:
    page = business.principals(
        search=_filters(request).words, size=sheets.ROWS_MAX, actor=request.actor
    )
    return sheets.answer(SHEET, page, kind=kind, at=clock.now())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def suspend(request: Request, organisation_id: UUID) -> HttpResponse:
    """Issue nothing for a bidder from now on; its letters that bind stand."""
    principal = _known(organisation_id, request.actor)
    form = SuspensionForm(request.POST or None)
    if form.is_valid():
        try:
            catalogue.suspend_principal(
                guarantor_id=guarantor_of(request.actor),
                principal_id=organisation_id,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已暂停为 %(name)s 出函。") % {"name": principal.name})
            return redirect("guarantor:limits")
    context = {"nav": nav(request), "principal": principal, "form": form}
    status = 422 if form.errors else 200
    return render(request, "guarantor/suspend.html", context, status=status)


@require_POST
@signed_in(Role.GUARANTOR)
def readmit(request: Request, organisation_id: UUID) -> HttpResponse:
    principal = _known(organisation_id, request.actor)
    catalogue.readmit_principal(
        guarantor_id=guarantor_of(request.actor),
        principal_id=organisation_id,
        at=clock.now(),
        actor=request.actor,
    )
    messages.success(request, _now("已恢复为 %(name)s 出函。") % {"name": principal.name})
    return redirect("guarantor:limits")


def _known(organisation_id: UUID, actor: Actor) -> PrincipalExposure:
    """Return a bidder for whom the guarantor ever took something on; it knows no others."""
    found = business.principals(size=sheets.ROWS_MAX, actor=actor).rows
    for each in found:
        if each.principal_id == organisation_id:
            return each
    raise NotFound(f"principal {organisation_id}")


def _filters(request: Request) -> Filters:
    return Filters(request.GET, words=_("投标人名称或统一社会信用代码"))


def _chart(rows: tuple[PrincipalExposure, ...]) -> Chart:
    bars = tuple(_bar(each.name, each.taken) for each in rows[:BARS])
    return Chart(_("在保与占用，按投标人"), (_("在保"), _("已占用")), bars)


def _bar(name: str, taken: Taken) -> Bar:
    both = taken.used.fen + taken.reserved.fen
    share = both * 100 // taken.limit.fen if taken.limit.fen else 0
    return Bar(name, (taken.used.fen, taken.reserved.fen), f"{share} %", taken.limit.fen)
