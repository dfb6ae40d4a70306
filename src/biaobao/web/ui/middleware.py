"""Who is there, and what people read when something is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from biaobao.core.actor import Role
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.platform import clock
from biaobao.web.ui import access
from biaobao.web.ui.words import explain

Next = Callable[[HttpRequest], HttpResponse]


def who_is_there(get_response: Next) -> Next:
    """Set ``request.actor`` and ``request.organisation_name``, asking the database each time.

    A person who was disabled or left the organisation is out with his next request.
    """

    def look_first(request: HttpRequest) -> HttpResponse:
        known = cast("access.Request", request)
        access.look(known, at=clock.now())
        response = get_response(request)
        if known.actor.role is not Role.NOBODY:
            # After sign-out the way back in the browser shows nothing.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return look_first


def refusals(get_response: Next) -> Next:
    """Turn what the domain says into pages: refused 422, not allowed 403, not found 404."""
    return Refusals(get_response)


class Refusals:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; leave every other exception to be found and mended."""
        match exception:
            case Refused():
                explanations = [explain(objection) for objection in exception.objections]
                context = {"explanations": explanations, "way_back": way_back(request)}
                return _page(request, "422.html", 422, context)
            case NotAllowed():
                return _page(request, "403.html", 403, {"way_back": way_back(request)})
            case NotFound():
                return _page(request, "404.html", 404, {"way_back": way_back(request)})
        return None


def way_back(request: HttpRequest) -> str:
    """Return the page of this site that the person came from, else the front page."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    ):
        return came_from
    return "/"


def _page(
    request: HttpRequest, template: str, status: int, context: Mapping[str, object]
) -> HttpResponse:
    if not getattr(request, "htmx", False):
        return render(request, template, {**context}, status=status)
    # A part of a page was asked for: the page stays, and its notices say what happened.
    response = render(request, f"ui/_{template}", {**context}, status=status)
    response["HX-Retarget"] = "#notices"
    response["HX-Reswap"] = "innerHTML show:top"
    return response
