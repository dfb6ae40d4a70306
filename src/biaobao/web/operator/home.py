"""What waits for an operator: how much of each kind, and how long the oldest has waited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.banking import queries as banking
from biaobao.domain.deposits.queries import worklist
from biaobao.domain.deposits.types import Work
from biaobao.domain.interest import queries as interest
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import queries as pools
from biaobao.domain.pools.states import AppealState
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in

Words = str | Promise

# Tone, title, what to do about it, and where.
WORKS: dict[Work, tuple[str, Words, Words, str]] = {
    Work.REFUND_OVERDUE: (
        "bad",
        _("超过期限的退款"),
        _("已过应退日期，请先办理。"),
        "operator:refunds?state=overdue",
    ),
    Work.REFUND_FAILED: (
        "bad",
        _("未成功的退款"),
        _("银行拒绝或退汇，请重新提出或等待更正收款账户。"),
        "operator:refunds?state=failed",
    ),
    Work.UNEXPLAINED: (
        "bad",
        _("不明支出"),
        _("没有对应的付款指令，请联系开户行。"),
        "operator:unexplained",
    ),
    Work.REFUND_PROPOSED: (
        "wait",
        _("待复核的退款"),
        _("由提出人以外的运营人员复核。"),
        "operator:refunds?state=proposed",
    ),
    Work.PAYEE_CHANGE: (
        "wait",
        _("收款账户变更"),
        _("核对后确认，退款才能重新办理。"),
        "operator:payees",
    ),
    Work.CLAIM: ("wait", _("认领"), _("对照回单，找到对应的款项。"), "operator:claims"),
    Work.SUSPENSE: (
        "warn",
        _("暂存款项"),
        _("认给投标人，或退回付款人。"),
        "operator:suspense",
    ),
    Work.TERMINATED_LOT: (
        "wait",
        _("整标段退还"),
        _("已终止的标段，保证金按原路退还。"),
        "operator:refund-lots",
    ),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """A line of the work list."""

    tone: str
    title: Words
    about: Words
    url: str
    items: int
    oldest_at: datetime | None


@require_safe
@signed_in(Role.OPERATOR)
def home(request: Request) -> HttpResponse:
    now = clock.now()
    context = {"nav": nav(request), "now": now, "rows": list(_rows(request, now))}
    return render(request, "operator/home.html", context)


def _rows(request: Request, now: datetime) -> Iterable[Waits]:
    for each in worklist.worklist(at=now, actor=request.actor):
        tone, title, about, place = WORKS[each.work]
        yield Waits(tone, title, about, _address(place), each.items, each.oldest_at)
    accounts = parties.accounts_to_confirm(page=1, actor=request.actor)
    if accounts.total:
        yield Waits(
            "wait",
            _("基本账户核验"),
            _("核验通过后，投标人的款项才计入。"),
            reverse("operator:basic-accounts"),
            accounts.total,
            accounts.rows[0].account.changed_at,
        )
    applications, oldest_at = pools.undecided(actor=request.actor)
    if applications:
        yield Waits(
            "wait",
            _("联保金申请"),
            _("审核后，申请人才有收款子账号。"),
            reverse("operator:members"),
            applications,
            oldest_at,
        )
    forfeitures, oldest_at = pools.undecided_forfeitures(actor=request.actor)
    if forfeitures:
        yield Waits(
            "wait",
            _("不予退还的联保金"),
            _("异议期届满后，由提出人以外的人复核。"),
            reverse("operator:forfeitures"),
            forfeitures,
            oldest_at,
        )
    lacking, stuck = interest.needs(actor=request.actor)
    if lacking or stuck:
        yield Waits(
            "warn",
            _("利息"),
            _("缺少利率或余额，或者银行没有付成；处理后自动支付。"),
            reverse("operator:interest"),
            lacking + stuck,
            None,
        )
    waiting = pools.appeals(search="", state=AppealState.FILED, page=1, actor=request.actor)
    if waiting.total:
        yield Waits(
            "wait",
            _("联保申诉"),
            _("核对证明，更正成员资格，或说明原因。"),
            _address(f"operator:appeals?state={AppealState.FILED}"),
            waiting.total,
            waiting.rows[0].filed_at,
        )
    files = banking.kept_aside(at=now, actor=request.actor)
    if files:
        yield Waits(
            "warn",
            _("搁置的银行文件"),
            _("请告知银行更正后重发。"),
            reverse("operator:bank-files"),
            len(files),
            files[-1].received_at,
        )


def _address(place: str) -> str:
    name, _mark, asked = place.partition("?")
    return reverse(name) + (f"?{asked}" if asked else "")
