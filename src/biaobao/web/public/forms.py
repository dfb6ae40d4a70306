"""What people fill in to come in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from biaobao.web.ui.forms import Base64Field


class PasswordForm(forms.Form):
    """Username and password."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class CertificateForm(forms.Form):
    """A challenge signed in the page; file, password and key are not among it."""

    nonce = forms.RegexField(regex=r"^[0-9a-f]{64}\Z", widget=forms.HiddenInput)
    certificate = Base64Field()
    signature = Base64Field()


class OrganisationForm(forms.Form):
    """For which organisation somebody of several goes on."""

    organisation = forms.UUIDField()
