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
from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.guarantees.actions import contingency as actions
from biaobao.domain.guarantees.queries import contingency as queries
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.rules import contingency as rules
from biaobao.domain.guarantees.states import LIVE_CONTINGENCY, ContingencyState
from biaobao.domain.guarantees.types import Cause, Contingency, Established, Fault
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
        sent: UploadedFile[bytes] | None = self.cleaned_data["receipt"]
        return _content(sent) if sent else None


class ReceiptForm(Form):
    """The receipt that its bidder shows while the supervisor waits for it."""

    receipt = forms.FileField(
        label=_("投标人出示的购买凭证（PDF）"),
        help_text=_("当场核验签名、标段、金额和付费时间。"),
        widget=forms.FileInput({"accept": "application/pdf"}),
    )


def _live(lot_id: UUID, letter_id: UUID, actor: Actor) -> Contingency | None:
    found = queries.of_opened_lot(lot_id=lot_id, actor=actor)
    of_letter = [each for each in found if each.letter_id == letter_id]
    return next((each for each in of_letter if each.state in LIVE_CONTINGENCY), None)


def _keep(form: Form, letter_id: UUID, live: Contingency | None, actor: Actor) -> None:
    """Keep what the form says: the cause with its receipt, or the receipt of what waits."""
    checking, at = workshop.verifying(parties.revocation_lists(actor=actor)), clock.now()
    if isinstance(form, ContingencyForm):
        actions.propose(
            letter_id=letter_id,
            established=form.told(),
            shown=form.shown(),
            checking=checking,
            at=at,
            actor=actor,
        )
    elif live is not None:
        shown = _content(form.cleaned_data["receipt"])
        actions.prove(contingency_id=live.id, shown=shown, checking=checking, at=at, actor=actor)


def _content(sent: UploadedFile[bytes]) -> bytes:
    """Return a receipt; of one that is too large only so much that it proves nothing."""
    content: bytes = sent.read(rules.RECEIPT_BYTES_MAX)
    return content


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(*KEEPERS)
def propose(request: Request, lot_id: UUID, letter_id: UUID) -> HttpResponse:
    """Ask for the cause and the receipt; once told, for the receipt alone where there is none."""
    lot = tenders.opened_lot(lot_id=lot_id, actor=request.actor)
    letter = letters.opened(letter_id=letter_id, actor=request.actor)
    if letter.lot_id != lot_id:
        raise NotFound(f"letter {letter_id}")
    live = _live(lot_id, letter_id, request.actor)
    asks_receipt = live is not None and "cause" not in request.POST
    kind = ReceiptForm if asks_receipt else ContingencyForm
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = kind(*sent)
    if form.is_valid():
        try:
            _keep(form, letter_id, live, request.actor)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _now("已提交监管部门确认。"))
            return redirect("agency:opening", lot_id)
    context = {
        "nav": nav("projects"),
        "lot": lot,
        "letter": letter,
        "live": said.shown(live) if live else None,
        "asks": live is None
        or (live.state is ContingencyState.PROPOSED and not live.receipt_sha256),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "agency/contingency.html", context, status=status)
