"""保证金查询: how a lot stands for its bidder, the ways to secure it, and every credit explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.adapters import workshop
from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.states import ClaimState, DepositState, Outcome, RefundState
from biaobao.domain.deposits.types import CreditRow, Position, RefundReason, RefundRow, Standing
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.types import IssuedLetter
from biaobao.domain.pools import queries as pools
from biaobao.domain.pools import rules
from biaobao.domain.pools.actions import holding
from biaobao.domain.pools.states import LIVE_HOLDS, ForfeitureState, HoldState
from biaobao.domain.pools.types import Check, Hold
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Way
from biaobao.platform import clock
from biaobao.platform.audit.types import Recorded
from biaobao.web.bidder import claims, nav, steps
from biaobao.web.ui import amounts, appeals, forfeitures, parts, verdicts
from biaobao.web.ui import live as live_pages
from biaobao.web.ui import pools as pool_words
from biaobao.web.ui import refunds as refund_words
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.banks import BANK_REASONS, bank_reason
from biaobao.web.ui.holds import HOLD_ENDINGS, HOLDS, why_ended

LIVE = "bidder/_security_live.html"
WAYS = {
    Way.DEPOSIT: (_("保证金"), _("从基本账户转账到本单位专用的子账号，到账后自动核对。")),
    Way.GUARANTEE: (_("电子保函"), _("由担保机构、银行或保险机构出具电子保函，不占用资金。")),
    Way.POOL: (_("联保金"), _("已是联保金成员的单位，无需另行缴纳。")),
}
# What choosing a way leads to.
FREE = {
    Way.DEPOSIT: _("选择后立即显示本单位专用的收款子账号。"),
    Way.GUARANTEE: _("进入电子保函系统，选择产品、填写信息、签章、支付后自动出函。"),
    Way.POOL: _("选择后立即核对成员资格；不能使用的，逐项说明原因。"),
}
# How a deposit stands: tone and words.
STANDING: dict[DepositState, tuple[str, object]] = {
    DepositState.EXPECTED: ("wait", _("等待到账")),
    DepositState.PARTIAL: ("warn", _("部分到账")),
    DepositState.CONFIRMED: ("ok", _("已到账")),
    DepositState.INVALID: ("bad", _("到账但不计入")),
    DepositState.RELEASED: ("muted", _("已不再需要")),
}
OUTCOMES = {
    Outcome.COUNTED: ("ok", _("计入保证金")),
    Outcome.REFUNDABLE: ("bad", _("不计入，可申请退回")),
    Outcome.SUSPENDED: ("warn", _("暂存待处理")),
    Outcome.REVERSED: ("muted", _("银行已冲回")),
    Outcome.RETURNED: ("muted", _("已转入退款")),
}
# How a pooled deposit stands for the lot.
POOLED: dict[HoldState, tuple[str, object]] = {
    HoldState.RESERVED: ("ok", _("已担保")),
    HoldState.HELD: ("ok", _("已担保")),
    HoldState.RELEASED: ("muted", _("已释放")),
    HoldState.LAPSED: ("bad", _("已失效")),
    HoldState.DEDUCTED: ("bad", _("已不予退还")),
}
# Where nothing is chosen any more, whatever stands.
HALTED = {
    LotState.SUSPENDED: ("warn", _("暂停，暂不办理")),
    LotState.TERMINATED: ("muted", _("标段已终止")),
}
HAPPENED = {
    "registration.contact_chosen": _("选择了联系人"),
    "registration.file_collected": _("下载了招标文件"),
    "registration.registered": _("完成报名"),
    "deposit.chosen": _("选择以保证金方式缴纳"),
    "sub-account.assigned": _("开立了本标段专用的收款子账号"),
    "deposit.expected": _("等待到账"),
    "deposit.partial": _("部分到账"),
    "deposit.confirmed": _("保证金已到账"),
    "deposit.invalid": _("到账但不计入"),
    "bank.asked": _("向银行查询到账结果"),
    "credit.booked": _("银行通知入账"),
    "credit.reversed": _("银行冲回入账"),
    "deposit.given-up": _("不再用保证金缴纳"),
    "deposit.released": _("这笔保证金已不再需要"),
    "hold.reserved": _("核对通过，联保金为本标段提供担保"),
    "hold.held": _("开标时核对通过"),
    "hold.released": _("联保金不再为本标段提供担保"),
    "hold.deducted": _("联保金扣除，不予退还"),
    "forfeiture.proposed": _("招标人提出不予退还"),
    "forfeiture.objected": _("提出异议"),
    "forfeiture.withdrawn": _("招标人撤回不予退还"),
    "forfeiture.lapsed": _("没有在期限内复核，不予退还失效"),
    "forfeiture.declined": _("复核不同意，按规定解除"),
    "forfeiture.approved": _("复核同意不予退还"),
    "forfeiture.paid": _("银行向招标人付出款项"),
    "forfeiture.failed": _("银行没有付出款项"),
    "forfeiture.returned": _("付出的款项被退回（退汇）"),
    "forfeiture.payee-told": _("招标人填写新的收款账户"),
    "forfeiture.ordered-again": _("向新的收款账户付款"),
    "hold.lapsed": _("重新核对未通过，联保金不再为本标段提供担保"),
    "refund.proposed": _("提出退款"),
    "refund.approved": _("复核退款"),
    "refund.cancelled": _("取消退款"),
    "refund.failed": _("银行拒绝退款"),
    "refund.paid": _("银行付出退款"),
    "refund.returned": _("退款被退回（退汇）"),
    "payee.told": _("填写新的收款账户"),
    "payee.confirmed": _("收款账户核对通过"),
    "payee.declined": _("收款账户未通过"),
    "order.sent": _("付款指令发送银行"),
    "order.asked": _("银行暂时没有办理付款指令，系统继续重试"),
    "claim.made": _("提出认领"),
    "claim.confirmed": _("认领成功"),
    "claim.declined": _("认领撤回或未通过"),
}
# How a deposit that was given up stands, until it is chosen again.
GIVEN_UP = {
    "SWITCHED": (_("已改用其他方式"), _("不再用保证金缴纳本标段")),
    "WITHDRAWN": (_("已撤回投标"), _("本标段的保证金退还")),
}


@dataclass(frozen=True, slots=True)
class Status:
    """How the lot stands for the bidder, in a word, in a line, and what to do next."""

    tone: str
    word: object
    headline: object
    next_step: object


@dataclass(frozen=True, slots=True)
class ShownWay:
    """A way to secure the lot, in plain words, and what can be done with it now."""

    code: str
    title: str
    about: str
    tone: str
    state: str
    next_step: str
    is_chosen: bool
    can_choose: bool
    can_apply: bool
    can_join: bool


@dataclass(frozen=True, slots=True)
class ShownCredit:
    """A credit with its verdict and every check in words."""

    row: CreditRow
    tone: str
    outcome: str
    reason: str
    remedy: str
    checks: Sequence[parts.Check]
    is_asked_back: bool
    can_ask_back: bool
    can_move: bool


@signed_in(Role.BIDDER)
@require_safe
def security(request: Request, lot_id: UUID) -> HttpResponse:
    position = deposit_standing.position(lot_id=lot_id, actor=request.actor)
    return render(request, "bidder/security.html", _page(request, position, clock.now()))


@signed_in(Role.BIDDER)
@require_safe
def live(request: Request, lot_id: UUID) -> HttpResponse:
    """Answer a page that asks by itself: its changing part, or nothing while nothing changed."""
    position = deposit_standing.position(lot_id=lot_id, actor=request.actor)
    return live_pages.answer(request, _page(request, position, clock.now()))


@signed_in(Role.BIDDER)
@require_POST
def choose(request: Request, lot_id: UUID) -> HttpResponse:
    choosing.choose(lot_id=lot_id, at=clock.now(), actor=request.actor)
    return redirect("bidder:security", lot_id)


@signed_in(Role.BIDDER)
@require_POST
def choose_pool(request: Request, lot_id: UUID) -> HttpResponse:
    """选中联保金: membership is checked at once; what is refused names each reason and its remedy."""
    try:
        holding.choose(lot_id=lot_id, at=clock.now(), actor=request.actor)
    except Refused as refused:
        lot = tenders.lot(lot_id=lot_id, actor=request.actor)
        context = {
            "nav": nav.workbench(lot, "security"),
            "lot": lot,
            "explanations": pool_words.explained(refused.objections, request.actor),
            "is_of_membership": any(each.code in set(Check) for each in refused.objections),
            "can_appeal": any(each.code in appeals.CHECKS for each in refused.objections),
        }
        return render(request, "bidder/pool_refused.html", context, status=422)
    return redirect(reverse("bidder:security", args=[lot_id]) + "#pool")


@signed_in(Role.BIDDER)
@require_POST
def leave_pool(request: Request, lot_id: UUID) -> HttpResponse:
    """改用其他方式: let the lot go, so that another way can be chosen."""
    holding.give_up(lot_id=lot_id, at=clock.now(), actor=request.actor)
    return redirect("bidder:security", lot_id)


@signed_in(Role.BIDDER)
@require_safe
def pool_receipt(request: Request, lot_id: UUID) -> HttpResponse:
    """联保担保凭证: a sheet to print or save, which anybody can verify from the opening on."""
    position = deposit_standing.position(lot_id=lot_id, actor=request.actor)
    hold = pools.hold(lot_id=lot_id, actor=request.actor)
    if hold is None:
        raise NotFound(f"hold for lot {lot_id}")
    lot = position.lot
    tone, word = HOLDS[hold.state][:2]
    context = {
        "hold": hold,
        "lot": lot,
        "tone": tone,
        "word": word,
        "why_ended": why_ended(hold.ended_why),
        "valid_until": rules.valid_until(lot.deadline_at, lot.validity_days),
        "url": workshop.verification_url(hold.number, hold.code),
        "qr": workshop.verification_qr(hold.number, hold.code),
        "now": clock.now(),
    }
    return render(request, "bidder/pool_receipt.html", context)


@signed_in(Role.BIDDER)
@require_POST
def ask(request: Request, lot_id: UUID) -> HttpResponse:
    """子账号转账结果查询: ask the bank now; the page shows the answer when it comes."""
    choosing.ask_bank(lot_id=lot_id, at=clock.now(), actor=request.actor)
    return redirect(reverse("bidder:security", args=[lot_id]) + "#bank")


def _page(request: Request, position: Position, now: datetime) -> dict[str, object]:
    standing = position.standing
    account = standing.sub_account if standing else None
    is_over = steps.is_over(position.lot, now)
    refunds = [
        refund_words.shown(row, own_name=request.organisation_name) for row in position.refunds
    ]
    shown_claims = [claims.shown(row) for row in position.claims]
    unfit = _unfit(position, request.actor)
    hold = pools.hold(lot_id=position.lot.id, actor=request.actor)
    disputed = _forfeitures(position, hold, request.actor, now)
    kept_until = pools.kept_until(lot=position.lot, actor=request.actor) if hold else None
    context: dict[str, object] = {
        "nav": nav.workbench(position.lot, "security"),
        "lot": position.lot,
        "now": now,
        "is_over": is_over,
        "is_paying": _is_paying(standing, is_over=is_over),
        "is_released": standing is not None and standing.state is DepositState.RELEASED,
        "can_give_up": _can_give_up(position, now),
        "can_claim": standing is not None and _can_claim(position),
        "refunds": [r for r in refunds if r.row.state is not RefundState.CANCELLED],
        "cancelled": [r for r in refunds if r.row.state is RefundState.CANCELLED],
        "claims": shown_claims,
        "to_approve": [r for r in refunds if r.row.can_approve],
        "is_alone": position.colleagues == 0,
        "position": position,
        "steps": _steps(position),
        "hold": hold if hold and hold.state in LIVE_HOLDS else None,
        "forfeitures": disputed,
        "valid_until": rules.valid_until(position.lot.deadline_at, position.lot.validity_days),
        "can_leave_pool": _can_leave_pool(position, hold, now),
        "status": _by_pool(position, hold, disputed, kept_until) or _status(position, now, unfit),
        "ways": [_way(way, position, now, unfit, hold) for way in position.lot.ways],
        "standing": standing,
        "credits": [_credit(row, position) for row in reversed(standing.credits)]
        if standing
        else [],
        "bank_problem": verdicts.bank_problem(account.problem) if account else "",
        "missing_yuan": amounts.typed(standing.missing) if standing else "",
        "is_waiting": bool(standing and (account is None or account.is_being_asked))
        or any(r.row.state is RefundState.APPROVED for r in refunds),
        "events": [_event(recorded) for recorded in reversed(position.history)],
    }
    return context | live_pages.shown(request, LIVE, context)


def _steps(position: Position) -> list[parts.Step]:
    registration = position.registration
    url = reverse("bidder:registration", args=[position.lot.id])
    done = (
        registration is not None,
        registration is not None and registration.file_collected_at is not None,
        position.is_registered,
    )
    titles = (_("选择联系人"), _("下载招标文件"), _("保存，完成报名"))
    current = done.index(False) if False in done else len(done)
    return [
        parts.Step(
            str(title),
            "done" if is_done else "current" if number == current else "todo",
            "" if is_done else url,
        )
        for number, (title, is_done) in enumerate(zip(titles, done, strict=True))
    ]


def _unfit(position: Position, actor: Actor) -> IssuedLetter | None:
    """Return the letter for the lot if it does not fit it any more: too short, or over too little."""
    if position.way != Way.GUARANTEE or position.lot.opened_at is not None:
        return None
    found = letters.to_amend(actor=actor)
    return next((letter for letter in found if letter.lot_id == position.lot.id), None)


def _status(position: Position, now: datetime, unfit: IssuedLetter | None) -> Status:
    settled = _halted(position) or _by_letter(position, now, unfit) or _released(position, now)
    if settled:
        return settled
    if not position.is_registered:
        return Status("warn", _("尚未报名"), _("还不能缴纳"), _("先领取招标文件并保存，完成报名。"))
    is_over = now > position.lot.deadline_at
    standing = position.standing
    if position.secured_at:
        headline = _("已到账，本标段保证金缴纳完成")
        return Status("ok", _("已到账"), headline, _("无需再操作。"))
    if is_over:
        return Status(
            "bad",
            _("已截止"),
            _("截止前没有足额到账"),
            _("已到的款项可在本页申请退回，开标后系统也会自动提出退款。"),
        )
    if standing is None:
        return Status("wait", _("未缴纳"), _("请选择缴纳方式"), _("选定后立即显示收款账号。"))
    tone, word = STANDING[standing.state]
    headlines = {
        DepositState.EXPECTED: _("请向下方子账号转账"),
        DepositState.PARTIAL: _("还差 %(missing)s") % {"missing": standing.missing},
        DepositState.INVALID: _("到账的款项不计入保证金"),
    }
    return Status(tone, word, headlines[standing.state], _next_step(standing, is_over=is_over))


def _halted(position: Position) -> Status | None:
    """Return how a suspended or terminated lot stands, and what becomes of the money."""
    has_money = bool(position.refunds) or bool(position.standing and position.standing.received)
    if position.lot.state is LotState.TERMINATED:
        told = (
            _("款项按原路退回，进度见下方「退款」。")
            if has_money
            else _("不需要再办理，请不要转账。")
        )
        return Status("bad", _("标段已终止"), _("标段已终止，不再开标"), told)
    if position.lot.state is LotState.SUSPENDED:
        headline = (
            _("已到账；标段暂停期间保持不变")
            if position.secured_at
            else _("暂停期间不办理报名和缴纳")
        )
        told = _("请等待恢复公告。已到账的款项留在本单位名下，也可以在下方申请退回。")
        return Status("warn", _("标段已暂停"), headline, told)
    return None


def _by_letter(position: Position, now: datetime, unfit: IssuedLetter | None) -> Status | None:
    """Return how a lot stands that is to be secured by a letter."""
    if position.way != Way.GUARANTEE:
        return None
    if unfit and unfit.amount < position.lot.amount:
        amounts = {"now": unfit.amount, "needed": position.lot.amount}
        return Status(
            "warn",
            _("须处理"),
            _("保证金金额已变更，保函的金额不够"),
            _("保函只担保 %(now)s，须担保 %(needed)s。请在截止前到电子保函系统处理。") % amounts,
        )
    if unfit and unfit.extend_until:
        days = {"now": unfit.valid_until.isoformat(), "needed": unfit.extend_until.isoformat()}
        return Status(
            "warn",
            _("须处理"),
            _("标段已延期，保函的有效期不够"),
            _("保函只到 %(now)s，须到 %(needed)s。请在截止前到电子保函系统处理。") % days,
        )
    if position.secured_at:
        headline = _("已出函，本标段投标担保办理完成")
        return Status("ok", _("已出函"), headline, _("无需再操作。"))
    if now > position.lot.deadline_at:
        told = _("已付的保费自动退回，进度在电子保函系统查看。")
        return Status("bad", _("已截止"), _("截止前没有出函"), told)
    told = _("请在电子保函系统继续办理，出函后本页显示。")
    return Status("wait", _("办理中"), _("正在办理电子保函"), told)


def _by_pool(
    position: Position,
    hold: Hold | None,
    disputed: list[forfeitures.Shown],
    kept_until: date | None,
) -> Status | None:
    """Return how a lot stands that a pooled deposit covers, or covered until it was looked at again."""
    if hold is None or _halted(position):
        return None
    if waiting := [each for each in disputed if each.row.state is ForfeitureState.PROPOSED]:
        told = (
            _("请查看理由；期满以前可以提出异议，由提出人以外的人复核。")
            if waiting[0].can_object
            else _("异议期已满，正由提出人以外的人复核；结果在本页显示。")
        )
        return Status("warn", _("待复核"), _("招标人提出，本标段的联保金不予退还"), told)
    if hold.state not in LIVE_HOLDS:
        return _uncovered(position, hold)
    headline = _("联保金已为本标段提供担保，无需另行缴纳")
    return Status("ok", _("已担保"), headline, _when_released(hold, kept_until))


def _when_released(hold: Hold, kept_until: date | None) -> object:
    if kept_until:
        kept = _("贵单位的中标已被撤销，招标人可以提出不予退还；没有提出的，%(day)s 后解除。")
        return kept % {"day": kept_until}
    if hold.state is HoldState.HELD:
        return _("无需再操作；未中标的在定标后解除，中标的在签订合同后解除。")
    return _("无需再操作；延期和开标时系统会自动重新核对。")


def _uncovered(position: Position, hold: Hold) -> Status | None:
    """Return how a lot stands that a pooled deposit covers no more."""
    is_opened = position.lot.opened_at is not None
    why = {"why": why_ended(hold.ended_why)}
    if hold.state is HoldState.LAPSED and position.way in ("", Way.POOL):
        lapsed = _("联保金不再为本标段提供担保：%(why)s") % why
        told = _("开标记录为未有效缴纳。") if is_opened else _("截止前请重新选择缴纳方式。")
        return Status("bad", _("已失效"), lapsed, told)
    if hold.state is HoldState.DEDUCTED:
        deducted = _("联保金已按规定扣除，不予退还：%(why)s") % why
        return Status("bad", _("已扣除"), deducted, _("请按联保金页面的提示补足。"))
    if hold.state is HoldState.RELEASED and is_opened:
        released = _("联保金为本标段的担保已经解除：%(why)s") % why
        return Status("muted", _("已解除"), released, _("无需再操作，占用的额度已经恢复。"))
    return None


def _forfeitures(
    position: Position, hold: Hold | None, actor: Actor, now: datetime
) -> list[forfeitures.Shown]:
    """Return what is not to be given back of what is held, the newest first."""
    if hold is None or position.lot.opened_at is None:
        return []
    found = pools.own_forfeitures(lot_id=position.lot.id, actor=actor)
    return [forfeitures.shown(row, now) for row in found]


def _can_leave_pool(position: Position, hold: Hold | None, now: datetime) -> bool:
    if hold is None or hold.state is not HoldState.RESERVED:
        return False
    # A suspended lot holds nobody: there the clock does not count.
    return position.lot.state is LotState.SUSPENDED or not steps.is_over(position.lot, now)


def _released(position: Position, now: datetime) -> Status | None:
    """Return how a deposit stands that secures nothing any more."""
    standing = position.standing
    if standing is None or standing.state is not DepositState.RELEASED:
        return None
    word, headline = GIVEN_UP.get(
        standing.reason, (_("已不再需要"), verdicts.reason(standing.reason))
    )
    if not steps.is_over(position.lot, now):
        waits = any(refund.cannot_why == "OWN_PROPOSAL" for refund in _proposed(position))
        next_step = (
            _("请本单位另一名人员登录，复核退款；截止前也可以重新选择缴纳方式。")
            if waits
            else _("款项退回的进度见下方；截止前可以重新选择缴纳方式。")
        )
        return Status("muted", word, headline, next_step)
    return Status("muted", word, headline, _("款项退回的进度见下方「退款」。"))


def _proposed(position: Position) -> Sequence[RefundRow]:
    return [refund for refund in position.refunds if refund.state is RefundState.PROPOSED]


def _is_paying(standing: Standing | None, *, is_over: bool) -> bool:
    """Tell whether money is still to be paid, and may be."""
    if standing is None or is_over or standing.state is DepositState.RELEASED:
        return False
    return bool(standing.missing)


def _can_claim(position: Position) -> bool:
    is_over = position.lot.opened_at is not None or position.lot.state is LotState.TERMINATED
    is_released = position.standing is not None and position.standing.state is DepositState.RELEASED
    return not is_over and not is_released


def _can_give_up(position: Position, now: datetime) -> bool:
    standing = position.standing
    if standing is None or standing.state is DepositState.RELEASED:
        return False
    # A suspended lot holds nobody: there the clock does not count.
    return position.lot.state is LotState.SUSPENDED or not steps.is_over(position.lot, now)


def _way(
    way: Way, position: Position, now: datetime, unfit: IssuedLetter | None, hold: Hold | None
) -> ShownWay:
    title, about = WAYS[way]
    is_chosen = position.way == way
    tone: str = "muted"
    state: object = _("未选择")
    next_step: object = ""
    is_free = False
    if is_chosen and way is Way.POOL and hold:
        tone, state = POOLED[hold.state]
        is_live = hold.state in LIVE_HOLDS
        next_step = _("担保情况见下方「联保查询」。") if is_live else why_ended(hold.ended_why)
    elif is_chosen and way is Way.GUARANTEE:
        tone, state = _letter_stands(position, unfit)
        next_step = _("进度和保函在电子保函系统查看；截止前不再使用的，可在那里撤销申请。")
    elif position.lot.state in HALTED:
        tone, state = HALTED[position.lot.state]
    elif is_chosen and position.standing:
        tone, state = STANDING[position.standing.state]
        next_step = _next_step(position.standing, is_over=now > position.lot.deadline_at)
    elif now > position.lot.deadline_at:
        state, next_step = _("已截止"), _("截止时间已过，不能再选择。")
    elif position.way:
        next_step = _("已选择其他方式；要改用这一种，请先撤销原来的办理。")
    elif position.is_registered:
        is_free = True
        next_step = FREE[way]
    else:
        next_step = _("完成报名后才能选择。")
    return ShownWay(
        way.value,
        str(title),
        str(about),
        tone,
        str(state),
        str(next_step),
        is_chosen,
        can_choose=is_free and way is Way.DEPOSIT,
        can_apply=way is Way.GUARANTEE and (is_free or is_chosen),
        can_join=way is Way.POOL and is_free,
    )


def _letter_stands(position: Position, unfit: IssuedLetter | None) -> tuple[str, object]:
    if unfit:
        is_too_low = unfit.amount < position.lot.amount
        return "warn", _("金额不够") if is_too_low else _("有效期不够")
    return ("ok", _("已出函")) if position.secured_at else ("wait", _("办理中"))


def _next_step(standing: Standing, *, is_over: bool) -> object:
    if standing.state is DepositState.CONFIRMED:
        return _("无需再操作。请留意本页：银行若冲回，这里会立即显示。")
    if standing.sub_account is None:
        return _("银行正在开立子账号，通常几秒钟，请稍候。")
    has_gone = all(credit.outcome is Outcome.RETURNED for credit in standing.credits)
    if standing.reason and verdicts.remedy(standing.reason) and not has_gone:
        return verdicts.remedy(standing.reason)
    if is_over:
        return _("截止时间已过。")
    if standing.state is DepositState.PARTIAL:
        return _("还差 %(missing)s，请在截止前从基本账户付到同一子账号。") % {
            "missing": standing.missing
        }
    return _("请从基本账户向下方子账号转账，到账后本页自动更新。")


def _credit(row: CreditRow, position: Position) -> ShownCredit:
    tone, outcome = OUTCOMES[row.outcome]
    is_asked_back = any(refund.credit_id == row.id for refund in _proposed(position))
    if is_asked_back and row.outcome is Outcome.REFUNDABLE:
        tone, outcome = "wait", _("不计入，已申请退回")
    is_moving = any(
        claim.credit is not None
        and claim.credit.id == row.id
        and claim.state is ClaimState.PROPOSED
        for claim in position.claims
    )
    can_ask_back = row.refundable_minor > 0 and not is_asked_back and not is_moving
    has_gone = row.outcome is Outcome.RETURNED
    return ShownCredit(
        row,
        tone,
        str(outcome),
        verdicts.reason(row.reason) if row.reason else "",
        str(_("退款进度见下方「退款」。")) if has_gone else verdicts.remedy(row.reason),
        [verdicts.explain(verdict) for verdict in row.verdicts],
        is_asked_back=is_asked_back,
        can_ask_back=can_ask_back,
        can_move=can_ask_back
        and row.refundable_minor == row.amount_minor
        and row.currency == "CNY"
        and bool(position.elsewhere),
    )


def _event(recorded: Recorded) -> parts.Event:
    event = recorded.event
    told = ("number", "amount", "counted", "words")
    said = [event.facts[name] for name in told if event.facts.get(name)]
    if event.reason:
        said.append(_why(event.reason))
    text = HAPPENED.get(event.name, event.name)
    actor = str(_("系统")) if recorded.actor_name == "system" else recorded.actor_name
    return parts.Event(recorded.at, actor, str(text), detail=" · ".join(said))


def _why(code: str) -> str:
    """Return a reason of whatever kind in words; what somebody wrote says itself."""
    if code in refund_words.ENDINGS:
        return str(refund_words.ENDINGS[code])
    if code in HOLD_ENDINGS or code in set(Cause):
        return why_ended(code)
    if code in set(RefundReason):
        return str(refund_words.REASONS[RefundReason(code)])
    if code in refund_words.PROBLEMS:
        return str(refund_words.PROBLEMS[code])
    if code in BANK_REASONS:
        return bank_reason(code)
    return verdicts.reason(code)
