"""发票申请: which letters may be invoiced, what the invoice must say, and how each one stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.guarantees.actions import invoicing as actions
from biaobao.domain.guarantees.queries import invoicing
from biaobao.domain.guarantees.types import Guarantor, Purchase
from biaobao.domain.invoices import queries
from biaobao.domain.invoices.states import MOVING, InvoiceState
from biaobao.domain.invoices.types import Invoice
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import InvoiceData, InvoiceKind, Profile
from biaobao.platform import clock
from biaobao.web.ui import invoices as said
from biaobao.web.ui import live as live_pages
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import to_be_saved
from biaobao.web.ui.forms import Form, add_refusal
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.words import Explanation, explain

LIVE = "guarantee/_invoice_live.html"
SPECIAL_NEEDS_IT = gettext_lazy("专用发票必填。")
# How an invoice stands: a headline, and what to do next.
STANDING = {
    InvoiceState.APPLIED: (
        gettext_lazy("已提交，等待开票"),
        gettext_lazy("通常几秒钟，开好后本页自动显示。"),
    ),
    InvoiceState.ISSUING: (
        gettext_lazy("开票平台正在开具"),
        gettext_lazy("开好后本页自动显示，可以先离开，之后从「发票申请」回来。"),
    ),
    InvoiceState.ISSUED: (
        gettext_lazy("发票已开具"),
        gettext_lazy("请下载保存；XML 是原件，报销、入账以它为准。"),
    ),
    InvoiceState.RED_PENDING: (
        gettext_lazy("这张发票正在红冲"),
        gettext_lazy("请不要再用它报销、抵扣。红冲以后，其余订单可以重新申请发票。"),
    ),
    InvoiceState.RED_ISSUED: (
        gettext_lazy("这张发票已红冲作废"),
        gettext_lazy("请保存红字发票入账。其余订单可以重新申请发票。"),
    ),
}
# Why none came of it.
FAILED = {
    "INVOICING_REFUSED": (
        gettext_lazy("没有开成"),
        gettext_lazy("请按开票平台的答复核对资料，再重新申请；没有产生发票，不影响下次开票。"),
    ),
    "WITHDRAWN": (
        gettext_lazy("申请已撤回，没有开票"),
        gettext_lazy("开票之前，其中的保函已退保。其余订单可以重新申请发票。"),
    ),
}
PROBLEMS = {
    "INVOICING_UNREACHABLE": gettext_lazy(
        "开票平台暂时没有应答。系统会自动再问，不会重复开票，无需再次申请。"
    ),
    "ANSWER_DIFFERS": gettext_lazy(
        "开票平台返回的内容与申请不一致，没有采用，系统会自动再问。超过一天没有结果，请拨打页面下方的咨询电话。"
    ),
    "CONFIRMATION_WAITS": gettext_lazy(
        "红字确认单等待购方确认。请到电子税务局确认，确认后系统自动红冲。"
    ),
    "RED_REFUSED": gettext_lazy("开票平台没有同意红冲，系统会自动再次提交。"),
}
REVERSED_FOR = {"SURRENDERED": gettext_lazy("其中的保函已退保，保费全额退回")}


class DetailsForm(Form):
    """What an invoice says of its buyer, beside name and credit code, which are the bidder's own."""

    kind = forms.ChoiceField(
        label=gettext_lazy("发票种类"),
        choices=[(kind.value, said.KINDS[kind]) for kind in said.KINDS],
        widget=forms.RadioSelect,
    )
    email = forms.CharField(label=gettext_lazy("接收发票的邮箱"), max_length=200, required=False)
    bank_name = forms.CharField(
        label=gettext_lazy("开户行"), max_length=200, required=False, help_text=SPECIAL_NEEDS_IT
    )
    account = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=64,
        required=False,
        help_text=SPECIAL_NEEDS_IT,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    address = forms.CharField(
        label=gettext_lazy("单位地址"), max_length=200, required=False, help_text=SPECIAL_NEEDS_IT
    )
    phone = forms.CharField(
        label=gettext_lazy("单位电话"),
        max_length=32,
        required=False,
        help_text=SPECIAL_NEEDS_IT,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}),
    )

    @classmethod
    def of(cls, known: InvoiceData) -> DetailsForm:
        return cls(
            initial={
                "kind": known.kind.value,
                "email": known.email,
                "bank_name": known.bank_name,
                "account": known.account,
                "address": known.address,
                "phone": known.phone,
            }
        )

    def told(self) -> InvoiceData:
        said_by_form: dict[str, str] = self.cleaned_data
        return InvoiceData(
            kind=InvoiceKind(said_by_form["kind"]),
            bank_name=said_by_form["bank_name"],
            account=said_by_form["account"],
            address=said_by_form["address"],
            phone=said_by_form["phone"],
            email=said_by_form["email"],
        )


@dataclass(frozen=True, slots=True)
class Sold:
    """What one guarantor sold: one invoice."""

    guarantor: Guarantor
    purchases: Sequence[Purchase]

    @property
    def total(self) -> Money:
        return Money(sum(each.premium.fen for each in self.purchases))


