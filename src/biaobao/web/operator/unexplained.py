"""不明支出: what banks took from our accounts that nobody here ordered, or that answers nothing known."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.types import Kind
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.paging import asked_page

# What it is, and what to do.
KINDS = {
    Kind.DEBIT: (
        "bad",
        _("支出，没有对应的付款指令"),
        _("平台没有发出过这样的付款指令。请立即联系开户行，凭流水号查明用途；属误扣的，要求冲回。"),
    ),
    Kind.REVERSAL: (
        "warn",
        _("冲回，没有对应的入账"),
        _("银行冲回了一笔没有通知过的入账。请联系开户行补发原入账通知；补到后系统自动核销。"),
    ),
    Kind.CREDIT: (
        "warn",
        _("退汇，没有对应的支出"),
        _("银行退回了一笔还没有通知支出的付款。请联系开户行补发支出通知；补到后系统自动核销。"),
    ),
}


@require_safe
@signed_in(Role.OPERATOR)
def unexplained(request: Request) -> HttpResponse:
    found = banking.unexplained(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "rows": [(row, *KINDS[row.kind]) for row in found.rows],
        "page": found,
    }
    return render(request, "operator/unexplained.html", context)
