"""Host to host: what the house's machines ask, signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from biaobao.adapters.banks.sandbox import (
    books,
    delivery,
    notices,
    options,
    payments,
    store,
    terms,
)
from biaobao.adapters.banks.sandbox.terms import Declined
from biaobao.adapters.signature import NotSigned, request_line, verify

View = Callable[..., HttpResponse]


def host(*methods: str) -> Callable[[View], View]:
    """Let a view answer signed requests only, and none while the bank is off line."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @require_http_methods(list(methods))
        def answer(request: HttpRequest, **parts: str) -> HttpResponse:
            with store.reading() as db:
                offline = terms.switches(db).offline
            if offline:
                return _refused("银行主机暂停服务", 503)
            line = request_line(str(request.method), request.get_full_path())
            try:
                verify(options.secret(), request.headers, request.body or line)
                return view(request, **parts)
            except NotSigned as reason:
                return _refused(f"签名无效：{reason}", 401)
            except Declined as reason:
                return _refused(str(reason), 409)

        return answer

    return wrap


@host("POST")
def sub_accounts(request: HttpRequest) -> HttpResponse:
    try:
        asked = json.loads(request.body)
        key, count = str(asked["key"]), int(asked["count"])
    except (ValueError, KeyError, TypeError):
        return _refused("请求须为 JSON，含 key 与 count", 400)
    with store.writing() as db:
        opened = books.open_sub_accounts(db, key, count)
    return JsonResponse({"accounts": [dict(row) for row in opened]})


@host("GET")
def files(_request: HttpRequest) -> HttpResponse:
    with store.reading() as db:
        return JsonResponse({"files": [row["name"] for row in delivery.offered(db)]})


@host("GET", "DELETE")
def file(request: HttpRequest, name: str) -> HttpResponse:
    if request.method == "DELETE":
        delivery.gone(name, "pull")
        return HttpResponse(status=204)
    with store.reading() as db:
        found = [row for row in delivery.offered(db) if row["name"] == name]
    if not found:
        return _refused("没有这个文件", 404)
    return HttpResponse(found[0]["content"], content_type="application/xml")


@host("GET")
def entries(_request: HttpRequest, number: str) -> HttpResponse:
    with store.reading() as db:
        content = notices.entries_of(db, number, at=datetime.now(UTC))
    return HttpResponse(content, content_type="application/xml")


@host("POST")
def orders(request: HttpRequest) -> HttpResponse:
    """Take a payment order, or misbehave as switched: hang up, before or after hearing it."""
    with store.reading() as db:
        behaviour = terms.switches(db).payments
    if behaviour == "deaf":
        return _silence(request)
    at = datetime.now(UTC)
    with store.writing() as db:
        payment = payments.hear(db, request.body, way="http", at=at)
        _name, content = payments.answer(db, payment, at=at)
    if behaviour == "silent":
        return _silence(request)
    if payment["state"] == "HEARD":
        return HttpResponse(status=202)
    return HttpResponse(content, content_type="application/xml")


@host("GET")
def order(_request: HttpRequest, key: str) -> HttpResponse:
    with store.reading() as db:
        payment = payments.told(db, key)
        if payment is None:
            return _refused("没有这笔付款", 404)
        _name, content = payments.answer(db, payment, at=datetime.now(UTC))
    return HttpResponse(content, content_type="application/xml")


def _silence(request: HttpRequest) -> HttpResponse:
    request.META[options.HANG_UP]()
    return HttpResponse(status=204)


def _refused(words: str, status: int) -> JsonResponse:
    return JsonResponse({"error": words}, status=status)
