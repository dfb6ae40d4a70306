"""The left navigation of the guarantor's desk."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from biaobao.web.ui.access import Request
from biaobao.web.ui.nav import NavItem

# The address, what it is called, and under which heading; a page more is a line more.
PAGES = (
    ("home", "工作台", ""),
    ("applications", "待审核申请", "保函"),
    ("letters", "已公开的保函", "保函"),
    ("claims", "索赔", "保函"),
    ("limits", "额度与敞口", "经营"),
    ("premiums", "保费", "经营"),
    ("invoices", "发票", "经营"),
    ("products", "产品与费率", "产品"),
    ("calendar", "出函日历与暂停", "产品"),
)


def nav(request: Request) -> list[NavItem]:
    """Return the pages of this console, the one that is shown or above it marked."""
    here = request.path
    items = []
    for name, title, group in PAGES:
        url = reverse(f"guarantor:{name}")
        is_current = here == url or (name != "home" and here.startswith(url))
        items.append(NavItem(_(title), url, is_current, _(group) if group else ""))
    return items
