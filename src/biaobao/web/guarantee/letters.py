"""保函生成: how the letter stands, what it says, and what to do where there is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.adapters import workshop
from biaobao.core.actor import Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Objection, Refused
from biaobao.domain.claims import queries as claims
from biaobao.domain.documents.types import Kind
from biaobao.domain.guarantees.actions import amending
from biaobao.domain.guarantees.queries import (
    applications,
    contingency,
    invoicing,
    letters,
    papers,
)
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import (
    LIVE_AMENDMENT,
    AmendmentState,
    ApplicationState,
    ContingencyState,
    LetterState,
)
from biaobao.domain.guarantees.types import (
    Amendment,
    AmendmentQuote,
    Contingency,
    IssuedLetter,
    Progress,
    Purchase,
    Standing,
)
from biaobao.platform import clock
from biaobao.web.guarantee.ending import ended
from biaobao.web.guarantee.invoices import why_not
from biaobao.web.guarantee.paying import can_revoke, credits_of
from biaobao.web.ui import live as live_pages
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.claims import shown
from biaobao.web.ui.contingencies import shown as contingency_words
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.words import STANDINGS, Explanation, explain

LIVE = "guarantee/_letter_live.html"
# The documents of an application by their name in addresses, and what people call them.
PAPERS = {
    "letter": (Kind.LETTER, _("保函")),
    "agreement": (Kind.AGREEMENT, _("申请书暨委托担保协议")),
    "receipt": (Kind.RECEIPT, _("购买凭证")),
}
MAKING = (ApplicationState.PAID, ApplicationState.ISSUING)
SAID = {
    LetterState.ISSUED_SEALED: (
        "ok",
        _("已开立"),
        _("保函已开立，本标段的投标担保已办妥"),
        _("开标前只有本单位能看到。请下载保存，无需再操作。"),
    ),
    LetterState.DECRYPT_FAILED: (
        "bad",
        _("没有读出"),
        _("开标时没有读出这份保函"),
        _("请立即下载购买凭证，交给招标人或代理机构，并拨打页面下方的咨询电话；系统仍在重试。"),
    ),
    LetterState.UNSEALED: (
        "ok",
        _("已开立"),
        _("保函已开立，开标后已公开"),
        _("招标人可以凭编号和验证码查验。"),
    ),
    LetterState.CLAIMED_PARTIAL: (
        "warn",
        _("部分赔付"),
        _("受益人已索赔，出函机构付了一部分"),
        _("余下的金额仍在担保；出函机构会就已赔付的金额向本单位追偿。"),
    ),
    LetterState.CLAIMED_FULL: (
        "bad",
        _("已赔付"),
        _("受益人已索赔，担保金额全部付清"),
        _("保函已失效；出函机构会就已赔付的金额向本单位追偿。"),
    ),
    LetterState.RELEASED: (
        "muted",
        _("已解保"),
        _("担保责任已经解除"),
        _("保函不再有效，无需操作；保费不退。"),
    ),
    LetterState.SURRENDERED: ("muted", _("已退保"), _("保函已退保"), _("保费全额原路退回。")),
    LetterState.EXPIRED: (
        "muted",
        _("已到期"),
        _("保函有效期已过"),
        _("担保责任已结束，无需操作；保费不退。"),
    ),
}
# What is decided, or is to be, of one that was not read in time.
UNREAD = (LetterState.DECRYPT_FAILED, LetterState.UNSEALED)
DECIDED = {
    ContingencyState.PROPOSED: (
        "wait",
        _("待监管确认"),
        _("招标人已报监管部门，等待确认"),
        _("请立即下载购买凭证，当场交给招标人或代理机构；决定登记以后本页自动显示。"),
    ),
    ContingencyState.ACCEPTED: (
        "ok",
        _("应急确认有效"),
        _("监管部门已确认，投标担保有效"),
        _("开标照常进行，无需再操作。"),
    ),
    ContingencyState.REFUSED: (
        "bad",
        _("未确认"),
        _("监管部门没有确认，投标担保无效"),
        _("理由见下方。购买凭证还没有出示的，请立即交给招标人；有异议的，请当场向监管部门提出。"),
    ),
}
# How its period stands today, in tone and word.
PERIODS: dict[Standing, tuple[str, object]] = {
    Standing.NOT_YET: ("wait", _("尚未开始")),
    Standing.VALID: ("ok", _("期内")),
    Standing.EXPIRED: ("muted", _("已结束")),
}


SUPERSEDED = ("muted", _("已被取代"))
AMENDMENTS = {
    AmendmentState.PAY_PENDING: ("wait", _("待支付差额")),
    AmendmentState.REQUESTED: ("wait", _("办理中")),
    AmendmentState.ISSUED: ("ok", _("现行")),
    AmendmentState.REFUSED: ("bad", _("没有办成")),
    AmendmentState.CANCELLED: ("muted", _("已撤销")),
}
# Why there is no such version; else the guarantor's own words.
NOT_AMENDED: dict[str, object] = {
    "LETTER_ENDED": _("保函已经结束"),
    "GUARANTOR_DECLINED": _("出函机构没有同意"),
    "LOT_TERMINATED": _("标段已终止"),
    "LOT_FAILED": _("标段已流标"),
    "AMOUNT_CHANGED": _("保证金金额又有变更"),
    "DEADLINE_PASSED": _("已过投标截止"),
    "UNPAID": _("差额没有按时付清"),
    "GUARANTOR_LICENCE_TOO_SHORT": _("出函机构的许可证有效期不够"),
    "CANCELLED": _("本单位撤销"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What the letter's next version changes, on its way or to be asked for; its premium rises or falls."""

    what: Amendment | AmendmentQuote
    under_way: Amendment | None
    rise: Money | None
    fall: Money | None


