"""Where the supervisor's console leads."""

from __future__ import annotations

from django.urls import reverse

from biaobao.web.ui.nav import NavItem


def nav(current: str) -> list[NavItem]:
    pages = [("lots", "标段与法定时限"), ("contingencies", "应急确认")]
    return [
        NavItem(title, reverse(f"supervisor:{name}"), name == current, "监管")
        for name, title in pages
    ]
