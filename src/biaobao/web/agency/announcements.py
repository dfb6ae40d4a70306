"""What those who run a project announce of a published lot."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from biaobao.core.instants import SHANGHAI
from biaobao.core.refusal import Refused
from biaobao.domain.tenders import actions, queries
from biaobao.platform import clock
from biaobao.web.agency.forms import PostponeForm
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import add_refusal

READ_AND_SEND = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def postpone(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    desk = queries.lot_desk(lot_id=lot_id, at=now, actor=request.actor)
    first = {"deadline_at": desk.lot.deadline_at.astimezone(SHANGHAI)}
    if desk.lot.opening_at != desk.lot.deadline_at:
        first["opening_at"] = desk.lot.opening_at.astimezone(SHANGHAI)
    form = PostponeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.postpone(
                lot_id=lot_id,
                deadline_at=said["deadline_at"],
                opening_at=said["opening_at"] or said["deadline_at"],
                reason=said["reason"],
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:lot", lot_id)
    context = {"nav": nav("projects"), "lot": desk.lot, "form": form, "now": now}
    status = 422 if form.errors else 200
    return render(request, "agency/postpone.html", context, status=status)
