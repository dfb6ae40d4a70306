"""银行文件: files from banks of which something was kept aside, with its reason, never its content."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Role
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.states import FileState
from biaobao.platform import clock
from biaobao.web.operator.nav import nav
from biaobao.web.ui.access import Request, signed_in

STATES = {
    FileState.SET_ASIDE: ("bad", _("整份搁置")),
    FileState.PARTLY_READ: ("warn", _("部分搁置")),
    FileState.RECEIVED: ("warn", _("尚未处理")),
}
SOURCES = {"PUSH": _("银行推送"), "PULL": _("主动拉取"), "FOLDER": _("文件目录")}
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
    return render(request, "operator/bank_files.html", {"nav": nav(request), "rows": rows})
