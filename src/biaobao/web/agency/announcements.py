"""What those who run a project announce of a published lot: 延期, 变更金额, 暂停, 恢复, 终止, 流标; and how
it ends: 中标, 撤销中标 and 签订合同.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from biaobao.core.instants import SHANGHAI
from biaobao.core.refusal import Refused
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.tenders import actions, queries, rules
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from biaobao.web.agency.forms import (
    AmountForm,
    AwardForm,
    ContractForm,
    PostponeForm,
    ReasonForm,
    ResumeForm,
)
from biaobao.web.agency.nav import nav
from biaobao.web.agency.projects import KEEPERS
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal

READ_AND_SEND = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def postpone(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    lot = _lot(request, lot_id, now)
    form = PostponeForm(request.POST or None, initial=_clocks(lot))

    def announce(said: dict[str, Any]) -> None:
        actions.postpone(lot_id=lot_id, **_as_said(said), at=now, actor=request.actor)

    return _page(request, "postpone", lot, form, announce, now)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def change_amount(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    lot = _lot(request, lot_id, now)
    form = AmountForm(request.POST or None, initial={"amount": lot.amount})

    def announce(said: dict[str, Any]) -> None:
        actions.change_amount(lot_id=lot_id, **said, at=now, actor=request.actor)

    return _page(request, "amount", lot, form, announce, now)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def suspend(request: Request, lot_id: UUID) -> HttpResponse:
    return _for_a_reason(request, "suspend", lot_id, actions.suspend)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def resume(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    lot = _lot(request, lot_id, now)
    # A deadline that has passed has to be thought of anew.
    form = ResumeForm(request.POST or None, initial=_clocks(lot) if lot.deadline_at > now else {})

    def announce(said: dict[str, Any]) -> None:
        actions.resume(lot_id=lot_id, **_as_said(said), at=now, actor=request.actor)

    return _page(request, "resume", lot, form, announce, now)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def terminate(request: Request, lot_id: UUID) -> HttpResponse:
    return _for_a_reason(request, "terminate", lot_id, actions.terminate)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def fail(request: Request, lot_id: UUID) -> HttpResponse:
    return _for_a_reason(request, "fail", lot_id, actions.fail)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def award(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    lot = _lot(request, lot_id, now)
    rows = (
        deposit_standing.opening_list(lot_id=lot_id, actor=request.actor) if lot.opened_at else ()
    )
    form = AwardForm(request.POST or None, rows=rows)

    def announce(said: dict[str, Any]) -> None:
        actions.award(lot_id=lot_id, **said, at=now, actor=request.actor)

    return _page(request, "award", lot, form, announce, now)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def withdraw_award(request: Request, lot_id: UUID) -> HttpResponse:
    return _for_a_reason(request, "award_withdraw", lot_id, actions.withdraw_award)


@require_http_methods(READ_AND_SEND)
@signed_in(*KEEPERS)
def record_contract(request: Request, lot_id: UUID) -> HttpResponse:
    now = clock.now()
    lot = _lot(request, lot_id, now)
    form = ContractForm(request.POST or None)

    def announce(said: dict[str, Any]) -> None:
        actions.record_contract(lot_id=lot_id, **said, at=now, actor=request.actor)

    return _page(request, "contract", lot, form, announce, now)


# From where each page leads on: a page that was left open, or gone back to, leads to the lot.
_BEFORE = {
    "postpone": (LotState.PUBLISHED,),
    "amount": (LotState.PUBLISHED,),
    "suspend": (LotState.PUBLISHED,),
    "resume": (LotState.SUSPENDED,),
    "terminate": (LotState.PUBLISHED, LotState.SUSPENDED),
    "fail": (LotState.OPENED,),
    "award": (LotState.OPENED,),
    "award_withdraw": (LotState.AWARDED,),
    "contract": (LotState.AWARDED,),
}


def _for_a_reason(
    request: Request, name: str, lot_id: UUID, act: Callable[..., None]
) -> HttpResponse:
    """Announce what takes no more than a reason."""
    now = clock.now()
    lot = _lot(request, lot_id, now)

    def announce(said: dict[str, Any]) -> None:
        act(lot_id=lot_id, reason=said["reason"], at=now, actor=request.actor)

    return _page(request, name, lot, ReasonForm(request.POST or None), announce, now)


def _page(
    request: Request,
    name: str,
    lot: Lot,
    form: Form,
    announce: Callable[[dict[str, Any]], None],
    now: datetime,
) -> HttpResponse:
    """Announce what was sent and lead to the lot, or show what it would do and ask for its reason."""
    if request.method != "POST" and lot.state not in _BEFORE[name]:
        return redirect("agency:lot", lot.id)
    if request.method == "POST" and form.is_valid():
        try:
            announce(form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("agency:lot", lot.id)
    context = {
        "nav": nav("projects"),
        "lot": lot,
        "form": form,
        "article": rules.TERMINATION,
        "now": now,
    }
    status = 422 if form.errors else 200
    return render(request, f"agency/{name}.html", context, status=status)


def _lot(request: Request, lot_id: UUID, now: datetime) -> Lot:
    return queries.lot_desk(lot_id=lot_id, at=now, actor=request.actor).lot


def _clocks(lot: Lot) -> dict[str, datetime]:
    """Return what a form shows first; an opening that is the deadline may be left out."""
    first = {"deadline_at": lot.deadline_at.astimezone(SHANGHAI)}
    if lot.opening_at != lot.deadline_at:
        first["opening_at"] = lot.opening_at.astimezone(SHANGHAI)
    return first


def _as_said(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"opening_at": said["opening_at"] or said["deadline_at"]}
