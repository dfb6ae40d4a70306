"""索赔: what is demanded of a guarantor, examined on its face, funded or refused, and recovered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.instants import day_of, read_out
from biaobao.core.refusal import Refused
from biaobao.core.uploads import Upload
from biaobao.domain.claims import actions, queries, rules
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import Claim, ClaimDesk, Discrepancy, FileKind, StayOutcome
from biaobao.domain.parties.rules import is_same_name
from biaobao.domain.securities.rules import CAUSES
from biaobao.platform import clock
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui import claims as said
from biaobao.web.ui import live as live_pages
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.charts import Bar, Chart
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import (
    DOCUMENT_TYPES,
    Filters,
    Form,
    YuanField,
    add_refusal,
    day_field,
    upload,
)
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.parts import Check
from biaobao.web.ui.sheets import Column, Sheet

READ_AND_SEND = ["GET", "HEAD", "POST"]
SHEET: Sheet[Claim] = Sheet(
    _("索赔"),
    (
        Column(_("索赔编号"), lambda row: row.number),
        Column(_("保函编号"), lambda row: row.letter_number),
        Column(_("标段编号"), lambda row: row.lot_code),
        Column(_("受益人"), lambda row: row.beneficiary_name),
        Column(_("投标人"), lambda row: row.bidder_name),
        Column(_("事由"), lambda row: CAUSES[row.terms.cause]),
        Column(_("索赔金额（元）"), lambda row: row.terms.amount),
        Column(_("已备款（元）"), lambda row: row.funded),
        Column(_("已追回（元）"), lambda row: row.recovered),
        Column(_("提交时间"), lambda row: row.presented_at),
        Column(_("审查期限"), lambda row: row.examine_by),
        Column(_("决定时间"), lambda row: row.decided_at),
        Column(_("付款时间"), lambda row: row.paid_at),
        Column(_("状态"), lambda row: said.STATES[row.state][1]),
    ),
)


class RefusalForm(Form):
    """All in which a demand does not conform; nothing can be added later."""

    discrepancies = forms.MultipleChoiceField(
        label=_("不符点"),
        choices=[(each.value, said.DISCREPANCIES[each]) for each in Discrepancy],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("请一次列出全部不符点，发出以后不能再补充。"),
    )
    words = forms.CharField(
        label=_("说明"),
        max_length=rules.TEXT_MAX,
        help_text=_("逐项写明哪里不符，受益人据此补正。"),
        widget=forms.Textarea({"rows": 4}),
    )


class StayForm(Form):
    """A court's order not to pay for now."""

    court = forms.CharField(label=_("法院"), max_length=100)
    case_number = forms.CharField(label=_("案号"), max_length=100)
    order = forms.FileField(
        label=_("裁定书"),
        help_text=_("PDF、PNG 或 JPEG，不超过 5 MB。"),
        widget=forms.FileInput({"accept": DOCUMENT_TYPES}),
    )

    def upload(self) -> Upload:
        return upload(self.cleaned_data["order"])


class StayEndForm(Form):
    """How a stay ended."""

    outcome = forms.ChoiceField(
        label=_("结果"),
        choices=[(each.value, said.OUTCOMES[each]) for each in StayOutcome],
        widget=forms.RadioSelect,
    )


class ReceiptForm(Form):
    """Money that was recovered of the bidder."""

    amount = YuanField(label=_("追回金额（元）"))
    received_on = day_field(_("收到日期"))
    note = forms.CharField(label=_("备注"), max_length=200, required=False)


class GiveUpForm(Form):
    """Why the rest is not recovered."""

    words = forms.CharField(label=_("原因"), max_length=200)


