"""What anybody may know of a published lot."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from biaobao.core.actor import NOBODY
from biaobao.domain.tenders import queries, rules
from biaobao.platform import clock


@require_safe
def lot(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Show a published lot as everybody sees it, whoever asks."""
    shown, announcements = queries.announced_lot(lot_id=lot_id, actor=NOBODY)
    context = {
        "lot": shown,
        "announcements": announcements,
        "article": rules.TERMINATION,
        "now": clock.now(),
    }
    return render(request, "public/lot.html", context)