@dataclass(frozen=True, slots=True)
class ShownAmendment:
    """An amendment with how it stands, and why it was not made, in words."""

    row: Amendment
    tone: str
    state: object
    why: object


@dataclass(frozen=True, slots=True)
class Status:
    """How the letter stands, in a word, in a line, and what to do next."""

    tone: str
    word: object
    headline: object
    next_step: object


@signed_in(Role.BIDDER)
@require_safe
def letter(request: Request, application_id: UUID) -> HttpResponse:
    progress = applications.progress(application_id=application_id, actor=request.actor)
    return render(request, "guarantee/letter.html", _page(request, progress, clock.now()))


@signed_in(Role.BIDDER)
@require_safe
def live(request: Request, application_id: UUID) -> HttpResponse:
    """Answer a page that asks by itself: its changing part, or nothing while nothing changed."""
    progress = applications.progress(application_id=application_id, actor=request.actor)
    return live_pages.answer(request, _page(request, progress, clock.now()))


@signed_in(Role.BIDDER)
@require_safe
def download(request: Request, application_id: UUID, kind: str) -> HttpResponse:
    """Hand a signed document out to its holder, as it was signed."""
    if kind not in PAPERS:
        raise NotFound(f"document {kind}")
    progress = applications.progress(application_id=application_id, actor=request.actor)
    content = papers.pdf(application_id=application_id, kind=PAPERS[kind][0], actor=request.actor)
    name = f"{PAPERS[kind][1]}-{progress.application.number}.pdf"
    return to_be_saved(content, name=name, media_type="application/pdf")


@signed_in(Role.BIDDER)
@require_POST
def amend(request: Request, application_id: UUID) -> HttpResponse:
    """Ask for a version of the letter that fits its lot again; where it costs more, lead on to paying."""
    amending.request(application_id=application_id, at=clock.now(), actor=request.actor)
    progress = applications.progress(application_id=application_id, actor=request.actor)
    if progress.payment and progress.payment.is_more:
        return redirect("guarantee:payment", application_id)
    messages.success(request, _now("变更申请已提交，新版本开好后本页自动显示。"))
    return redirect("guarantee:letter", application_id)


@signed_in(Role.BIDDER)
@require_POST
def cancel_amendment(request: Request, application_id: UUID) -> HttpResponse:
    """Leave an amendment that is not paid: the letter stands as it was."""
    amending.cancel(application_id=application_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("变更申请已撤销，保函照原样；已付的部分自动退回。"))
    return redirect("guarantee:letter", application_id)


def _page(request: Request, progress: Progress, now: datetime) -> dict[str, object]:
    application = progress.application
    issued = _letter_of(application.id, request.actor)
    kept = papers.kept(application_id=application.id, actor=request.actor)
    unread = contingency.of_application(application_id=application.id, actor=request.actor)
    asked = letters.amendments(application_id=application.id, actor=request.actor)
    context: dict[str, object] = {
        "progress": progress,
        "now": now,
        "letter": issued,
        "code": _code_of(issued, request.actor) if issued else "",
        "papers": [(name, *PAPERS[name]) for name in PAPERS if PAPERS[name][0] in kept],
        "period": _period(rules.standing_of(issued, on=day_of(now))) if issued else None,
        "status": None if application.ended_at else _status(progress, issued, unread, now),
        "is_waiting": application.state in MAKING
        or any(each.state in LIVE_AMENDMENT for each in asked),
        "lacks_receipt": application.paid_at is not None and Kind.RECEIPT not in kept,
        "ended": ended(progress, at=now, actor=request.actor),
        "is_unpaid": application.paid_at is None and application.ended_at is None,
        "can_revoke": can_revoke(progress),
        "why_not_surrendered": _why_not_surrendered(issued, progress, now) if issued else None,
        "is_too_low": _is_too_low(issued, progress),
        "amendments": [_amendment(each, issued) for each in asked],
        "change": _change(issued, asked, progress, request.actor, now) if issued else None,
        "contingencies": [contingency_words(each) for each in unread],
        "claims": [
            shown(each)
            for each in claims.of_application(application_id=application.id, actor=request.actor)
        ],
        "purchase": (purchase := _purchase(progress, request.actor)),
        "why_not_invoiced": why_not(purchase),
        "credits": credits_of(progress.payment) if application.ended_at else [],
    }
    return context | live_pages.shown(request, LIVE, context)


