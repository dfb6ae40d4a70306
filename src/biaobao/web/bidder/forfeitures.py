"""不予退还: what a pooled deposit holds for the bidder's lot is not to be given back; and its objection."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting as actions
from biaobao.domain.pools.rules import TEXT_MAX
from biaobao.domain.pools.states import ForfeitureState
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui import forfeitures as said
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import Form, add_refusal

NEXT = {
    ForfeitureState.PROPOSED: _("招标人提出，本标段的联保金不予退还"),
    ForfeitureState.APPROVED: _("已扣除，请到联保金页面补足"),
    ForfeitureState.DECLINED: _("复核不同意扣除，联保金按标段结果解除"),
    ForfeitureState.WITHDRAWN: _("招标人已撤回；没有另行提出的，联保金按标段结果解除"),
    ForfeitureState.LAPSED: _("没有在期限内复核，已经失效，联保金按标段结果解除"),
}


class ObjectionForm(Form):
    """Why the bidder holds that it is to be given back."""

    words = forms.CharField(
        label=_("异议"),
        max_length=TEXT_MAX,
        help_text=_("写明事实和依据，复核的人会看到并答复。期满以前可以修改。"),
        widget=forms.Textarea({"rows": 5}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.BIDDER)
def forfeiture(request: Request, forfeiture_id: UUID) -> HttpResponse:
    """Show why it is not given back, and take the objection."""
    now = clock.now()
    desk = queries.forfeiture(forfeiture_id=forfeiture_id, actor=request.actor)
    row = desk.forfeiture
    if row.bidder_id != request.actor.organisation_id:
        raise NotFound(f"forfeiture {forfeiture_id}")
    lot = tenders.lot(lot_id=row.lot_id, actor=request.actor)
    form = ObjectionForm(request.POST or None, initial={"words": row.objection})
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            actions.object_to(forfeiture_id=forfeiture_id, words=words, at=now, actor=request.actor)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("异议已提交，复核的人会看到。"))
            return redirect("bidder:forfeiture", forfeiture_id)
    context = {
        "nav": nav.workbench(lot, "security"),
        "lot": lot,
        "shown": said.shown(row, now),
        "papers": desk.papers,
        "deductions": said.deductions(desk.deductions),
        "next_step": NEXT[row.state],
        "form": form,
    }
    return render(request, "bidder/forfeiture.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in(Role.BIDDER)
def paper(request: Request, forfeiture_id: UUID, paper_id: UUID) -> HttpResponse:
    found, content = queries.paper(
        forfeiture_id=forfeiture_id, paper_id=paper_id, actor=request.actor
    )
    return to_be_saved(content, name=found.name, media_type=found.media_type)
