"""利息: each bank's fund and rates, and what is owed on money that was paid back."""

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
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.interest import actions, queries
from biaobao.domain.interest.rules import NOTE_MAX
from biaobao.domain.interest.types import Fund, Interest, Rate
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import interest as words
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Filters, Form, PercentField, add_refusal, day_field
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.sheets import Column, Sheet

SHEET: Sheet[Interest] = Sheet(
    _("利息"),
    (
        Column(_("利息编号"), lambda row: row.number),
        Column(_("单位"), lambda row: row.holder_name or row.payee_name),
        Column(_("起息日"), lambda row: row.since),
        Column(_("付出日"), lambda row: row.until),
        Column(_("利息（元）"), lambda row: row.amount),
        Column(_("状态"), lambda row: words.STATES[row.state][1]),
        Column(_("收款户名"), lambda row: row.payee_name),
        Column(_("收款账号"), lambda row: row.payee_account),
        Column(_("交银行"), lambda row: row.ordered_at),
        Column(_("银行付出"), lambda row: row.paid_at),
    ),
)


class RateForm(Form):
    """A bank's demand rate from a day on."""

    valid_from = day_field(
        _("生效日"),
        help_text=_("从这一天起按它计息。已算出的利息不变；同一天再添加一次，即为更正。"),
    )
    rate = PercentField(label=_("活期年利率（%）"), help_text=_("例如 0.05。"))
    note = forms.CharField(
        label=_("依据"),
        max_length=NOTE_MAX,
        required=False,
        help_text=_("例如：开户行挂牌公告的日期和名称。"),
    )


@require_safe
@signed_in(Role.OPERATOR)
def interest(request: Request) -> HttpResponse:
    filters = _filters(request)
    page = queries.listed(
        search=filters.words,
        state=filters.chosen,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    today = day_of(clock.now())
    context = {
        "nav": nav(request),
        "funds": [
            {
                "fund": fund,
                "rates": [(rate, words.percent(rate.ppm)) for rate in fund.rates],
                "current": _current(fund, today),
            }
            for fund in queries.funds(actor=request.actor)
        ],
        "filters": filters,
        "page": page,
        "rows": [words.shown(row) for row in page.rows],
    }
    return render(request, "operator/interest.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def export(request: Request, kind: str) -> HttpResponse:
    filters = _filters(request)
    page = queries.listed(
        search=filters.words, state=filters.chosen, size=sheets.ROWS_MAX, actor=request.actor
    )
    return sheets.answer(SHEET, page, kind=kind, at=clock.now())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def add_rate(request: Request, bank: str) -> HttpResponse:
    fund = _fund(request, bank)
    form = RateForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.add_rate(
                bank=bank,
                rate=Rate(said["valid_from"], said["rate"], said["note"]),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("利率已添加，待计算的利息随即按它计算。"))
            return redirect("operator:interest")
    context = {"nav": nav(request), "fund": fund, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "operator/interest_rate.html", context, status=status)


@require_POST
@signed_in(Role.OPERATOR)
def pay_again(request: Request, interest_id: UUID) -> HttpResponse:
    actions.pay_again(interest_id=interest_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("正在重新交银行支付，结果在下面显示。"))
    return redirect("operator:interest")


def _fund(request: Request, bank: str) -> Fund:
    for fund in queries.funds(actor=request.actor):
        if fund.bank == bank:
            return fund
    raise NotFound(f"the fund of bank {bank}")


def _current(fund: Fund, today: date) -> str:
    rate = next((rate for rate in fund.rates if rate.valid_from <= today), None)
    return words.percent(rate.ppm) if rate else ""


def _filters(request: Request) -> Filters:
    states = [(state.value, str(word)) for state, (_tone, word, _next) in words.STATES.items()]
    return Filters(request.GET, words=_("利息编号、单位或收款户名"), states=states)
