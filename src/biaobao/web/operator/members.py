"""联保金成员: applications to decide on, and members with their money; for which lots is theirs to know."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import queries, rules
from biaobao.domain.pools.actions import joining, keeping
from biaobao.domain.pools.rules import TEXT_MAX
from biaobao.domain.pools.states import COVERING, UNDECIDED, MembershipState
from biaobao.domain.pools.types import Membership
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui import pools, sheets
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Filters, Form, add_refusal
from biaobao.web.ui.paging import asked_page
from biaobao.web.ui.parties import account_badge
from biaobao.web.ui.sheets import Column, Sheet

SHEET: Sheet[Membership] = Sheet(
    _("联保金成员"),
    (
        Column(_("成员编号"), lambda row: row.number),
        Column(_("单位名称"), lambda row: row.member_name),
        Column(_("方案"), lambda row: row.scheme_name),
        Column(_("档次"), lambda row: row.tier.name),
        Column(_("状态"), lambda row: pools.MEMBERSHIPS[row.state][1]),
        Column(_("余额（元）"), lambda row: row.balance),
        Column(_("还需缴纳（元）"), lambda row: row.missing),
        Column(_("申请时间"), lambda row: row.applied_at),
        Column(_("审核时间"), lambda row: row.decided_at),
        Column(_("期限从"), lambda row: row.starts_on),
        Column(_("期限到"), lambda row: row.ends_on),
        Column(_("补足期限"), lambda row: row.top_up_by),
        Column(_("退还日期"), lambda row: row.leaves_on),
        Column(_("原因"), lambda row: pools.why(row.why)),
    ),
)


class WordsForm(Form):
    """Why an application is rejected, or a member suspended; the member reads it."""

    words = forms.CharField(
        label=_("理由"),
        max_length=TEXT_MAX,
        help_text=_("申请人或成员会看到，请写明事实和怎样补正。"),
        widget=forms.Textarea({"rows": 4}),
    )


@require_safe
@signed_in(Role.OPERATOR)
def members(request: Request) -> HttpResponse:
    filters = _filters(request)
    page = queries.members(
        search=filters.words,
        state=filters.chosen,
        page=asked_page(request.GET.get("page", "")),
        actor=request.actor,
    )
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "filters": filters,
        "page": page,
        "rows": [(row, pools.MEMBERSHIPS[row.state]) for row in page.rows],
        "undecided": UNDECIDED,
    }
    return render(request, "operator/members.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def export(request: Request, kind: str) -> HttpResponse:
    filters = _filters(request)
    page = queries.members(
        search=filters.words, state=filters.chosen, size=sheets.ROWS_MAX, actor=request.actor
    )
    return sheets.answer(SHEET, page, kind=kind, at=clock.now())


@require_safe
@signed_in(Role.OPERATOR)
def member(request: Request, membership_id: UUID) -> HttpResponse:
    desk = queries.desk(membership_id=membership_id, actor=request.actor)
    row = desk.membership
    account = parties.basic_account(organisation_id=row.member_id, actor=request.actor)
    context = {
        "nav": nav(request),
        "now": clock.now(),
        "membership": row,
        "state": pools.MEMBERSHIPS[row.state],
        "why": pools.why(row.why),
        "coverage": pools.COVERAGES[row.coverage],
        "terms": pools.terms_facts(row.terms, request.actor),
        "basic_account": account,
        "account_badge": account_badge(account),
        "credits": [pools.credit(each) for each in reversed(desk.credits)],
        "refunds": [pools.refund(each) for each in reversed(desk.refunds)],
        "borne": list(reversed(desk.borne)),
        "may_wait": rules.may_wait(row),
        "is_new": row.state is MembershipState.APPLIED,
        "is_undecided": row.state in UNDECIDED,
        "can_suspend": row.state in COVERING,
        "can_resume": row.state is MembershipState.SUSPENDED,
    }
    return render(request, "operator/member.html", context)


@require_POST
@signed_in(Role.OPERATOR)
def take_up(request: Request, membership_id: UUID) -> HttpResponse:
    joining.take_up(membership_id=membership_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已开始审核，申请人能看到。"))
    return redirect("operator:member", membership_id)


@require_POST
@signed_in(Role.OPERATOR)
def approve(request: Request, membership_id: UUID) -> HttpResponse:
    joining.approve(membership_id=membership_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已通过。申请人看到收款子账号，足额到账后自动生效。"))
    return redirect("operator:member", membership_id)


@require_POST
@signed_in(Role.OPERATOR)
def resume(request: Request, membership_id: UUID) -> HttpResponse:
    keeping.resume(membership_id=membership_id, at=clock.now(), actor=request.actor)
    messages.success(request, _now("已恢复。余额不足的，补足期限从今天重新起算。"))
    return redirect("operator:member", membership_id)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def reject(request: Request, membership_id: UUID) -> HttpResponse:
    """不予通过: the applicant reads why."""

    def act(words: str) -> None:
        joining.reject(
            membership_id=membership_id, words=words, at=clock.now(), actor=request.actor
        )

    said = (
        _("审核不通过"),
        _("这份申请结束，申请人可以按理由补正后重新申请。"),
        _now("已告知申请人审核未通过。"),
    )
    return _with_words(request, membership_id, act, said)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def suspend(request: Request, membership_id: UUID) -> HttpResponse:
    """暂停: the member is covered for no further lot, and reads why."""

    def act(words: str) -> None:
        keeping.suspend(
            membership_id=membership_id, words=words, at=clock.now(), actor=request.actor
        )

    said = (
        _("暂停成员资格"),
        _(
            "暂停期间不能用于新的标段；已经担保、还没有开标的随即失效，成员可以改用其他方式；已开标的不变。余额不变。"
        ),
        _now("已暂停，成员能看到理由。"),
    )
    return _with_words(request, membership_id, act, said)


def _with_words(
    request: Request,
    membership_id: UUID,
    act: Callable[[str], None],
    said: tuple[str | Promise, str | Promise, str],
) -> HttpResponse:
    """Ask for words, and act with them.

    :param said: what is done, what it means, and that it was done.
    """
    title, means, done = said
    row = queries.membership(membership_id=membership_id, actor=request.actor)
    form = WordsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            act(form.cleaned_data["words"])
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, done)
            return redirect("operator:member", membership_id)
    context = {
        "nav": nav(request),
        "membership": row,
        "title": title,
        "means": means,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "operator/member_words.html", context, status=status)


def _filters(request: Request) -> Filters:
    states = [(state.value, str(word)) for state, (_tone, word) in pools.MEMBERSHIPS.items()]
    return Filters(request.GET, words=_("单位名称或成员编号"), states=states)
