"""Addresses of the guarantee system."""

from django.urls import path

from biaobao.web.guarantee import (
    account,
    applications,
    credit,
    home,
    invoices,
    letters,
    lots,
    paying,
    products,
    signing,
    surrendering,
)

app_name = "guarantee"
APPLICATION = "applications/<uuid:application_id>/"
INVOICE = "invoices/<uuid:invoice_id>/"
urlpatterns = [
    path("", home.home, name="home"),
    path("lots/", lots.lots, name="lots"),
    path("lots/<uuid:lot_id>/begin/", lots.begin, name="begin"),
    path("account/", account.account, name="account"),
    path("account/scans/<str:kind>/", account.scan, name="scan"),
    path("account/handlers/add/", account.handler, name="handler-add"),
    path("account/handlers/<uuid:handler_id>/", account.handler, name="handler"),
    path("account/handlers/<uuid:handler_id>/end/", account.end_handler, name="handler-end"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/apply/", invoices.apply, name="invoice-apply"),
    path(INVOICE, invoices.invoice, name="invoice"),
    path(f"{INVOICE}live/", invoices.live, name="invoice-live"),
    path(f"{INVOICE}<str:name>", invoices.download, name="invoice-file"),
    path("applications/", applications.applications, name="applications"),
    path(APPLICATION, applications.application, name="application"),
    path(f"{APPLICATION}cancel/", applications.cancel, name="cancel"),
    path(f"{APPLICATION}products/", products.products, name="products"),
    path(f"{APPLICATION}products/<uuid:product_id>/sample.pdf", products.sample, name="sample"),
    path(f"{APPLICATION}credit/", credit.credit, name="credit"),
    path(f"{APPLICATION}credit/judge/", credit.judge, name="credit-judge"),
    path(f"{APPLICATION}signing/", signing.signing, name="signing"),
    path(f"{APPLICATION}signing/handler/", signing.name_handler, name="signing-handler"),
    path(f"{APPLICATION}signing/agreement.pdf", signing.agreement, name="signing-agreement"),
    path(f"{APPLICATION}signing/prepare/", signing.prepare, name="signing-prepare"),
    path(f"{APPLICATION}signing/sign/", signing.sign, name="signing-sign"),
    path(f"{APPLICATION}payment/", paying.payment, name="payment"),
    path(f"{APPLICATION}payment/live/", paying.live, name="payment-live"),
    path(f"{APPLICATION}payment/acknowledge/", paying.acknowledge, name="payment-acknowledge"),
    path(f"{APPLICATION}payment/ask/", paying.ask, name="payment-ask"),
    path(f"{APPLICATION}revoke/", paying.revoke, name="revoke"),
    path(f"{APPLICATION}amend/", letters.amend, name="amend"),
    path(f"{APPLICATION}amend/cancel/", letters.cancel_amendment, name="amend-cancel"),
    path(f"{APPLICATION}surrender/", surrendering.surrender, name="surrender"),
    path(f"{APPLICATION}letter/", letters.letter, name="letter"),
    path(f"{APPLICATION}letter/live/", letters.live, name="letter-live"),
    path(f"{APPLICATION}letter/<str:kind>.pdf", letters.download, name="letter-download"),
]
