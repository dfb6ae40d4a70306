"""用户中心-账户中心: what guarantors want to know of a bidder, and what of it is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from biaobao.core.actor import Role
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.parties import actions, queries
from biaobao.domain.parties.types import (
    Handler,
    InvoiceData,
    InvoiceKind,
    Profile,
    ProfileTerms,
    Scan,
    ScanKind,
)
from biaobao.platform import clock
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import Form, add_refusal, upload
from biaobao.web.ui.parties import account_badge
from biaobao.web.ui.words import Explanation, explain

READ_AND_SEND = ["GET", "HEAD", "POST"]
PHONE = forms.TextInput({"inputmode": "tel", "autocomplete": "off"})
SECRET = forms.TextInput({"autocomplete": "off"})
SCANS = {
    ScanKind.LICENCE: gettext_lazy("营业执照"),
    ScanKind.LEGAL_ID_FRONT: gettext_lazy("法定代表人身份证（人像面）"),
    ScanKind.LEGAL_ID_BACK: gettext_lazy("法定代表人身份证（国徽面）"),
}
INVOICES = {
    InvoiceKind.ORDINARY: gettext_lazy("普通发票"),
    InvoiceKind.SPECIAL: gettext_lazy("专用发票"),
}
# Where on the page it is asked for, if not in a field of the profile.
PLACES = {
    "LICENCE": "scan-LICENCE",
    "LEGAL_ID_FRONT": "scan-LEGAL_ID_FRONT",
    "handler": "handlers",
    "number": "basic-account",
}


class ProfileForm(Form):
    """What a bidder tells of itself, complete or not."""

    legal_name = forms.CharField(
        label=gettext_lazy("法定代表人姓名"), max_length=100, required=False
    )
    legal_id_number = forms.CharField(
        label=gettext_lazy("法定代表人身份证号"), max_length=32, required=False, widget=SECRET
    )
    legal_phone = forms.CharField(
        label=gettext_lazy("法定代表人电话"), max_length=32, required=False, widget=PHONE
    )
    address = forms.CharField(label=gettext_lazy("单位地址"), max_length=200, required=False)
    email = forms.CharField(label=gettext_lazy("电子邮箱"), max_length=200, required=False)
    licence_until = forms.DateField(
        label=gettext_lazy("营业执照有效期至"),
        required=False,
        help_text=gettext_lazy("长期有效请留空。"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    invoice_kind = forms.ChoiceField(
        label=gettext_lazy("发票种类"), choices=[(kind.value, INVOICES[kind]) for kind in INVOICES]
    )
    invoice_bank = forms.CharField(label=gettext_lazy("开票开户行"), max_length=200, required=False)
    invoice_account = forms.CharField(
        label=gettext_lazy("开票账号"), max_length=64, required=False, widget=SECRET
    )
    invoice_address = forms.CharField(
        label=gettext_lazy("开票地址"), max_length=200, required=False
    )
    invoice_phone = forms.CharField(
        label=gettext_lazy("开票电话"), max_length=32, required=False, widget=PHONE
    )
    invoice_email = forms.CharField(
        label=gettext_lazy("接收发票的邮箱"), max_length=200, required=False
    )

    @classmethod
    def of(cls, terms: ProfileTerms) -> ProfileForm:
        invoice = terms.invoice
        return cls(
            initial={
                "legal_name": terms.legal_name,
                "legal_id_number": terms.legal_id_number,
                "legal_phone": terms.legal_phone,
                "address": terms.address,
                "email": terms.email,
                "licence_until": terms.licence_until,
                "invoice_kind": invoice.kind,
                "invoice_bank": invoice.bank_name,
                "invoice_account": invoice.account,
                "invoice_address": invoice.address,
                "invoice_phone": invoice.phone,
                "invoice_email": invoice.email,
            }
        )

    def told(self) -> ProfileTerms:
        said: dict[str, str] = self.cleaned_data
        until: date | None = self.cleaned_data["licence_until"]
        return ProfileTerms(
            legal_name=said["legal_name"],
            legal_id_number=said["legal_id_number"],
            legal_phone=said["legal_phone"],
            address=said["address"],
            email=said["email"],
            licence_until=until,
            invoice=InvoiceData(
                kind=InvoiceKind(said["invoice_kind"]),
                bank_name=said["invoice_bank"],
                account=said["invoice_account"],
                address=said["invoice_address"],
                phone=said["invoice_phone"],
                email=said["invoice_email"],
            ),
        )


class ScanForm(Form):
    """A scan of one paper."""

    scan = forms.FileField(
        label=gettext_lazy("文件"),
        allow_empty_file=True,
        help_text=gettext_lazy("PDF、PNG 或 JPEG，不超过 5 MB。"),
        widget=forms.FileInput({"accept": "application/pdf,image/png,image/jpeg"}),
    )


class HandlerForm(Form):
    """Somebody who sees applications through."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=100)
    id_number = forms.CharField(label=gettext_lazy("身份证号"), max_length=32, widget=SECRET)
    phone = forms.CharField(label=gettext_lazy("电话"), max_length=32, widget=PHONE)


