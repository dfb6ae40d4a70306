"""联保金: what a company can join, how its membership stands, its money, and what is held for its lots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import queries, rules
from biaobao.domain.pools.actions import joining
from biaobao.domain.pools.states import (
    COVERING,
    LEAVABLE,
    OVER,
    RENEWABLE,
    UNDECIDED,
    MembershipState,
)
from biaobao.domain.pools.types import Coverage, HeldLot, Membership, MembershipDesk, Scheme
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui import amounts, parts, pools, verdicts
from biaobao.web.ui import live as live_pages
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.holds import HELD, why_ended
from biaobao.web.ui.paging import asked_page

Words = str | Promise

LIVE = "bidder/_pool_live.html"
# The way to a membership, and who stands where on it.
WAY = (_("提交申请"), _("平台审核"), _("缴纳联保金"), _("生效"))
STANDS = {
    MembershipState.APPLIED: 1,
    MembershipState.UNDER_REVIEW: 1,
    MembershipState.PAYMENT_PENDING: 2,
}
# How each membership stands: in a line, and what to do next.
STANDING: dict[MembershipState, tuple[Words, Words]] = {
    MembershipState.APPLIED: (
        _("申请已提交，等待平台审核"),
        _("审核结果在本页显示。通过之前没有可以付款的账号，请不要转账。"),
    ),
    MembershipState.UNDER_REVIEW: (
        _("平台正在审核"),
        _("审核结果在本页显示。通过之前没有可以付款的账号，请不要转账。"),
    ),
    MembershipState.REJECTED: (
        _("审核未通过：%(why)s"),
        _("可以按说明补正后重新申请，或选择其他方案。"),
    ),
    MembershipState.WITHDRAWN: (_("申请已撤回"), _("需要时可以重新申请。")),
    MembershipState.PAYMENT_PENDING: (
        _("审核已通过，还需缴纳 %(missing)s"),
        _("请从基本账户转到下方子账号，足额到账后立即生效，本页自动更新。"),
    ),
    MembershipState.ACTIVE: (
        _("联保金有效，到 %(until)s"),
        _("在标段的「保证金查询」选择联保金，系统当场核对，无需另行缴纳。"),
    ),
    MembershipState.DEFICIT: (
        _("余额不足，还需补足 %(missing)s"),
        _(
            "请从基本账户转到下方子账号。按期补足前仍可使用，但余额不能低于最低余额；逾期的，成员资格暂停。"
        ),
    ),
    MembershipState.SUSPENDED: (
        _("成员资格已暂停：%(why)s"),
        _("暂停期间不能用于新的标段。处理后由平台恢复，请拨打页面下方的咨询电话。"),
    ),
    MembershipState.EXPIRED: (
        _("成员资格已于 %(until)s 到期"),
        _("续期后恢复使用，编号和余额不变；不再使用的，可以申请退出。"),
    ),
    MembershipState.EXIT_REQUESTED: (
        _("已申请退出，%(leaves)s 起退还余额"),
        _("期间不能用于标段。到期后余额自动退回基本账户，不需要再操作。"),
    ),
    MembershipState.REFUNDING: (
        _("正在退还余额"),
        _("余额退回基本账户，银行付出后本页显示；不需要再操作。"),
    ),
    MembershipState.EXITED: (_("已退出，余额已退还"), _("需要时可以重新申请加入。")),
}
BELOW = _(
    "请从基本账户转到下方子账号。余额低于最低余额，补足前不能用于标段；逾期没有补足的，成员资格暂停。"
)
BELOW_BY_SHARING = _(
    "请从基本账户转到下方子账号。分担其他成员的违约后余额低于最低余额，补足前不能用于新的标段；已经担保的标段"
    "在补足期限内不受影响，逾期没有补足的，成员资格暂停。"
)
LEAVING_MUTUAL = _(
    "期间不能用于标段。退还以前，其他成员被提出不予退还的，仍按比例分担，有结果以后才退还；余额自动退回基本账户，"
    "不需要再操作。"
)
WAITING_MUTUAL = _("已申请退出，等其他成员的违约复核以后退还余额")
LATE = _("补足 %(missing)s 后自动恢复，请从基本账户转到下方子账号。")


@dataclass(frozen=True, slots=True)
class ShownScheme:
    """A scheme that can be joined, in plain words."""

    scheme: Scheme
    coverage: Words
    about: Words
    tiers: object
    facts: list[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class ShownHold:
    """A lot with what is or was held for it, in words."""

    row: HeldLot
    tone: str
    state: Words
    why: Words


@signed_in(Role.BIDDER)
@require_safe
def pool(request: Request) -> HttpResponse:
    now = clock.now()
    desk = queries.own(actor=request.actor)
    context: dict[str, object] = {"nav": nav.console("pool"), "now": now}
    if desk is not None:
        context |= _member(request, desk, now)
    if desk is None or desk.membership.state in OVER:
        context["schemes"] = list(_schemes(request, now))
    return render(request, "bidder/pool.html", context)


@signed_in(Role.BIDDER)
@require_safe
def live(request: Request) -> HttpResponse:
    """Answer a page that asks by itself: its changing part, or nothing while nothing changed."""
    desk = queries.own(actor=request.actor)
    if desk is None:
        return redirect("bidder:pool")
    return live_pages.answer(request, _member(request, desk, clock.now()))


@signed_in(Role.BIDDER)
@require_POST
def ask(request: Request, membership_id: UUID) -> HttpResponse:
    """子账号转账结果查询: ask the bank now; the page shows the answer when it comes."""
    joining.ask_bank(membership_id=membership_id, at=clock.now(), actor=request.actor)
    return redirect(reverse("bidder:pool") + "#bank")


def _schemes(request: Request, now: datetime) -> Iterable[ShownScheme]:
    for scheme in queries.open_schemes(at=now, actor=request.actor):
        if dated := scheme.terms_on(day_of(now)):
            facts = pools.terms_facts(dated.terms, request.actor)
            yield ShownScheme(scheme, *pools.COVERAGES[scheme.coverage], dated.terms.tiers, facts)


def _member(request: Request, desk: MembershipDesk, now: datetime) -> dict[str, object]:
    row, account = desk.membership, desk.account
    is_over = row.state in OVER
    holdings = queries.holdings(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    headline, next_step = _standing(row, day_of(now))
    context: dict[str, object] = {
        "now": now,
        "membership": row,
        "status": pools.MEMBERSHIPS[row.state],
        "headline": headline,
        "next_step": next_step,
        "is_over": is_over,
        "steps": list(_steps(row.state)),
        "covers": row.state in COVERING,
        "free": _free(row, holdings.amount),
        "account": account,
        "basic_account": parties.basic_account(organisation_id=row.member_id, actor=request.actor),
        "missing_yuan": amounts.typed(row.missing),
        "top_up_until": _end_of(row.top_up_by) if row.state is MembershipState.DEFICIT else None,
        "bank_problem": verdicts.bank_problem(account.problem) if account else "",
        "bank_page": settings.SANDBOX_BANK_URL if settings.DEMO else "",
        "credits": [pools.credit(each) for each in reversed(desk.credits)],
        "refunds": [pools.refund(each) for each in reversed(desk.refunds)],
        "borne": list(reversed(desk.borne)),
        "holdings": holdings,
        "holds": [_hold(each) for each in holdings.page.rows],
        "renewed_from": _renewed_from(row),
        "can_renew": _can_renew(row, now),
        "may_wait": rules.may_wait(row),
        "can_leave": row.state in LEAVABLE,
        "can_withdraw": row.state in (*UNDECIDED, MembershipState.PAYMENT_PENDING),
        "coverage": pools.COVERAGES[row.coverage],
        "terms": pools.terms_facts(row.terms, request.actor),
    }
    return context | live_pages.shown(request, LIVE, context)


def _standing(row: Membership, today: date) -> tuple[str, str]:
    headline, next_step = STANDING[row.state]
    if rules.may_wait(row):
        is_late = row.leaves_on is not None and row.leaves_on < today
        headline, next_step = WAITING_MUTUAL if is_late else headline, LEAVING_MUTUAL
    if row.state is MembershipState.SUSPENDED and row.why in pools.SUSPENSIONS:
        next_step = LATE
    if row.state is MembershipState.DEFICIT and row.balance < row.terms.floor:
        next_step = BELOW_BY_SHARING if rules.stands_on(row) else BELOW
    told = {
        "missing": row.missing,
        "why": pools.why(row.why),
        "until": row.ends_on,
        "leaves": row.leaves_on,
    }
    return str(headline) % told, str(next_step) % told


def _steps(state: MembershipState) -> Iterable[parts.Step]:
    if state not in STANDS:
        return
    here = STANDS[state]
    for number, title in enumerate(WAY):
        marks = "done" if number < here else "current" if number == here else "todo"
        yield parts.Step(str(title), marks)


def _free(row: Membership, held: Money) -> Money | None:
    """Return what lots may still take of the balance, where that is what covers."""
    if row.coverage is not Coverage.POOL_BALANCE:
        return None
    return Money(max(0, row.balance.fen - held.fen))


def _hold(each: HeldLot) -> ShownHold:
    return ShownHold(each, *HELD[each.hold.state], why_ended(each.hold.ended_why))


def _renewed_from(row: Membership) -> date | None:
    if row.state not in RENEWABLE or row.ends_on is None:
        return None
    return rules.renewed_from(row.ends_on, row.terms.renewal_days)


def _can_renew(row: Membership, now: datetime) -> bool:
    opens_on = _renewed_from(row)
    return opens_on is not None and opens_on <= day_of(now)


def _end_of(day: date | None) -> datetime | None:
    """Return the last second of a day in Shanghai."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI) if day else None
