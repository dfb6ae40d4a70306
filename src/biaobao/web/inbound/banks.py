"""Files that banks push: stored whole under a receipt, read by the worker."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from biaobao.adapters.banks.iso20022.reading import SIZE_BYTES_MAX
from biaobao.adapters.banks.signature import NotSigned, verify
from biaobao.core.actor import Actor, Role
from biaobao.core.refusal import NotFound
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.types import ArrivedFile, Source
from biaobao.platform import clock


@csrf_exempt
@require_POST
def messages(request: HttpRequest, bank: str) -> JsonResponse:
    """Take a message that the bank signed within the last five minutes.

    The answer 202 means that it is stored here; the same message again is answered the same.
    """
    if int(request.headers.get("Content-Length") or 0) > SIZE_BYTES_MAX:
        return _no(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE")
    content = request.body
    try:
        verify(settings.BANK_SECRETS[bank], request.headers, content)
    except (KeyError, NotSigned):
        # One answer for an unknown bank and a wrong signature: a forger learns nothing.
        return _no(HTTPStatus.UNAUTHORIZED, "NOT_SIGNED")
    try:
        arrived = ArrivedFile(
            bank, Source.PUSH, request.headers.get("webhook-id", ""), BytesIO(content)
        )
        (receipt,) = bank_files.receive_files(
            files=[arrived], at=clock.now(), actor=Actor(f"bank {bank}", Role.SYSTEM)
        )
    except NotFound:
        return _no(HTTPStatus.UNAUTHORIZED, "NOT_SIGNED")
    return JsonResponse({"receipt": str(receipt)}, status=HTTPStatus.ACCEPTED)


def _no(status: HTTPStatus, code: str) -> JsonResponse:
    return JsonResponse({"error": code}, status=status)
