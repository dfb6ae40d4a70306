"""招标文件领取: choose a contact, download the tender file, save."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.states import RegistrationState
from biaobao.domain.tenders.types import Registration, Workbench
from biaobao.platform import clock
from biaobao.web.bidder import nav, steps
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.downloads import attachment
from biaobao.web.ui.forms import Form


class ContactForm(Form):
    """Who of the bidder's people is to be called about this lot."""

    contact = forms.ChoiceField(label=_("联系人"), widget=forms.RadioSelect)

    def __init__(self, data: object, *, bench: Workbench) -> None:
        chosen = bench.registration and str(bench.registration.contact_id)
        super().__init__(data, initial={"contact": chosen})
        field = self.fields["contact"]
        field.choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            (str(person.id), f"{person.name}　{person.phone or _('未登记电话')}")
            for person in bench.contacts
        ]


@require_safe
@signed_in(Role.BIDDER)
def workbench(request: Request, lot_id: UUID) -> HttpResponse:
    """Lead to where the bidder left off in the lot."""
    registration = queries.registration(
        lot_id=lot_id, bidder_id=_bidder(request), actor=request.actor
    )
    stage = "security" if is_registered(registration) else "registration"
    return redirect(f"bidder:{stage}", lot_id)


@require_safe
@signed_in(Role.BIDDER)
def registration(request: Request, lot_id: UUID) -> HttpResponse:
    """Show the three steps and where the bidder stands; just collected files begin to download."""
    bench = queries.workbench(lot_id=lot_id, actor=request.actor)
    response = _page(request, bench, ContactForm(None, bench=bench))
    fresh = next((f for f in bench.files if str(f.id) == request.GET.get("download")), None)
    if fresh is not None and _has_file(bench):
        # Works without scripts: the page stays and the browser fetches the attachment.
        address = reverse("bidder:file", args=[lot_id, fresh.id])
        response["Refresh"] = f"0; url={address}"
    return response


@require_POST
@signed_in(Role.BIDDER)
def contact(request: Request, lot_id: UUID) -> HttpResponse:
    bench = queries.workbench(lot_id=lot_id, actor=request.actor)
    form = ContactForm(request.POST, bench=bench)
    if not form.is_valid():
        return _page(request, bench, form)
    actions.choose_contact(
        lot_id=lot_id,
        person_id=UUID(form.cleaned_data["contact"]),
        at=clock.now(),
        actor=request.actor,
    )
    return redirect("bidder:registration", lot_id)


@require_POST
@signed_in(Role.BIDDER)
def collect(request: Request, lot_id: UUID, file_id: UUID) -> HttpResponse:
    """Note that the bidder has the file, then lead back to the page, which begins the download."""
    actions.collect_file(lot_id=lot_id, file_id=file_id, at=clock.now(), actor=request.actor)
    address = reverse("bidder:registration", args=[lot_id])
    return redirect(f"{address}?download={file_id}")


@require_safe
@signed_in(Role.BIDDER)
def file(request: Request, lot_id: UUID, file_id: UUID) -> HttpResponse:
    found = queries.tender_file(lot_id=lot_id, file_id=file_id, actor=request.actor)
    return attachment(name=found.name, media_type=found.media_type, sha256=found.sha256)


@require_POST
@signed_in(Role.BIDDER)
def save(request: Request, lot_id: UUID) -> HttpResponse:
    actions.register(lot_id=lot_id, at=clock.now(), actor=request.actor)
    return redirect("bidder:registration", lot_id)


def _page(request: Request, bench: Workbench, form: ContactForm) -> HttpResponse:
    now = clock.now()
    context = {
        "nav": nav.workbench(bench.lot, "registration"),
        "bench": bench,
        "lot": bench.lot,
        "registration": bench.registration,
        "has_file": _has_file(bench),
        "is_registered": is_registered(bench.registration),
        "is_over": now > bench.lot.deadline_at,
        "steps": steps.of(bench.lot, bench.registration, now=now),
        "form": form,
        "download": request.GET.get("download", ""),
        "now": now,
    }
    status = 422 if form.errors else 200
    return render(request, "bidder/registration.html", context, status=status)


def is_registered(registration: Registration | None) -> bool:
    return registration is not None and registration.state is RegistrationState.REGISTERED


def _has_file(bench: Workbench) -> bool:
    registration = bench.registration
    return registration is not None and registration.state is not RegistrationState.CONTACT_CHOSEN


def _bidder(request: Request) -> UUID:
    # A session of a bidder is always for its organisation.
    organisation_id = request.actor.organisation_id
    if organisation_id is None:
        raise LookupError("a bidder's session without its organisation")
    return organisation_id
