"""Where the guarantee system leads."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from biaobao.web.ui.nav import NavItem


def system(path: str) -> list[NavItem]:
    """Return the pages that belong to no application; the one at the path is current."""
    pages = (
        ("guarantee:home", _("首页")),
        ("guarantee:lots", _("投标保函")),
        ("guarantee:applications", _("我的保函")),
        ("guarantee:invoices", _("发票申请")),
        ("guarantee:account", _("用户中心")),
    )
    return [
        NavItem(title, reverse(name), reverse(name) == path, _("电子保函")) for name, title in pages
    ]
