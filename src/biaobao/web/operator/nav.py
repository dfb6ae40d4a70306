"""The left navigation of the operator console."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from biaobao.web.ui.access import Request
from biaobao.web.ui.nav import NavItem

PAGES = (
    ("home", "工作台", ""),
    ("suspense", "暂存款项", "资金"),
    ("claims", "认领", "资金"),
    ("refunds", "退款", "资金"),
    ("payees", "收款账户变更", "资金"),
    ("forfeitures", "不予退还", "资金"),
    ("interest", "利息", "资金"),
    ("unexplained", "不明支出", "资金"),
    ("statements", "对账", "资金"),
    ("bank-files", "银行文件", "资金"),
    ("pools", "账户池", "资金"),
    ("basic-accounts", "基本账户核验", "单位与人员"),
    ("organisations", "单位", "单位与人员"),
    ("people", "人员", "单位与人员"),
    ("members", "联保金成员", "单位与人员"),
    ("appeals", "联保申诉", "单位与人员"),
    ("policies", "政策参数", "规则"),
    ("schemes", "联保金方案", "规则"),
)


def nav(request: Request) -> list[NavItem]:
    """Return the pages of this console, the one that is shown or above it marked."""
    here = request.path
    items = []
    for name, title, group in PAGES:
        url = reverse(f"operator:{name}")
        is_current = here == url or (name != "home" and here.startswith(url))
        items.append(NavItem(_(title), url, is_current, _(group) if group else ""))
    return items