@require_safe
@signed_in(Role.GUARANTOR)
def claims(request: Request) -> HttpResponse:
    filters = _filters(request)
    page = queries.at_guarantor(
        search=filters.words,
        state=filters.chosen,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    sums = [
        (said.STATES[state], number, amount)
        for state, number, amount in queries.sums(actor=request.actor)
    ]
    bars = tuple(Bar(str(word), (amount.fen,), str(amount)) for (_tone, word), _n, amount in sums)
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "filters": filters,
        "page": page,
        "rows": [said.shown(each) for each in page.rows],
        "sums": sums,
        "chart": Chart(_("索赔金额，按结果"), (_("索赔金额"),), bars),
    }
    return render(request, "guarantor/claims.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export(request: Request, kind: str) -> HttpResponse:
    filters = _filters(request)
    page = queries.at_guarantor(
        search=filters.words, state=filters.chosen, size=sheets.ROWS_MAX, actor=request.actor
    )
    return sheets.answer(SHEET, page, kind=kind, at=clock.now())


@require_safe
@signed_in(Role.GUARANTOR)
def claim(request: Request, claim_id: UUID) -> HttpResponse:
    desk = queries.claim(claim_id=claim_id, actor=request.actor)
    found = desk.claim
    state = found.state
    context = {
        **_shared(request, desk),
        "files": [(said.FILES[each.kind], each) for each in desk.files],
        "stays": desk.stays,
        "waits": said.waits(found),
        "seen": said.seen(desk),
        "events": said.steps(desk),
        "next_step": said.TO_GUARANTOR[state],
        "checks": _checks(desk) if state is ClaimState.PRESENTED else [],
        "may_decide": state is ClaimState.PRESENTED,
        "may_stay": state in (ClaimState.PRESENTED, ClaimState.ACCEPTED) and not found.funded.fen,
        "is_stayed": state is ClaimState.STAYED,
        "account": desk.account if state is ClaimState.ACCEPTED else None,
        "is_to_fund": state is ClaimState.ACCEPTED,
        "may_recover": state is ClaimState.PAID,
    }
    return render(request, "guarantor/claim.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def live(request: Request, claim_id: UUID) -> HttpResponse:
    desk = queries.claim(claim_id=claim_id, actor=request.actor)
    return live_pages.reloaded(request, said.seen(desk))


@require_safe
@signed_in(Role.GUARANTOR)
def file(request: Request, claim_id: UUID, file_id: UUID) -> HttpResponse:
    """Hand a file of a claim out."""
    kept, content = queries.file(claim_id=claim_id, file_id=file_id, actor=request.actor)
    return to_be_saved(content, name=kept.name, media_type=kept.media_type)


@require_POST
@signed_in(Role.GUARANTOR)
def accept(request: Request, claim_id: UUID) -> HttpResponse:
    actions.accept(claim_id=claim_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已同意赔付，请备款。"))
    return redirect("guarantor:claim", claim_id)


@require_http_methods(READ_AND_SEND)
@signed_in(Role.GUARANTOR)
def refuse(request: Request, claim_id: UUID) -> HttpResponse:
    form = RefusalForm(request.POST or None)

    def act() -> None:
        actions.refuse_demand(
            claim_id=claim_id,
            discrepancies=[Discrepancy(each) for each in form.cleaned_data["discrepancies"]],
            words=form.cleaned_data["words"],
            at=clock.now(),
            actor=request.actor,
        )

    return _asked(request, claim_id, form, act, "refuse", _now("已拒绝，不符点已告知受益人。"))


@require_http_methods(READ_AND_SEND)
@signed_in(Role.GUARANTOR)
def stay(request: Request, claim_id: UUID) -> HttpResponse:
    form = StayForm(request.POST or None, request.FILES or None)

    def act() -> None:
        actions.stay(
            claim_id=claim_id,
            court=form.cleaned_data["court"],
            case_number=form.cleaned_data["case_number"],
            order=form.upload(),
            at=clock.now(),
            actor=request.actor,
        )

    return _asked(request, claim_id, form, act, "stay", _now("已登记，暂停支付。"))


@require_http_methods(READ_AND_SEND)
@signed_in(Role.GUARANTOR)
def end_stay(request: Request, claim_id: UUID) -> HttpResponse:
    form = StayEndForm(request.POST or None)

    def act() -> None:
        actions.end_stay(
            claim_id=claim_id,
            outcome=StayOutcome(form.cleaned_data["outcome"]),
            at=clock.now(),
            actor=request.actor,
        )

    return _asked(request, claim_id, form, act, "stay_end", _now("已登记。"))


@require_http_methods(READ_AND_SEND)
@signed_in(Role.GUARANTOR)
def recover(request: Request, claim_id: UUID) -> HttpResponse:
    form = ReceiptForm(request.POST or None, initial={"received_on": day_of(clock.now())})

    def act() -> None:
        actions.note_receipt(
            claim_id=claim_id, **form.cleaned_data, at=clock.now(), actor=request.actor
        )

    return _asked(request, claim_id, form, act, "recover", _now("已登记追回款项。"))


@require_http_methods(READ_AND_SEND)
@signed_in(Role.GUARANTOR)
def give_up(request: Request, claim_id: UUID) -> HttpResponse:
    form = GiveUpForm(request.POST or None)

    def act() -> None:
        actions.give_up_recovery(
            claim_id=claim_id,
            words=form.cleaned_data["words"],
            at=clock.now(),
            actor=request.actor,
        )

    return _asked(request, claim_id, form, act, "give_up", _now("追偿已结束。"))


# Each step that asks for something: what it is called, what it means, and the word on its button.
ASKED = {
    "refuse": (
        _("拒绝赔付"),
        _("只能拒绝一次。请对照保函逐项核对；表面相符的，不得以基础交易的理由拒绝。"),
        _("拒绝赔付"),
    ),
    "stay": (
        _("登记法院中止支付"),
        _("登记以后暂停审查和支付，停下的时间不计入审查期限。"),
        _("登记"),
    ),
    "stay_end": (
        _("登记中止支付的结果"),
        _("解除或失效的，从原来的地方继续；判决终止支付的，索赔结束。"),
        _("登记"),
    ),
    "recover": (_("登记追回款项"), _("全部追回后，追偿自动结束。"), _("登记")),
    "give_up": (_("结束追偿"), _("余款不再追回，登记后不能恢复。"), _("结束追偿")),
}


def _asked(
    request: Request, claim_id: UUID, form: Form, act: Any, name: str, done: str
) -> HttpResponse:
    """Show a step's form; take the step once it is filled in."""
    desk = queries.claim(claim_id=claim_id, actor=request.actor)
    if form.is_valid():
        try:
            act()
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, done)
            return redirect("guarantor:claim", claim_id)
    context = {**_shared(request, desk), "form": form, "asked": ASKED[name]}
    status = 422 if form.errors else 200
    return render(request, "guarantor/claim_step.html", context, status=status)


def _shared(request: Request, desk: ClaimDesk) -> dict[str, Any]:
    return {"nav": nav(request), "now": clock.now(), "claim": said.shown(desk.claim)}


def _checks(desk: ClaimDesk) -> list[Check]:
    """Return what the house compares of a demand and its letter; the rest is read by people."""
    claim, terms = desk.claim, desk.claim.terms
    arrived_at = claim.presented_at or claim.drafted_at
    documents = sum(each.kind is FileKind.DOCUMENT for each in desk.files)
    compared = (
        (
            _now("到达时间在有效期内"),
            day_of(arrived_at) <= claim.letter_until,
            (_now("提交于"), read_out(arrived_at)),
            (_now("有效期至"), claim.letter_until.isoformat()),
        ),
        (
            _now("金额不超过余下的担保金额"),
            terms.amount.fen <= claim.letter_left.fen,
            (_now("索赔"), terms.amount),
            (_now("余下"), claim.letter_left),
        ),
        (
            _now("收款户名是受益人"),
            is_same_name(terms.payee_name, claim.beneficiary_name),
            (_now("收款户名"), terms.payee_name),
            (_now("受益人"), claim.beneficiary_name),
        ),
        (
            _now("附有证明文件"),
            documents > 0,
            (_now("文件"), _now("%(n)d 份") % {"n": documents}),
            (_now("要求"), _now("保函和招标文件要求的文件")),
        ),
    )
    return [
        Check(title, "PASS" if agrees else "FAIL", (one, other))
        for title, agrees, one, other in compared
    ]


def _filters(request: Request) -> Filters:
    states = [
        (state.value, str(words))
        for state, (_tone, words) in said.STATES.items()
        if state is not ClaimState.DRAFT
    ]
    return Filters(request.GET, words=_("索赔、保函、标段编号或投标人"), states=states)
