"""Basic accounts that wait to be confirmed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import refuse
from biaobao.domain.parties import actions, queries
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import page_asked_for
from biaobao.web.ui.parties import name_check


@require_safe
@signed_in(Role.OPERATOR)
def basic_accounts(request: Request) -> HttpResponse:
    found = queries.accounts_to_confirm(page=page_asked_for(request), actor=request.actor)
    context = {
        "nav": nav(request),
        "rows": [
            (each, name_check(each.organisation.name, each.account.account_name))
            for each in found.rows
        ],
        "found": found,
        "page": found,
    }
    return render(request, "operator/basic_accounts.html", context)


@require_POST
@signed_in(Role.OPERATOR)
def confirm(request: Request, organisation_id: UUID) -> HttpResponse:
    actions.confirm_basic_account(
        organisation_id=organisation_id,
        seen=_seen(request),
        at=clock.now(),
        actor=request.actor,
    )
    messages.success(request, _("基本账户已核验。"))
    return redirect("operator:basic-accounts")


def _seen(request: Request) -> datetime:
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        raise refuse("BASIC_ACCOUNT_CHANGED") from None
