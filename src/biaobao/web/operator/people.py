"""People of all organisations: finding them, shutting them out, letting them in again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.parties import actions, queries
from biaobao.platform import clock
from biaobao.web.operator.forms import SearchForm
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, safe_next, signed_in
from biaobao.web.ui.forms import add_refusal, page_asked_for
from biaobao.web.ui.parties import ROLE_NAMES, PasswordForm


@require_safe
@signed_in(Role.OPERATOR)
def people(request: Request) -> HttpResponse:
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = queries.search_people(text=text, page=page_asked_for(request), actor=request.actor)
    context = {
        "nav": nav(request),
        "form": form,
        "is_search": bool(text),
        "rows": [(each, ROLE_NAMES[each.organisation.role]) for each in found.rows],
        "found": found,
        "page": found,
    }
    return render(request, "operator/people.html", context)


@require_POST
@signed_in(Role.OPERATOR)
def disable(request: Request, person_id: UUID) -> HttpResponse:
    actions.disable_person(person_id=person_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已停用。该人员正在进行的登录立即失效。"))
    return redirect(_back(request))


@require_POST
@signed_in(Role.OPERATOR)
def enable(request: Request, person_id: UUID) -> HttpResponse:
    actions.enable_person(person_id=person_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已启用，可以重新登录。"))
    return redirect(_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def reset_password(request: Request, person_id: UUID) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            actions.reset_password(
                person_id=person_id, at=clock.now(), actor=request.actor, **form.cleaned_data
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("密码已重设，请告知本人。他正在进行的登录已失效。"))
            return redirect("operator:people")
    status = 422 if request.method == "POST" else 200
    context = {"nav": nav(request), "form": form}
    return render(request, "operator/password.html", context, status=status)


def _back(request: Request) -> str:
    return safe_next(request, request.POST.get("next", "")) or reverse("operator:people")
