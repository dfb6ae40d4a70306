"""已公开的保函: the letters of opened lots that a guarantor issued, and what became of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.guarantees.queries import business
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Issued
from biaobao.platform import clock
from biaobao.web.guarantor.nav import nav
from biaobao.web.ui import sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Filters
from biaobao.web.ui.openings import LETTERS, letter_words
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.sheets import Column, Sheet

# Of surrendered letters: how far their premiums are on their way back.
BACK = {
    ApplicationState.SURRENDERED: _("待红冲发票后退回"),
    ApplicationState.PREMIUM_REFUNDING: _("退回办理中"),
    ApplicationState.REFUNDED: _("已退回"),
}
SHEET: Sheet[Issued] = Sheet(
    _("保函"),
    (
        Column(_("保函编号"), lambda row: row.letter.number),
        Column(_("标段编号"), lambda row: row.letter.lot_code),
        Column(_("标段"), lambda row: row.letter.lot_name),
        Column(_("投标人"), lambda row: row.letter.principal_name),
        Column(_("受益人"), lambda row: row.letter.beneficiary_name),
        Column(_("担保金额（元）"), lambda row: row.letter.amount),
        Column(_("已赔付（元）"), lambda row: row.letter.paid_out),
        Column(_("保费（元）"), lambda row: row.premium),
        Column(_("退保保费"), lambda row: str(BACK.get(row.application, ""))),
        Column(_("开立时间"), lambda row: row.letter.issued_at),
        Column(_("有效期至"), lambda row: row.letter.valid_until),
        Column(_("结束时间"), lambda row: row.letter.ended_at),
        Column(_("状态"), lambda row: letter_words(row.letter)[1]),
    ),
)


@require_safe
@signed_in(Role.GUARANTOR)
def letters(request: Request) -> HttpResponse:
    filters = _filters(request)
    page = business.letters(
        search=filters.words,
        state=filters.chosen,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    context = {"nav": nav(request), "filters": filters, "page": page, "back": BACK}
    return render(request, "guarantor/letters.html", context)


@require_safe
@signed_in(Role.GUARANTOR)
def export(request: Request, kind: str) -> HttpResponse:
    filters = _filters(request)
    page = business.letters(
        search=filters.words, state=filters.chosen, size=sheets.ROWS_MAX, actor=request.actor
    )
    return sheets.answer(SHEET, page, kind=kind, at=clock.now())


def _filters(request: Request) -> Filters:
    states = [(state.value, str(word)) for state, (_tone, word) in LETTERS.items()]
    return Filters(request.GET, words=_("保函编号、标段编号或投标人"), states=states)
