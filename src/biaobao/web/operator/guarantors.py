"""Guarantors: taking them in, with what they take on."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.types import GuarantorTerms, IssuerClass
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, YuanField, add_refusal
from biaobao.web.ui.guarantees import ISSUERS


class GuarantorForm(Form):
    """A new guarantor, as its letters name it, and how much it takes on."""

    name = forms.CharField(
        label=_("单位名称"), max_length=200, help_text=_("与营业执照一致，保函上照此载明。")
    )
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=40, help_text=_("18 位，字母大写。")
    )
    issuer_class = forms.ChoiceField(
        label=_("机构类别"), choices=[(each.value, name) for each, name in ISSUERS.items()]
    )
    address = forms.CharField(label=_("地址"), max_length=200)
    postcode = forms.RegexField(
        r"^[0-9]{6}$",
        label=_("邮政编码"),
        required=False,
        error_messages={"invalid": _("邮政编码是 6 位数字。")},
    )
    phone = forms.CharField(label=_("电话"), max_length=20)
    licence_until = forms.DateField(
        label=_("业务许可有效期至"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("长期有效的，留空。"),
    )
    limit = YuanField(label=_("总额度（元）"), help_text=_("全部保函合计最多担保多少。"))
    principal_limit = YuanField(label=_("单一企业额度（元）"))
    lot_limit = YuanField(label=_("单一标段额度（元）"))

    def clean_uscc(self) -> str:
        # Copied codes come with spaces and in lower case: the same code.
        return "".join(str(self.cleaned_data["uscc"]).split()).upper()

    def terms(self) -> GuarantorTerms:
        told = self.cleaned_data
        return GuarantorTerms(**(told | {"issuer_class": IssuerClass(told["issuer_class"])}))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def enrol(request: Request) -> HttpResponse:
    form = GuarantorForm(request.POST or None)
    if form.is_valid():
        try:
            guarantor_id = catalogue.add_guarantor(
                terms=form.terms(), at=clock.now(), actor=request.actor
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(
                request, _now("出函机构已登记。请为它添加第一位管理员，由其在工作台上添加产品。")
            )
            return redirect("operator:organisation", guarantor_id)
    context = {"nav": nav(request), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "operator/enrol_guarantor.html", context, status=status)
