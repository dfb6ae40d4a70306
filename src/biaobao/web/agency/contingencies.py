"""应急处理: a letter that cannot be read at the opening, its cause and its receipt."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from biaobao.adapters import workshop
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.guarantees.actions import contingency as actions
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.rules import contingency as rules
from biaobao.domain.guarantees.types import Cause, Established, Fault
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import clock
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui import contingencies as said
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal


class ContingencyForm(Form):
    """Why a letter cannot be read, and the receipt that its bidder shows."""

    cause = forms.ChoiceField(
        label=_("原因"),
        choices=[(each.value, words) for each, words in said.CAUSES.items()],
        widget=forms.RadioSelect,
    )
    fault = forms.ChoiceField(
        label=_("问题出在"),
        choices=[(each.value, words) for each, words in said.FAULTS.items()],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("说明"),
        max_length=rules.WORDS_MAX,
        required=False,
        help_text=_("选“其他原因”的必须写明。"),
        widget=forms.Textarea({"rows": 3}),
    )
    receipt = forms.FileField(
        label=_("投标人出示的购买凭证（PDF）"),
        required=False,
        help_text=_("没有上传的，用系统保存的那一份。当场核验签名、标段、金额和付费时间。"),
        widget=forms.FileInput({"accept": "application/pdf"}),
    )

    def told(self) -> Established:
        given = self.cleaned_data
        return Established(Cause(given["cause"]), Fault(given["fault"]), given["words"].strip())

    def shown(self) -> bytes | None:
        """Return the receipt; of one that is too large only so much that it proves nothing."""
        sent: UploadedFile[bytes] | None = self.cleaned_data["receipt"]
        return sent.read(rules.RECEIPT_BYTES_MAX) if sent else None


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(*KEEPERS)
def propose(request: Request, lot_id: UUID, letter_id: UUID) -> HttpResponse:
    lot = tenders.opened_lot(lot_id=lot_id, actor=request.actor)
    letter = letters.opened(letter_id=letter_id, actor=request.actor)
    if letter.lot_id != lot_id:
        raise NotFound(f"letter {letter_id}")
    form = ContingencyForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            actions.propose(
                letter_id=letter_id,
                established=form.told(),
                shown=form.shown(),
                checking=workshop.verifying(parties.revocation_lists(actor=request.actor)),
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已提交监管部门确认。"))
            return redirect("agency:opening", lot_id)
    context = {"nav": nav("projects"), "lot": lot, "letter": letter, "form": form}
    status = 422 if form.errors else 200
    return render(request, "agency/contingency.html", context, status=status)
