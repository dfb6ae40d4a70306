"""What people fill in to come in."""

from __future__ import annotations

import base64
import binascii

from django import forms
from django.utils.translation import gettext_lazy as _

# An RSA-4096 certificate with long names is about 2 kB; nobody needs more than this.
BASE64_MAX = 16_384


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


class Base64Field(forms.CharField):
    """Bytes as the page's script wrote them."""

    def __init__(self) -> None:
        super().__init__(max_length=BASE64_MAX, widget=forms.HiddenInput)

    def clean(self, value: object) -> bytes:
        text = str(super().clean(value))
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError(_("数据不完整")) from None


class CertificateForm(forms.Form):
    """A challenge signed in the page; file, password and key are not among it."""

    nonce = forms.RegexField(regex=r"^[0-9a-f]{64}\Z", widget=forms.HiddenInput)
    certificate = Base64Field()
    signature = Base64Field()


class OrganisationForm(forms.Form):
    """For which organisation somebody of several goes on."""

    organisation = forms.UUIDField()
