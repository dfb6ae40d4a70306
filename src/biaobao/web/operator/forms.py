"""What operators fill in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from biaobao.core.actor import Role
from biaobao.web.ui.parties import ROLE_NAMES

ENROLLED_HERE = (Role.BIDDER, Role.TENDERER, Role.AGENCY, Role.SUPERVISOR)


class EnrolForm(forms.Form):
    """A new organisation."""

    name = forms.CharField(
        label=_("单位名称"), max_length=200, help_text=_("与营业执照一致，不用简称。")
    )
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=40, help_text=_("18 位，字母大写。")
    )
    role = forms.ChoiceField(
        label=_("单位类型"), choices=[(role.value, ROLE_NAMES[role]) for role in ENROLLED_HERE]
    )

    def clean_uscc(self) -> str:
        # Copied codes come with spaces and in lower case: the same code.
        return "".join(str(self.cleaned_data["uscc"]).split()).upper()


class SearchForm(forms.Form):
    """Words to look for, and a role."""

    q = forms.CharField(label=_("查找"), max_length=100, required=False)
    role = forms.ChoiceField(
        label=_("单位类型"),
        required=False,
        choices=[("", _("全部")), *((role.value, name) for role, name in ROLE_NAMES.items())],
    )
