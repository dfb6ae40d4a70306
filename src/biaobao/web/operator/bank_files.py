"""银行文件: what was kept aside and why, never its content; how far large files are read; one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from biaobao.core.actor import Role
from biaobao.core.refusal import Refused
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.actions import files as bank_files_actions
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import Bank, FileProgress
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in
from biaobao.web.ui.forms import Form, add_refusal

STATES = {
    FileState.SET_ASIDE: ("bad", _("整份搁置")),
    FileState.PARTLY_READ: ("warn", _("部分搁置")),
    FileState.RECEIVED: ("warn", _("尚未处理")),
}
SOURCES = {
    "PUSH": _("银行推送"),
    "PULL": _("主动拉取"),
    "FOLDER": _("文件目录"),
    "UPLOAD": _("人工上传"),
}
PROBLEMS = {
    "NOT_XML": _("不是 XML 文件"),
    "FORBIDDEN_CONSTRUCT": _("含有禁止的实体或外部引用"),
    "TOO_LARGE": _("超过大小上限"),
    "UNKNOWN_MESSAGE": _("不是可识别的 ISO 20022 报文"),
    "NOT_VALID": _("不符合官方 XSD"),
    "UNREADABLE_ENTRY": _("这一条缺少必要内容"),
    "SERIAL_CONFLICT": _("流水号已登记过，但内容不同；以第一次为准"),
}


class UploadForm(Form):
    """A file that the bank gave an operator by hand."""

    bank = forms.ChoiceField(label=_("银行"))
    file = forms.FileField(
        label=_("camt 文件"),
        help_text=_("XML 文件，最大 200 MiB。"),
        error_messages={"empty": _("文件是空的，请重新导出后再上传。")},
        widget=forms.FileInput({"accept": ".xml,text/xml,application/xml"}),
    )

    def __init__(self, *args: Any, banks: Sequence[Bank], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["bank"]).choices = [
            (bank.code, f"{bank.name}（{bank.code}）") for bank in banks
        ]


@require_safe
@signed_in(Role.OPERATOR)
def bank_files(request: Request) -> HttpResponse:
    rows = [
        (
            file,
            STATES[FileState(file.state)],
            SOURCES.get(file.source, file.source),
            [(problem, PROBLEMS.get(problem.code, problem.code)) for problem in file.problems],
        )
        for file in banking.kept_aside(at=clock.now(), actor=request.actor)
    ]
    context = {"nav": nav(request), "rows": rows, **_progress(request)}
    return render(request, "operator/bank_files.html", context)


@require_safe
@signed_in(Role.OPERATOR)
def progress(request: Request) -> HttpResponse:
    """Tell how far the large files are read; the page asks while one of them is not."""
    return render(request, "operator/_files_progress.html", _progress(request))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Role.OPERATOR)
def upload(request: Request) -> HttpResponse:
    """Take a file by hand: what is larger than a mebibyte goes through a file on disk, never memory."""
    known = banking.banks(actor=request.actor)
    form = UploadForm(request.POST or None, request.FILES or None, banks=known)
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            receipt = bank_files_actions.upload_file(
                bank=form.cleaned_data["bank"],
                name=sent.name.replace("\0", ""),
                content=sent.file,
                at=clock.now(),
                actor=request.actor,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("文件已完整保存，回执编号 %s，正在读取。") % receipt)
            return redirect("operator:bank-files")
    status = 422 if request.method == "POST" else 200
    context = {"nav": nav(request), "form": form}
    return render(request, "operator/bank_files_upload.html", context, status=status)


def _progress(request: Request) -> dict[str, object]:
    at = clock.now()
    found = banking.large_files(actor=request.actor)
    return {
        "large": [_as_large(file, at=at) for file in found],
        "is_reading": any(file.state is FileState.RECEIVED for file in found),
    }


def _as_large(file: FileProgress, *, at: datetime) -> dict[str, object]:
    left = file.seconds_left(at=at) if file.state is FileState.RECEIVED else None
    tone, word = STATES.get(file.state, ("ok", _("已读完")))
    if file.state is FileState.RECEIVED:
        tone, word = ("wait", _("正在读取")) if file.bytes_read else ("wait", _("等待读取"))
    return {
        "file": file,
        "entries": f"{file.entries_read:,}",
        "tone": tone,
        "word": word,
        "speed": file.bytes_each_second(at=at),
        "left": "" if left is None else _duration(left),
    }


def _duration(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return gettext("%(s)d 秒") % {"s": seconds}
    return gettext("%(m)d 分") % {"m": -(-seconds // 60)}
