"""Pages of projects."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import NotAllowed, Refused
from biaobao.domain.tenders import actions, queries
from biaobao.platform import clock
from biaobao.web.agency.forms import ProjectForm
from biaobao.web.agency.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import add_refusal
from biaobao.web.ui.paging import asked_page, asked_words

KEEPERS = (Role.TENDERER, Role.AGENCY)


@require_safe
@signed_in(*KEEPERS)
def projects(request: Request) -> HttpResponse:
    """Show the projects that the organisation runs, with their lots and clocks."""
    search = asked_words(request.GET.get("q", ""))
    page = queries.own_projects(
        search=search, page=asked_page(request.GET.get("page", "")), actor=request.actor
    )
    context = {"nav": nav("projects"), "page": page, "search": search, "now": clock.now()}
    return render(request, "agency/projects.html", context)


@require_safe
@signed_in(*KEEPERS)
def project(request: Request, project_id: UUID) -> HttpResponse:
    now = clock.now()
    shown, policy = queries.project_desk(project_id=project_id, at=now, actor=request.actor)
    context = {"nav": nav("projects"), "project": shown, "policy": policy, "now": now}
    return render(request, "agency/project.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(*KEEPERS)
def new_project(request: Request) -> HttpResponse:
    choices = queries.project_choices(actor=request.actor)
    form = ProjectForm(request.POST or None, choices=choices, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            project_id = _draft(request, form)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:project", project_id)
    context = {"nav": nav("project-new"), "form": form}
    status = 422 if form.errors else 200
    return render(request, "agency/project_form.html", context, status=status)


def _draft(request: Request, form: ProjectForm) -> UUID:
    tenderer_id = form.tenderer_id
    if tenderer_id is None:
        raise NotAllowed("a tenderer without an organisation")
    return actions.draft_project(
        name=form.cleaned_data["name"],
        tenderer_id=tenderer_id,
        agency_id=form.agency_id,
        region=form.cleaned_data["region"],
        kind=form.cleaned_data["kind"],
        at=clock.now(),
        actor=request.actor,
    )
