"""What every page knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001 - Django calls it with one
    return {"DEMO": settings.DEMO, "HELPLINE": settings.HELPLINE}
