"""产品与费率: what a guarantor offers, and the dated versions of what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import desk
from biaobao.domain.guarantees.rules import desk as rules
from biaobao.domain.guarantees.rules import pricing
from biaobao.domain.guarantees.types import Priced, PriceRule, PriceTerms
from biaobao.platform import clock
from biaobao.web.guarantor.forms import PriceForm, ProductForm
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Filters, add_refusal
from biaobao.web.ui.guarantees import FORMS, PAPERS, price_words
from biaobao.web.ui.sheets import Column, Sheet

# What examples of a price are of.
EXAMPLES = (Money.yuan(20_000), Money.yuan(100_000), Money.yuan(800_000))
ON_SALE, UNPRICED, WITHDRAWN = "on-sale", "unpriced", "withdrawn"
STATES = {
    ON_SALE: ("ok", _("在售")),
    UNPRICED: ("wait", _("未定价")),
    WITHDRAWN: ("muted", _("已撤下")),
}


def state_of(priced: Priced) -> str:
    if priced.product.withdrawn_at:
        return WITHDRAWN
    return ON_SALE if priced.product.price else UNPRICED


def _hours(priced: Priced) -> str:
    hours = priced.product.terms.hours
    return f"{hours.opens:%H:%M}–{hours.closes:%H:%M}" if hours else _now("全天")


def _decided(priced: Priced) -> str:
    return _now("人工审核") if priced.product.terms.needs_person else _now("自动审核")


def _said(price: PriceRule | None) -> str:
    return price_words(price.terms) if price else ""


SHEET: Sheet[Priced] = Sheet(
    _("产品"),
    (
        Column(_("产品名称"), lambda row: row.product.terms.name),
        Column(_("形式"), lambda row: FORMS[row.product.terms.form]),
        Column(_("文本"), lambda row: PAPERS[row.product.terms.paper]),
        Column(_("现行费率"), lambda row: _said(row.product.price)),
        Column(_("下一版费率"), lambda row: _said(row.coming)),
        Column(_("下一版生效"), lambda row: row.coming.valid_from if row.coming else None),
        Column(
            _("最迟出函（分钟）"), lambda row: int(row.product.terms.lead.total_seconds()) // 60
        ),
        Column(_("出函时间"), _hours),
        Column(_("审核"), _decided),
        Column(_("状态"), lambda row: STATES[state_of(row)][1]),
    ),
)


@require_safe
@signed_in(Role.GUARANTOR)
def products(request: Request) -> HttpResponse:
    filters = _filters(request)
    rows = _found(request, filters, clock.now())
    context = {
        "nav": nav(request),
        "filters": filters,
        "rows": [
            {
                "priced": row,
                "form": FORMS[row.product.terms.form],
                "paper": PAPERS[row.product.terms.paper],
                "price": _said(row.product.price),
                "hours": _hours(row),
                "decided": _decided(row),
                "state": STATES[state_of(row)],
            }
            for row in rows
        ],
    }
    return render(request, "guarantor/products.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export(request: Request, kind: str) -> HttpResponse:
    now = clock.now()
    rows = tuple(_found(request, _filters(request), now))
    return sheets.answer(SHEET, Page(rows, 1, 1, len(rows)), kind=kind, at=now)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def add(request: Request) -> HttpResponse:
    form = ProductForm(request.POST or None)
    if form.is_valid():
        try:
            product_id = catalogue.add_product(
                guarantor_id=rules.guarantor_of(request.actor),
                terms=form.terms,
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("产品已添加。设定费率后，投标人就可以选择。"))
            return redirect("guarantor:product-price", product_id)
    context = {"nav": nav(request), "form": form}
    return render(request, "guarantor/product_form.html", context, status=_status(request))


@require_safe
@signed_in(Role.GUARANTOR)
def product(request: Request, product_id: UUID) -> HttpResponse:
    now = clock.now()
    priced = desk.product(product_id=product_id, at=now, actor=request.actor)
    context = {
        "nav": nav(request),
        "priced": priced,
        "state": STATES[state_of(priced)],
        "form": FORMS[priced.product.terms.form],
        "paper": PAPERS[priced.product.terms.paper],
        "hours": _hours(priced),
        "decided": _decided(priced),
        "lead_minutes": int(priced.product.terms.lead.total_seconds()) // 60,
        "prices": [
            {
                "price": price,
                "said": price_words(price.terms),
                "state": _price_state(price, priced, now),
                "examples": list(_examples(price.terms)),
            }
            for price in priced.prices
        ],
    }
    return render(request, "guarantor/product.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def add_price(request: Request, product_id: UUID) -> HttpResponse:
    now = clock.now()
    priced = desk.product(product_id=product_id, at=now, actor=request.actor)
    form = PriceForm(request.POST or None)
    if form.is_valid():
        try:
            catalogue.add_price(
                product_id=product_id,
                terms=form.terms,
                valid_from=form.begins(now),
                at=now,
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("费率已保存。"))
            return redirect("guarantor:product", product_id)
    context = {
        "nav": nav(request),
        "priced": priced,
        "price": _said(priced.product.price),
        "form": form,
    }
    return render(request, "guarantor/price_form.html", context, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.GUARANTOR)
def withdraw(request: Request, product_id: UUID) -> HttpResponse:
    now = clock.now()
    priced = desk.product(product_id=product_id, at=now, actor=request.actor)
    if request.method == "POST":
        catalogue.withdraw_product(product_id=product_id, at=now, actor=request.actor)
        messages.success(request, _now("产品已撤下，不再受理新的申请。"))
        return redirect("guarantor:product", product_id)
    context = {"nav": nav(request), "priced": priced}
    return render(request, "guarantor/product_withdraw.html", context)


def _filters(request: Request) -> Filters:
    states = [(name, words) for name, (_tone, words) in STATES.items()]
    return Filters(request.GET, words=_("产品名称"), states=states)


def _found(request: Request, filters: Filters, now: datetime) -> list[Priced]:
    found = desk.products(search=filters.words, at=now, actor=request.actor)
    return [row for row in found if filters.chosen in ("", state_of(row))]


def _price_state(price: PriceRule, priced: Priced, now: datetime) -> tuple[str, str]:
    if price.valid_from > now:
        return "wait", _now("未生效")
    if priced.product.price and price.version == priced.product.price.version:
        return "ok", _now("现行")
    return "muted", _now("已被取代")


def _examples(price: PriceTerms) -> Iterable[tuple[Money, Money]]:
    return ((amount, pricing.premium(amount, price)) for amount in EXAMPLES)


def _status(request: Request) -> int:
    return 422 if request.method == "POST" else 200
