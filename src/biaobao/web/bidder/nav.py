"""Where the bidder's console leads: its pages, and the stages of a lot's workbench."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from biaobao.domain.tenders.states import RegistrationState
from biaobao.domain.tenders.types import Lot, Registration
from biaobao.web.ui.nav import NavItem


def console_nav(current: str) -> list[NavItem]:
    """Return the pages that belong to no lot."""
    return [NavItem(_("项目"), reverse("bidder:projects"), current == "projects", _("交易乙方"))]


def workbench_nav(lot: Lot, registration: Registration | None, current: str) -> list[NavItem]:
    """Return the stages of a lot, in the order in which a bidder comes to them."""
    return [
        NavItem(
            _("招标文件领取"),
            reverse("bidder:registration", args=[lot.id]),
            current == "registration",
            _("招标"),
            badge=_("已报名") if is_registered(registration) else "",
        ),
        NavItem(
            _("保证金查询"),
            reverse("bidder:security", args=[lot.id]),
            current == "security",
            _("投标"),
        ),
        NavItem(_("返回项目列表"), reverse("bidder:projects"), group=_("其他")),
    ]


def is_registered(registration: Registration | None) -> bool:
    return registration is not None and registration.state is RegistrationState.REGISTERED
