"""The front door: what this is, coming in, going out."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.core.actor import NOBODY, Role
from biaobao.core.refusal import Refused
from biaobao.domain.parties import actions, queries
from biaobao.domain.parties.types import Proof
from biaobao.platform import clock
from biaobao.web.public import demo
from biaobao.web.public.forms import CertificateForm, OrganisationForm, PasswordForm
from biaobao.web.ui import access
from biaobao.web.ui.access import Request
from biaobao.web.ui.words import Explanation, explain

CONSOLES = {
    Role.BIDDER: "/bidder/",
    Role.TENDERER: "/agency/",
    Role.AGENCY: "/agency/",
    Role.GUARANTOR: "/guarantor/",
    Role.OPERATOR: "/operator/",
    Role.SUPERVISOR: "/supervisor/",
}
# One IPv6 subscriber has a whole network of this length to try from.
IPV6_SUBSCRIBER = 64


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    known = cast("Request", request)
    if known.actor.role in CONSOLES:
        return redirect(CONSOLES[known.actor.role])
    return render(request, "public/home.html")


@never_cache
@sensitive_post_parameters("password")
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    known = cast("Request", request)
    if request.method != "POST":
        if known.actor.role in CONSOLES:
            return redirect(_next(request) or CONSOLES[known.actor.role])
        return _sign_in_page(request)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form=form, status=422)
    at = clock.now()
    try:
        who = actions.sign_in_by_password(
            **form.cleaned_data, origin=_origin(request), at=at, actor=NOBODY
        )
    except Refused as refused:
        # The username stays, for a mistyped password; the password is typed anew.
        form = PasswordForm(initial={"username": form.cleaned_data["username"]})
        form.fields["password"].widget.attrs["autofocus"] = True
        return _sign_in_page(request, form=form, password_refusal=_words(refused), status=422)
    access.begin(request, who, at=at)
    return _go_on(request, is_chosen=who.organisation_id is not None)


@never_cache
@csrf_protect
@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """Give the page's script something fresh to sign."""
    made = actions.make_challenge(host=request.get_host(), at=clock.now(), actor=NOBODY)
    return JsonResponse({"nonce": made.nonce, "text": made.text})


@never_cache
@csrf_protect
@require_POST
def sign_in_by_certificate(request: HttpRequest) -> HttpResponse:
    form = CertificateForm(request.POST)
    if not form.is_valid():
        words = Explanation(
            _("没有收到签名。"),
            _("页面脚本没有运行完。"),
            _("请刷新页面，重新选择证书文件后再试。"),
        )
        return _sign_in_page(request, certificate_refusal=[words], status=422)
    at = clock.now()
    proof = Proof(host=request.get_host(), **form.cleaned_data)
    try:
        who = actions.sign_in_by_certificate(
            proof=proof,
            authority=TrustedAuthorities.from_file(Path(settings.TRUST)),
            origin=_origin(request),
            at=at,
            actor=NOBODY,
        )
    except Refused as refused:
        return _sign_in_page(request, certificate_refusal=_words(refused), status=422)
    access.begin(request, who, at=at)
    return _go_on(request, is_chosen=True)


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Let somebody of several organisations say for which one he is here."""
    person_id = access.person_who_chooses(request)
    if person_id is None:
        return redirect("public:home")
    organisations = queries.choices(person_id=person_id, actor=NOBODY)
    form = OrganisationForm(request.POST or None)
    if form.is_valid():
        wanted = form.cleaned_data["organisation"]
        if wanted in {each.id for each in organisations}:
            access.chosen(request, wanted)
            return redirect(_next(request) or "public:home")
    context = {"organisations": organisations, "next": _next(request)}
    return render(request, "public/choose.html", context)


@csrf_protect
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    messages.success(request, _("您已退出。"))
    return redirect("public:sign-in")


@require_safe
def demo_certificate(request: HttpRequest, name: str) -> FileResponse:  # noqa: ARG001 - a view
    """Hand out a certificate file of the demo; outside the demo there is no such page."""
    file = demo.certificate_file(name)
    if file is None:
        raise Http404
    return FileResponse(
        file.open("rb"), as_attachment=True, filename=name, content_type="application/x-pkcs12"
    )


def _sign_in_page(
    request: HttpRequest,
    *,
    form: PasswordForm | None = None,
    status: int = 200,
    **refusals: list[Explanation],
) -> HttpResponse:
    tried = demo.person(request.GET.get("as", ""))
    context: dict[str, Any] = {
        "form": form or _filled(tried),
        "certificate_form": CertificateForm(),
        "next": _next(request),
        "ended": request.GET.get("ended", ""),
        "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
        "people": demo.people(),
        "tried": tried,
        **refusals,
    }
    return render(request, "public/sign_in.html", context, status=status)


def _filled(tried: demo.DemoPerson | None) -> PasswordForm:
    if tried is None:
        return PasswordForm()
    form = PasswordForm(initial={"username": tried.username, "password": tried.password})
    form.fields["password"].widget.render_value = True
    return form


def _go_on(request: HttpRequest, *, is_chosen: bool) -> HttpResponse:
    onward = _next(request)
    if is_chosen:
        return redirect(onward or "public:home")
    response = redirect("public:choose")
    if onward:
        response["Location"] += "?" + urlencode({"next": onward})
    return response


def _next(request: HttpRequest) -> str:
    return access.safe_next(request, request.POST.get("next") or request.GET.get("next", ""))


def _words(refused: Refused) -> list[Explanation]:
    return [explain(objection) for objection in refused.objections]


def _origin(request: HttpRequest) -> str:
    """Return the address that tries are counted for."""
    text = request.META.get(settings.CLIENT_ADDRESS, "") or request.META["REMOTE_ADDR"]
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return str(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_SUBSCRIBER), strict=False))
    return str(address)
