"""退还: after the opening, proposing that deposits go back to those whose duty has ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from biaobao.core.money import ZERO, Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.actions import refunds as actions
from biaobao.domain.deposits.queries import refunds as queries
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.states import RefundState
from biaobao.domain.deposits.types import OpeningRow, RefundReason, RefundRow
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui import refunds as words
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal

# In the order of the field's codes.
REASONS = [reason for reason in RefundReason if reason in rules.ENDS_THE_DUTY]


@dataclass(frozen=True, slots=True)
class Releasable:
    """A bidder whose money lies here, or has gone back, and what became of it.

    :param free: what lies here and nobody has proposed to give back yet.
    """

    row: OpeningRow
    free: Money
    refunds: tuple[words.Shown, ...]


class ReleaseForm(Form):
    """Why deposits go back."""

    reason = forms.ChoiceField(
        label=_("退还原因"),
        choices=[("", _("请选择")), *((each.value, words.REASONS[each]) for each in REASONS)],
    )
    note = forms.CharField(
        label=_("说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("平台复核时会看到，例如中标通知书或合同的编号。"),
    )


def releasable(rows: Iterable[OpeningRow], refunds: Iterable[RefundRow]) -> list[Releasable]:
    """Return those bidders of an opening list whose money lies here or has gone back."""
    by_bidder: dict[UUID | None, list[RefundRow]] = defaultdict(list)
    for each in refunds:
        by_bidder[each.bidder_id].append(each)
    found = []
    for row in rows:
        own = by_bidder[row.bidder_id]
        if row.held or own:
            free = row.held - sum((Money(r.amount_minor) for r in own if _lies_here(r)), ZERO)
            found.append(Releasable(row, free, tuple(words.shown(each) for each in own)))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(*KEEPERS)
def release(request: Request, lot_id: UUID) -> HttpResponse:
    """Show whose money goes back, and why; propose it once the reason is given."""
    asked = request.POST if request.method == "POST" else request.GET
    lot = tenders.opened_lot(lot_id=lot_id, actor=request.actor)
    chosen = _chosen(request, lot_id, asked.getlist("bidder"))
    if not chosen:
        messages.warning(request, _now("没有提出退还：请先勾选有款项可退的投标人。"))
        return redirect("agency:opening", lot_id)
    form = ReleaseForm(request.POST or None)
    if form.is_valid():
        try:
            count = actions.propose_releases(
                lot_id=lot_id,
                bidder_ids=[each.row.bidder_id for each in chosen],
                reason=RefundReason(form.cleaned_data["reason"]),
                note=form.cleaned_data["note"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            told = _now("已提出 %(n)d 笔退还，由平台复核后付款。") % {"n": count}
            messages.success(request, told)
            return redirect("agency:opening", lot_id)
    context = {
        "nav": nav("projects"),
        "lot": lot,
        "chosen": chosen,
        "total": sum((each.free for each in chosen), ZERO),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "agency/release.html", context, status=status)


def _chosen(request: Request, lot_id: UUID, asked: Sequence[str]) -> list[Releasable]:
    try:
        wanted = {UUID(each) for each in asked}
    except ValueError:
        raise NotFound("bidder") from None
    rows = deposit_standing.opening_list(lot_id=lot_id, actor=request.actor)
    refunds = queries.of_opened_lot(lot_id=lot_id, actor=request.actor)
    return [
        each
        for each in releasable(rows, refunds)
        if each.row.bidder_id in wanted and each.free.fen > 0
    ]


def _lies_here(refund: RefundRow) -> bool:
    # From the second attempt on it lies apart: it left the deposit with the first.
    return refund.state is RefundState.PROPOSED and refund.attempt == 1 and refund.currency == "CNY"
