"""认领: money that went astray, claimed with a slip, moved between one's own lots, or offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
from biaobao.core.instants import day_of
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.deposits.actions import claims as actions
from biaobao.domain.deposits.queries import claims as queries
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.states import ClaimState
from biaobao.domain.deposits.types import ClaimRow, CreditRow, Told
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import attachment
from biaobao.web.ui.forms import (
    DOCUMENT_TYPES,
    Form,
    YuanField,
    add_refusal,
    upload,
)
from biaobao.web.ui.refunds import CLAIMS, Words

READ_AND_SEND = ["GET", "HEAD", "POST"]


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim in words, and what its reader may do about it."""

    row: ClaimRow
    tone: str
    word: Words
    title: str
    next_step: str
    can_confirm: bool
    can_withdraw: bool


class ClaimForm(Form):
    """Money that was paid and did not arrive where it should, and the slip that shows it."""

    amount = YuanField(
        label=gettext_lazy("付款金额（元）"), help_text=gettext_lazy("按银行回单填写。")
    )
    paid_on = forms.DateField(
        label=gettext_lazy("付款日期"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    payer_account = forms.CharField(
        label=gettext_lazy("付款账号"),
        max_length=64,
        help_text=gettext_lazy("填写完整账号，或至少后四位，平台据此查找。"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    slip = forms.FileField(
        label=gettext_lazy("银行回单"),
        help_text=gettext_lazy("PDF 文件，或 PNG、JPEG 格式的照片，不超过 5 MB。"),
        widget=forms.FileInput({"accept": DOCUMENT_TYPES}),
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("例如付到了哪个账号。请不要写标段名称或编号。"),
        widget=forms.Textarea({"rows": 3}),
    )

    def told(self) -> Told:
        said = self.cleaned_data
        return Told(said["amount"], said["paid_on"], said["payer_account"], said["note"])


class LotForm(Form):
    """For which of the bidder's own lots money is."""

    lot = forms.ChoiceField(label=gettext_lazy("标段"), widget=forms.RadioSelect)

    def __init__(self, data: object, *, lots: tuple[Lot, ...]) -> None:
        super().__init__(data)
        self.fields["lot"].choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            (str(lot.id), f"{lot.code} {lot.name}") for lot in lots
        ]

    @property
    def lot_id(self) -> UUID:
        return UUID(self.cleaned_data["lot"])


class DeclineForm(Form):
    """Why money is not the bidder's."""

    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=500,
        help_text=gettext_lazy("平台会看到，据此另作处理。"),
        widget=forms.Textarea({"rows": 2}),
    )


def shown(row: ClaimRow) -> ShownClaim:
    """Return a claim in words."""
    is_waiting = row.state is ClaimState.PROPOSED
    is_move = row.credit is not None and not row.by_operator
    tone, word = CLAIMS[row.state]
    title = _("凭回单认领")
    if row.by_operator:
        title = _("平台提示的款项")
    elif is_move and row.lot_code:
        title = _("转到标段 %(code)s") % {"code": row.lot_code}
    if row.state is ClaimState.CONFIRMED:
        next_step = _("款项已转入，核对结果见到账核验。")
    elif row.state is ClaimState.DECLINED:
        next_step = row.decline_reason
    elif not is_move:
        next_step = _("平台正在核对回单和银行流水，结果会显示在这里。")
    elif row.is_own_proposal:
        next_step = _("需由本单位另一名人员确认后转入。")
    else:
        next_step = _("请核对后确认转入。")
    return ShownClaim(
        row=row,
        tone=tone,
        word=word,
        title=title,
        next_step=next_step,
        can_confirm=is_waiting and is_move and not row.is_own_proposal,
        can_withdraw=is_waiting and not row.by_operator,
    )


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def claim(request: Request, lot_id: UUID) -> HttpResponse:
    """Claim money with a bank slip."""
    position = deposit_standing.position(lot_id=lot_id, actor=request.actor)
    if position.standing is None:
        # Without a deposit there is nothing that money could count for.
        return redirect("bidder:security", lot_id)
    now = clock.now()
    initial = {"amount": position.lot.amount, "paid_on": day_of(now)}
    form = ClaimForm(_sent(request), request.FILES or None, initial=initial)
    form.fields["paid_on"].widget.attrs["max"] = day_of(now).isoformat()
    if form.is_valid():
        try:
            actions.claim(
                lot_id=lot_id,
                told=form.told(),
                slip=upload(form.cleaned_data["slip"]),
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("认领已提交，平台核对后结果显示在本页。"))
            return redirect(_claims_of(lot_id))
    return _page(request, "claim", position.lot, now, {"form": form})


@require_safe
@signed_in(Role.BIDDER)
def slip(request: Request, claim_id: UUID) -> HttpResponse:
    """Hand the slip out again to whose claim it is."""
    row = queries.claim(claim_id=claim_id, actor=request.actor)
    if not row.slip_sha256:
        raise NotFound(f"slip of claim {claim_id}")
    return attachment(name=row.slip_name, media_type=row.slip_type, sha256=row.slip_sha256)


@require_POST
@signed_in(Role.BIDDER)
def withdraw(request: Request, claim_id: UUID) -> HttpResponse:
    row = queries.claim(claim_id=claim_id, actor=request.actor)
    actions.decline(claim_id=claim_id, reason=_("本单位撤回"), at=clock.now(), actor=request.actor)
    messages.success(request, _("已撤回，款项留在原处。"))
    return redirect(_claims_of(row.lot_id))


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def move(request: Request, lot_id: UUID, credit_id: UUID) -> HttpResponse:
    """Ask that money which does not count here counts for another lot of the bidder's."""
    position = deposit_standing.position(lot_id=lot_id, actor=request.actor)
    credits: tuple[CreditRow, ...] = position.standing.credits if position.standing else ()
    credit = next((each for each in credits if each.id == credit_id), None)
    if credit is None:
        raise NotFound(f"credit {credit_id}")
    now = clock.now()
    form = LotForm(_sent(request), lots=position.elsewhere)
    if form.is_valid():
        try:
            actions.ask_to_move(
                credit_id=credit_id, lot_id=form.lot_id, at=now, actor=request.actor
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("已提出转入，请本单位另一名人员确认。"))
            return redirect(_claims_of(lot_id))
    return _page(request, "credit_move", position.lot, now, {"form": form, "credit": credit})


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def confirm(request: Request, claim_id: UUID) -> HttpResponse:
    """Show which money would go to which lot, and on the second look confirm it."""
    row = queries.claim(claim_id=claim_id, actor=request.actor)
    if request.method == "POST":
        actions.confirm_move(claim_id=claim_id, at=clock.now(), actor=request.actor)
        messages.success(request, _("款项已转入，正在重新核对。"))
        return redirect(_claims_of(row.lot_id))
    context = {"nav": nav.console(""), "claim": shown(row), "up": _claims_of(row.lot_id)}
    return render(request, "bidder/claim_confirm.html", context)


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def offer(request: Request, claim_id: UUID) -> HttpResponse:
    """Say for which lot money is that the platform takes for the bidder's, or that it is not."""
    row = queries.claim(claim_id=claim_id, actor=request.actor)
    lots = queries.targets(actor=request.actor)
    form = LotForm(_sent(request), lots=lots)
    if form.is_valid():
        try:
            actions.accept(
                claim_id=claim_id, lot_id=form.lot_id, at=clock.now(), actor=request.actor
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("款项已转入，正在重新核对。"))
            return redirect(_claims_of(form.lot_id))
    return _offer(request, row, lots, form, DeclineForm())


@require_POST
@signed_in(Role.BIDDER)
def decline(request: Request, claim_id: UUID) -> HttpResponse:
    row = queries.claim(claim_id=claim_id, actor=request.actor)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        lots = queries.targets(actor=request.actor)
        return _offer(request, row, lots, LotForm(None, lots=lots), form)
    actions.decline(claim_id=claim_id, at=clock.now(), actor=request.actor, **form.cleaned_data)
    messages.success(request, _("已告知平台这笔款项不是本单位的。"))
    return redirect("bidder:projects")


def _offer(
    request: Request, row: ClaimRow, lots: tuple[Lot, ...], form: LotForm, no: DeclineForm
) -> HttpResponse:
    context = {
        "nav": nav.console(""),
        "claim": shown(row),
        "is_waiting": row.state is ClaimState.PROPOSED,
        "lots": lots,
        "form": form,
        "decline": no,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "bidder/offer.html", context, status=status)


def _page(
    request: Request, name: str, lot: Lot, now: datetime, context: dict[str, Any]
) -> HttpResponse:
    context |= {"nav": nav.workbench(lot, "security"), "lot": lot, "now": now}
    status = 422 if request.method == "POST" else 200
    return render(request, f"bidder/{name}.html", context, status=status)


def _claims_of(lot_id: UUID | None) -> str:
    if lot_id is None:
        return reverse("bidder:projects")
    return reverse("bidder:security", args=[lot_id]) + "#claims"


def _sent(request: Request) -> QueryDict | None:
    """Return what was sent, even if it is nothing; None when a form is only looked at."""
    return request.POST if request.method == "POST" else None