@signed_in(Role.BIDDER)
@require_safe
def invoices(request: Request) -> HttpResponse:
    """Show what may be invoiced, what not yet and why, and every invoice."""
    found = invoicing.purchases(actor=request.actor)
    page = queries.mine(page=asked_page(request.GET.get("page", "")), actor=request.actor)
    context = {
        "free": [each for each in found if each.why_not is None],
        "others": [(each, explain(each.why_not)) for each in found if each.why_not],
        "page": page,
        "rows": [(each, *said.STATES[each.state]) for each in page.rows],
    }
    return render(request, "guarantee/invoices.html", context)


@signed_in(Role.BIDDER)
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: Request) -> HttpResponse:
    """Fill in what the invoice must say, for the orders that the address or the form names."""
    chosen = _asked_orders(
        (request.POST if request.method == "POST" else request.GET).getlist("order")
    )
    if request.method != "POST":
        return _apply_page(request, chosen, None)
    form = DetailsForm(request.POST)
    if form.is_valid():
        try:
            made = actions.apply(
                application_ids=chosen, details=form.told(), at=clock.now(), actor=request.actor
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("发票申请已提交。"))
            only, *others = made
            return redirect("guarantee:invoices") if others else redirect("guarantee:invoice", only)
    return _apply_page(request, chosen, form)


@signed_in(Role.BIDDER)
@require_safe
def invoice(request: Request, invoice_id: UUID) -> HttpResponse:
    found = queries.invoice(invoice_id=invoice_id, actor=request.actor)
    return render(request, "guarantee/invoice.html", _context(request, found))


@signed_in(Role.BIDDER)
@require_safe
def live(request: Request, invoice_id: UUID) -> HttpResponse:
    """Answer a page that asks by itself: its changing part, or nothing while nothing changed."""
    found = queries.invoice(invoice_id=invoice_id, actor=request.actor)
    return live_pages.answer(request, _context(request, found))


@signed_in(Role.BIDDER)
@require_safe
def download(request: Request, invoice_id: UUID, name: str) -> HttpResponse:
    """Hand a file of an invoice out, as the partner made it."""
    if name not in said.FILES:
        raise NotFound(f"file {name}")
    found = queries.invoice(invoice_id=invoice_id, actor=request.actor)
    kind, _title, media_type = said.FILES[name]
    content = queries.file(invoice_id=invoice_id, kind=kind, actor=request.actor)
    number = found.red_number if name in said.REVERSED else found.invoice_number
    word = _("红字发票") if name in said.REVERSED else _("发票")
    saved_as = f"{word}-{number}.{name.rpartition('.')[2]}"
    return to_be_saved(content, name=saved_as, media_type=media_type)


def _apply_page(
    request: Request, chosen: frozenset[UUID], form: DetailsForm | None
) -> HttpResponse:
    found = [
        each
        for each in invoicing.purchases(actor=request.actor)
        if each.application.id in chosen and each.why_not is None
    ]
    if not found and form is None:
        messages.warning(request, _("请至少勾选一份可以开票的保函。"))
        return redirect("guarantee:invoices")
    profile = _profile(request.actor)
    context = {
        "profile": profile,
        "sold": _by_guarantor(found),
        "chosen": sorted(map(str, chosen)),
        "form": form or DetailsForm.of(profile.terms.invoice),
    }
    status = 422 if form else 200
    return render(request, "guarantee/invoice_apply.html", context, status=status)


def _profile(actor: Actor) -> Profile:
    if actor.organisation_id is None:
        raise NotFound("an organisation to act for")
    return parties.profile(organisation_id=actor.organisation_id, actor=actor)


def _by_guarantor(purchases: Iterable[Purchase]) -> list[Sold]:
    by_id: dict[UUID, list[Purchase]] = {}
    for each in purchases:
        by_id.setdefault(each.guarantor.id, []).append(each)
    return [Sold(found[0].guarantor, found) for found in by_id.values()]


def _asked_orders(texts: Iterable[str]) -> frozenset[UUID]:
    try:
        return frozenset(map(UUID, texts))
    except ValueError:
        raise NotFound("an order of that name") from None


def _context(request: Request, found: Invoice) -> dict[str, object]:
    headline, next_step = (
        FAILED.get(found.why, FAILED["INVOICING_REFUSED"])
        if found.state is InvoiceState.FAILED
        else STANDING[found.state]
    )
    tone, word = said.STATES[found.state]
    kept = [*said.ISSUED] if found.issued_at else []
    kept += said.REVERSED if found.red_issued_at else ()
    context: dict[str, object] = {
        "invoice": found,
        "tone": tone,
        "word": word,
        "headline": headline,
        "next_step": next_step,
        "kind": said.KINDS[found.details.kind],
        "rate": said.rate(found.rate_ppm),
        "problem": PROBLEMS.get(found.problem, ""),
        "reversed_for": REVERSED_FOR.get(found.reversal_why, found.reversal_why),
        "files": [(name, said.FILES[name][1]) for name in kept],
        "is_waiting": found.state in MOVING,
        "is_over": found.state in (InvoiceState.FAILED, InvoiceState.RED_ISSUED),
        "orders": [each.order_key.partition(":")[2] for each in found.items],
    }
    return context | live_pages.shown(request, LIVE, context)


def why_not(purchase: Purchase | None) -> Explanation | None:
    """Return in words why a letter cannot be invoiced, if it cannot."""
    return explain(purchase.why_not) if purchase and purchase.why_not else None
