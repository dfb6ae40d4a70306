"""收款账户变更: another account for a refund that did not reach its payer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.banking.rules import same_account
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as queries
from biaobao.domain.deposits.types import PayeeToDecide
from biaobao.platform import clock
from biaobao.web.operator.claims import DeclineForm
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import add_refusal
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.parties import name_check


@require_safe
@signed_in(Role.OPERATOR)
def payees(request: Request) -> HttpResponse:
    return _page(request, {})


@require_POST
@signed_in(Role.OPERATOR)
def confirm(request: Request, change_id: UUID) -> HttpResponse:
    actions.confirm_payee(change_id=change_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已确认，退款按新的收款账户重新提出，等待复核。"))
    return redirect("operator:payees")


@require_POST
@signed_in(Role.OPERATOR)
def decline(request: Request, change_id: UUID) -> HttpResponse:
    form = DeclineForm(request.POST, prefix=str(change_id))
    if form.is_valid():
        try:
            actions.decline_payee(
                change_id=change_id,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已保存，投标人会看到原因，可以重新填写。"))
            return redirect("operator:payees")
    return _page(request, {change_id: form})


def _page(request: Request, sent: dict[UUID, DeclineForm]) -> HttpResponse:
    found = queries.payee_changes(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    rows = [
        (
            each,
            name_check(each.change.bidder_name, each.change.account_name),
            _is_basic(each),
            sent.get(each.change.id) or DeclineForm(prefix=str(each.change.id)),
        )
        for each in found.rows
    ]
    context = {"nav": nav(request), "now": clock.now(), "rows": rows, "page": found}
    return render(request, "operator/payees.html", context, status=422 if sent else 200)


def _is_basic(each: PayeeToDecide) -> bool:
    return each.basic is not None and same_account(each.change.number, each.basic.number)
