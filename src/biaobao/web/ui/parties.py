"""Organisations and people as all consoles show them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from biaobao.core.actor import Role
from biaobao.domain.parties import rules
from biaobao.domain.parties.states import BasicAccountState
from biaobao.domain.parties.types import BasicAccount
from biaobao.web.ui.parts import Check

ROLE_NAMES: dict[Role, str | Promise] = {
    Role.BIDDER: _("投标人"),
    Role.TENDERER: _("招标人"),
    Role.AGENCY: _("代理机构"),
    Role.GUARANTOR: _("出函机构"),
    Role.SUPERVISOR: _("监管部门"),
    Role.OPERATOR: _("平台运营"),
}


class PersonForm(forms.Form):
    """Somebody new in an organisation."""

    name = forms.CharField(label=_("姓名"), max_length=100)
    phone = forms.CharField(label=_("电话"), max_length=20, required=False)
    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        help_text=_("登录时使用，3 位以上，不区分大小写。"),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("初始密码"),
        max_length=256,
        strip=False,
        help_text=_("至少 10 位，请当面或电话告知本人。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    is_manager = forms.BooleanField(label=_("管理员：可以增减本单位人员、登记证书"), required=False)


class PasswordForm(forms.Form):
    """Another password for somebody who lost his."""

    password = forms.CharField(
        label=_("新密码"),
        max_length=256,
        strip=False,
        help_text=_("至少 10 位，请当面或电话告知本人。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


def account_badge(account: BasicAccount | None) -> dict[str, Any]:
    """Return tone and words for the state of a basic account."""
    if account is None:
        return {"tone": "muted", "text": _now("未填写")}
    if account.state is BasicAccountState.CONFIRMED:
        return {"tone": "ok", "text": _now("已核验")}
    return {"tone": "wait", "text": _now("待核验")}


def name_check(organisation_name: str, account_name: str) -> Check:
    """Return the comparison of the account's name with the organisation's."""
    is_same = rules.is_same_name(organisation_name, account_name)
    remedy = "" if is_same else _now("请联系单位更正户名；确属更名等情形的，核对证明材料后再通过。")
    return Check(
        _now("户名与单位名称"),
        "PASS" if is_same else "FAIL",
        ((_now("单位名称"), organisation_name), (_now("户名"), account_name)),
        remedy,
    )
