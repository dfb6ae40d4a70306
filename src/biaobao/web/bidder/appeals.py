"""联保申诉: a company that was refused says why it should not have been, with documents.

It is about the membership alone: no address and no form here names a lot, for operators read appeals.
"""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.pools import queries, rules
from biaobao.domain.pools.actions import appeals as actions
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui import appeals as words
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import DOCUMENT_TYPES, FilesField, Form, add_refusal, uploads

READ_AND_SEND = ["GET", "HEAD", "POST"]


class AppealForm(Form):
    """Why the check is wrong, and what shows it."""

    words = forms.CharField(
        label=_("申诉理由"),
        max_length=rules.TEXT_MAX,
        help_text=_(
            "写明哪里不对、应当怎样，例如何时更名、何时付款。请不要写标段名称或编号：平台人员会看到。"
        ),
        widget=forms.Textarea({"rows": 4}),
    )
    documents = FilesField(
        accept=DOCUMENT_TYPES,
        label=_("证明文件"),
        help_text=_(
            "成员证明、更名通知书、付款回单等，可选多个，最多 10 份；PDF、PNG 或 JPEG，每个不超过 5 MB。"
        ),
    )


@require_http_methods(READ_AND_SEND)
@signed_in(Role.BIDDER)
def appeals(request: Request) -> HttpResponse:
    """Show what fails and every appeal with its answer; take a new one while none is open."""
    is_sent = request.method == "POST"
    form = AppealForm(request.POST, request.FILES) if is_sent else AppealForm()
    if is_sent and form.is_valid():
        try:
            actions.file(
                words=form.cleaned_data["words"],
                documents=uploads(form.cleaned_data["documents"]),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("申诉已提交，平台的答复显示在本页。"))
            return redirect("bidder:pool-appeals")
    verdicts = queries.standing(actor=request.actor)
    rows = [words.shown(each) for each in queries.own_appeals(actor=request.actor)]
    context = {
        "nav": nav.console("pool"),
        "now": clock.now(),
        "form": form,
        "checks": words.checks(verdicts),
        "fails": bool(rules.failing(verdicts)),
        "waiting": next((each for each in rows if each.is_open), None),
        "decided": [each for each in rows if not each.is_open],
    }
    return render(request, "bidder/pool_appeals.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in(Role.BIDDER)
def withdraw(request: Request, appeal_id: UUID) -> HttpResponse:
    actions.withdraw(appeal_id=appeal_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("申诉已撤回。"))
    return redirect("bidder:pool-appeals")


@require_safe
@signed_in(Role.BIDDER)
def file(request: Request, appeal_id: UUID, file_id: UUID) -> HttpResponse:
    """Hand a document out again to whose appeal it is."""
    found, content = queries.appeal_file(appeal_id=appeal_id, file_id=file_id, actor=request.actor)
    return to_be_saved(content, name=found.name, media_type=found.media_type)
