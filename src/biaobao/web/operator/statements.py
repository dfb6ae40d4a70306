"""对账: each day's statement against the notices and the books, and what of it does not agree."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import statements as actions
from biaobao.domain.banking.types import Cause, DayTotals, Difference, DifferenceRow, ReconciledDay
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.paging import asked_page

Words = str | Promise

# What differs, and what to do now.
CAUSES: dict[Cause, tuple[Words, Words]] = {
    Cause.NOTICE_MISSED: (
        gettext_lazy("银行漏发了到账通知"),
        gettext_lazy("已按对账单入账一次；通知以后再来也不会重复入账，无需处理。"),
    ),
    Cause.NOT_IN_STATEMENT: (
        gettext_lazy("通知有、对账单没有"),
        gettext_lazy("请凭流水号向银行核实；银行重发当日对账单后，本项自动消除。"),
    ),
    Cause.CONTENT_DIFFERS: (
        gettext_lazy("对账单与先前的通知内容不同"),
        gettext_lazy("账上以第一次收到的为准。请凭文件中的位置向银行核实哪一份正确，再写明说明。"),
    ),
    Cause.UNBOOKED: (
        gettext_lazy("对账单有、账上还没有入账"),
        gettext_lazy("这笔支出或冲正找不到对应的付款指令或原款项。请向银行核实来由，再写明说明。"),
    ),
    Cause.DOES_NOT_ADD_UP: (
        gettext_lazy("对账单自身不平：期初加发生额不等于期末"),
        gettext_lazy("请到「银行文件」查看有无读不懂的条目，并请银行重发当日对账单。"),
    ),
    Cause.GAP: (
        gettext_lazy("期初与上一日期末不相接"),
        gettext_lazy("请向银行索要缺少或更正的对账单；导入后本项自动消除。"),
    ),
    Cause.DAY_MISSING: (
        gettext_lazy("缺少一个工作日的对账单"),
        gettext_lazy("请向银行索要这一天的对账单；导入后本项自动消除。当天停业的，请写明说明。"),
    ),
    Cause.BOOKS_DIFFER: (
        gettext_lazy("账上发生额与银行通知不符"),
        gettext_lazy("请立即联系技术支持核查账簿（biaobao verify-ledger），查明前不要办理退款。"),
    ),
}


class ExplanationForm(Form):
    """Why a difference is as it is."""

    explanation = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("写明向谁核实、结果怎样。保存后不能改写，并记入审计。"),
    )


@require_safe
@signed_in(Role.OPERATOR)
def statements(request: Request) -> HttpResponse:
    found = queries.reconciled_days(
        page=asked_page(request.GET.get("page", "")), actor=request.actor
    )
    context = {
        "nav": nav(request),
        "rows": [(day, *verdict(day)) for day in found.rows],
        "found": found,
        "page": found,
    }
    return render(request, "operator/statements.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def statement(request: Request, reconciliation_id: UUID) -> HttpResponse:
    found = queries.reconciled_day(reconciliation_id=reconciliation_id, actor=request.actor)
    tone, word = verdict(found.day)
    context = {
        "nav": nav(request),
        "day": found.day,
        "tone": tone,
        "word": word,
        "totals": found.totals,
        "not_shown": found.not_shown,
        "open": [_as_row(row, found.totals) for row in found.differences if row.is_open],
        "over": [_as_row(row, found.totals) for row in found.differences if not row.is_open],
    }
    return render(request, "operator/statement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def explain(request: Request, difference_id: UUID) -> HttpResponse:
    day, row = queries.difference(difference_id=difference_id, actor=request.actor)
    form = ExplanationForm(request.POST or None)
    if form.is_valid():
        try:
            actions.explain(
                difference_id=difference_id,
                at=clock.now(),
                actor=request.actor,
                **form.cleaned_data,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("说明已保存。差异消除以前仍会保留在这一天的对账结果里。"))
            return redirect("operator:statement", day.id)
    context = {"nav": nav(request), "day": day, "form": form, **_as_row(row, None)}
    status = 422 if request.method == "POST" else 200
    return render(request, "operator/statement_explain.html", context, status=status)


def verdict(day: ReconciledDay) -> tuple[str, str]:
    """Return in which tone and words a day is told of."""
    if day.open:
        return "bad", _("%(n)d 处差异") % {"n": day.open}
    if day.explained:
        return "warn", _("%(n)d 处差异已说明") % {"n": day.explained}
    return "ok", _("相符")


def _as_row(row: DifferenceRow, totals: DayTotals | None) -> dict[str, object]:
    cause, now = CAUSES[row.found.cause]
    stated, ours = _both(row.found, totals)
    return {"row": row, "cause": cause, "now": now, "stated": stated, "ours": ours}


def _both(found: Difference, totals: DayTotals | None) -> tuple[str, str]:
    """Return what the statement says and what we have; of a day's sums before openings, how far apart."""
    if found.cause is Cause.CONTENT_DIFFERS:
        names = [str(FIELDS.get(name, name)) for name in found.detail.split(", ")]
        return _("第 %(place)s 条") % {"place": found.serial}, _("不同的是：") + "、".join(names)
    if found.cause is Cause.DAY_MISSING:
        return _("没有"), found.serial
    if found.apart_minor is None:
        return _amount(found.stated_minor), _amount(found.ours_minor)
    if totals is None:
        word = _("多 %(sum)s") if found.apart_minor > 0 else _("少 %(sum)s")
        return word % {"sum": Money(abs(found.apart_minor))}, _("合计数开标前保密")
    sums = {
        Cause.DOES_NOT_ADD_UP: (totals.closing_fen, totals.opening_fen + totals.entries_fen),
        Cause.GAP: (totals.opening_fen, totals.previous_closing_fen),
        Cause.BOOKS_DIFFER: (totals.entries_fen, totals.booked_fen),
    }
    stated, ours = sums[found.cause]
    return _amount(stated), _amount(ours)


def _amount(minor: int | None) -> str:
    return _("没有") if minor is None else str(Money(minor))


FIELDS: dict[str, Words] = {
    "account": gettext_lazy("账号"),
    "amount_minor": gettext_lazy("金额"),
    "currency": gettext_lazy("币种"),
    "payer_account": gettext_lazy("付款账号"),
    "original_serial": gettext_lazy("原流水号"),
}
