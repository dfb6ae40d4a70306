"""联保金方案: what companies may join, and the dated terms that they agree to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.paging import Page
from biaobao.core.refusal import Refused
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import schemes as actions
from biaobao.domain.pools.rules import DAYS_MAX, TERM_MONTHS_MAX
from biaobao.domain.pools.types import Coverage, DatedTerms, Scheme, Terms, Tier
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import pools, sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, YuanField, add_refusal, day_field
from biaobao.web.ui.sheets import Column, Sheet

TIERS = 5
# How terms of a day stand on another.
CURRENT, COMING, PAST = (
    ("ok", _("现行")),
    ("wait", _("未生效")),
    ("muted", _("已被取代")),
)
WITHOUT_TERMS = ("wait", _("还没有条款"))


@dataclass(frozen=True, slots=True)
class Offered:
    """A tier that a scheme offers, or offered, from a day on: a row of the list as a file."""

    scheme: Scheme
    dated: DatedTerms
    tier: Tier
    state: object


SHEET: Sheet[Offered] = Sheet(
    _("联保金方案"),
    (
        Column(_("方案"), lambda row: row.scheme.name),
        Column(_("担保方式"), lambda row: pools.COVERAGES[row.scheme.coverage][0]),
        Column(_("生效日"), lambda row: row.dated.valid_from),
        Column(_("状态"), lambda row: str(row.state)),
        Column(_("档次"), lambda row: row.tier.name),
        Column(_("缴纳（元）"), lambda row: row.tier.contribution),
        Column(_("单个标段上限（元）"), lambda row: row.tier.cap),
        Column(_("最低余额（元）"), lambda row: row.dated.terms.floor),
        Column(_("同时担保标段数"), lambda row: row.dated.terms.parallel_max),
        Column(_("期限（月）"), lambda row: row.dated.terms.term_months),
        Column(_("提前续期（天）"), lambda row: row.dated.terms.renewal_days),
        Column(_("补足期限（天）"), lambda row: row.dated.terms.top_up_days),
        Column(_("退出等待（天）"), lambda row: row.dated.terms.cooling_days),
    ),
)


class SchemeForm(Form):
    """A new scheme: how it covers does not change any more."""

    name = forms.CharField(
        label=_("方案名称"), max_length=60, help_text=_("投标人申请加入时看到的名称。")
    )
    coverage = forms.ChoiceField(
        label=_("担保方式"),
        choices=[
            (code.value, f"{word}：{about}") for code, (word, about) in pools.COVERAGES.items()
        ],
        widget=forms.RadioSelect,
    )


def _tier_name(number: int) -> forms.CharField:
    words = _("第 %(n)d 档：名称") % {"n": number}
    return forms.CharField(label=words, max_length=30, required=number == 1)


def _contribution(number: int) -> YuanField:
    return YuanField(label=_("第 %(n)d 档：缴纳（元）") % {"n": number}, required=number == 1)


def _cap(number: int) -> YuanField:
    words = _("第 %(n)d 档：单个标段上限（元）") % {"n": number}
    return YuanField(label=words, required=number == 1)


class TermsForm(Form):
    """Terms from a day on, with up to five tiers."""

    valid_from = day_field(_("生效日"), help_text=_("今天或以后。已加入的成员到续期前仍按原条款。"))
    regions = forms.MultipleChoiceField(
        label=_("适用地区"), required=False, widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        label=_("采购类别"), required=False, widget=forms.CheckboxSelectMultiple
    )
    floor = YuanField(
        label=_("最低余额（元）"), help_text=_("余额低于它时不能使用；没有的，填 0。")
    )
    parallel_max = forms.IntegerField(
        label=_("同时担保的标段最多（个）"),
        required=False,
        min_value=1,
        help_text=_("留空表示不限。"),
    )
    term_months = forms.IntegerField(
        label=_("期限（月）"), min_value=1, max_value=TERM_MONTHS_MAX, initial=12
    )
    renewal_days = forms.IntegerField(
        label=_("到期前多少天起可以续期"), min_value=0, max_value=DAYS_MAX, initial=30
    )
    top_up_days = forms.IntegerField(
        label=_("余额不足后多少天内补足"), min_value=1, max_value=DAYS_MAX, initial=10
    )
    cooling_days = forms.IntegerField(
        label=_("申请退出后多少天退还余额"), min_value=0, max_value=DAYS_MAX, initial=30
    )

    name_1, contribution_1, cap_1 = _tier_name(1), _contribution(1), _cap(1)
    name_2, contribution_2, cap_2 = _tier_name(2), _contribution(2), _cap(2)
    name_3, contribution_3, cap_3 = _tier_name(3), _contribution(3), _cap(3)
    name_4, contribution_4, cap_4 = _tier_name(4), _contribution(4), _cap(4)
    name_5, contribution_5, cap_5 = _tier_name(5), _contribution(5), _cap(5)

    def __init__(self, data: Any, *, before: Terms | None, actor: Actor) -> None:
        super().__init__(data, initial=_initial(before) if before else {})
        for name, areas in zip(("regions", "kinds"), tenders.areas(actor=actor), strict=True):
            self.fields[name].choices = [(area.code, area.name) for area in areas]  # type: ignore[attr-defined]  # a MultipleChoiceField

    @property
    def rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        """What a tier is called, what it costs and what it covers, side by side."""
        return [
            (self[f"name_{n}"], self[f"contribution_{n}"], self[f"cap_{n}"])
            for n in range(1, TIERS + 1)
        ]

    @property
    def others(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.rpartition("_")[2] not in "12345"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for number in range(2, TIERS + 1):
            names = [f"{part}_{number}" for part in ("name", "contribution", "cap")]
            empty = [name for name in names if name in said and said[name] in (None, "")]
            if empty and len(empty) < len(names):
                for name in empty:
                    self.add_error(name, _("三项都填写，或都留空。"))
        return said

    @property
    def terms(self) -> Terms:
        said = self.cleaned_data
        tiers = [
            Tier(said[f"name_{n}"], said[f"contribution_{n}"], said[f"cap_{n}"])
            for n in range(1, TIERS + 1)
            if said[f"name_{n}"]
        ]
        return Terms(
            regions=tuple(said["regions"]),
            kinds=tuple(said["kinds"]),
            floor=said["floor"],
            parallel_max=said["parallel_max"],
            term_months=said["term_months"],
            renewal_days=said["renewal_days"],
            top_up_days=said["top_up_days"],
            cooling_days=said["cooling_days"],
            tiers=tuple(tiers),
        )


@require_safe
@signed_in(Role.OPERATOR)
def schemes(request: Request) -> HttpResponse:
    today = day_of(clock.now())
    rows = []
    for each in queries.schemes(actor=request.actor):
        current = each.terms_on(today)
        coming = next((d for d in reversed(each.dated) if d.valid_from > today), None)
        coverage, _about = pools.COVERAGES[each.coverage]
        state = CURRENT if current else COMING if coming else WITHOUT_TERMS
        rows.append(
            {
                "scheme": each,
                "coverage": coverage,
                "current": current,
                "coming": coming,
                "state": state,
            }
        )
    return render(request, "operator/schemes.html", {"nav": nav(request), "rows": rows})


@require_safe
@signed_in(Role.OPERATOR)
def export(request: Request, kind: str) -> HttpResponse:
    now = clock.now()
    today = day_of(now)
    rows = tuple(
        Offered(scheme, dated, tier, state_of(dated, scheme, today)[1])
        for scheme in queries.schemes(actor=request.actor)
        for dated in scheme.dated
        for tier in dated.terms.tiers
    )
    return sheets.answer(SHEET, Page(rows, 1, 1, len(rows)), kind=kind, at=now)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def add(request: Request) -> HttpResponse:
    form = SchemeForm(request.POST or None)
    if form.is_valid():
        try:
            scheme_id = actions.add_scheme(
                name=form.cleaned_data["name"],
                coverage=Coverage(form.cleaned_data["coverage"]),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("方案已添加。有了生效的条款，投标人就可以申请加入。"))
            return redirect("operator:scheme-terms", scheme_id)
    context = {"nav": nav(request), "form": form}
    return render(request, "operator/scheme_form.html", context, status=_status(request))


@require_safe
@signed_in(Role.OPERATOR)
def scheme(request: Request, scheme_id: UUID) -> HttpResponse:
    found = queries.scheme(scheme_id=scheme_id, actor=request.actor)
    today = day_of(clock.now())
    context = {
        "nav": nav(request),
        "scheme": found,
        "coverage": pools.COVERAGES[found.coverage],
        "rows": list(_rows(found, today, request.actor)),
    }
    return render(request, "operator/scheme.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def add_terms(request: Request, scheme_id: UUID) -> HttpResponse:
    found = queries.scheme(scheme_id=scheme_id, actor=request.actor)
    newest = found.dated[0].terms if found.dated else None
    sent = request.POST if request.method == "POST" else None
    form = TermsForm(sent, before=newest, actor=request.actor)
    if form.is_valid():
        try:
            actions.add_terms(
                scheme_id=scheme_id,
                valid_from=form.cleaned_data["valid_from"],
                terms=form.terms,
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("条款已添加。"))
            return redirect("operator:scheme", scheme_id)
    context = {"nav": nav(request), "scheme": found, "form": form}
    return render(request, "operator/scheme_terms.html", context, status=_status(request))


def state_of(dated: DatedTerms, scheme: Scheme, today: date) -> tuple[str, object]:
    """Return the tone and the word for terms on the day."""
    if dated.valid_from > today:
        return COMING
    return CURRENT if dated == scheme.terms_on(today) else PAST


def _rows(scheme: Scheme, today: date, actor: Actor) -> Iterable[dict[str, object]]:
    for dated in scheme.dated:
        yield {
            "dated": dated,
            "state": state_of(dated, scheme, today),
            "facts": pools.terms_facts(dated.terms, actor),
        }


def _initial(terms: Terms) -> dict[str, object]:
    """Return what a form for new terms begins with: those before, to be changed."""
    said: dict[str, object] = {
        "regions": terms.regions,
        "kinds": terms.kinds,
        "floor": terms.floor,
        "parallel_max": terms.parallel_max,
        "term_months": terms.term_months,
        "renewal_days": terms.renewal_days,
        "top_up_days": terms.top_up_days,
        "cooling_days": terms.cooling_days,
    }
    for number, tier in enumerate(terms.tiers[:TIERS], start=1):
        said |= {
            f"name_{number}": tier.name,
            f"contribution_{number}": tier.contribution,
            f"cap_{number}": tier.cap,
        }
    return said


def _status(request: Request) -> int:
    return 422 if request.method == "POST" else 200
