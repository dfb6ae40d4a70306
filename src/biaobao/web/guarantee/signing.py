"""材料签章: the handler, the agreement to be read, and the bidder's certificate under it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.adapters import workshop
from biaobao.core.actor import Role
from biaobao.core.refusal import refuse
from biaobao.domain.guarantees.actions import signing as actions
from biaobao.domain.guarantees.queries import applications, papers
from biaobao.domain.guarantees.states import UNPAID, ApplicationState
from biaobao.domain.guarantees.types import Compared, Detail, SignedAgreement
from biaobao.domain.parties import queries as parties
from biaobao.platform import clock
from biaobao.web.guarantee.ending import ended
from biaobao.web.guarantee.paying import credits_of
from biaobao.web.ui import parts
from biaobao.web.ui import signing as ui
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.guarantees import FORMS
from biaobao.web.ui.signing import SignatureForm, framed, paper

DETAILS = {
    Detail.PROJECT: (_("招标项目"), _("申请书"), _("标段")),
    Detail.LOT: (_("标段名称和编号"), _("申请书"), _("标段")),
    Detail.BENEFICIARY: (_("受益人是招标人"), _("申请书"), _("标段")),
    Detail.AMOUNT: (_("担保金额等于应缴金额"), _("申请书"), _("标段")),
    Detail.DEADLINE: (_("投标截止时间"), _("申请书"), _("标段")),
    Detail.VALIDITY: (_("保函有效期不短于投标有效期"), _("保函有效期至"), _("投标有效期至")),
}
NAMEABLE = (ApplicationState.APPROVED, ApplicationState.SIGNING)
SIGNABLE = (ApplicationState.SIGNING, ApplicationState.SIGNED)


class HandlerForm(forms.Form):
    """Who sees the application through."""

    handler = forms.UUIDField()


@signed_in(Role.BIDDER)
@require_safe
def signing(request: Request, application_id: UUID) -> HttpResponse:
    progress = applications.progress(application_id=application_id, actor=request.actor)
    state, now = progress.application.state, clock.now()
    is_signable = state in SIGNABLE
    to_sign = (
        papers.to_sign(application_id=application_id, actor=request.actor) if is_signable else None
    )
    context = {
        "progress": progress,
        "now": now,
        "ended": ended(progress, at=now, actor=request.actor),
        "credits": credits_of(progress.payment),
        "can_cancel": state in UNPAID,
        "can_name": state in NAMEABLE,
        "is_signable": is_signable,
        "is_signed": progress.application.signed_at is not None,
        "is_current": bool(to_sign and not to_sign.is_outdated),
        "handlers": parties.profile(
            organisation_id=progress.application.bidder_id, actor=request.actor
        ).handlers,
        "to_sign": to_sign,
        "agreement": to_sign.agreement if to_sign else None,
        "form_words": FORMS[to_sign.agreement.form] if to_sign else "",
        "compared": [_check(each) for each in to_sign.compared] if to_sign else [],
        "form": SignatureForm(),
    }
    return render(request, "guarantee/signing.html", context)


@signed_in(Role.BIDDER)
@require_POST
def name_handler(request: Request, application_id: UUID) -> HttpResponse:
    form = HandlerForm(request.POST)
    if not form.is_valid():
        raise refuse("HANDLER_UNNAMED")
    actions.name_handler(
        application_id=application_id,
        handler_id=form.cleaned_data["handler"],
        at=clock.now(),
        actor=request.actor,
    )
    return redirect("guarantee:signing", application_id)


@framed
@signed_in(Role.BIDDER)
@require_safe
def agreement(request: Request, application_id: UUID) -> HttpResponse:
    """Show the agreement that is to be signed, in the page or by itself."""
    said = papers.agreement(application_id=application_id, actor=request.actor)
    return paper(workshop.typesetting().agreement(said), name=said.number)


@signed_in(Role.BIDDER)
@require_POST
def prepare(request: Request, application_id: UUID) -> HttpResponse:
    """Keep the agreement with room for a signature, and tell the page's script what its key is to sign."""
    at = clock.now()
    said = papers.agreement(application_id=application_id, actor=request.actor)
    prepared, answer = ui.prepare(request, workshop.typesetting().agreement(said), at=at)
    actions.keep_prepared(
        application_id=application_id, prepared=prepared, at=at, actor=request.actor
    )
    return answer


@signed_in(Role.BIDDER)
@require_POST
def sign(request: Request, application_id: UUID) -> HttpResponse:
    """Finish the agreement that the page's key signed, and keep it."""
    prepared = papers.prepared(application_id=application_id, actor=request.actor)
    said = papers.agreement(application_id=application_id, actor=request.actor)
    pdf = ui.finish(
        request, prepared, workshop.typesetting().agreement(said), changed="AGREEMENT_CHANGED"
    )
    actions.keep_signed(
        application_id=application_id,
        signed=SignedAgreement(said, pdf),
        at=clock.now(),
        actor=request.actor,
    )
    return redirect("guarantee:payment", application_id)


def _check(compared: Compared) -> parts.Check:
    title, said, asked = DETAILS[compared.detail]
    return parts.Check(
        str(title),
        "PASS" if compared.agrees else "FAIL",
        ((str(said), compared.said), (str(asked), compared.asked)),
        "" if compared.agrees else str(_("请不要签章，先联系招标代理机构核实。")),
    )
