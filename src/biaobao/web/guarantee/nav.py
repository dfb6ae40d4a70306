"""Where the guarantee system leads."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from biaobao.web.ui.nav import NavItem


def site(path: str) -> list[NavItem]:
    """Return the pages on top of every page; the one that the path belongs to is current."""
    pages = ("home", "lots", "applications", "invoices")
    home, lots, mine, invoices = (reverse(f"guarantee:{name}") for name in pages)
    return [
        NavItem(_("首页"), home, path == home),
        NavItem(_("投标保函"), lots, path.startswith(lots)),
        NavItem(_("我的保函"), mine, path.startswith(mine)),
        NavItem(_("发票申请"), invoices, path.startswith(invoices)),
        NavItem(_("项目工作台"), reverse("bidder:projects")),
    ]
