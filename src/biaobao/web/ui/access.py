"""Who may open which page, and how a session begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from biaobao.core.actor import NOBODY, Actor, Role
from biaobao.core.refusal import NotAllowed
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import Presence, SignedIn

P = ParamSpec("P")

PERSON, ORGANISATION, SEEN, BEGAN = "person", "organisation", "seen", "began"
# A request this soon after the last does not move the clock: not every page costs a write.
SEEN_STEP = timedelta(seconds=30)


class Request(HttpRequest):
    """A request once ``who_is_there`` has looked at it."""

    actor: Actor
    organisation_name: str
    is_manager: bool
    session_ended: str


def signed_in(
    *roles: Role,
) -> Callable[
    [Callable[Concatenate[Request, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Open a page to these roles only: visitors are asked to sign in, others are not allowed."""

    def only_to_them(
        view: Callable[Concatenate[Request, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            known = cast("Request", request)
            if known.actor.role is Role.NOBODY:
                return _to_sign_in(known)
            if known.actor.role not in roles:
                raise NotAllowed(f"{known.actor.role} at {request.path}")
            return view(known, *args, **kwargs)

        return guarded

    return only_to_them


def begin(request: HttpRequest, who: SignedIn, *, at: datetime) -> None:
    """Begin a session under a key that nobody knew before."""
    request.session.flush()
    request.session[PERSON] = str(who.person_id)
    if who.organisation_id is not None:
        request.session[ORGANISATION] = str(who.organisation_id)
    request.session[SEEN] = request.session[BEGAN] = at.timestamp()
    rotate_token(request)


def chosen(request: HttpRequest, organisation_id: UUID) -> None:
    """Go on for one of the person's organisations; each request asks anew whether it is one."""
    request.session[ORGANISATION] = str(organisation_id)
    request.session.cycle_key()


def person_who_chooses(request: HttpRequest) -> UUID | None:
    """Return the person who has proved himself and not said yet for which organisation."""
    session = request.session
    return UUID(session[PERSON]) if PERSON in session and ORGANISATION not in session else None


def look(request: Request, *, at: datetime) -> None:
    """Find out who is there, and end a session that is idle or whose person may no longer be in."""
    request.actor, request.organisation_name = NOBODY, ""
    request.is_manager, request.session_ended = False, ""
    if PERSON not in request.session:
        return
    idle = at.timestamp() - float(request.session[SEEN])
    if idle > settings.SESSION_IDLE_SECONDS:
        request.session.flush()
        request.session_ended = "idle"
        return
    if ORGANISATION in request.session:
        present = _present(request)
        if present is None or present.since.timestamp() > float(request.session[BEGAN]):
            request.session.flush()
            request.session_ended = "shut"
            return
        request.actor, request.is_manager = present.actor, present.is_manager
        request.organisation_name = present.organisation.name
    if idle > SEEN_STEP.total_seconds() and not is_poll(request):
        request.session[SEEN] = at.timestamp()


def is_poll(request: HttpRequest) -> bool:
    """Tell whether the page asks by itself: that keeps nobody signed in."""
    return request.headers.get("X-Poll") == "1" or request.GET.get("poll") == "1"


def safe_next(request: HttpRequest, url: str) -> str:
    """Return the address if it is a page of this site, else nothing."""
    allowed = url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    )
    return url if allowed else ""


def _present(request: HttpRequest) -> Presence | None:
    return parties.presence(
        person_id=UUID(request.session[PERSON]),
        organisation_id=UUID(request.session[ORGANISATION]),
        actor=NOBODY,
    )


def _to_sign_in(request: Request) -> HttpResponse:
    if person_who_chooses(request):
        return HttpResponseRedirect(reverse("public:choose"))
    asked = {"next": _page_asked_for(request), "ended": request.session_ended}
    query = urlencode({name: value for name, value in asked.items() if value})
    address = reverse("public:sign-in") + (f"?{query}" if query else "")
    if request.headers.get("HX-Request") == "true":
        # A part of a page was asked for: the whole page has to leave.
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _page_asked_for(request: HttpRequest) -> str:
    if request.headers.get("HX-Request") == "true":
        return _path(request, request.headers.get("HX-Current-URL", ""))
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return _path(request, request.headers.get("Referer", ""))


def _path(request: HttpRequest, address: str) -> str:
    if not safe_next(request, address):
        return ""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
