"""材料签章: the handler, the agreement to be read, and the bidder's certificate under it."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp
from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from biaobao.adapters import workshop
from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import Refused, refuse
from biaobao.domain.documents.ports import CannotSign, TimestampUnavailable
from biaobao.domain.documents.types import Finding, Signed
from biaobao.domain.guarantees.actions import signing as actions
from biaobao.domain.guarantees.queries import applications, papers
from biaobao.domain.guarantees.states import UNPAID, ApplicationState
from biaobao.domain.guarantees.types import Compared, Detail, SignedAgreement
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.ports import NotOurs
from biaobao.platform import clock
from biaobao.web.guarantee.ending import ended
from biaobao.web.guarantee.paying import credits_of
from biaobao.web.ui import parts
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Base64Field
from biaobao.web.ui.guarantees import FORMS

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


class PreparationForm(forms.Form):
    """With which certificate it will be signed."""

    certificate = Base64Field()


class SignatureForm(forms.Form):
    """A signature over what was prepared; the hash says over which, were it prepared twice."""

    certificate = Base64Field()
    signature = Base64Field()
    sha256 = forms.RegexField(regex=r"^[0-9a-f]{64}\Z", widget=forms.HiddenInput)


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


@xframe_options_sameorigin
@csp({"frame-ancestors": [SELF]})  # type: ignore[arg-type]  # it is typed for views without arguments
@signed_in(Role.BIDDER)
@require_safe
def agreement(request: Request, application_id: UUID) -> HttpResponse:
    """Show the agreement that is to be signed, in the page or by itself."""
    said = papers.agreement(application_id=application_id, actor=request.actor)
    return HttpResponse(
        workshop.typesetting().agreement(said),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{said.number}.pdf"'},
    )


@signed_in(Role.BIDDER)
@require_POST
def prepare(request: Request, application_id: UUID) -> JsonResponse:
    """Keep the agreement with room for a signature, and tell the page's script what its key is to sign."""
    form = PreparationForm(request.POST)
    if not form.is_valid():
        raise refuse("SIGNATURE_MISSING")
    at, certificate = clock.now(), form.cleaned_data["certificate"]
    said = papers.agreement(application_id=application_id, actor=request.actor)
    prepared, to_be_signed = _prepared(
        workshop.typesetting().agreement(said), certificate, at=at, actor=request.actor
    )
    actions.keep_prepared(
        application_id=application_id, prepared=prepared, at=at, actor=request.actor
    )
    return JsonResponse(
        {
            "to_be_signed": base64.b64encode(to_be_signed).decode(),
            "sha256": hashlib.sha256(prepared).hexdigest(),
        }
    )


@signed_in(Role.BIDDER)
@require_POST
def sign(request: Request, application_id: UUID) -> HttpResponse:
    """Finish the agreement that the page's key signed, and keep it."""
    form = SignatureForm(request.POST)
    if not form.is_valid():
        raise refuse("SIGNATURE_MISSING")
    given = form.cleaned_data
    prepared = papers.prepared(application_id=application_id, actor=request.actor)
    if hashlib.sha256(prepared).hexdigest() != given["sha256"]:
        raise refuse("PREPARATION_STALE")
    said = papers.agreement(application_id=application_id, actor=request.actor)
    if not workshop.is_of(prepared, said):
        raise refuse("AGREEMENT_CHANGED")
    pdf = _finished(prepared, given["certificate"], given["signature"], actor=request.actor)
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


def _prepared(
    content: bytes, certificate: bytes, *, at: datetime, actor: Actor
) -> tuple[bytes, bytes]:
    signer = workshop.signing(parties.revocation_lists(actor=actor))
    try:
        prepared = signer.prepare(content, certificate=certificate, at=at)
        return prepared, signer.to_be_signed(prepared, certificate=certificate)
    except (NotOurs, CannotSign) as problem:
        raise _not_accepted(problem) from problem


def _finished(prepared: bytes, certificate: bytes, signature: bytes, *, actor: Actor) -> Signed:
    lists = parties.revocation_lists(actor=actor)
    try:
        pdf = workshop.signing(lists).finish(prepared, certificate=certificate, signature=signature)
    except (NotOurs, CannotSign) as problem:
        raise _not_accepted(problem) from problem
    except TimestampUnavailable as problem:
        raise refuse("TIMESTAMP_UNAVAILABLE") from problem
    # By the lists of now: those in the file are of when it was prepared.
    finding = workshop.verifying(lists).verify(pdf.content).finding
    if finding is not Finding.GENUINE:
        raise refuse(finding)
    return pdf


def _not_accepted(problem: NotOurs | CannotSign) -> Refused:
    return refuse("CERTIFICATE_NOT_OURS" if isinstance(problem, NotOurs) else str(problem))
