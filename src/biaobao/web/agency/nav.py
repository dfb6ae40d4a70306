"""Where the agency console leads."""

from __future__ import annotations

from django.urls import reverse

from biaobao.web.ui.nav import NavItem


def nav(current: str) -> list[NavItem]:
    pages = [("projects", "我的项目"), ("project-new", "新建项目")]
    return [
        NavItem(title, reverse(f"agency:{name}"), name == current, "招标") for name, title in pages
    ]
