"""不予退还: what a pooled deposit holds for a bidder goes to the tenderer, if two people say so."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting as actions
from biaobao.domain.pools.rules import TEXT_MAX
from biaobao.domain.pools.states import ForfeitureState
from biaobao.domain.pools.types import Forfeiture, Grounds, HeldRow
from biaobao.domain.securities.rules import CAUSES
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui import forfeitures as said
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import (
    DOCUMENT_TYPES,
    FilesField,
    Form,
    add_refusal,
    uploads,
)

READ_AND_SEND = ["GET", "HEAD", "POST"]
NEXT = {
    ForfeitureState.PROPOSED: _("等待另一人复核"),
    ForfeitureState.APPROVED: _("已从联保金扣除，付给招标人"),
    ForfeitureState.DECLINED: _("复核不同意，联保金按标段结果解除"),
    ForfeitureState.WITHDRAWN: _("已撤回；没有另行提出的，联保金按标段结果解除"),
    ForfeitureState.LAPSED: _("没有在期限内复核，已经失效，联保金按标段结果解除"),
}


class AccountForm(Form):
    """To which account of the tenderer's it is paid."""

    payee_account = forms.CharField(
        label=_("收款账号"),
        max_length=64,
        help_text=_("须是招标人名下的账户，只付给招标人。"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    payee_bank = forms.CharField(label=_("开户行"), max_length=200)


class GroundsForm(AccountForm):
    """Why what is held is not given back, and on what grounds."""

    cause = forms.ChoiceField(
        label=_("事由"),
        choices=[(each.value, words) for each, words in CAUSES.items()],
        widget=forms.RadioSelect,
    )
    clause = forms.CharField(
        label=_("招标文件条款"),
        max_length=TEXT_MAX,
        help_text=_("写明章节和条款号，例如：第三章 3.4.4。"),
    )
    statement = forms.CharField(
        label=_("事实说明"),
        max_length=TEXT_MAX,
        help_text=_("发生了什么、什么时间、违反了哪项义务。投标人会看到。"),
        widget=forms.Textarea({"rows": 4}),
    )
    papers = FilesField(
        accept=DOCUMENT_TYPES,
        label=_("证明文件"),
        help_text=_("招标文件条款页、中标通知书等，可选多个；PDF、PNG 或 JPEG，每个不超过 5 MB。"),
    )
    replaces = forms.UUIDField(required=False, widget=forms.HiddenInput)
    field_order = ("cause", "clause", "statement", "papers", "payee_account", "payee_bank")

    def told(self) -> Grounds:
        given = self.cleaned_data
        return Grounds(
            cause=Cause(given["cause"]),
            clause=given["clause"],
            statement=given["statement"],
            payee_account=given["payee_account"],
            payee_bank=given["payee_bank"],
        )


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def forfeit(request: Request, lot_id: UUID, hold_id: UUID) -> HttpResponse:
    """Say why what is held for a bidder of the opened lot is not given back, or correct what was said."""
    lot = tenders.opened_lot(lot_id=lot_id, actor=request.actor)
    held = _held(lot_id, hold_id, request.actor)
    known = _undecided(held, request.actor)
    initial = {**asdict(known.grounds), "replaces": known.id} if known else None
    form = GroundsForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_valid():
        try:
            forfeiture_id = actions.propose(
                hold_id=hold_id,
                grounds=form.told(),
                papers=uploads(form.cleaned_data["papers"]),
                replaces=form.cleaned_data["replaces"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已提出，投标人能看到并可以提出异议。"))
            return redirect("agency:forfeiture", forfeiture_id)
    context = {"nav": nav("projects"), "lot": lot, "held": held, "known": known, "form": form}
    return render(request, "agency/forfeit.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in(*KEEPERS)
def forfeiture(request: Request, forfeiture_id: UUID) -> HttpResponse:
    return _page(request, forfeiture_id)


@require_POST
@signed_in(*KEEPERS)
def decide(request: Request, forfeiture_id: UUID) -> HttpResponse:
    row = queries.forfeiture(forfeiture_id=forfeiture_id, actor=request.actor).forfeiture
    form = said.decide(request, row, request.actor, clock.now())
    if form.errors:
        return _page(request, forfeiture_id, form=form)
    return redirect("agency:forfeiture", forfeiture_id)


@require_POST
@signed_in(*KEEPERS)
def withdraw(request: Request, forfeiture_id: UUID) -> HttpResponse:
    actions.withdraw(forfeiture_id=forfeiture_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已撤回，联保金按标段结果解除。"))
    return redirect("agency:forfeiture", forfeiture_id)


@require_POST
@signed_in(*KEEPERS)
def tell_payee(request: Request, forfeiture_id: UUID) -> HttpResponse:
    """Have what the bank did not pay paid to another account of the tenderer's, once another confirms it."""
    form = AccountForm(request.POST)
    if form.is_valid():
        try:
            actions.tell_payee(
                forfeiture_id=forfeiture_id,
                **form.cleaned_data,
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已保存，另一人核对以后重新付款。"))
            return redirect("agency:forfeiture", forfeiture_id)
    return _page(request, forfeiture_id, payee_form=form)


@require_POST
@signed_in(*KEEPERS)
def confirm_payee(request: Request, forfeiture_id: UUID) -> HttpResponse:
    said.confirm_payee(request, forfeiture_id, request.actor, clock.now())
    messages.success(request, _now("已通知银行重新付款。"))
    return redirect("agency:forfeiture", forfeiture_id)


@require_safe
@signed_in(*KEEPERS)
def paper(request: Request, forfeiture_id: UUID, paper_id: UUID) -> HttpResponse:
    found, content = queries.paper(
        forfeiture_id=forfeiture_id, paper_id=paper_id, actor=request.actor
    )
    return to_be_saved(content, name=found.name, media_type=found.media_type)


def _page(
    request: Request,
    forfeiture_id: UUID,
    *,
    form: Form | None = None,
    payee_form: AccountForm | None = None,
) -> HttpResponse:
    desk = queries.forfeiture(forfeiture_id=forfeiture_id, actor=request.actor)
    row = desk.forfeiture
    known = {"payee_account": row.grounds.payee_account, "payee_bank": row.grounds.payee_bank}
    context: dict[str, Any] = {
        **said.page(desk, request.actor, clock.now(), form=form),
        "nav": nav("projects"),
        "next_step": said.stuck(desk) or NEXT[row.state],
        "payee_form": payee_form or AccountForm(initial=known),
    }
    has_errors = bool((form or payee_form) and (form or payee_form).errors)  # type: ignore[union-attr]  # one is there
    return render(request, "agency/forfeiture.html", context, status=422 if has_errors else 200)


def _undecided(held: HeldRow, actor: Actor) -> Forfeiture | None:
    if held.forfeiture_id is None or held.forfeiture_state is not ForfeitureState.PROPOSED:
        return None
    return queries.forfeiture(forfeiture_id=held.forfeiture_id, actor=actor).forfeiture


def _held(lot_id: UUID, hold_id: UUID, actor: Actor) -> HeldRow:
    for row in queries.held_for(lot_id=lot_id, actor=actor):
        if row.hold_id == hold_id:
            return row
    raise NotFound(f"hold {hold_id}")
