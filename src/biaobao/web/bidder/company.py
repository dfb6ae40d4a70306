"""企业信息: a bidder's own data, people, basic account and certificates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.adapters.signing.x509 import TrustedAuthorities, as_der
from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.parties import actions, queries
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import add_refusal
from biaobao.web.ui.parties import PasswordForm, PersonForm, account_badge

CERTIFICATE_BYTES_MAX = 16_384


class AccountForm(forms.Form):
    """The basic account."""

    account_name = forms.CharField(
        label=gettext_lazy("户名"),
        max_length=200,
        help_text=gettext_lazy("与单位名称一致。"),
    )
    number = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=64,
        help_text=gettext_lazy("按开户许可证或基本存款账户信息填写，可带空格。"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_name = forms.CharField(
        label=gettext_lazy("开户行"),
        max_length=200,
        help_text=gettext_lazy("写到分行或支行。"),
    )


class CertificateForm(forms.Form):
    """A certificate and whose it is."""

    person = forms.ChoiceField(label=gettext_lazy("使用人"))
    certificate = forms.FileField(
        label=gettext_lazy("证书"),
        help_text=gettext_lazy("扩展名为 .cer、.crt 或 .pem；请勿上传带私钥的 .p12 或 .pfx。"),
        widget=forms.ClearableFileInput({"accept": ".cer,.crt,.pem,.der"}),
    )

    def clean_certificate(self) -> bytes:
        file: UploadedFile[bytes] = self.cleaned_data["certificate"]
        if (file.size or 0) > CERTIFICATE_BYTES_MAX:
            raise forms.ValidationError(_("文件过大，不是单张证书。"))
        return as_der(file.read())


@require_safe
@signed_in(Role.BIDDER)
def company(request: Request) -> HttpResponse:
    asked = _own(request)
    account = queries.basic_account(**asked)
    context = {
        "organisation": queries.organisation(**asked),
        "account": account,
        "account_badge": account_badge(account),
        "members": queries.members(**asked),
        "certificates": queries.certificates(**asked),
    }
    return _page(request, "company", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.BIDDER)
def account(request: Request) -> HttpResponse:
    """Tell the basic account, or tell it anew."""
    told = queries.basic_account(**_own(request))
    initial = (
        {"account_name": told.account_name, "number": told.number, "bank_name": told.bank_name}
        if told
        else {"account_name": request.organisation_name}
    )
    form = AccountForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.tell_basic_account(at=clock.now(), **_own(request), **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("基本账户已保存，核验通过后即可用于缴纳保证金。"))
            return redirect("bidder:company")
    context = {"form": form, "told": told, "account_badge": account_badge(told)}
    return _page(request, "company_account", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.BIDDER)
def add_person(request: Request) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if form.is_valid():
        try:
            actions.add_person(at=clock.now(), **_own(request), **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("人员已添加，可以登录，也可在报名时选为联系人。"))
            return redirect("bidder:company")
    return _page(request, "company_person", {"form": form})


@require_POST
@signed_in(Role.BIDDER)
def disable(request: Request, person_id: UUID) -> HttpResponse:
    actions.disable_person(person_id=person_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已停用。该人员正在进行的登录立即失效。"))
    return redirect("bidder:company")


@require_POST
@signed_in(Role.BIDDER)
def enable(request: Request, person_id: UUID) -> HttpResponse:
    actions.enable_person(person_id=person_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已启用，可以重新登录。"))
    return redirect("bidder:company")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.BIDDER)
def reset_password(request: Request, person_id: UUID) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            actions.reset_password(
                person_id=person_id, at=clock.now(), actor=request.actor, **form.cleaned_data
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("密码已重设，请告知本人。他正在进行的登录已失效。"))
            return redirect("bidder:company")
    return _page(request, "company_password", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.BIDDER)
def add_certificate(request: Request) -> HttpResponse:
    form = CertificateForm(request.POST or None, request.FILES or None)
    people = queries.members(**_own(request))
    form.fields["person"].choices = [(str(each.id), each.name) for each in people]  # type: ignore[attr-defined]  # a ChoiceField
    if form.is_valid():
        try:
            actions.enrol_certificate(
                person_id=UUID(form.cleaned_data["person"]),
                certificate=form.cleaned_data["certificate"],
                authority=TrustedAuthorities.from_file(settings.TRUST),
                at=clock.now(),
                **_own(request),
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("证书已登记，可以用它登录。"))
            return redirect("bidder:company")
    return _page(request, "company_certificate", {"form": form})


@require_POST
@signed_in(Role.BIDDER)
def end_certificate(request: Request, certificate_id: UUID) -> HttpResponse:
    actions.end_certificate(certificate_id=certificate_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("证书已停用，不能再用它登录。"))
    return redirect("bidder:company")


def _own(request: Request) -> dict[str, Any]:
    return {"organisation_id": request.actor.organisation_id, "actor": request.actor}


def _page(request: Request, name: str, context: dict[str, Any]) -> HttpResponse:
    context["is_manager"] = request.is_manager
    context["nav"] = nav.console("company")
    status = 422 if request.method == "POST" else 200
    return render(request, f"bidder/{name}.html", context, status=status)
