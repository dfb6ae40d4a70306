"""Addresses of this console."""

from django.urls import path

from biaobao.web.guarantor import (
    applications,
    calendar,
    claims,
    home,
    income,
    letters,
    limits,
    products,
)
from biaobao.web.ui.sheets import exported

app_name = "guarantor"
urlpatterns = [
    path("", home.home, name="home"),
    path("products/", products.products, name="products"),
    *exported("products", products.export),
    path("products/add/", products.add, name="products-add"),
    path("products/<uuid:product_id>/", products.product, name="product"),
    path("products/<uuid:product_id>/price/", products.add_price, name="product-price"),
    path("products/<uuid:product_id>/withdraw/", products.withdraw, name="product-withdraw"),
    path("applications/", applications.applications, name="applications"),
    path("applications/<uuid:application_id>/", applications.decide, name="application"),
    path("letters/", letters.letters, name="letters"),
    *exported("letters", letters.export),
    path("limits/", limits.limits, name="limits"),
    *exported("limits", limits.export),
    path("limits/<uuid:organisation_id>/suspend/", limits.suspend, name="principal-suspend"),
    path("limits/<uuid:organisation_id>/readmit/", limits.readmit, name="principal-readmit"),
    path("premiums/", income.premiums, name="premiums"),
    *exported("premiums", income.export_premiums),
    path("invoices/", income.invoices, name="invoices"),
    *exported("invoices", income.export_invoices),
    path("claims/", claims.claims, name="claims"),
    *exported("claims", claims.export),
    path("claims/<uuid:claim_id>/", claims.claim, name="claim"),
    path("claims/<uuid:claim_id>/live/", claims.live, name="claim-live"),
    path("claims/<uuid:claim_id>/files/<uuid:file_id>/", claims.file, name="claim-file"),
    path("claims/<uuid:claim_id>/accept/", claims.accept, name="claim-accept"),
    path("claims/<uuid:claim_id>/refuse/", claims.refuse, name="claim-refuse"),
    path("claims/<uuid:claim_id>/stay/", claims.stay, name="claim-stay"),
    path("claims/<uuid:claim_id>/stay/end/", claims.end_stay, name="claim-stay-end"),
    path("claims/<uuid:claim_id>/recover/", claims.recover, name="claim-recover"),
    path("claims/<uuid:claim_id>/give-up/", claims.give_up, name="claim-give-up"),
    path("calendar/", calendar.calendar, name="calendar"),
    *exported("calendar", calendar.export),
    path("calendar/close/", calendar.close, name="calendar-close"),
    path("calendar/<uuid:closure_id>/lift/", calendar.lift, name="calendar-lift"),
    path("calendar/pause/", calendar.pause, name="calendar-pause"),
    path("calendar/resume/", calendar.resume, name="calendar-resume"),
]
