"""Addresses of the sandbox bank."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from biaobao.adapters.banks.sandbox import store
from biaobao.adapters.banks.sandbox.pages import control, hosts, online, staff


def healthz(_request: HttpRequest) -> HttpResponse:
    with store.reading() as db:
        db.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", online.entrance, name="entrance"),
    path("sign-in/", online.sign_in, name="sign-in"),
    path("sign-out/", online.sign_out, name="sign-out"),
    path("accounts/", online.accounts, name="accounts"),
    path("transfer/", online.transfer, name="transfer"),
    path("transfer/confirm/", online.confirm, name="confirm"),
    path("transfer/<str:serial>/", online.transferred, name="transferred"),
    path("staff/", staff.counter, name="staff"),
    path("staff/<str:verb>/", staff.act, name="staff-act"),
    path("h2h/sub-accounts", hosts.sub_accounts),
    path("h2h/files", hosts.files),
    path("h2h/files/<str:name>", hosts.file),
    path("h2h/accounts/<str:number>/entries", hosts.entries),
    path("h2h/payments", hosts.orders),
    path("h2h/payments/<str:key>", hosts.order),
    path("control/house", control.house),
    path("control/customers", control.customers),
    path("control/accounts/<str:number>", control.account),
    path("control/accounts/<str:number>/close", control.closings),
    path("control/payments", control.payments),
    path("control/payments/<str:key>/give-back", control.returns),
    path("control/transfers", control.transfers),
    path("control/transfers/<str:serial>/reverse", control.reversals),
    path("control/switches", control.switches),
    path("control/interest", control.interest),
    path("control/statements", control.statements),
    path("control/broken-files", control.broken_files),
    path("control/messages", control.messages),
    path("healthz", healthz),
]
