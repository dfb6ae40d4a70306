"""保费 and 发票: what a guarantor earned by month, and the invoices over it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.core.paging import Page
from biaobao.domain.guarantees.queries import business
from biaobao.domain.guarantees.types import Month
from biaobao.domain.invoices import queries as invoicing
from biaobao.domain.invoices.types import Invoice
from biaobao.platform import clock
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui import invoices as said
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.charts import Bar, Chart
from biaobao.web.ui.forms import Filters
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.sheets import Column, Sheet

BARS = 12
MONTHS: Sheet[Month] = Sheet(
    _("保费"),
    (
        Column(_("月份"), lambda row: f"{row.first:%Y-%m}"),
        Column(_("保函（份）"), lambda row: row.letters),
        Column(_("保费（元）"), lambda row: row.premiums),
        Column(_("退保退回（元）"), lambda row: row.given_back),
    ),
)
INVOICES: Sheet[Invoice] = Sheet(
    _("发票"),
    (
        Column(_("申请编号"), lambda row: row.number),
        Column(_("发票号码"), lambda row: row.invoice_number),
        Column(_("购方"), lambda row: row.title),
        Column(_("购方税号"), lambda row: row.tax_number),
        Column(_("种类"), lambda row: said.KINDS[row.details.kind]),
        Column(_("金额（元）"), lambda row: row.total),
        Column(_("申请时间"), lambda row: row.applied_at),
        Column(_("开票时间"), lambda row: row.issued_at),
        Column(_("红字发票号码"), lambda row: row.red_number),
        Column(_("状态"), lambda row: said.STATES[row.state][1]),
    ),
)


@require_safe
@signed_in(Role.GUARANTOR)
def premiums(request: Request) -> HttpResponse:
    months = business.months(actor=request.actor)
    bars = tuple(
        Bar(f"{each.first:%Y-%m}", (each.premiums.fen, each.given_back.fen), str(each.premiums))
        for each in months[:BARS]
    )
    context = {
        "nav": nav(request),
        "months": months,
        "chart": Chart(_("保费，按开立月份"), (_("已赚"), _("退保退回")), bars),
    }
    return render(request, "guarantor/premiums.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export_premiums(request: Request, kind: str) -> HttpResponse:
    rows = business.months(actor=request.actor)
    return sheets.answer(MONTHS, Page(rows, 1, 1, len(rows)), kind=kind, at=clock.now())


@require_safe
@signed_in(Role.GUARANTOR)
def invoices(request: Request) -> HttpResponse:
    filters = _filters(request)
    page = invoicing.mine(
        search=filters.words,
        state=filters.chosen,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    rows = [(each, *said.STATES[each.state]) for each in page.rows]
    context = {"nav": nav(request), "filters": filters, "page": page, "rows": rows}
    return render(request, "guarantor/invoices.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export_invoices(request: Request, kind: str) -> HttpResponse:
    filters = _filters(request)
    page = invoicing.mine(
        search=filters.words, state=filters.chosen, size=sheets.ROWS_MAX, actor=request.actor
    )
    return sheets.answer(INVOICES, page, kind=kind, at=clock.now())


def _filters(request: Request) -> Filters:
    states = [(state.value, str(word)) for state, (_tone, word) in said.STATES.items()]
    return Filters(request.GET, words=_("申请编号、发票号码或购方"), states=states)
