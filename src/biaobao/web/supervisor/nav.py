"""Where the supervisor's console leads."""

from __future__ import annotations

from django.urls import reverse

from biaobao.web.ui.nav import NavItem


def nav(current: str) -> list[NavItem]:
    return [NavItem("标段与法定时限", reverse("supervisor:lots"), current == "lots", "监管")]
