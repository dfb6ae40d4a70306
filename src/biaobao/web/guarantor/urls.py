"""Addresses of this console."""

from django.urls import path

from biaobao.web.guarantor import home, products
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
]
