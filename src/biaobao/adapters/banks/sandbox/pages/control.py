"""The demo's own control of the bank, for seeds and tests: open to whoever is on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from biaobao.adapters.banks.sandbox import books, notices, store, terms
from biaobao.adapters.banks.sandbox.terms import Declined

View = Callable[..., HttpResponse]


def control(*methods: str) -> Callable[[View], View]:
    """Give a view the JSON that came, and turn what is wrong with it into an answer."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @require_http_methods(list(methods))
        def answer(request: HttpRequest, **parts: str) -> HttpResponse:
            # A page elsewhere cannot send this type unasked, so none can pull these levers.
            if request.method != "GET" and request.content_type != "application/json":
                return JsonResponse({"error": "application/json"}, status=415)
            try:
                asked = json.loads(request.body) if request.body else {}
                return view(asked, **parts)
            except Declined as reason:
                return JsonResponse({"error": str(reason)}, status=409)
            except (ValueError, KeyError, TypeError, AttributeError) as reason:
                return JsonResponse({"error": f"{type(reason).__name__}: {reason}"}, status=400)

        return answer

    return wrap


@control("PUT", "GET")
def house(asked: dict[str, Any]) -> HttpResponse:
    with store.writing() as db:
        if asked:
            delivery = tuple(asked.get("delivery", ("push", "pull")))
            terms.agree(
                db, terms.House(asked["main_account"], asked["name"], asked["branch"], delivery)
            )
        return JsonResponse(asdict(terms.agreed_house(db)))


@control("PUT")
def customers(asked: dict[str, Any]) -> HttpResponse:
    with store.writing() as db:
        for customer in asked["customers"]:
            accounts = [
                (one["number"], one["branch"], int(one["balance_fen"]))
                for one in customer["accounts"]
            ]
            books.enrol(db, customer["uscc"], customer["name"], accounts)
    return JsonResponse({"customers": len(asked["customers"])})


@control("GET")
def account(_asked: dict[str, Any], number: str) -> HttpResponse:
    with store.reading() as db:
        found = books.account(db, number)
    if found is None:
        return JsonResponse({"error": "没有这个账户"}, status=404)
    return JsonResponse({name: found[name] for name in ("number", "name", "branch", "balance_fen")})


@control("POST")
def transfers(asked: dict[str, Any]) -> HttpResponse:
    order = books.Order(
        key=asked.get("key") or uuid4().hex,
        from_account=asked["from_account"],
        to_account=asked["to_account"],
        amount_minor=int(asked["amount_fen"]),
        currency=asked.get("currency", "CNY"),
        remark=asked.get("remark", ""),
        payer_name=asked.get("payer_name", ""),
        booked_at=_moment(asked.get("booked_at")),
        to_unopened=bool(asked.get("to_unopened")),
    )
    with store.writing() as db:
        return JsonResponse({"serial": books.transfer(db, order, at=datetime.now(UTC))})


@control("POST")
def reversals(asked: dict[str, Any], serial: str) -> HttpResponse:
    with store.writing() as db:
        at = datetime.now(UTC)
        new = books.reverse(db, serial, at=at, booked_at=_moment(asked.get("booked_at")))
    return JsonResponse({"serial": new})


@control("POST")
def closings(_asked: dict[str, Any], number: str) -> HttpResponse:
    with store.writing() as db:
        books.close(db, number)
    return JsonResponse({"closed": number})


@control("GET")
def payments(_asked: dict[str, Any]) -> HttpResponse:
    """Tell which payments the house ordered, oldest first, and what became of them."""
    with store.reading() as db:
        rows = db.execute("SELECT * FROM payment ORDER BY rowid").fetchall()
    told = [
        {
            "key": row["key"],
            "amount_fen": row["amount_minor"],
            "state": row["state"],
            "reason": row["reason"],
            "told": row["told"],
            "transfers": [row[name] for name in ("transfer", "given_back") if row[name]],
        }
        for row in rows
    ]
    return JsonResponse({"payments": told})


@control("POST")
def returns(_asked: dict[str, Any], key: str) -> HttpResponse:
    with store.writing() as db:
        return JsonResponse({"serial": books.give_back(db, key, at=datetime.now(UTC))})


@control("PUT", "GET")
def switches(asked: dict[str, Any]) -> HttpResponse:
    with store.writing() as db:
        return JsonResponse(asdict(terms.switch(db, **asked)))


@control("POST")
def interest(asked: dict[str, Any]) -> HttpResponse:
    with store.writing() as db:
        serial = books.pay_interest(
            db,
            asked["to_account"],
            amount_fen=int(asked.get("amount_fen", 0)),
            at=datetime.now(UTC),
        )
    return JsonResponse({"serial": serial})


@control("POST")
def statements(asked: dict[str, Any]) -> HttpResponse:
    with store.writing() as db:
        day = date.fromisoformat(asked["day"])
        return JsonResponse({"statement_id": notices.state(db, day, at=datetime.now(UTC))})


@control("POST")
def broken_files(_asked: dict[str, Any]) -> HttpResponse:
    with store.writing() as db:
        return JsonResponse({"name": notices.break_file(db, at=datetime.now(UTC))})


@control("GET")
def messages(_asked: dict[str, Any]) -> HttpResponse:
    """Tell where each message is, newest first, so that a demo can see what is on its way."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT name, push, pull, folder, attempts, last_words FROM message"
            " ORDER BY id DESC LIMIT 200"
        ).fetchall()
    return JsonResponse({"messages": [dict(row) for row in rows]})


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset")
    return moment
