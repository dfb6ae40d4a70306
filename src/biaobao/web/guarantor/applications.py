"""待审核申请: what a person decides on; of the lots only the clock is told."""

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
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import underwriting
from biaobao.domain.guarantees.queries import business
from biaobao.platform import clock
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.underwriting import check

APPROVE, DECLINE = "approve", "decline"


class DecisionForm(Form):
    """Whether a letter will be issued, and why not."""

    decision = forms.ChoiceField(
        label=_("审核决定"),
        choices=[(APPROVE, _("同意出函")), (DECLINE, _("不同意出函"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("说明"),
        max_length=500,
        required=False,
        help_text=_("不同意的必须写明理由，投标人会看到。"),
        widget=forms.Textarea({"rows": 3}),
    )


@require_safe
@signed_in(Role.GUARANTOR)
def applications(request: Request) -> HttpResponse:
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "waiting": business.to_decide(actor=request.actor),
    }
    return render(request, "guarantor/applications.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def decide(request: Request, application_id: UUID) -> HttpResponse:
    waiting = business.one_to_decide(application_id=application_id, actor=request.actor)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        try:
            underwriting.decide(
                application_id=application_id,
                is_approved=form.cleaned_data["decision"] == APPROVE,
                words=form.cleaned_data["words"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("决定已登记，投标人随即看到。"))
            return redirect("guarantor:applications")
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "waiting": waiting,
        "checks": [check(each) for each in waiting.verdicts],
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "guarantor/application.html", context, status=status)
