"""Pages that ask by themselves: their changing part is sent when it changed, and nothing else."""

from __future__ import annotations

import hashlib
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def seen(
    request: HttpRequest, template: str, context: dict[str, object], *, still: datetime
) -> str:
    """Return a digest of what people would see at a fixed instant: the clock ticks by itself."""
    # The token is masked anew each time.
    fixed = {**context, "now": still, "seen": "", "csrf_token": "STILL"}
    shown = render_to_string(template, fixed, request)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def reloaded(request: HttpRequest, seen: str) -> HttpResponse:
    """Answer a page that asks by itself whether it shows what there is: nothing, or that it load anew."""
    if request.GET.get("seen") == seen:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return HttpResponse(headers={"HX-Refresh": "true"})


def answer(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """Return the changing part of a page, or nothing if it is what the page shows already."""
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, template, context)
