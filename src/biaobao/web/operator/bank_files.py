"""银行文件: what was kept aside and why, never its content; how far large files are read."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import FileProgress
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in

STATES = {
    FileState.SET_ASIDE: ("bad", _("整份搁置")),
    FileState.PARTLY_READ: ("warn", _("部分搁置")),
    FileState.RECEIVED: ("warn", _("尚未处理")),
}
SOURCES = {
    "PUSH": _("银行推送"),
    "PULL": _("主动拉取"),
    "FOLDER": _("文件目录"),
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
