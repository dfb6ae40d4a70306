"""Signing in the browser: a document is prepared here, signed by the key where it is, and finished here."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from csp.constants import SELF
from csp.decorators import csp
from django import forms
from django.http import HttpResponse, JsonResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from biaobao.adapters import workshop
from biaobao.core.refusal import Refused, refuse
from biaobao.domain.documents.ports import CannotSign, TimestampUnavailable
from biaobao.domain.documents.types import Finding, Signed
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.ports import NotOurs
from biaobao.web.ui.access import Request
from biaobao.web.ui.forms import Base64Field

View = Callable[..., HttpResponse]


class PreparationForm(forms.Form):
    """With which certificate a document will be signed."""

    certificate = Base64Field()


class SignatureForm(forms.Form):
    """A signature over what was prepared; the hash says over which, were it prepared twice."""

    certificate = Base64Field()
    signature = Base64Field()
    sha256 = forms.RegexField(regex=r"^[0-9a-f]{64}\Z", widget=forms.HiddenInput)


def framed(view: View) -> View:
    """Let a page of the house show what the view answers in a frame."""
    framed_by_us: Callable[[Any], Any] = csp({"frame-ancestors": [SELF]})
    shown: View = xframe_options_sameorigin(framed_by_us(view))
    return shown


def paper(content: bytes, *, name: str) -> HttpResponse:
    """Return a PDF to be read in the browser."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )


def prepare(request: Request, content: bytes, *, at: datetime) -> tuple[bytes, JsonResponse]:
    """Return a PDF with room for a signature, and what tells the page's script what its key is to sign.

    :raises Refused: SIGNATURE_MISSING, CERTIFICATE_NOT_OURS, or as the signer says.
    """
    form = PreparationForm(request.POST)
    if not form.is_valid():
        raise refuse("SIGNATURE_MISSING")
    certificate = form.cleaned_data["certificate"]
    signer = workshop.signing(parties.revocation_lists(actor=request.actor))
    try:
        prepared = signer.prepare(content, certificate=certificate, at=at)
        to_be_signed = signer.to_be_signed(prepared, certificate=certificate)
    except (NotOurs, CannotSign) as problem:
        raise _not_accepted(problem) from problem
    told = {
        "to_be_signed": base64.b64encode(to_be_signed).decode(),
        "sha256": hashlib.sha256(prepared).hexdigest(),
    }
    return prepared, JsonResponse(told)


def finish(request: Request, prepared: bytes, content: bytes, *, changed: str) -> Signed:
    """Return a prepared PDF, signed by the page's key.

    :param content: the PDF as it is printed now.
    :param changed: the code to refuse with if that is no longer what was prepared.
    :raises Refused: SIGNATURE_MISSING, PREPARATION_STALE, ``changed``, CERTIFICATE_NOT_OURS,
        TIMESTAMP_UNAVAILABLE, a finding other than GENUINE, or as the signer says.
    """
    form = SignatureForm(request.POST)
    if not form.is_valid():
        raise refuse("SIGNATURE_MISSING")
    given = form.cleaned_data
    if hashlib.sha256(prepared).hexdigest() != given["sha256"]:
        raise refuse("PREPARATION_STALE")
    # Room for a signature is added behind a file, and equal data print equal files.
    if not prepared.startswith(content):
        raise refuse(changed)
    lists = parties.revocation_lists(actor=request.actor)
    try:
        pdf = workshop.signing(lists).finish(
            prepared, certificate=given["certificate"], signature=given["signature"]
        )
    except (NotOurs, CannotSign) as problem:
        raise _not_accepted(problem) from problem
    except TimestampUnavailable as problem:
        raise refuse("TIMESTAMP_UNAVAILABLE") from problem
    # By the lists of now: those in the file are of when it was prepared.
    finding = workshop.verifying(lists).verify(pdf.content).finding
    if finding is not Finding.GENUINE:
        raise refuse(finding)
    return pdf


def _not_accepted(problem: NotOurs | CannotSign) -> Refused:
    return refuse("CERTIFICATE_NOT_OURS" if isinstance(problem, NotOurs) else str(problem))