@dataclass(frozen=True, slots=True)
class ShownMissing:
    """What the profile lacks, and where on the page it is told."""

    words: Explanation
    place: str


@dataclass(frozen=True, slots=True)
class ShownScan:
    """A paper that guarantors want to see: what there is of it, and the form to send it."""

    kind: ScanKind
    title: object
    scan: Scan | None
    form: ScanForm


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def account(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            actions.keep_profile(terms=form.told(), at=clock.now(), **_own(request))
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("企业资料已保存。"))
            return redirect("guarantee:account")
    return _page(request, form=form)


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def scan(request: Request, kind: str) -> HttpResponse:
    """Hand a scan out to the bidder's own people, or take another in its place."""
    if kind not in SCANS:
        raise NotFound(f"scan {kind}")
    known = ScanKind(kind)
    if request.method != "POST":
        found, content = queries.scan(kind=known, **_own(request))
        return to_be_saved(content, name=found.name, media_type=found.media_type)
    form = _scan_form(known, request.POST, request.FILES)
    if form.is_valid():
        try:
            scan = upload(form.cleaned_data["scan"])
            actions.keep_scan(kind=known, scan=scan, at=clock.now(), **_own(request))
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("扫描件已保存，加密存放。"))
            return redirect(reverse("guarantee:account") + "#scans")
    return _page(request, scan_forms={known: form})


@signed_in(Role.BIDDER)
@require_http_methods(READ_AND_SEND)
def handler(request: Request, handler_id: UUID | None = None) -> HttpResponse:
    """Name a handler, or tell name and phone of one anew: his number says who he is."""
    profile = queries.profile(**_own(request))
    told = _told_handler(profile, handler_id) if handler_id else None
    form = HandlerForm(request.POST or None, initial=_known(profile, told, request.GET))
    form.fields["id_number"].disabled = told is not None
    if form.is_valid():
        try:
            actions.add_handler(at=clock.now(), **form.cleaned_data, **_own(request))
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("经办人已保存，签署保函申请时可以选用。"))
            return redirect(reverse("guarantee:account") + "#handlers")
    context = {"form": form, "told": told}
    status = 422 if form.errors else 200
    return render(request, "guarantee/account_handler.html", context, status=status)


@signed_in(Role.BIDDER)
@require_POST
def end_handler(request: Request, handler_id: UUID) -> HttpResponse:
    actions.end_handler(handler_id=handler_id, at=clock.now(), actor=request.actor)
    messages.success(request, _("已移除，新的申请不能再选用。"))
    return redirect(reverse("guarantee:account") + "#handlers")


def _page(
    request: Request,
    *,
    form: ProfileForm | None = None,
    scan_forms: Mapping[ScanKind, ScanForm] | None = None,
) -> HttpResponse:
    profile = queries.profile(**_own(request))
    kept = {each.kind: each for each in profile.scans}
    sent = scan_forms or {}
    fields = form or ProfileForm.of(profile.terms)
    context = {
        "profile": profile,
        "account_badge": account_badge(profile.basic_account),
        "form": fields,
        "about": [fields[name] for name in fields.fields if not name.startswith("invoice_")],
        "invoice": [fields[name] for name in fields.fields if name.startswith("invoice_")],
        "scans": [
            ShownScan(kind, title, kept.get(kind), sent.get(kind) or _scan_form(kind))
            for kind, title in SCANS.items()
        ],
        "missing": [
            ShownMissing(explain(each), PLACES.get(each.field, f"id_{each.field}"))
            for each in profile.missing
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "guarantee/account.html", context, status=status)


def _scan_form(kind: ScanKind, *sent: Any) -> ScanForm:
    # Three such forms stand on the page: each field has an id of its own.
    return ScanForm(*sent, auto_id=f"id_{kind}_%s")


def _told_handler(profile: Profile, handler_id: UUID) -> Handler:
    for each in profile.handlers:
        if each.id == handler_id:
            return each
    raise NotFound(f"handler {handler_id}")


def _known(profile: Profile, told: Handler | None, asked: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of a handler, or of the colleague who is to become one."""
    if told:
        return {"name": told.name, "id_number": told.id_number, "phone": told.phone}
    for person in profile.colleagues:
        if str(person.id) == asked.get("person"):
            return {"name": person.name, "phone": person.phone}
    return {}


def _own(request: Request) -> dict[str, Any]:
    return {"organisation_id": request.actor.organisation_id, "actor": request.actor}
