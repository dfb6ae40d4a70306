"""Pages that ask by themselves: their changing part is sent when it changed, and nothing else."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

# What moves though nothing changed: the clock ticks by itself, and the token is masked anew each time.
_MOVING = re.compile(
    r'clock-\w+" data-until="\d+" data-now="\d+|role="timer">[^<]*|csrfmiddlewaretoken" value="\w+'
)


def shown(request: HttpRequest, template: str, context: dict[str, object]) -> dict[str, object]:
    """Return what ``ui/_live.html`` shows: the changing part, and a digest of what people see in it."""
    part = render_to_string(template, context, request)
    still = _MOVING.sub("", part)
    return {"live": part, "seen": hashlib.sha256(still.encode()).hexdigest()[:16]}


def reloaded(request: HttpRequest, seen: str) -> HttpResponse:
    """Answer a page that asks by itself whether it shows what there is: nothing, or that it load anew."""
    if request.GET.get("seen") == seen:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return HttpResponse(headers={"HX-Refresh": "true"})


def answer(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """Return the changing part of a page, or nothing if it is what the page shows already."""
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "ui/_live.html", context)
