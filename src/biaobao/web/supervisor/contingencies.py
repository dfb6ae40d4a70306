"""应急确认: whether bidders stay in whose letters could not be read at the opening."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import contingency as actions
from biaobao.domain.guarantees.queries import contingency as queries
from biaobao.domain.guarantees.rules import contingency as rules
from biaobao.domain.guarantees.states import ContingencyState
from biaobao.platform import clock
from biaobao.web.supervisor.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.contingencies import shown
from biaobao.web.ui.forms import Form, add_refusal

ACCEPT, REFUSE = "accept", "refuse"


class DecisionForm(Form):
    """Whether the bidder is kept in, and why not."""

    decision = forms.ChoiceField(
        label=_("决定"),
        choices=[(ACCEPT, _("确认：投标担保有效，继续开标")), (REFUSE, _("不确认：投标担保无效"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("说明"),
        max_length=rules.WORDS_MAX,
        required=False,
        help_text=_("不确认的必须写明理由，投标人会看到。"),
        widget=forms.Textarea({"rows": 3}),
    )


@require_safe
@signed_in(Role.SUPERVISOR)
def contingencies(request: Request) -> HttpResponse:
    waiting = [shown(each) for each in queries.waiting(actor=request.actor)]
    context = {"nav": nav("contingencies"), "waiting": waiting}
    return render(request, "supervisor/contingencies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.SUPERVISOR)
def decide(request: Request, contingency_id: UUID) -> HttpResponse:
    """Ask for a decision; decided, show what was."""
    found = queries.contingency(contingency_id=contingency_id, actor=request.actor)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        try:
            actions.decide(
                contingency_id=contingency_id,
                is_accepted=form.cleaned_data["decision"] == ACCEPT,
                words=form.cleaned_data["words"],
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("决定已登记，开标页面随即显示。"))
            return redirect("supervisor:lot", found.lot_id)
    context = {
        "nav": nav("contingencies"),
        "contingency": shown(found),
        "is_waiting": found.state is ContingencyState.PROPOSED,
        "may_accept": rules.may_be_accepted(found),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "supervisor/contingency.html", context, status=status)
