"""Interest on what went back to a bidder: it is read beside the refund, and paid again from there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from biaobao.core.actor import Role
from biaobao.domain.interest import actions
from biaobao.platform import clock
from biaobao.web.ui.access import Request, signed_in


@require_POST
@signed_in(Role.BIDDER)
def again(request: Request, interest_id: UUID) -> HttpResponse:
    """Have interest that did not reach its payee paid once more."""
    actions.pay_again(interest_id=interest_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("正在重新交银行支付利息。"))
    return redirect("bidder:refunds")
