"""柜台: what the bank's staff of the demo can do, and the switches that make the bank misbehave."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from biaobao.adapters.banks.iso20022.vocabulary import CHINA, minor_digits
from biaobao.adapters.banks.sandbox import books, notices, store, terms
from biaobao.adapters.banks.sandbox.terms import Declined

_SHOWN = 30
_PAYMENTS = (
    ("pay", "付款并答复"),
    ("refuse", "拒绝付款（账户已销户）"),
    ("return", "付款后退汇"),
    ("silent", "付款，但不答复"),
    ("deaf", "没有收到"),
    ("late", "先收下，过后才付款并答复"),
)
_CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY")


class SwitchesForm(forms.Form):
    delay_seconds = forms.IntegerField(
        label="通知延迟（秒）", min_value=0, max_value=terms.DELAY_SECONDS_MAX
    )
    repeat = forms.IntegerField(label="每条通知发送次数", min_value=1, max_value=terms.REPEAT_MAX)
    booked_at = forms.DateTimeField(
        label="指定入账时间",
        required=False,
        help_text="留空按实际时间。填写后所有交易都按此时间入账，例如 2025-12-08 14:30:01",
        widget=forms.DateTimeInput(format="%Y-%m-%d %H:%M:%S"),
    )
    payments = forms.ChoiceField(label="收到付款指令时", choices=_PAYMENTS)
    hold = forms.BooleanField(label="扣住所有通知与文件", required=False)
    offline = forms.BooleanField(label="银行主机停止应答", required=False)


class CreditForm(forms.Form):
    from_account = forms.CharField(label="付款账号", max_length=34)
    to_account = forms.CharField(label="收款账号", max_length=34, required=False)
    to_unopened = forms.BooleanField(label="打到一个从未开立的子账号", required=False)
    amount = forms.DecimalField(label="金额", min_value=0, decimal_places=2, max_digits=15)
    currency = forms.ChoiceField(label="币种", choices=[(one, one) for one in _CURRENCIES])
    payer_name = forms.CharField(label="改写付款户名", max_length=140, required=False)
    remark = forms.CharField(label="附言", max_length=100, required=False)
    booked_at = forms.DateTimeField(
        label="入账时间", required=False, help_text="留空按实际时间；例如 2025-12-08 14:30:01"
    )


class InterestForm(forms.Form):
    to_account = forms.CharField(label="结息账户", max_length=34)
    amount = forms.DecimalField(
        label="金额",
        required=False,
        min_value=0,
        decimal_places=2,
        max_digits=15,
        help_text="留空按 0.05 % 的活期利率计算上次结息以来的利息",
    )


class DayForm(forms.Form):
    day = forms.DateField(label="对账日", widget=forms.DateInput(attrs={"type": "date"}))


class DeliveryForm(forms.Form):
    delivery = forms.MultipleChoiceField(
        label="送达方式",
        choices=[("push", "主动推送"), ("pull", "留待提取"), ("folder", "放入文件夹")],
        widget=forms.CheckboxSelectMultiple,
    )


@require_safe
def counter(request: HttpRequest) -> HttpResponse:
    with store.reading() as db:
        return _page(request, db)


@require_POST
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """Do one of the things on the page and say what was done, or why not."""
    if verb not in _VERBS:
        raise Http404
    try:
        with store.writing() as db:
            request.session["said"] = _VERBS[verb](db, request.POST)
    except Declined as reason:
        request.session["refused"] = str(reason)
    return redirect("staff")


def _page(request: HttpRequest, db: sqlite3.Connection) -> HttpResponse:
    house = terms.house(db)
    switches = terms.switches(db)
    initial = asdict(switches)
    if switches.booked_at:
        initial["booked_at"] = datetime.fromisoformat(switches.booked_at)
    transfers = db.execute(
        "SELECT transfer.*, (SELECT serial FROM transfer AS later"
        " WHERE later.reverses = transfer.serial) AS reversed_by,"
        " (SELECT payer_name FROM entry WHERE entry.serial = transfer.serial) AS payer_name"
        " FROM transfer ORDER BY rowid DESC LIMIT ?",
        (_SHOWN,),
    ).fetchall()
    payments = db.execute(
        "SELECT payment.*, (SELECT serial FROM entry WHERE entry.transfer = payment.transfer"
        " AND kind = 'DEBIT') AS serial FROM payment ORDER BY rowid DESC LIMIT ?",
        (_SHOWN,),
    ).fetchall()
    messages = db.execute("SELECT * FROM message ORDER BY id DESC LIMIT ?", (_SHOWN,)).fetchall()
    shown = {
        "house": house,
        "house_account": books.account(db, house.main_account) if house else None,
        "switches": switches,
        "switches_form": SwitchesForm(initial=initial),
        "credit_form": CreditForm(auto_id="credit_%s"),
        "interest_form": InterestForm(auto_id="interest_%s"),
        "day_form": DayForm(initial={"day": datetime.now(CHINA).date().isoformat()}),
        "delivery_form": DeliveryForm(initial={"delivery": house.delivery if house else ()}),
        "transfers": transfers,
        "messages": messages,
        "payments": payments,
        "said": request.session.pop("said", ""),
        "refused": request.session.pop("refused", ""),
    }
    return render(request, "bank/staff.html", shown)


def _set_switches(db: sqlite3.Connection, written: QueryDict) -> str:
    given = _valid(SwitchesForm(written))
    booked_at = given["booked_at"]
    given["booked_at"] = booked_at.isoformat() if booked_at else ""
    terms.switch(db, **given)
    return "开关已保存"


def _release(db: sqlite3.Connection, _written: QueryDict) -> str:
    terms.switch(db, hold=False, offline=False)
    return "已放行，通知与文件正在送出"


def _credit(db: sqlite3.Connection, written: QueryDict) -> str:
    given = _valid(CreditForm(written))
    unopened = given["to_unopened"]
    currency = given["currency"]
    minor = given["amount"].scaleb(minor_digits(currency))
    if minor != minor.to_integral_value():
        raise Declined(f"{currency} 没有这么多小数位")
    order = books.Order(
        key=uuid4().hex,
        from_account="".join(given["from_account"].split()),
        to_account=books.unopened_number(db) if unopened else "".join(given["to_account"].split()),
        amount_minor=int(minor),
        currency=currency,
        remark=given["remark"],
        payer_name=given["payer_name"],
        booked_at=given["booked_at"],
        to_unopened=unopened,
    )
    serial = books.transfer(db, order, at=datetime.now(UTC))
    return f"已入账，流水号 {serial}，收款账号 {order.to_account}"


def _reverse(db: sqlite3.Connection, written: QueryDict) -> str:
    serial = books.reverse(db, written.get("serial", ""), at=datetime.now(UTC))
    return f"已冲正，冲正流水号 {serial}"


def _give_back(db: sqlite3.Connection, written: QueryDict) -> str:
    serial = books.give_back(db, written.get("key", ""), at=datetime.now(UTC))
    return f"已退汇，流水号 {serial}"


def _pay_interest(db: sqlite3.Connection, written: QueryDict) -> str:
    given = _valid(InterestForm(written))
    serial = books.pay_interest(
        db,
        "".join(given["to_account"].split()),
        amount_fen=int((given["amount"] or 0) * 100),
        at=datetime.now(UTC),
    )
    return f"已结息，流水号 {serial}"


def _state(db: sqlite3.Connection, written: QueryDict) -> str:
    day: date = _valid(DayForm(written))["day"]
    return f"对账单 {notices.state(db, day, at=datetime.now(UTC))} 已生成"


def _break_file(db: sqlite3.Connection, _written: QueryDict) -> str:
    return f"损坏的文件 {notices.break_file(db, at=datetime.now(UTC))} 已放出"


def _deliver(db: sqlite3.Connection, written: QueryDict) -> str:
    house = terms.agreed_house(db)
    ways = tuple(_valid(DeliveryForm(written))["delivery"])
    terms.agree(db, terms.House(house.main_account, house.name, house.branch, ways))
    return "送达方式已保存，对以后的通知有效"


_VERBS: dict[str, Callable[[sqlite3.Connection, QueryDict], str]] = {
    "switches": _set_switches,
    "release": _release,
    "credit": _credit,
    "reverse": _reverse,
    "give-back": _give_back,
    "interest": _pay_interest,
    "statement": _state,
    "broken-file": _break_file,
    "delivery": _deliver,
}


def _valid(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        words = "；".join(
            f"{form.fields[name].label}：{' '.join(map(str, errors))}"
            for name, errors in form.errors.items()
            if name in form.fields
        )
        raise Declined(words or "填写有误")
    return form.cleaned_data
