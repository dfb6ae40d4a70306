"""联保申诉: what companies say of their memberships, decided on without knowing for which lot they bid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.pools import queries, rules
from biaobao.domain.pools.actions import appeals as actions
from biaobao.domain.pools.states import AppealState
from biaobao.domain.pools.types import AppealDesk, Mend
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import appeals as words
from biaobao.web.ui import pools
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import Filters, Form, add_refusal
from biaobao.web.ui.paging import asked_page


class UpholdForm(Form):
    """What is mended now, and what the company reads of it."""

    mends = forms.MultipleChoiceField(
        label=_("现在更正"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("已在别处更正的（例如款项已登记到账），不必勾选。"),
    )
    words = forms.CharField(
        label=_("更正了什么"),
        max_length=rules.TEXT_MAX,
        help_text=_("投标人会看到。"),
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, data: Any, *, mends: Sequence[tuple[str, str | Promise]]) -> None:
        super().__init__(data, prefix="uphold")
        self.fields["mends"].choices = mends  # type: ignore[attr-defined]  # it is a choice field
        if not mends:
            del self.fields["mends"]

    def mended(self) -> list[Mend]:
        return [Mend(each) for each in self.cleaned_data.get("mends", ())]


class RejectForm(Form):
    """Why the membership stays as it is."""

    words = forms.CharField(
        label=_("原因"),
        max_length=rules.TEXT_MAX,
        help_text=_("投标人会看到，请写明缺什么、怎样补。"),
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="reject")


@require_safe
@signed_in(Role.OPERATOR)
def appeals(request: Request) -> HttpResponse:
    filters = Filters(
        request.GET,
        words=_("申诉编号、单位名称"),
        states=[(each.value, str(words.STATES[each][1])) for each in AppealState],
    )
    found = queries.appeals(
        search=filters.words,
        state=filters.chosen,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "filters": filters,
        "rows": [words.shown(each) for each in found.rows],
        "page": found,
    }
    return render(request, "operator/appeals.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def appeal(request: Request, appeal_id: UUID) -> HttpResponse:
    return _page(request, queries.appeal_desk(appeal_id=appeal_id, actor=request.actor))


@require_safe
@signed_in(Role.OPERATOR)
def file(request: Request, appeal_id: UUID, file_id: UUID) -> HttpResponse:
    """Hand a document out, under a name that tells nothing."""
    found, content = queries.appeal_file(appeal_id=appeal_id, file_id=file_id, actor=request.actor)
    return to_be_saved(content, name=found.name, media_type=found.media_type)


@require_POST
@signed_in(Role.OPERATOR)
def uphold(request: Request, appeal_id: UUID) -> HttpResponse:
    desk = queries.appeal_desk(appeal_id=appeal_id, actor=request.actor)
    form = UpholdForm(request.POST, mends=words.mends_of(desk.verdicts))
    if form.is_valid():
        try:
            actions.uphold(
                appeal_id=appeal_id,
                mends=form.mended(),
                words=form.cleaned_data["words"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已支持申诉，投标人重新选择联保金即可。"))
            return redirect("operator:appeals")
    return _page(request, desk, upholding=form)


@require_POST
@signed_in(Role.OPERATOR)
def reject(request: Request, appeal_id: UUID) -> HttpResponse:
    desk = queries.appeal_desk(appeal_id=appeal_id, actor=request.actor)
    form = RejectForm(request.POST)
    if form.is_valid():
        try:
            actions.reject(
                appeal_id=appeal_id,
                words=form.cleaned_data["words"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已驳回，投标人会看到原因。"))
            return redirect("operator:appeals")
    return _page(request, desk, rejecting=form)


def _page(
    request: Request,
    desk: AppealDesk,
    *,
    upholding: UpholdForm | None = None,
    rejecting: RejectForm | None = None,
) -> HttpResponse:
    membership = desk.membership
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "shown": words.shown(desk.appeal),
        "membership": membership,
        "status": pools.MEMBERSHIPS[membership.state] if membership else None,
        "checks": words.checks(desk.verdicts),
        "files": [(each, each.media_type.startswith("image/")) for each in desk.appeal.files],
        "upholding": upholding or UpholdForm(None, mends=words.mends_of(desk.verdicts)),
        "rejecting": rejecting or RejectForm(),
    }
    status = 422 if upholding or rejecting else 200
    return render(request, "operator/appeal.html", context, status=status)
