"""Addresses of this console."""

from django.urls import path

from biaobao.web.guarantor import calendar, home, products
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
    path("calendar/", calendar.calendar, name="calendar"),
    *exported("calendar", calendar.export),
    path("calendar/close/", calendar.close, name="calendar-close"),
    path("calendar/<uuid:closure_id>/lift/", calendar.lift, name="calendar-lift"),
    path("calendar/pause/", calendar.pause, name="calendar-pause"),
    path("calendar/resume/", calendar.resume, name="calendar-resume"),
]
