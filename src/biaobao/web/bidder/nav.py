"""Where the bidder's console leads: its pages, and the stages of a lot's workbench."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from biaobao.domain.tenders.types import Lot, Way
from biaobao.web.ui.nav import NavItem


def console(current: str) -> list[NavItem]:
    """Return the pages that belong to no lot."""
    pages = (
        ("projects", _("项目")),
        ("pool", _("联保金")),
        ("refunds", _("退款")),
        ("company", _("企业信息")),
    )
    return [
        NavItem(title, reverse(f"bidder:{name}"), name == current, _("交易乙方"))
        for name, title in pages
    ]


def workbench(lot: Lot, current: str) -> list[NavItem]:
    """Return the stages of a lot, in the order in which a bidder comes to them."""
    stages = (
        ("registration", _("招标文件领取"), _("招标")),
        ("security", _("保证金查询"), _("投标")),
    )
    items = [
        NavItem(title, reverse(f"bidder:{name}", args=[lot.id]), name == current, group)
        for name, title, group in stages
    ]
    # Where a lot does not take the pooled deposit, nothing leads to it.
    hidden = "" if Way.POOL in lot.ways else reverse("bidder:pool")
    return [*items, *(item for item in console("") if item.url != hidden)]
