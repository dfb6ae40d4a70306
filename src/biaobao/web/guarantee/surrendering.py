"""退保申请: giving an issued letter up, where the rules allow it, and what that does."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from biaobao.core.actor import Role
from biaobao.core.refusal import Objection, Refused
from biaobao.domain.guarantees.actions import surrendering as actions
from biaobao.domain.guarantees.queries import applications, letters
from biaobao.domain.guarantees.rules.letters import OF_THE_BIDDER
from biaobao.domain.guarantees.types import Surrendering, SurrenderReason
from biaobao.platform import clock
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.guarantees import SURRENDER_REASONS
from biaobao.web.ui.words import explain


class SurrenderForm(Form):
    """Why the letter is given up, and that its bid is left bare; what the lot itself says is not asked."""

    reason = forms.ChoiceField(
        label=_("退保原因"),
        choices=[
            ("", _("请选择")),
            *((each.value, SURRENDER_REASONS[each]) for each in OF_THE_BIDDER),
        ],
        error_messages={"required": _("请选择退保原因。")},
    )
    bare = forms.BooleanField(
        label=_("本单位知道：提交后本标段立即失去投标担保，截止前须另行办妥或撤回投标"),
        error_messages={"required": _("请确认后再提交。")},
    )

    def __init__(self, asked: Surrendering, data: object = None) -> None:
        super().__init__(data)
        if asked.why is not None:
            del self.fields["reason"]
        if not asked.leaves_bare:
            del self.fields["bare"]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.BIDDER)
def surrender(request: Request, application_id: UUID) -> HttpResponse:
    """Say what giving the letter up does, and do it once that is confirmed; or say why it cannot be."""
    now = clock.now()
    asked = letters.surrendering(application_id=application_id, at=now, actor=request.actor)
    form = SurrenderForm(asked, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data.get("reason")
        try:
            actions.surrender(
                application_id=application_id,
                reason=SurrenderReason(told) if told else None,
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已退保，保函不再担保本标段；保费全额原路退回。"))
            return redirect("guarantee:letter", application_id)
    why_not = explain(Objection(asked.why_not, facts={"number": asked.letter.number}))
    context = {
        "progress": applications.progress(application_id=application_id, actor=request.actor),
        "asked": asked,
        "why": SURRENDER_REASONS[asked.why] if asked.why else "",
        "why_not": why_not if asked.why_not else None,
        "form": form,
        "now": now,
    }
    status = 422 if form.errors else 200
    return render(request, "guarantee/surrender.html", context, status=status)
