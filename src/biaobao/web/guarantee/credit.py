"""填写授信信息: what the guarantor wants to know, and what underwriting made of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from biaobao.adapters import workshop
from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import applying
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.rules import applying as rules
from biaobao.domain.guarantees.states import UNPAID, ApplicationState
from biaobao.domain.guarantees.types import Particulars, Progress, Stage
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.rules import is_needed_to_apply
from biaobao.platform import clock
from biaobao.web.guarantee import steps
from biaobao.web.guarantee.applications import STATES
from biaobao.web.guarantee.ending import ended
from biaobao.web.guarantee.paying import credits_of
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, YuanField, add_objections, add_refusal, judged
from biaobao.web.ui.underwriting import check
from biaobao.web.ui.words import explain

# How the page asks for it.
GROUPS = {
    gettext_lazy("单位和联系人"): ("address", "email", "contact_name", "contact_phone"),
    gettext_lazy("法定代表人"): ("legal_name", "legal_id_number", "legal_phone"),
    gettext_lazy("资质和授权"): ("qualification", "registered_capital", "consents"),
}
# A licence that has no end.
PHONE_HELP = gettext_lazy("手机，或带区号的固定电话。")


class CreditForm(Form):
    """What a bidder tells the guarantor; all that is wrong with it is said at once."""

    address = forms.CharField(label=gettext_lazy("单位地址"), max_length=200)
    email = forms.CharField(label=gettext_lazy("电子邮箱"), max_length=200)
    contact_name = forms.CharField(label=gettext_lazy("联系人"), max_length=100)
    contact_phone = forms.CharField(
        label=gettext_lazy("联系电话"),
        max_length=32,
        widget=forms.TextInput({"inputmode": "tel"}),
        help_text=PHONE_HELP,
    )
    legal_name = forms.CharField(label=gettext_lazy("法定代表人"), max_length=100)
    legal_id_number = forms.CharField(
        label=gettext_lazy("法定代表人身份证号"),
        max_length=32,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    legal_phone = forms.CharField(
        label=gettext_lazy("法定代表人电话"),
        max_length=32,
        widget=forms.TextInput({"inputmode": "tel"}),
        help_text=PHONE_HELP,
    )
    qualification = forms.CharField(
        label=gettext_lazy("最高资质等级"),
        max_length=100,
        help_text=gettext_lazy("按资质证书填写；没有资质要求的填“无”。"),
    )
    registered_capital = YuanField(
        label=gettext_lazy("注册资本（元）"),
        help_text=gettext_lazy("按营业执照填写，例如 20,000,000。"),
    )
    consents = forms.BooleanField(label=gettext_lazy("授权担保机构为本次申请查询本单位信用信息"))

    def clean(self) -> dict[str, Any]:
        found = rules.objections_to_particulars(rules.stripped(self.told()))
        add_objections(self, [each for each in found if each.field not in self.errors])
        return self.cleaned_data

    def told(self) -> Particulars:
        # What is missing is as good as empty.
        return Particulars(**{name: value for name, value in self.cleaned_data.items() if value})


class DraftForm(CreditForm):
    """As much of it as there is so far (暂存)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


@signed_in(Role.BIDDER)
@require_http_methods(["GET", "HEAD", "POST"])
def credit(request: Request, application_id: UUID) -> HttpResponse:
    progress = applications.progress(application_id=application_id, actor=request.actor)
    if request.method == "POST":
        return _told(request, progress, clock.now())
    if progress.application.state is not ApplicationState.DRAFT:
        return _page(request, progress, None)
    if progress.product is None:
        return redirect("guarantee:products", application_id)
    return _page(request, progress, CreditForm(initial=_initial(progress.particulars)))


@signed_in(Role.BIDDER)
@require_POST
def judge(request: Request, application_id: UUID) -> HttpResponse:
    """Say of the field just left what submitting would say of it; nothing is kept."""
    applications.progress(application_id=application_id, actor=request.actor)
    return judged(request, CreditForm(request.POST), request.path)


def _told(request: Request, progress: Progress, at: datetime) -> HttpResponse:
    """Keep what was filled in, so that nothing typed is lost, and submit it if that was asked."""
    asked: dict[str, Any] = {
        "application_id": progress.application.id,
        "at": at,
        "actor": request.actor,
    }
    is_draft = "save" in request.POST
    form = DraftForm(request.POST) if is_draft else CreditForm(request.POST)
    if form.is_valid():
        try:
            applying.fill(told=form.told(), **asked)
            if is_draft:
                messages.success(request, _("已暂存，可以随时回来继续填写。"))
                return redirect("guarantee:credit", progress.application.id)
            applying.submit(typeface=workshop.typesetting(), **asked)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("guarantee:credit", progress.application.id)
    return _page(request, progress, form, status=422)


def _page(
    request: Request, progress: Progress, form: CreditForm | None, *, status: int = 200
) -> HttpResponse:
    application, now = progress.application, clock.now()
    profile = parties.profile(organisation_id=application.bidder_id, actor=request.actor)
    tone, word = STATES[application.state]
    if form:
        form.judged_at(reverse("guarantee:credit-judge", args=[application.id]))
    context = {
        "progress": progress,
        "form": form,
        "groups": _groups(form) if form else (),
        "profile": profile,
        "now": now,
        "tone": tone,
        "word": word,
        "is_waiting": application.state is ApplicationState.UNDERWRITING,
        "can_cancel": application.state in UNPAID,
        "checks": [check(verdict) for verdict in progress.verdicts],
        "ended": ended(progress, at=now, actor=request.actor),
        "credits": credits_of(progress.payment),
        "onward": steps.page(progress),
        "onward_title": gettext_lazy("保函申请")
        if progress.stage is Stage.SIGNING
        else steps.TITLES[progress.stage],
        "lacks": [explain(each) for each in profile.missing if is_needed_to_apply(each)],
    }
    return render(request, "guarantee/credit.html", context, status=status)


def _groups(form: CreditForm) -> list[tuple[object, list[BoundField]]]:
    return [(title, [form[name] for name in names]) for title, names in GROUPS.items()]


def _initial(told: Particulars) -> dict[str, object]:
    return {**asdict(told), "registered_capital": told.registered_capital or None}
