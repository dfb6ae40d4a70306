"""Joining a pooled deposit (联保金), renewing a membership, and giving it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from biaobao.core.actor import Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import joining, keeping
from biaobao.domain.pools.types import Coverage, Membership, Terms, Tier
from biaobao.platform import clock
from biaobao.web.bidder import nav
from biaobao.web.ui import pools
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.words import Explanation, explain

READ_AND_SEND = ["GET", "HEAD", "POST"]


class TierForm(Form):
    """Which tier of a scheme, with what it costs and covers."""

    tier = forms.ChoiceField(label=_("档次"), widget=forms.RadioSelect)

    def __init__(self, data: Any, tiers: Sequence[Tier], balance: Money | None = None) -> None:
        initial = {"tier": tiers[0].name} if len(tiers) == 1 else {}
        super().__init__(data, initial=initial)
        self.fields["tier"].choices = [(each.name, _said(each, balance)) for each in tiers]  # type: ignore[attr-defined]  # a ChoiceField


class ApplyForm(TierForm):
    """An application; where members bear defaults together, it asks for their consent."""

    consents_to_share = forms.BooleanField(
        label=_("本单位同意：其他成员违约时，按缴纳比例分担赔付，并在规定期限内补足"),
        error_messages={"required": _("互助联保须同意分担。不同意的，请选择其他方案。")},
    )

    def __init__(self, data: Any, terms: Terms, coverage: Coverage) -> None:
        super().__init__(data, terms.tiers)
        if coverage is not Coverage.MUTUAL:
            del self.fields["consents_to_share"]


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def apply(request: Request, scheme_id: UUID) -> HttpResponse:
    """Choose a tier, and apply."""
    now = clock.now()
    scheme = queries.scheme(scheme_id=scheme_id, actor=request.actor)
    dated = scheme.terms_on(day_of(now))
    if dated is None:
        raise NotFound(f"open scheme {scheme_id}")
    form = ApplyForm(_sent(request), dated.terms, scheme.coverage)
    if form.is_valid():
        try:
            joining.apply(
                scheme_id=scheme_id,
                tier=form.cleaned_data["tier"],
                consents_to_share=form.cleaned_data.get("consents_to_share", False),
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("申请已提交，审核结果在本页显示。"))
            return redirect("bidder:pool")
    context = {
        "scheme": scheme,
        "coverage": pools.COVERAGES[scheme.coverage],
        "terms": pools.terms_facts(dated.terms, request.actor),
        "form": form,
    }
    return _page(request, "pool_apply", context)


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def withdraw(request: Request, membership_id: UUID) -> HttpResponse:
    """Say what withdrawing an application means, and on the second look do it."""
    row = queries.membership(membership_id=membership_id, actor=request.actor)
    explanations: list[Explanation] = []
    if request.method == "POST":
        try:
            joining.withdraw(membership_id=row.id, at=clock.now(), actor=request.actor)
        except Refused as refused:
            explanations = [explain(each) for each in refused.objections]
        else:
            messages.success(request, _now("申请已撤回；有款项到账的，自动退回基本账户。"))
            return redirect("bidder:pool")
    return _page(request, "pool_withdraw", {"membership": row, "explanations": explanations})


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def renew(request: Request, membership_id: UUID) -> HttpResponse:
    """续期: choose a tier of the terms of the day; what it asks more is to be topped up."""
    now = clock.now()
    row = queries.membership(membership_id=membership_id, actor=request.actor)
    scheme = queries.scheme(scheme_id=row.scheme_id, actor=request.actor)
    dated = scheme.terms_on(day_of(now))
    tiers = [each for each in dated.terms.tiers if _is_enough(each, row)] if dated else []
    form = TierForm(_sent(request), tiers, row.balance)
    if form.is_valid():
        try:
            keeping.renew(
                membership_id=row.id, tier=form.cleaned_data["tier"], at=now, actor=request.actor
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已续期。需要补缴的，请在本页列出的期限前转入。"))
            return redirect("bidder:pool")
    context = {
        "membership": row,
        "form": form,
        "tiers": tiers,
        "terms": pools.terms_facts(dated.terms, request.actor) if dated else [],
    }
    return _page(request, "pool_renew", context)


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def leave(request: Request, membership_id: UUID) -> HttpResponse:
    """申请退出: say what leaving means, and on the second look ask for it."""
    row = queries.membership(membership_id=membership_id, actor=request.actor)
    explanations: list[Explanation] = []
    if request.method == "POST":
        try:
            keeping.request_exit(membership_id=row.id, at=clock.now(), actor=request.actor)
        except Refused as refused:
            explanations = [explain(each) for each in refused.objections]
        else:
            messages.success(request, _now("已申请退出，余额到期后自动退回基本账户。"))
            return redirect("bidder:pool")
    holdings = queries.holdings(page=1, actor=request.actor)
    context = {"membership": row, "holdings": holdings, "explanations": explanations}
    return _page(request, "pool_leave", context)


def _is_enough(tier: Tier, row: Membership) -> bool:
    return tier.contribution >= row.balance


def _said(tier: Tier, balance: Money | None) -> str:
    told = {"name": tier.name, "contribution": tier.contribution, "cap": tier.cap}
    said = _now("%(name)s：缴纳 %(contribution)s，单个标段最多 %(cap)s") % told
    if balance is None or tier.contribution == balance:
        return said
    missing = Money(tier.contribution.fen - balance.fen)
    return _now("%(said)s，需补缴 %(missing)s") % {"said": said, "missing": missing}


def _page(request: Request, name: str, context: dict[str, object]) -> HttpResponse:
    context |= {"nav": nav.console("pool"), "now": clock.now()}
    status = 422 if request.method == "POST" else 200
    return render(request, f"bidder/{name}.html", context, status=status)


def _sent(request: Request) -> Any:
    """Return what was sent, even if it is nothing; None when a form is only looked at."""
    return request.POST if request.method == "POST" else None
