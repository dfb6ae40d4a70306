"""Organisations: finding them, taking them in, their people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core import uscc
from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.parties import actions, queries
from biaobao.platform import clock
from biaobao.web.operator.forms import EnrolForm, SearchForm
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import add_refusal
from biaobao.web.ui.paging import asked_page, asked_words
from biaobao.web.ui.parties import ROLE_NAMES, PersonForm, account_badge


@require_safe
@signed_in(Role.OPERATOR)
def organisations(request: Request) -> HttpResponse:
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = queries.search_organisations(
        text=asked.get("q", ""),
        role=Role(asked["role"]) if asked.get("role") else None,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    context = {
        "nav": nav(request),
        "form": form,
        "is_search": bool(asked.get("q") or asked.get("role")),
        "rows": [(each, ROLE_NAMES[each.role]) for each in found.rows],
        "found": found,
        "page": found,
    }
    return render(request, "operator/organisations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def enrol(request: Request) -> HttpResponse:
    form = EnrolForm(request.POST or None)
    if form.is_valid():
        try:
            organisation_id = actions.enrol(
                name=form.cleaned_data["name"],
                uscc=form.cleaned_data["uscc"],
                role=Role(form.cleaned_data["role"]),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("单位已登记。请为它添加第一位管理员。"))
            return redirect("operator:organisation", organisation_id)
    context = {"nav": nav(request), "form": form}
    return render(
        request, "operator/enrol.html", context, status=422 if request.method == "POST" else 200
    )


@require_safe
@signed_in(Role.OPERATOR)
def check_code(request: Request) -> HttpResponse:
    """Say beside the field, while it is typed, whether the code is right and free."""
    code = "".join(asked_words(request.GET.get("uscc", "")).split()).upper()
    holder = queries.organisation_with_code(uscc=code, actor=request.actor)
    context = {
        "code": code,
        "missing": max(0, uscc.LENGTH - len(code)),
        "is_valid": uscc.is_valid(code),
        "holder": holder,
    }
    return render(request, "operator/_code_check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """Show an organisation, and take in its new people."""
    form = PersonForm(request.POST or None)
    if form.is_valid():
        try:
            actions.add_person(
                organisation_id=organisation_id,
                at=clock.now(),
                actor=request.actor,
                **form.cleaned_data,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("人员已添加，可以登录了。"))
            return redirect("operator:organisation", organisation_id)
    asked: dict[str, Any] = {"organisation_id": organisation_id, "actor": request.actor}
    found = queries.organisation(**asked)
    account = queries.basic_account(**asked)
    context = {
        "nav": nav(request),
        "organisation": found,
        "role_name": ROLE_NAMES[found.role],
        "is_bidder": found.role is Role.BIDDER,
        "members": queries.members(**asked),
        "account": account,
        "account_badge": account_badge(account),
        "certificates": queries.certificates(**asked),
        "form": form,
    }
    return render(
        request,
        "operator/organisation.html",
        context,
        status=422 if request.method == "POST" else 200,
    )
