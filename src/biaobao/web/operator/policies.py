"""Policies: the dated rows that say what lots may ask of their bidders."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.instants import day_of
from biaobao.core.refusal import Refused
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.types import Area, Policy, PolicyTerms, Way
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, PercentField, YuanField, add_refusal
from biaobao.web.ui.lots import WAYS


class PolicyForm(Form):
    """A new dated row; it changes nothing for lots that are published."""

    region = forms.ChoiceField(label=_("地区"), required=False)
    kind = forms.ChoiceField(label=_("采购类别"))
    valid_from = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput({"type": "date"}),
        help_text=_("今天或以后。已发布的标段仍按发布当天的政策。"),
    )
    valid_until = forms.DateField(
        label=_("失效日期"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("当天仍有效；留空表示长期有效。"),
    )
    ways = forms.MultipleChoiceField(
        label=_("缴纳方式"),
        choices=[(way.value, words) for way, words in WAYS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一种都不选，即不得收取投标保证金。"),
    )
    citation = forms.CharField(label=_("缴纳方式的依据"), max_length=300)
    share = PercentField(label=_("保证金不超过估算价的（%）"), initial="2")
    share_citation = forms.CharField(label=_("比例的依据"), max_length=300)
    cap = YuanField(label=_("最高限额（元）"), required=False, help_text=_("留空表示没有限额。"))
    cap_citation = forms.CharField(label=_("限额的依据"), max_length=300, required=False)
    min_notice_days = forms.IntegerField(
        label=_("发布到投标截止至少（天）"), min_value=0, max_value=365, initial=20
    )
    notice_citation = forms.CharField(label=_("公告期的依据"), max_length=300, required=False)
    validity_days = forms.IntegerField(
        label=_("建议的投标有效期（天）"), min_value=1, max_value=1000, initial=90
    )
    statutory = forms.BooleanField(label=_("依法必须招标"), required=False)
    basic_account_only = forms.BooleanField(
        label=_("保证金只能从基本账户转出"), required=False, initial=True
    )
    accumulate = forms.BooleanField(label=_("可以分几笔转账"), required=False, initial=True)
    shares_account = forms.BooleanField(
        label=_("同一标段的投标人共用一个子账号"),
        required=False,
        help_text=_(
            "不选时每个投标人一个子账号，凭子账号即可认出是谁；共用时凭付款账户和户名辨认。"
        ),
    )

    def __init__(self, *args: Any, regions: tuple[Area, ...], kinds: tuple[Area, ...]) -> None:
        super().__init__(*args)
        areas = {
            "region": [("", _("全部地区")), *((area.code, area.name) for area in regions)],
            "kind": [("", _("请选择")), *((area.code, area.name) for area in kinds)],
        }
        for name, choices in areas.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # both are ChoiceFields

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("cap") and not said.get("cap_citation"):
            self.add_error("cap_citation", _("有限额时，请写明依据。"))
        return said

    @property
    def terms(self) -> PolicyTerms:
        said = self.cleaned_data
        return PolicyTerms(
            ways=tuple(Way(code) for code in said["ways"]),
            cap_ppm=said["share"],
            cap=said["cap"],
            statutory=said["statutory"],
            basic_account_only=said["basic_account_only"],
            accumulate=said["accumulate"],
            shares_account=said["shares_account"],
            validity_days=said["validity_days"],
            min_notice_days=said["min_notice_days"],
            citation=said["citation"],
            share_citation=said["share_citation"],
            cap_citation=said["cap_citation"],
            notice_citation=said["notice_citation"],
        )


@require_safe
@signed_in(Role.OPERATOR)
def policies(request: Request) -> HttpResponse:
    today = day_of(clock.now())
    rows = queries.policies(actor=request.actor)
    context = {
        "nav": nav(request),
        "rows": [(policy, *state_of(policy, today)) for policy in rows],
    }
    return render(request, "operator/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def add(request: Request) -> HttpResponse:
    regions, kinds = queries.areas(actor=request.actor)
    form = PolicyForm(request.POST or None, regions=regions, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        try:
            _add(request, form)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("operator:policies")
    context = {"nav": nav(request), "form": form}
    status = 422 if form.errors else 200
    return render(request, "operator/policy_form.html", context, status=status)


def _add(request: Request, form: PolicyForm) -> None:
    said = form.cleaned_data
    actions.add_policy(
        region=said["region"],
        kind=said["kind"],
        valid_from=said["valid_from"],
        valid_until=said["valid_until"],
        terms=form.terms,
        at=clock.now(),
        actor=request.actor,
    )


def state_of(policy: Policy, today: date) -> tuple[str, object]:
    """Return the tone and the word for a policy on the day."""
    if policy.valid_from > today:
        return "wait", _("未生效")
    if policy.valid_until is not None and policy.valid_until < today:
        return "muted", _("已失效")
    return "ok", _("有效期内")
