"""企业网银: a company looks at its accounts and transfers money."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any
from uuid import uuid4

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from biaobao.adapters.banks.sandbox import books, store
from biaobao.adapters.banks.sandbox.terms import Declined

View = Callable[..., HttpResponse]

_ENTRIES_SHOWN = 50
_CONFIRM_SECONDS_MAX = 15 * 60


class TransferForm(forms.Form):
    """What a customer writes; spaces in the account number and commas in the amount are welcome."""

    from_account = forms.ChoiceField(label="付款账户")
    to_account = forms.CharField(label="收款账号", max_length=60)
    payee_name = forms.CharField(label="收款户名", max_length=140)
    amount = forms.CharField(label="转账金额（元）", max_length=30)
    remark = forms.CharField(label="附言", max_length=100, required=False)

    def __init__(self, accounts: list[sqlite3.Row], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["from_account"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(row["number"], f"{row['number']}　{row['branch']}") for row in accounts]
        self.fields["to_account"].widget.attrs["inputmode"] = "numeric"
        self.fields["amount"].widget.attrs["inputmode"] = "decimal"

    def clean_to_account(self) -> str:
        number = unicodedata.normalize("NFKC", self.cleaned_data["to_account"])
        return "".join(number.replace("-", "").split()).upper()

    def clean_amount(self) -> int:
        written = unicodedata.normalize("NFKC", self.cleaned_data["amount"])
        try:
            fen = Decimal(written.replace(",", "").replace("¥", "").strip()) * 100
        except InvalidOperation:
            fen = Decimal(0)
        if not fen.is_finite() or fen <= 0 or fen != fen.to_integral_value():
            raise forms.ValidationError("请填写大于零的金额，最多两位小数，例如 50000.00")
        return int(fen)


def signed_in(view: View) -> View:
    """Give a view the customer who is signed in; others go to the entrance."""

    @wraps(view)
    def answer(request: HttpRequest, **parts: str) -> HttpResponse:
        with store.reading() as db:
            customer = db.execute(
                "SELECT uscc, name FROM customer WHERE uscc = ?",
                (request.session.get("customer", ""),),
            ).fetchone()
        if customer is None:
            return redirect("entrance")
        return view(request, customer, **parts)

    return answer


@require_safe
def entrance(request: HttpRequest) -> HttpResponse:
    with store.reading() as db:
        customers = db.execute("SELECT uscc, name FROM customer ORDER BY name").fetchall()
    return render(request, "bank/entrance.html", {"customers": customers})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    request.session["customer"] = request.POST.get("customer", "")
    return redirect("accounts")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("entrance")


@require_safe
@signed_in
def accounts(request: HttpRequest, customer: sqlite3.Row) -> HttpResponse:
    with store.reading() as db:
        held = _accounts(db, customer)
        entries = db.execute(
            "SELECT entry.* FROM entry JOIN account ON account.number = entry.account"
            " WHERE account.uscc = ? ORDER BY entry.id DESC LIMIT ?",
            (customer["uscc"], _ENTRIES_SHOWN),
        ).fetchall()
    return render(
        request,
        "bank/accounts.html",
        {"customer": customer, "accounts": held, "entries": entries},
    )


@signed_in
def transfer(request: HttpRequest, customer: sqlite3.Row) -> HttpResponse:
    """Take the order; a sound one is shown for confirmation, and nothing has moved yet."""
    with store.reading() as db:
        held = _accounts(db, customer)
        form = TransferForm(held, request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            order = _order(form.cleaned_data)
            try:
                books.check(db, order)
            except Declined as reason:
                form.add_error(None, str(reason))
            else:
                return _confirmation(request, customer, order, db)
    return render(request, "bank/transfer.html", {"customer": customer, "form": form})


@require_POST
@signed_in
def confirm(request: HttpRequest, customer: sqlite3.Row) -> HttpResponse:
    """Carry the order out. Confirmed twice, it is one transfer."""
    try:
        fields = signing.loads(request.POST.get("order", ""), max_age=_CONFIRM_SECONDS_MAX)
    except signing.BadSignature:
        return _declined(request, customer, "确认已超时，请重新填写")
    order = books.Order(**fields)
    with store.reading() as db:
        held = {row["number"] for row in _accounts(db, customer)}
    if order.from_account not in held:
        return _declined(request, customer, "付款账户不属于当前企业")
    try:
        with store.writing() as db:
            serial = books.transfer(db, order, at=datetime.now(UTC))
    except Declined as reason:
        return _declined(request, customer, str(reason))
    return redirect("transferred", serial=serial)


@require_GET
@signed_in
def transferred(request: HttpRequest, customer: sqlite3.Row, serial: str) -> HttpResponse:
    with store.reading() as db:
        done = db.execute(
            "SELECT transfer.*, account.name AS payer_name, account.branch AS payer_branch"
            " FROM transfer JOIN account ON account.number = transfer.from_account"
            " WHERE serial = ? AND account.uscc = ?",
            (serial, customer["uscc"]),
        ).fetchone()
    if done is None:
        raise Http404
    return render(request, "bank/transferred.html", {"customer": customer, "done": done})


def _accounts(db: sqlite3.Connection, customer: sqlite3.Row) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM account WHERE uscc = ? ORDER BY place", (customer["uscc"],)
    ).fetchall()


def _order(written: dict[str, Any]) -> books.Order:
    return books.Order(
        key=uuid4().hex,
        from_account=written["from_account"],
        to_account=written["to_account"],
        amount_minor=written["amount"],
        remark=written["remark"],
        payee_name=written["payee_name"],
    )


def _confirmation(
    request: HttpRequest, customer: sqlite3.Row, order: books.Order, db: sqlite3.Connection
) -> HttpResponse:
    payee = books.account(db, order.to_account)
    shown = {"customer": customer, "order": order, "payee": payee}
    return render(request, "bank/confirm.html", {**shown, "signed": signing.dumps(asdict(order))})


def _declined(request: HttpRequest, customer: sqlite3.Row, words: str) -> HttpResponse:
    shown = {"customer": customer, "words": words}
    return render(request, "bank/declined.html", shown, status=409)
