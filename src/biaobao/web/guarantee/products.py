"""选择产品: what several guarantors ask for this lot, side by side."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.adapters import workshop
from biaobao.core.actor import Role
from biaobao.core.refusal import refuse
from biaobao.domain.documents.types import Imprint
from biaobao.domain.guarantees.actions import applying
from biaobao.domain.guarantees.queries import applications, offers, papers
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.platform import clock
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.guarantees import FORMS, ISSUERS, PAPERS

WHY_NOT = {
    "GUARANTOR_PAUSED": _("该机构暂停受理新的申请"),
    "PRODUCT_WITHOUT_PRICE": _("目前没有生效的费率"),
    "TOO_LATE_TO_ISSUE": _("剩余时间不够在投标截止前出函"),
}


# Where a letter bears the seal of its guarantor.
SAMPLE_SEAL = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
    '<circle cx="100" cy="100" r="96" fill="none" stroke="#777" stroke-width="5"/>'
    '<text x="100" y="116" font-family="Noto Sans SC" font-size="48" fill="#777"'
    ' text-anchor="middle">样本</text></svg>'
)


class ProductForm(forms.Form):
    """Whose letter it shall be."""

    product = forms.UUIDField()


@signed_in(Role.BIDDER)
@require_http_methods(["GET", "HEAD", "POST"])
def products(request: Request, application_id: UUID) -> HttpResponse:
    now = clock.now()
    if request.method == "POST":
        form = ProductForm(request.POST)
        if not form.is_valid():
            raise refuse("PRODUCT_MISSING", field="product")
        applying.choose_product(
            application_id=application_id,
            product_id=form.cleaned_data["product"],
            at=now,
            actor=request.actor,
        )
        return redirect("guarantee:credit", application_id)
    progress = applications.progress(application_id=application_id, actor=request.actor)
    if progress.application.state is not ApplicationState.DRAFT:
        return redirect("guarantee:application", application_id)
    found = offers.for_lot(lot_id=progress.lot.id, at=now, actor=request.actor)
    rows = [
        {
            "offer": offer,
            "issuer": ISSUERS[offer.product.guarantor.issuer_class],
            "form": FORMS[offer.product.terms.form],
            "paper": PAPERS[offer.product.terms.paper],
            "why_not": WHY_NOT.get(offer.why_not, offer.why_not),
            "is_chosen": offer.product.id == progress.application.product_id,
        }
        for offer in found
    ]
    context = {"progress": progress, "rows": rows, "now": now}
    return render(request, "guarantee/products.html", context)


@signed_in(Role.BIDDER)
@require_safe
def sample(request: Request, application_id: UUID, product_id: UUID) -> HttpResponse:
    """Show what the letter would say, marked as a sample."""
    at = clock.now()
    said = papers.sample(
        application_id=application_id, product_id=product_id, at=at, actor=request.actor
    )
    imprint = Imprint(workshop.verification_url("SAMPLE", "SAMPLE"), at, papers.SAMPLE)
    return HttpResponse(
        workshop.typesetting().letter(said, imprint, seal_image=SAMPLE_SEAL.encode()),
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="sample.pdf"'},
    )
