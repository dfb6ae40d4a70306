"""Letters of an opened lot: saved as they were signed, and released when their duty ends (解保)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.guarantees.actions import surrendering as actions
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.types import IssuedLetter, ReleaseReason
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.guarantees import RELEASE_REASONS
from biaobao.web.ui.openings import can_be_released


class ReleaseForm(Form):
    """Why letters need not be held any more."""

    reason = forms.ChoiceField(
        label=_("解除原因"),
        choices=[
            ("", _("请选择")),
            *((each.value, RELEASE_REASONS[each]) for each in ReleaseReason),
        ],
    )


@require_safe
@signed_in(*KEEPERS)
def letter(request: Request, lot_id: UUID, letter_id: UUID) -> HttpResponse:
    """Hand out a letter of an opened lot, as its guarantor signed it."""
    number, content = letters.pdf_of_opened(lot_id=lot_id, letter_id=letter_id, actor=request.actor)
    return to_be_saved(content, name=f"{number}.pdf", media_type="application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(*KEEPERS)
def release(request: Request, lot_id: UUID) -> HttpResponse:
    """Show whose duty ends, and why; end it once the reason is given."""
    asked = request.POST if request.method == "POST" else request.GET
    lot = tenders.opened_lot(lot_id=lot_id, actor=request.actor)
    chosen = _chosen(request, lot_id, asked.getlist("letter"))
    if not chosen:
        messages.warning(request, _now("没有解除担保责任：请先勾选保函。"))
        return redirect("agency:opening", lot_id)
    form = ReleaseForm(request.POST or None)
    if form.is_valid():
        try:
            count = actions.release(
                lot_id=lot_id,
                letter_ids=[each.id for each in chosen],
                reason=ReleaseReason(form.cleaned_data["reason"]),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已解除 %(n)d 份保函的担保责任。") % {"n": count})
            return redirect("agency:opening", lot_id)
    context = {"nav": nav("projects"), "lot": lot, "chosen": chosen, "form": form}
    status = 422 if form.errors else 200
    return render(request, "agency/letters_release.html", context, status=status)


def _chosen(request: Request, lot_id: UUID, asked: Sequence[str]) -> list[IssuedLetter]:
    try:
        wanted = {UUID(each) for each in asked}
    except ValueError:
        raise NotFound("letter") from None
    found = letters.of_opened_lot(lot_id=lot_id, actor=request.actor)
    return [each for each in found if each.id in wanted and can_be_released(each)]
