"""退款: what of a bidder's money goes back, asked for by one of its people and approved by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as queries
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.states import DepositState
from biaobao.domain.deposits.types import RefundRow
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui import refunds as words
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.paging import asked_page

READ_AND_SEND = ["GET", "HEAD", "POST"]
# What giving a deposit up is for, and its words: the heading, and the button.
GIVING_UP = {
    "SWITCHED": (gettext_lazy("改用其他方式"), gettext_lazy("确认改用其他方式")),
    "WITHDRAWN": (gettext_lazy("撤回投标，申请退还"), gettext_lazy("确认撤回投标")),
}


class PayeeForm(Form):
    """Another account of the bidder's own for a refund that could not reach its payer."""

    account_name = forms.CharField(
        label=gettext_lazy("户名"),
        max_length=200,
        help_text=gettext_lazy("须与本单位名称一致。"),
    )
    number = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=64,
        help_text=gettext_lazy("可带空格，请对照开户资料填写。"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_name = forms.CharField(
        label=gettext_lazy("开户行"),
        max_length=200,
        help_text=gettext_lazy("写到分行或支行。"),
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("例如原账户何时销户，便于平台核对。"),
        widget=forms.Textarea({"rows": 3}),
    )


@require_safe
@signed_in(Role.BIDDER)
def refunds(request: Request) -> HttpResponse:
    """List the bidder's refunds, those under way first."""
    page = queries.mine(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    context = {
        "nav": nav.console("refunds"),
        "page": page,
        "rows": [words.shown(row, own_name=request.organisation_name) for row in page.rows],
        "now": clock.now(),
    }
    return render(request, "bidder/refunds.html", context)


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def approve(request: Request, refund_id: UUID) -> HttpResponse:
    """Show what would be paid to whom, and on the second look approve it."""
    if request.method == "POST":
        row = queries.refund(refund_id=refund_id, actor=request.actor)
        actions.approve(refund_id=refund_id, at=clock.now(), actor=request.actor)
        messages.success(request, _("已复核，系统正在把付款指令发送给银行。"))
        return _to_lot(row)
    row = queries.refund(refund_id=refund_id, actor=request.actor)
    return _page(request, "refund_approve", row, {})


@require_POST
@signed_in(Role.BIDDER)
def cancel(request: Request, refund_id: UUID) -> HttpResponse:
    row = queries.refund(refund_id=refund_id, actor=request.actor)
    actions.cancel(refund_id=refund_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("退款申请已撤回，款项仍在本单位名下。"))
    return _to_lot(row)


@require_POST
@signed_in(Role.BIDDER)
def again(request: Request, refund_id: UUID) -> HttpResponse:
    """Propose a refund once more that did not reach its payee."""
    row = queries.refund(refund_id=refund_id, actor=request.actor)
    actions.propose_again(refund_id=refund_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已重新提出退款，等待复核。"))
    return _to_lot(row)


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def payee(request: Request, refund_id: UUID) -> HttpResponse:
    """Tell another account of the bidder's own for a refund."""
    row = queries.refund(refund_id=refund_id, actor=request.actor)
    form = PayeeForm(_sent(request), initial={"account_name": request.organisation_name})
    if form.is_valid():
        try:
            actions.correct_payee(
                refund_id=refund_id, at=clock.now(), actor=request.actor, **form.cleaned_data
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("收款账户已提交，平台核对后通知复核。"))
            return _to_lot(row)
    return _page(request, "refund_payee", row, {"form": form})


@require_POST
@signed_in(Role.BIDDER)
def ask_back(request: Request, lot_id: UUID, credit_id: UUID) -> HttpResponse:
    """Ask that what does not count of a credit goes back."""
    actions.ask_back(credit_id=credit_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已申请退回，请本单位另一名人员复核。"))
    return redirect(_refunds_of(lot_id))


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def give_up(request: Request, lot_id: UUID, reason: str) -> HttpResponse:
    """Say what giving the deposit up means, and on the second look do it."""
    heading, button = GIVING_UP[reason]
    if request.method == "POST":
        choosing.give_up(lot_id=lot_id, reason=reason, at=clock.now(), actor=request.actor)
        messages.success(request, _("已办理。有款项到账的，已提出退款，请本单位另一名人员复核。"))
        return redirect(_refunds_of(lot_id))
    position = deposit_standing.position(lot_id=lot_id, actor=request.actor)
    if position.standing is None or position.standing.state is DepositState.RELEASED:
        # There is nothing to give up, or not any more.
        return redirect("bidder:security", lot_id)
    context = {
        "nav": nav.workbench(position.lot, "security"),
        "lot": position.lot,
        "position": position,
        "standing": position.standing,
        "is_withdrawal": reason == "WITHDRAWN",
        "heading": heading,
        "button": button,
        "now": clock.now(),
    }
    return render(request, "bidder/give_up.html", context)


def _page(request: Request, name: str, row: RefundRow, context: dict[str, Any]) -> HttpResponse:
    context |= {
        "nav": nav.console("refunds"),
        "refund": words.shown(row, own_name=request.organisation_name),
        "up": _refunds_of(row.lot_id),
        "now": clock.now(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, f"bidder/{name}.html", context, status=status)


def _to_lot(row: RefundRow) -> HttpResponse:
    return redirect(_refunds_of(row.lot_id))


def _refunds_of(lot_id: UUID | None) -> str:
    if lot_id is None:
        return reverse("bidder:refunds")
    return reverse("bidder:security", args=[lot_id]) + "#refunds"


def _sent(request: Request) -> QueryDict | None:
    """Return what was sent, even if it is nothing; None when a form is only looked at."""
    return request.POST if request.method == "POST" else None
