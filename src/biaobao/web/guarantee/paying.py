"""保函支付: the declaration, where to pay the premium and until when, and every credit explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import refuse
from biaobao.domain.guarantees.actions import paying as actions
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import (
    UNPAID,
    ApplicationState,
    PremiumOutcome,
    PremiumRefundState,
)
from biaobao.domain.guarantees.types import Payment, PremiumCredit, PremiumRefund, Progress
from biaobao.platform import clock
from biaobao.web.guarantee.ending import ended
from biaobao.web.ui import amounts, parts, verdicts
from biaobao.web.ui import live as live_pages
from biaobao.web.ui.access import Request, signed_in

LIVE = "guarantee/_payment_live.html"
OUTCOMES = {
    PremiumOutcome.COUNTED: ("ok", _("计入保费")),
    PremiumOutcome.RETURNED: ("bad", _("不计入，自动退回")),
    PremiumOutcome.REVERSED: ("muted", _("银行已冲回")),
}
REFUNDS = {
    PremiumRefundState.WAITING: ("wait", _("等待可退回的账户")),
    PremiumRefundState.ORDERED: ("wait", _("退款已交银行办理")),
    PremiumRefundState.PAID: ("ok", _("已退回")),
    PremiumRefundState.FAILED: ("warn", _("银行没有办理，将改退到基本账户")),
    PremiumRefundState.RETURNED: ("warn", _("退款被退回，将改退到基本账户")),
}
# How each application stands once its payment page has something to say.
STANDING: dict[ApplicationState, tuple[str, object, object, object]] = {
    ApplicationState.SIGNED: (
        "wait",
        _("待阅读申明"),
        _("请阅读出函申明"),
        _("读完后点击“我已知晓”，即显示保费和收款账号。"),
    ),
    ApplicationState.PAY_PENDING: (
        "wait",
        _("待支付"),
        _("请向下方子账号支付保费"),
        _("到账后本页自动更新，系统随即自动出函。"),
    ),
    ApplicationState.PAID: (
        "ok",
        _("已支付"),
        _("保费已付清，等待出函"),
        _("系统自动出函，通常几分钟；请到“保函生成”查看。"),
    ),
    ApplicationState.ISSUING: (
        "ok",
        _("已支付"),
        _("保费已付清，正在出函"),
        _("请到“保函生成”查看。"),
    ),
    ApplicationState.ISSUED: (
        "ok",
        _("已支付"),
        _("保函已经开立"),
        _("请到“保函生成”查看并下载。"),
    ),
}
# Of a letter that is to be over more than it is.
MORE = (
    "wait",
    _("待支付"),
    _("请向下方子账号支付保费差额"),
    _("到账后系统自动开立保函的新版本；没有付清的，保函照原样。"),
)


@dataclass(frozen=True, slots=True)
class Status:
    """How the payment stands, in a word, in a line, and what to do next."""

    tone: str
    word: object
    headline: object
    next_step: object


@dataclass(frozen=True, slots=True)
class ShownRefund:
    """Premium that goes back, in words."""

    row: PremiumRefund
    tone: str
    state: object
    why: str


@dataclass(frozen=True, slots=True)
class ShownCredit:
    """A credit with its verdict, every check, and what of it goes back, in words."""

    row: PremiumCredit
    tone: str
    outcome: object
    reason: str
    remedy: str
    checks: Sequence[parts.Check]
    refunds: Sequence[ShownRefund]


@signed_in(Role.BIDDER)
@require_safe
def payment(request: Request, application_id: UUID) -> HttpResponse:
    progress = applications.progress(application_id=application_id, actor=request.actor)
    return render(request, "guarantee/payment.html", _page(request, progress, clock.now()))


@signed_in(Role.BIDDER)
@require_safe
def live(request: Request, application_id: UUID) -> HttpResponse:
    """Answer a page that asks by itself: its changing part, or nothing while nothing changed."""
    progress = applications.progress(application_id=application_id, actor=request.actor)
    return live_pages.answer(request, _page(request, progress, clock.now()))


@signed_in(Role.BIDDER)
@require_POST
def acknowledge(request: Request, application_id: UUID) -> HttpResponse:
    """我已知晓: only who says that it was read to its end sees where to pay."""
    if request.POST.get("read") != "yes":
        raise refuse("DECLARATION_UNREAD")
    actions.acknowledge(application_id=application_id, at=clock.now(), actor=request.actor)
    return redirect("guarantee:payment", application_id)


@signed_in(Role.BIDDER)
@require_POST
def ask(request: Request, application_id: UUID) -> HttpResponse:
    """查询到账: ask the bank now; the page shows the answer when it comes."""
    actions.ask_bank(application_id=application_id, at=clock.now(), actor=request.actor)
    return redirect(reverse("guarantee:payment", args=[application_id]) + "#bank")


@signed_in(Role.BIDDER)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: Request, application_id: UUID) -> HttpResponse:
    """撤单: say what it means, and leave when that is confirmed."""
    if request.method == "POST":
        actions.revoke(application_id=application_id, at=clock.now(), actor=request.actor)
        return redirect("guarantee:payment", application_id)
    progress = applications.progress(application_id=application_id, actor=request.actor)
    context = {"progress": progress, "now": clock.now(), "can_revoke": can_revoke(progress)}
    return render(request, "guarantee/revoke.html", context)


def can_revoke(progress: Progress) -> bool:
    return progress.application.state is ApplicationState.PAID


def credits_of(paid: Payment | None) -> list[ShownCredit]:
    """Return what came for a premium, the newest first."""
    return [_credit(row) for row in reversed(paid.credits)] if paid else []


def _page(request: Request, progress: Progress, now: datetime) -> dict[str, object]:
    state = progress.application.state
    paid = progress.payment
    account = paid.sub_account if paid else None
    is_paying = state is ApplicationState.PAY_PENDING or bool(paid and paid.is_more)
    context: dict[str, object] = {
        "progress": progress,
        "now": now,
        "status": _status(progress),
        "is_unsigned": progress.application.signed_at is None and not progress.application.ended_at,
        "is_to_be_read": state is ApplicationState.SIGNED,
        "is_paying": is_paying,
        "is_waiting": is_paying or bool(account and account.is_being_asked),
        "ended": ended(progress, at=now, actor=request.actor),
        "has_letter_page": progress.application.paid_at is not None,
        "can_cancel": state in UNPAID,
        "can_revoke": can_revoke(progress),
        "payment": paid,
        "account": account,
        "bank_problem": verdicts.bank_problem(account.problem) if account else "",
        "credits": credits_of(paid),
        "missing_yuan": amounts.typed(paid.missing) if paid else "",
        "bank_page": settings.SANDBOX_BANK_URL if settings.DEMO else "",
    }
    return context | live_pages.shown(request, LIVE, context)


def _status(progress: Progress) -> Status:
    state = progress.application.state
    if progress.payment and progress.payment.is_more:
        return Status(*MORE)
    if state in STANDING:
        return Status(*STANDING[state])
    return Status(
        "muted", _("未到这一步"), _("还不能支付保费"), _("请先完成前面的步骤，现在请不要转账。")
    )


def _credit(row: PremiumCredit) -> ShownCredit:
    tone, outcome = OUTCOMES[row.outcome]
    return ShownCredit(
        row,
        tone,
        outcome,
        verdicts.premium_reason(row.reason),
        verdicts.premium_remedy(row.reason),
        [verdicts.explain_premium(verdict) for verdict in row.verdicts],
        [
            ShownRefund(refund, *REFUNDS[refund.state], verdicts.premium_reason(refund.reason))
            for refund in row.refunds
        ],
    )
