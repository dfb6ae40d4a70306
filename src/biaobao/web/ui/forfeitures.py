"""Forfeitures (不予退还) as all consoles show them: how one stands, what is next, and who may decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.domain.pools.actions import forfeiting as actions
from biaobao.domain.pools.rules import TEXT_MAX
from biaobao.domain.pools.states import STUCK, DeductionState, ForfeitureState
from biaobao.domain.pools.types import Deduction, Forfeiture, ForfeitureDesk
from biaobao.domain.securities.rules import CAUSES
from biaobao.web.ui.banks import bank_reason
from biaobao.web.ui.forms import Form, add_refusal

Words = str | Promise

# What the pressed button decides; anything else decides nothing.
DECISIONS = {"approve": actions.approve, "decline": actions.decline}
STATES: dict[ForfeitureState, tuple[str, Words]] = {
    ForfeitureState.PROPOSED: ("wait", _("待复核")),
    ForfeitureState.APPROVED: ("bad", _("已扣除")),
    ForfeitureState.DECLINED: ("muted", _("复核不同意")),
    ForfeitureState.WITHDRAWN: ("muted", _("已撤回")),
    ForfeitureState.LAPSED: ("muted", _("逾期失效")),
}
DEDUCTIONS: dict[DeductionState, tuple[str, Words]] = {
    DeductionState.ORDERED: ("wait", _("已通知银行付款")),
    DeductionState.PAID: ("ok", _("已付给招标人")),
    DeductionState.FAILED: ("bad", _("银行没有付出")),
    DeductionState.RETURNED: ("bad", _("付出后被退回（退汇）")),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A forfeiture in words, and whether its bidder may still object."""

    row: Forfeiture
    tone: str
    word: Words
    cause: str
    short: Money
    can_object: bool


class DecisionForm(Form):
    """Why a forfeiture is approved or declined; its bidder reads it."""

    words = forms.CharField(
        label=_("复核意见"),
        max_length=TEXT_MAX,
        help_text=_("写明认定的事实和依据；投标人提出异议的，一并答复。投标人会看到。"),
        widget=forms.Textarea({"rows": 4}),
    )


def shown(row: Forfeiture, now: datetime) -> Shown:
    short = Money(row.amount.fen - row.deducted.fen)
    can_object = row.state is ForfeitureState.PROPOSED and day_of(now) <= row.objections_until
    return Shown(row, *STATES[row.state], CAUSES[row.grounds.cause], short, can_object)


def deductions(rows: Sequence[Deduction]) -> list[tuple[Deduction, tuple[str, Words], str]]:
    """Return what each membership bears, how it stands, and why it was not paid."""
    return [(row, DEDUCTIONS[row.state], _problem(row)) for row in rows]


def page(
    desk: ForfeitureDesk, actor: Actor, now: datetime, *, form: Form | None = None
) -> dict[str, object]:
    """Return what a page of those needs who may decide a forfeiture."""
    row = desk.forfeiture
    told = shown(row, now)
    is_open = row.state is ForfeitureState.PROPOSED
    is_stuck = stuck(desk) is not None
    is_told = is_stuck and row.payee_confirmed_at is None
    return {
        "shown": told,
        "papers": desk.papers,
        "deductions": deductions(desk.deductions),
        "now": now,
        "form": form or DecisionForm(),
        "is_open": is_open,
        "is_own": row.proposed_by == actor.person_id,
        "can_approve": is_open and not told.can_object,
        "is_stuck": is_stuck,
        "is_told": is_told,
        "is_told_by_own": row.payee_told_by == actor.person_id,
    }


def stuck(desk: ForfeitureDesk) -> Words | None:
    """Return what a payment waits for that the bank did not make, if there is one."""
    if not any(each.state in STUCK for each in desk.deductions):
        return None
    if desk.forfeiture.payee_confirmed_at is None:
        return _("新的收款账户等待另一人核对，核对后重新付款")
    return _("银行没有付成，等待招标人核对或更换收款账户")


def decide(request: HttpRequest, row: Forfeiture, actor: Actor, now: datetime) -> DecisionForm:
    """Decide as the pressed button says, and return the form with what was refused."""
    form = DecisionForm(request.POST)
    act = DECISIONS.get(request.POST.get("decision", ""))
    if act is None:
        form.add_error(
            None, _("没有办理：没有选择同意还是不同意。请按「同意不予退还」或「不同意」。")
        )
    elif form.is_valid():
        try:
            act(forfeiture_id=row.id, words=form.cleaned_data["words"], at=now, actor=actor)
        except Refused as refused:
            add_refusal(form, refused)
    return form


def confirm_payee(request: HttpRequest, row_id: UUID, actor: Actor, now: datetime) -> None:
    """Confirm the account that the page showed."""
    actions.confirm_payee(
        forfeiture_id=row_id,
        payee_account=request.POST.get("payee_account", ""),
        payee_bank=request.POST.get("payee_bank", ""),
        at=now,
        actor=actor,
    )


def _problem(row: Deduction) -> str:
    if row.state is DeductionState.FAILED:
        return bank_reason(row.ended_why)
    return ""
