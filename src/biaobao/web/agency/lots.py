"""Pages of a lot before its opening: draft, files, publication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.refusal import Refused
from biaobao.domain.tenders import actions, queries, rules
from biaobao.domain.tenders.states import LotState
from biaobao.platform import clock
from biaobao.web.agency import checks
from biaobao.web.agency.forms import (
    FileForm,
    LotForm,
    as_drafted,
    proposal,
)
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import attachment
from biaobao.web.ui.forms import YuanField, add_refusal
from biaobao.web.ui.words import explain

READ_AND_SEND = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def new_lot(request: Request, project_id: UUID) -> HttpResponse:
    now = clock.now()
    project, policy = queries.project_desk(project_id=project_id, at=now, actor=request.actor)
    form = LotForm(request.POST or None, policy=policy, initial=proposal(policy))
    if request.method == "POST" and form.is_valid():
        try:
            lot_id = actions.draft_lot(
                project_id=project_id,
                name=form.cleaned_data["name"],
                terms=form.terms,
                code=form.cleaned_data["code"].strip() or None,
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:lot", lot_id)
    return _form_page(request, form, {"project": project, "policy": policy})


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def edit(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    desk = queries.lot_desk(lot_id=lot_id, at=now, actor=request.actor)
    first = as_drafted(desk.lot.name, desk.terms)
    form = LotForm(request.POST or None, policy=desk.policy, draft=False, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_lot(
                lot_id=lot_id,
                name=form.cleaned_data["name"],
                terms=form.terms,
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:lot", lot_id)
    return _form_page(request, form, {"lot": desk.lot, "policy": desk.policy})


def _form_page(request: Request, form: LotForm, context: dict[str, Any]) -> HttpResponse:
    context |= {"nav": nav("projects"), "form": form}
    status = 422 if form.errors else 200
    return render(request, "agency/lot_form.html", context, status=status)


@require_safe
@signed_in(*KEEPERS)
def highest(request: Request, project_id: UUID) -> HttpResponse:
    """Say, while the form is filled in, how much security the estimate allows."""
    _project, policy = queries.project_desk(
        project_id=project_id, at=clock.now(), actor=request.actor
    )
    try:
        estimate = YuanField(required=False).clean(request.GET.get("estimate", ""))
    except ValidationError:
        estimate = None
    allowed = None
    if estimate is not None and policy is not None:
        allowed = rules.highest_security(estimate, policy.terms)
    return render(request, "agency/_highest.html", {"highest": allowed})


@require_safe
@signed_in(*KEEPERS)
def lot(request: Request, lot_id: UUID) -> HttpResponse:
    return _lot_page(request, lot_id, FileForm())


def _lot_page(request: Request, lot_id: UUID, form: FileForm) -> HttpResponse:
    now = clock.now()
    desk = queries.lot_desk(lot_id=lot_id, at=now, actor=request.actor)
    context = {
        "nav": nav("projects"),
        "desk": desk,
        "lot": desk.lot,
        "objections": sum(not check.passes for check in desk.checks),
        "is_draft": desk.lot.state is LotState.DRAFT,
        "may_open": desk.lot.state is LotState.PUBLISHED and now >= desk.lot.opening_at,
        "form": form,
        "now": now,
    }
    return render(request, "agency/lot.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in(*KEEPERS)
def add_file(request: Request, lot_id: UUID) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            actions.add_tender_file(
                lot_id=lot_id,
                name=upload.name,
                media_type=upload.content_type or "",
                # One byte too many tells that it is too large; no more of it is read.
                content=upload.read(rules.FILE_SIZE_MAX + 1),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:lot", lot_id)
    return _lot_page(request, lot_id, form)


@require_POST
@signed_in(*KEEPERS)
def remove_file(request: Request, lot_id: UUID, file_id: UUID) -> HttpResponse:
    actions.remove_tender_file(lot_id=lot_id, file_id=file_id, at=clock.now(), actor=request.actor)
    return redirect("agency:lot", lot_id)


@require_safe
@signed_in(*KEEPERS)
def file(request: Request, lot_id: UUID, file_id: UUID) -> HttpResponse:
    found = queries.tender_file(lot_id=lot_id, file_id=file_id, actor=request.actor)
    return attachment(name=found.name, media_type=found.media_type, sha256=found.sha256)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def publish(request: Request, lot_id: UUID) -> HttpResponse:
    """Show every check with its values, and publish when all pass."""
    now = clock.now()
    context: dict[str, Any] = {"nav": nav("projects"), "now": now}
    status = 200
    if request.method == "POST":
        try:
            actions.publish(lot_id=lot_id, at=now, actor=request.actor)
        except Refused as refused:
            context["explanations"] = [explain(each) for each in refused.objections]
            status = 422
        else:
            return redirect("agency:lot", lot_id)
    desk = queries.lot_desk(lot_id=lot_id, at=now, actor=request.actor)
    if desk.lot.state is not LotState.DRAFT:
        return redirect("agency:lot", lot_id)
    broken = [check.code for check in desk.checks if not check.passes]
    context |= {
        "lot": desk.lot,
        "policy": desk.policy,
        # What has to be mended comes first.
        "checks": [checks.shown(each) for each in sorted(desk.checks, key=lambda c: c.passes)],
        "objections": len(broken),
        "only_file": broken == ["NO_TENDER_FILE"],
    }
    return render(request, "agency/publish.html", context, status=status)
