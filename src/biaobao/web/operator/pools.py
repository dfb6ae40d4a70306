"""账户池: whether each bank's free sub-accounts suffice, and what became of the last refill."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import banks as actions
from biaobao.domain.banking.types import Pool, Stock
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal

STOCK: dict[Stock, tuple[str, str | Promise, str | Promise]] = {
    Stock.ENOUGH: ("ok", gettext_lazy("充足"), gettext_lazy("空闲子账号高于补充线，无需处理。")),
    Stock.LOW: (
        "warn",
        gettext_lazy("偏低"),
        gettext_lazy("空闲子账号已到补充线，正在向银行申请补充。"),
    ),
    Stock.NONE: (
        "bad",
        gettext_lazy("用尽"),
        gettext_lazy("没有空闲子账号，新选择保证金的投标人正在等待；正在向银行申请补充。"),
    ),
}
PROBLEMS = {
    "BANK_REFUSED": gettext_lazy(
        "银行拒绝了申请。一分钟后会按备用数重新申请；持续拒绝时，请联系银行核实开户额度。"
    ),
    "BANK_UNREACHABLE": gettext_lazy(
        "银行没有应答。系统会用同一请求号继续申请，不会重复开户；持续无应答时，请联系银行。"
    ),
}


class SpareForm(Form):
    """How many free sub-accounts are to be kept."""

    spare = forms.IntegerField(
        label=gettext_lazy("备用子账号数"),
        help_text=gettext_lazy("空闲数降到它的一半时，自动向银行申请补充。"),
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )


@require_safe
@signed_in(Role.OPERATOR)
def pools(request: Request) -> HttpResponse:
    context = {
        "nav": nav(request),
        "rows": [_as_row(pool) for pool in queries.pools(actor=request.actor)],
    }
    return render(request, "operator/pools.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def spare(request: Request, bank: str) -> HttpResponse:
    """Set how many free sub-accounts of a bank are kept."""
    pool = next((p for p in queries.pools(actor=request.actor) if p.bank == bank), None)
    if pool is None:
        raise NotFound(f"bank {bank}")
    form = SpareForm(request.POST or None, initial={"spare": pool.spare})
    if form.is_valid():
        try:
            actions.set_spare(bank=bank, at=clock.now(), actor=request.actor, **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("备用子账号数已更新，低于补充线时会立即申请。"))
            return redirect("operator:pools")
    context = {"nav": nav(request), "form": form, **_as_row(pool)}
    status = 422 if request.method == "POST" else 200
    return render(request, "operator/pool_spare.html", context, status=status)


def _as_row(pool: Pool) -> dict[str, object]:
    tone, word, means = STOCK[pool.stock]
    problem = PROBLEMS.get(pool.problem, "")
    return {"pool": pool, "tone": tone, "word": word, "means": means, "problem": problem}
