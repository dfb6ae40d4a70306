"""认领: bidders' claims with their slips, beside the money in suspense that they may mean.

The lot is the bidder's secret. Nothing here may tell it: not what the file was called, either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.actions import claims as actions
from biaobao.domain.deposits.queries import claims as queries
from biaobao.domain.deposits.states import ClaimState
from biaobao.domain.deposits.types import ClaimRow, UnplacedCredit
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import attachment
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.parts import Check
from biaobao.web.ui.refunds import CLAIMS

# What a slip is called when it is handed out.
SLIPS = {
    "application/pdf": "slip.pdf",
    "image/png": "slip.png",
    "image/jpeg": "slip.jpg",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Money in suspense, and how it compares with what the bidder tells."""

    credit: UnplacedCredit
    checks: tuple[Check, ...]


class ConfirmForm(Form):
    """Which money it is."""

    credit = forms.UUIDField(
        label=_("对应的款项"), error_messages={"required": _("请选择对应的一笔款项。")}
    )


class DeclineForm(Form):
    """Why a claim, or an account, is not accepted."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("投标人会看到，请写明缺什么、怎样补。"),
    )


@require_safe
@signed_in(Role.OPERATOR)
def claims(request: Request) -> HttpResponse:
    found = queries.queue(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    context = {"nav": nav(request), "now": clock.now(), "page": found}
    return render(request, "operator/claims.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def claim(request: Request, claim_id: UUID) -> HttpResponse:
    return _page(request, _found(request, claim_id), ConfirmForm(), DeclineForm())


@require_safe
@signed_in(Role.OPERATOR)
def slip(request: Request, claim_id: UUID) -> HttpResponse:
    """Hand out the bank slip; whether the actor may see it, the query says."""
    row = _found(request, claim_id)
    if not row.slip_sha256:
        raise NotFound("slip")
    return attachment(name=SLIPS[row.slip_type], media_type=row.slip_type, sha256=row.slip_sha256)


@require_POST
@signed_in(Role.OPERATOR)
def confirm(request: Request, claim_id: UUID) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            actions.confirm(
                claim_id=claim_id,
                credit_id=form.cleaned_data["credit"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已确认，款项已转到投标人所说的标段。"))
            return redirect("operator:claims")
    return _page(request, _found(request, claim_id), form, DeclineForm())


@require_POST
@signed_in(Role.OPERATOR)
def decline(request: Request, claim_id: UUID) -> HttpResponse:
    form = DeclineForm(request.POST)
    if form.is_valid():
        try:
            actions.decline(
                claim_id=claim_id,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已保存。款项仍在暂存款项中，投标人会看到原因。"))
            return redirect("operator:claims")
    return _page(request, _found(request, claim_id), ConfirmForm(), form)


def _page(
    request: Request, row: ClaimRow, confirming: ConfirmForm, declining: DeclineForm
) -> HttpResponse:
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "claim": row,
        "state": CLAIMS[row.state],
        "is_open": row.state is ClaimState.PROPOSED,
        "is_picture": row.slip_type.startswith("image/"),
        "candidates": [Candidate(each, tuple(_compared(row, each))) for each in row.candidates],
        "confirming": confirming,
        "declining": declining,
    }
    status = 422 if confirming.errors or declining.errors else 200
    return render(request, "operator/claim.html", context, status=status)


def _found(request: Request, claim_id: UUID) -> ClaimRow:
    row = queries.claim(claim_id=claim_id, actor=request.actor)
    if not row.by_operator and not row.slip_sha256:
        # A bidder's own money on its way from lot to lot is no operator's business.
        raise NotFound(f"claim {claim_id}")
    return row


def _compared(row: ClaimRow, credit: UnplacedCredit) -> Iterable[Check]:
    told, account = row.payer_account or _now("未填写"), credit.payer_account
    is_meant = rules.may_be_meant(row.payer_account, account)
    yield _check(_now("付款账号"), told, account or _now("银行未提供"), is_same=is_meant)
    paid_on = row.paid_on.isoformat() if row.paid_on else _now("未填写")
    came_on = day_of(credit.credited_at).isoformat()
    yield _check(_now("付款日期"), paid_on, came_on, is_same=paid_on == came_on)
    amount = row.amount or Money(0)
    yield _check(
        _now("金额"),
        amount,
        Money(credit.amount_minor),
        is_same=amount.fen == credit.amount_minor,
    )


def _check(title: str, told: object, found: object, *, is_same: bool) -> Check:
    pairs = ((_now("投标人所述"), told), (_now("银行通知"), found))
    return Check(title, "PASS" if is_same else "WARN", pairs)
