"""索赔: a tenderer demands what a letter of its opened lot promises, signs the demand, and follows it."""

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

from biaobao.adapters import workshop
from biaobao.core.actor import Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.claims import actions, queries, rules
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import SignedDemand, Terms
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.securities.rules import CAUSES
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui import claims as said
from biaobao.web.ui import live as live_pages
from biaobao.web.ui import signing
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import (
    DOCUMENT_TYPES,
    FilesField,
    Form,
    YuanField,
    add_refusal,
    uploads,
)
from biaobao.web.ui.words import explain

READ_AND_SEND = ["GET", "HEAD", "POST"]


class PayeeForm(Form):
    """To which account of the beneficiary's own it is paid."""

    payee_account = forms.CharField(
        label=_("收款账号"),
        max_length=64,
        help_text=_("须是本单位名下的账户，赔款只付给受益人本单位。"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    payee_bank = forms.CharField(label=_("开户行"), max_length=200)


class DemandForm(PayeeForm):
    """What is demanded, why, and on what grounds."""

    cause = forms.ChoiceField(
        label=_("索赔事由"),
        choices=[(each.value, words) for each, words in CAUSES.items()],
        widget=forms.RadioSelect,
    )
    clause = forms.CharField(
        label=_("招标文件条款"),
        max_length=rules.TEXT_MAX,
        help_text=_("写明章节和条款号，例如：第三章 3.4.4。"),
    )
    statement = forms.CharField(
        label=_("事实说明"),
        max_length=rules.TEXT_MAX,
        help_text=_("发生了什么、什么时间、违反了哪项义务。"),
        widget=forms.Textarea({"rows": 4}),
    )
    amount = YuanField(label=_("索赔金额（元）"))
    documents = FilesField(
        accept=DOCUMENT_TYPES,
        label=_("证明文件"),
        help_text=_("招标文件条款页、中标通知书等，可选多个；PDF、PNG 或 JPEG，每个不超过 5 MB。"),
    )
    field_order = (
        "cause",
        "clause",
        "statement",
        "amount",
        "payee_account",
        "payee_bank",
        "documents",
    )

    def told(self, *, payee_name: str) -> Terms:
        given = self.cleaned_data
        return Terms(
            cause=Cause(given["cause"]),
            clause=given["clause"],
            statement=given["statement"],
            amount=given["amount"],
            payee_name=payee_name,
            payee_account=given["payee_account"],
            payee_bank=given["payee_bank"],
        )


@require_http_methods(READ_AND_SEND)
@signed_in(Role.TENDERER)
def new(request: Request, lot_id: UUID, letter_id: UUID) -> HttpResponse:
    """Fill in what is demanded under a letter of the tenderer's opened lot."""
    lot = tenders.opened_lot(lot_id=lot_id, actor=request.actor)
    letter = letters.opened(letter_id=letter_id, actor=request.actor)
    if letter.lot_id != lot_id or lot.tenderer_id != request.actor.organisation_id:
        raise NotFound(f"letter {letter_id}")
    now = clock.now()
    left = Money(letter.amount.fen - letter.paid_out.fen)
    form = DemandForm(request.POST or None, request.FILES or None, initial={"amount": left})
    if form.is_valid():
        try:
            claim_id = actions.draft(
                letter_id=letter_id,
                terms=form.told(payee_name=lot.tenderer_name),
                documents=uploads(form.cleaned_data["documents"]),
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:claim", claim_id)
    why_not = rules.objection_to_letter(letter, at=now)
    context: dict[str, Any] = {
        "nav": nav("projects"),
        "lot": lot,
        "letter": letter,
        "left": left,
        "form": form,
        "why_not": explain(why_not) if why_not else None,
    }
    return render(request, "agency/claim_new.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in(*KEEPERS)
def claim(request: Request, claim_id: UUID) -> HttpResponse:
    return _page(request, claim_id)


@signing.framed
@require_safe
@signed_in(Role.TENDERER)
def demand(request: Request, claim_id: UUID) -> HttpResponse:
    """Show the demand that is to be signed, in the page or by itself."""
    told = queries.demand(claim_id=claim_id, actor=request.actor)
    return signing.paper(workshop.typesetting().demand(told), name=told.number)


@require_POST
@signed_in(Role.TENDERER)
def prepare(request: Request, claim_id: UUID) -> HttpResponse:
    """Keep the demand with room for a signature, and tell the page's script what its key is to sign."""
    at = clock.now()
    told = queries.demand(claim_id=claim_id, actor=request.actor)
    prepared, answer = signing.prepare(request, workshop.typesetting().demand(told), at=at)
    actions.keep_prepared(claim_id=claim_id, prepared=prepared, at=at, actor=request.actor)
    return answer


@require_POST
@signed_in(Role.TENDERER)
def present(request: Request, claim_id: UUID) -> HttpResponse:
    """Finish the demand that the page's key signed, and present it."""
    prepared = queries.prepared(claim_id=claim_id, actor=request.actor)
    told = queries.demand(claim_id=claim_id, actor=request.actor)
    content = workshop.typesetting().demand(told)
    pdf = signing.finish(request, prepared, content, changed="DEMAND_CHANGED")
    actions.present(
        claim_id=claim_id, signed=SignedDemand(told, pdf), at=clock.now(), actor=request.actor
    )
    messages.success(request, _now("索赔已提交，出函机构开始审查。"))
    return redirect("agency:claim", claim_id)


@require_POST
@signed_in(Role.TENDERER)
def withdraw(request: Request, claim_id: UUID) -> HttpResponse:
    actions.withdraw(claim_id=claim_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("索赔已撤回。"))
    return redirect("agency:claim", claim_id)


@require_POST
@signed_in(Role.TENDERER)
def tell_payee(request: Request, claim_id: UUID) -> HttpResponse:
    """Have what the bank did not pay paid to another account of the tenderer's own."""
    form = PayeeForm(request.POST)
    if form.is_valid():
        try:
            actions.tell_payee(
                claim_id=claim_id, **form.cleaned_data, at=clock.now(), actor=request.actor
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已通知银行付到新的账户。"))
            return redirect("agency:claim", claim_id)
    return _page(request, claim_id, form)


@require_safe
@signed_in(*KEEPERS)
def live(request: Request, claim_id: UUID) -> HttpResponse:
    desk = queries.claim(claim_id=claim_id, actor=request.actor)
    return live_pages.reloaded(request, said.seen(desk))


@require_safe
@signed_in(*KEEPERS)
def file(request: Request, claim_id: UUID, file_id: UUID) -> HttpResponse:
    """Hand a file of a claim out."""
    kept, content = queries.file(claim_id=claim_id, file_id=file_id, actor=request.actor)
    return to_be_saved(content, name=kept.name, media_type=kept.media_type)


def _page(request: Request, claim_id: UUID, payee_form: PayeeForm | None = None) -> HttpResponse:
    desk = queries.claim(claim_id=claim_id, actor=request.actor)
    found = desk.claim
    is_own = found.beneficiary_id == request.actor.organisation_id
    state = found.state
    known = {"payee_account": found.terms.payee_account, "payee_bank": found.terms.payee_bank}
    context: dict[str, Any] = {
        "nav": nav("projects"),
        "now": clock.now(),
        "claim": said.shown(found),
        "files": [(said.FILES[each.kind], each) for each in desk.files],
        "stays": desk.stays,
        "waits": said.waits(found),
        "seen": said.seen(desk),
        "events": said.steps(desk),
        "next_step": said.TO_BENEFICIARY[state],
        "may_sign": is_own and state is ClaimState.DRAFT,
        "may_withdraw": is_own and state in (ClaimState.DRAFT, ClaimState.PRESENTED),
        "form": signing.SignatureForm(),
        "payee_form": (payee_form or PayeeForm(initial=known))
        if is_own and state is ClaimState.PAY_FAILED
        else None,
    }
    status = 422 if payee_form is not None and payee_form.errors else 200
    return render(request, "agency/claim.html", context, status=status)
