"""退款: what goes back, approved by another person than who proposed it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as queries
from biaobao.domain.deposits.queries.refunds import OPEN
from biaobao.domain.deposits.states import PayeeState, RefundState
from biaobao.domain.deposits.types import PayeeChange, RefundRow
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import refunds as words
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.banks import bank_reason
from biaobao.web.ui.paging import asked_page, asked_words
from biaobao.web.ui.words import explain

FAILED = (RefundState.FAILED, RefundState.RETURNED)
# The lists of refunds, by what the address calls them.
LISTS = {
    "": (_("办理中"), OPEN),
    "proposed": (_("待复核"), (RefundState.PROPOSED,)),
    "approved": (_("银行处理中"), (RefundState.APPROVED,)),
    "failed": (_("未成功"), FAILED),
    "paid": (_("已退款"), (RefundState.PAID,)),
    "cancelled": (_("已取消"), (RefundState.CANCELLED,)),
}
OVERDUE = "overdue"


@require_safe
@signed_in(Role.OPERATOR)
def refunds(request: Request) -> HttpResponse:
    now = clock.now()
    asked, text = (asked_words(request.GET.get(name, "")) for name in ("state", "q"))
    states = LISTS[asked][1] if asked in LISTS else OPEN
    found = queries.queue(
        states=states,
        text=text,
        overdue_at=now if asked == OVERDUE else None,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    context = {
        "nav": nav(request),
        "now": now,
        "lists": [(name, title) for name, (title, _states) in LISTS.items()],
        "asked": asked,
        "search": text,
        "rows": [words.shown(row) for row in found.rows],
        "page": found,
    }
    return render(request, "operator/refunds.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def refund(request: Request, refund_id: UUID) -> HttpResponse:
    row = queries.refund(refund_id=refund_id, actor=request.actor)
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "refund": row,
        "shown": words.shown(row),
        "may_approve": _may_approve(row),
        "bank_said": bank_reason(row.order.reason, row.order.words) if row.order else "",
        "may_cancel": row.state is RefundState.PROPOSED and row.attempt == 1,
        "may_propose_again": row.state in FAILED and not _waits(row.payee_change),
    }
    return render(request, "operator/refund.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def approve(request: Request, refund_id: UUID) -> HttpResponse:
    """Show what is approved and who proposed it; approve it once that was read."""
    row = queries.refund(refund_id=refund_id, actor=request.actor)
    explanations = []
    if request.method == "POST":
        try:
            actions.approve(refund_id=refund_id, at=clock.now(), actor=request.actor)
        except Refused as refused:
            explanations = [explain(each) for each in refused.objections]
        else:
            messages.success(request, _now("已复核同意，系统正在通知银行付款。"))
            return redirect("operator:refund", refund_id)
    elif not _may_approve(row):
        return redirect("operator:refund", refund_id)
    context = {
        "nav": nav(request),
        "refund": row,
        "shown": words.shown(row),
        "explanations": explanations,
    }
    status = 422 if explanations else 200
    return render(request, "operator/refund_approve.html", context, status=status)


@require_POST
@signed_in(Role.OPERATOR)
def cancel(request: Request, refund_id: UUID) -> HttpResponse:
    actions.cancel(refund_id=refund_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已撤回，款项没有变动。"))
    return redirect("operator:refund", refund_id)


@require_POST
@signed_in(Role.OPERATOR)
def propose_again(request: Request, refund_id: UUID) -> HttpResponse:
    actions.propose_again(refund_id=refund_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已重新提出，请另一名运营人员复核。"))
    return redirect("operator:refund", refund_id)


@require_safe
@signed_in(Role.OPERATOR)
def lots(request: Request) -> HttpResponse:
    """整标段退还: every terminated lot, whether anybody paid for it or not."""
    found = queries.terminated_lots(
        page=asked_page(request.GET.get("page", "")), actor=request.actor
    )
    context = {"nav": nav(request), "now": clock.now(), "page": found}
    return render(request, "operator/refund_lots.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def approve_lot(request: Request, lot_id: UUID) -> HttpResponse:
    lot = tenders.lot(lot_id=lot_id, actor=request.actor)
    if lot.state is not LotState.TERMINATED:
        raise NotFound(f"terminated lot {lot_id}")
    explanations = []
    if request.method == "POST":
        try:
            actions.approve_lot(lot_id=lot_id, at=clock.now(), actor=request.actor)
        except Refused as refused:
            explanations = [explain(each) for each in refused.objections]
        else:
            messages.success(request, _now("已同意整标段退还，系统按原路逐笔通知银行付款。"))
            return redirect("operator:refund-lots")
    context = {"nav": nav(request), "lot": lot, "explanations": explanations}
    status = 422 if explanations else 200
    return render(request, "operator/refund_lot.html", context, status=status)


def _may_approve(row: RefundRow) -> bool:
    return row.can_approve and bool(row.payee_account) and not _waits(row.payee_change)


def _waits(change: PayeeChange | None) -> bool:
    return change is not None and change.state is PayeeState.PROPOSED
