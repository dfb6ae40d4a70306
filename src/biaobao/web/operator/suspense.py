"""暂存款项: money that fits no lot, why, and the two ways on: to its bidder, or back to its payer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused, refuse
from biaobao.domain.banking.rules import same_name
from biaobao.domain.deposits.actions import claims, refunds
from biaobao.domain.deposits.queries import suspense as deposit_suspense
from biaobao.domain.deposits.states import RefundState
from biaobao.domain.deposits.types import SuspenseRow
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import Organisation
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import verdicts
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.paging import asked_page, asked_words
from biaobao.web.ui.parts import Check

# What an operator does about money of each reason.
WAYS_ON: dict[str, str | Promise] = {
    "UNKNOWN_SUB_ACCOUNT": _(
        "付款人填错了账号，或付到了主账户。请按付款户名找到投标人并认给他，由他选择标段；"
        "找不到的，退回付款人。"
    ),
    "NOT_IN_USE": _(
        "这个子账号还没有给任何投标人使用，多半是抄错了账号。请按付款户名找到投标人并认给他；"
        "找不到的，退回付款人。"
    ),
    "CLOSED": _(
        "这个子账号用完后已销户，付款人多半沿用了旧账号。请按付款户名找到投标人并认给他；"
        "不再投标的，退回付款人。"
    ),
    "PAYER_UNKNOWN": _(
        "这个标段的投标人付到同一账号，按付款户名和账号认不出是谁。请等投标人凭回单认领，"
        "或核实后认给他；核实不了的，退回付款人。"
    ),
    "FOREIGN_CURRENCY": _("保证金只收人民币，外币不能认给投标人，只能退回付款人。"),
}
# How a refund that is under way stands, said beside the money itself.
UNDER_WAY = {
    RefundState.PROPOSED: ("wait", _("退款待复核")),
    RefundState.APPROVED: ("info", _("退款办理中")),
    RefundState.PAID: ("ok", _("已退回付款人")),
    RefundState.FAILED: ("bad", _("退款被银行拒绝")),
    RefundState.RETURNED: ("bad", _("退款退汇")),
}


class OfferForm(Form):
    """Whose the money is."""

    uscc = forms.CharField(
        label=_("投标人的统一社会信用代码"),
        max_length=40,
        help_text=_("18 位。下一步核对单位名称，确认后才通知投标人。"),
    )
    note = forms.CharField(
        label=_("给投标人的说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def clean_uscc(self) -> str:
        return "".join(str(self.cleaned_data["uscc"]).split()).upper()


class ReturnForm(Form):
    """Why money goes back to its payer."""

    reason = forms.CharField(
        label=_("退回的理由"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("复核的同事会看到，例如：联系不上付款人，已满五日。"),
    )


@require_safe
@signed_in(Role.OPERATOR)
def suspense(request: Request) -> HttpResponse:
    reason, text = (asked_words(request.GET.get(name, "")) for name in ("reason", "q"))
    found = deposit_suspense.waiting(
        reason=reason,
        text=text,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    lists = deposit_suspense.lists(actor=request.actor)
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "lists": [(each, verdicts.reason(each.reason)) for each in lists],
        "credits": sum(each.credits for each in lists),
        "reason": reason,
        "search": text,
        "rows": [
            (
                row,
                verdicts.reason(row.credit.reason),
                verdicts.remedy(row.credit.reason),
                _under_way(row),
            )
            for row in found.rows
        ],
        "page": found,
    }
    return render(request, "operator/suspense.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def credit(request: Request, credit_id: UUID) -> HttpResponse:
    row = deposit_suspense.credit(credit_id=credit_id, actor=request.actor)
    likely = _likely(request, row)
    first = {"uscc": likely[0].uscc} if len(likely) == 1 else {}
    return _page(request, row, OfferForm(initial=first), ReturnForm(), likely)


@require_POST
@signed_in(Role.OPERATOR)
def offer(request: Request, credit_id: UUID) -> HttpResponse:
    """Look up the name first and show it; offer the money once that was confirmed."""
    row = deposit_suspense.credit(credit_id=credit_id, actor=request.actor)
    form = OfferForm(request.POST)
    if form.is_valid():
        try:
            bidder = _bidder(request, form.cleaned_data["uscc"])
            if request.POST.get("sure") != "yes":
                return _ask_whether_sure(request, row, form, bidder)
            claims.offer(
                credit_id=credit_id,
                uscc=form.cleaned_data["uscc"],
                note=form.cleaned_data["note"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            told = _now("已通知 %(name)s 确认并选择标段。") % {"name": bidder.name}
            messages.success(request, told)
            return redirect("operator:credit", credit_id)
    return _page(request, row, form, ReturnForm(), _likely(request, row))


@require_POST
@signed_in(Role.OPERATOR)
def give_back(request: Request, credit_id: UUID) -> HttpResponse:
    row = deposit_suspense.credit(credit_id=credit_id, actor=request.actor)
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            refund_id = refunds.return_unplaced(
                credit_id=credit_id,
                note=form.cleaned_data["reason"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已提出退款，请另一名运营人员复核。"))
            return redirect("operator:refund", refund_id)
    return _page(request, row, OfferForm(), form, _likely(request, row))


def _page(
    request: Request,
    row: SuspenseRow,
    offering: OfferForm,
    returning: ReturnForm,
    likely: tuple[Organisation, ...],
) -> HttpResponse:
    money = row.credit
    is_idle = money.refundable_minor > 0 and row.claim_id is None and not row.refund_id
    is_home = money.currency == "CNY"
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "row": row,
        "credit": money,
        "reason": verdicts.reason(money.reason),
        "way_on": WAYS_ON.get(money.reason if is_home else "FOREIGN_CURRENCY", ""),
        "under_way": _under_way(row),
        "is_idle": is_idle,
        "may_offer": is_idle and is_home,
        "may_return": is_idle and bool(money.payer_account),
        "likely": likely,
        "offering": offering,
        "returning": returning,
    }
    status = 422 if offering.errors or returning.errors else 200
    return render(request, "operator/credit.html", context, status=status)


def _ask_whether_sure(
    request: Request, row: SuspenseRow, form: OfferForm, bidder: Organisation
) -> HttpResponse:
    payer = row.credit.payer_name
    is_same = same_name(payer, bidder.name)
    check = Check(
        _now("付款户名与投标人名称"),
        "PASS" if is_same else "WARN",
        ((_now("付款户名"), payer or _now("银行未提供")), (_now("投标人"), bidder.name)),
        "" if is_same else _now("户名不同：请先核实是否为这家单位付款，再通知它。"),
    )
    context: dict[str, Any] = {
        "nav": nav(request),
        "row": row,
        "credit": row.credit,
        "bidder": bidder,
        "check": check,
        "said": form.cleaned_data,
    }
    return render(request, "operator/offer.html", context)


def _bidder(request: Request, uscc: str) -> Organisation:
    found = parties.organisation_with_code(uscc=uscc, actor=request.actor)
    if found is None or found.role is not Role.BIDDER:
        raise refuse("NO_SUCH_BIDDER", field="uscc", uscc=uscc)
    return found


def _likely(request: Request, row: SuspenseRow) -> tuple[Organisation, ...]:
    """Return the bidders whose name is the payer's."""
    name = row.credit.payer_name
    if not name:
        return ()
    found = parties.search_organisations(
        text=name, role=Role.BIDDER, page=1, actor=request.actor
    ).rows
    return tuple(each for each in found if same_name(name, each.name))


def _under_way(row: SuspenseRow) -> tuple[str, str] | None:
    if row.refund_state:
        tone, word = UNDER_WAY[RefundState(row.refund_state)]
        return tone, str(word)
    if row.offer_to:
        return "wait", _now("待 %(name)s 确认") % {"name": row.offer_to}
    return None