def _is_too_low(issued: IssuedLetter | None, progress: Progress) -> bool:
    return (
        issued is not None
        and issued.state is LetterState.ISSUED_SEALED
        and issued.amount < progress.lot.amount
    )


def _change(
    issued: IssuedLetter,
    asked: Sequence[Amendment],
    progress: Progress,
    actor: Actor,
    now: datetime,
) -> Change | None:
    """Return what is on its way to change, else what can be asked for."""
    under_way = next((each for each in asked if each.state in LIVE_AMENDMENT), None)
    fits = issued.extend_until is None and issued.amount == progress.lot.amount
    if under_way is None and fits:
        return None
    found = under_way or letters.amendment_quote(
        application_id=issued.application_id, at=now, actor=actor
    )
    if found is None:
        return None
    rise = found.difference if found.difference.fen > 0 else None
    fall = Money(-found.difference.fen) if found.difference.fen < 0 else None
    return Change(found, under_way, rise, fall)


def _amendment(row: Amendment, issued: IssuedLetter | None) -> ShownAmendment:
    tone, state = AMENDMENTS[row.state]
    if row.state is AmendmentState.ISSUED and issued and row.version != issued.version:
        tone, state = SUPERSEDED
    return ShownAmendment(row, tone, state, NOT_AMENDED.get(row.words, row.words))


def _period(standing: Standing) -> tuple[str, object]:
    return PERIODS.get(standing) or STANDINGS[standing][:2]


def _purchase(progress: Progress, actor: Actor) -> Purchase | None:
    if progress.application.issued_at is None:
        return None
    return invoicing.purchase(application_id=progress.application.id, actor=actor)


def _why_not_surrendered(
    issued: IssuedLetter, progress: Progress, now: datetime
) -> Explanation | None:
    why_not = rules.why_not_surrendered(issued, progress.lot, at=now)
    return explain(Objection(why_not, facts={"number": issued.number})) if why_not else None


def _letter_of(application_id: UUID, actor: Actor) -> IssuedLetter | None:
    try:
        return letters.letter(application_id=application_id, actor=actor)
    except NotFound:
        return None


def _code_of(issued: IssuedLetter, actor: Actor) -> str:
    """Return the verification code, which is kept in the letter itself alone; empty if that does not open."""
    try:
        content = papers.pdf(application_id=issued.application_id, kind=Kind.LETTER, actor=actor)
    except Refused:
        return ""
    data = workshop.verifying().verify(content).data
    return str(json.loads(data)["facts"]["verification_code"]) if data else ""


def _lacking(issued: IssuedLetter, progress: Progress) -> object:
    """Return what a letter lacks since its lot moved; empty if nothing."""
    if _is_too_low(issued, progress):
        return _("保证金金额已变更，这份保函的金额不够")
    return _("标段已延期，这份保函的有效期不够") if issued.extend_until else ""


def _status(
    progress: Progress, issued: IssuedLetter | None, unread: Sequence[Contingency], now: datetime
) -> Status:
    application = progress.application
    if issued and (lacking := _lacking(issued, progress)):
        return Status(
            "warn", _("须处理"), lacking, _("请看下方的提示，在截止前办妥有效的投标担保。")
        )
    if issued and rules.standing_of(issued, on=day_of(now)) is Standing.EXPIRED:
        headline = _("保函的担保期间已经结束")
        return Status("muted", _("已结束"), headline, _("无需再操作；文件仍可下载。"))
    if issued and issued.state in UNREAD and unread and unread[-1].state in DECIDED:
        return Status(*DECIDED[unread[-1].state])
    if issued:
        return Status(*SAID[issued.state])
    if application.state in MAKING:
        headline = _("保费已付清，正在自动出函")
        return Status("wait", _("出函中"), headline, _("通常几分钟，开好后本页自动显示。"))
    return Status("muted", _("未到这一步"), _("还没有保函"), _("付清保费以后，系统自动出函。"))
