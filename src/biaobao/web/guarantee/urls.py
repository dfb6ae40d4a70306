"""Addresses of the guarantee system."""

from django.urls import path

from biaobao.web.guarantee import account, applications, credit, lots, products

app_name = "guarantee"
APPLICATION = "applications/<uuid:application_id>/"
urlpatterns = [
    path("", lots.home, name="home"),
    path("lots/", lots.lots, name="lots"),
    path("lots/<uuid:lot_id>/begin/", lots.begin, name="begin"),
    path("account/", account.account, name="account"),
    path("account/scans/<str:kind>/", account.scan, name="scan"),
    path("account/handlers/add/", account.handler, name="handler-add"),
    path("account/handlers/<uuid:handler_id>/", account.handler, name="handler"),
    path("account/handlers/<uuid:handler_id>/end/", account.end_handler, name="handler-end"),
    path("applications/", applications.applications, name="applications"),
    path(APPLICATION, applications.application, name="application"),
    path(f"{APPLICATION}cancel/", applications.cancel, name="cancel"),
    path(f"{APPLICATION}products/", products.products, name="products"),
    path(f"{APPLICATION}products/<uuid:product_id>/sample.pdf", products.sample, name="sample"),
    path(f"{APPLICATION}credit/", credit.credit, name="credit"),
]
