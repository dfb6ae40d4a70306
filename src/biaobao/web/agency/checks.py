"""The checks before publication, as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext_lazy as _

from biaobao.core.refusal import Objection
from biaobao.domain.tenders import types
from biaobao.web.ui.lots import ways
from biaobao.web.ui.parts import Check
from biaobao.web.ui.words import explain

Facts = Mapping[str, str]
Pairs = tuple[tuple[object, object], ...]
Compared = Callable[[Facts], Pairs]


def _ways(codes: str) -> str:
    return ways(code for code in codes.split(",") if code) or "—"


_SHOWN: dict[str, tuple[object, Compared]] = {
    "NO_POLICY": (_("有适用的政策"), lambda _facts: ()),
    "SECURITY_NOT_ALLOWED": (_("这类采购可以收取投标保证金"), lambda _facts: ()),
    "SECURITY_ABOVE_SHARE": (
        _("保证金不超过估算价的规定比例"),
        lambda facts: (
            (_("估算价 × %(share)s") % facts, facts["highest"]),
            (_("保证金"), facts["amount"]),
        ),
    ),
    "SECURITY_ABOVE_CAP": (
        _("保证金不超过最高限额"),
        lambda facts: ((_("最高限额"), facts["highest"]), (_("保证金"), facts["amount"])),
    ),
    "WAY_NOT_OPEN_HERE": (
        _("缴纳方式都已在本地区、本类采购开通"),
        lambda facts: (
            (_("已开通"), _ways(facts["open"])),
            (_("未开通却选了"), _ways(facts["closed"])),
        ),
    ),
    "CASH_ONLY": (
        _("投标人可以用保函代替现金"),
        lambda facts: ((_("所选方式"), _ways(facts["ways"])),),
    ),
    "ONE_GUARANTOR": (
        _("没有限定一家出函机构"),
        lambda facts: ((_("指定的机构"), facts["guarantors"] or _("没有指定，任选")),),
    ),
    "PAYMENT_BEFORE_DEADLINE": (
        _("保证金缴纳截止不早于投标截止"),
        lambda facts: (
            (_("投标截止"), facts["deadline_at"]),
            (_("缴纳截止"), facts["payment_deadline_at"]),
        ),
    ),
    "PAYMENT_AFTER_DEADLINE": (
        _("保证金缴纳截止不晚于投标截止"),
        lambda facts: (
            (_("投标截止"), facts["deadline_at"]),
            (_("缴纳截止"), facts["payment_deadline_at"]),
        ),
    ),
    "OPENING_BEFORE_DEADLINE": (
        _("开标时间不早于投标截止"),
        lambda facts: (
            (_("投标截止"), facts["deadline_at"]),
            (_("开标时间"), facts["opening_at"]),
        ),
    ),
    "DEADLINE_TOO_SOON": (
        _("给投标人留足时间"),
        lambda facts: (
            (_("至少"), _("%(least)s 天") % facts),
            (_("今天发布，距截止"), _("%(days)s 天") % facts),
        ),
    ),
    "NO_TENDER_FILE": (
        _("已上传招标文件"),
        lambda facts: ((_("文件"), _("%(files)s 份") % facts),),
    ),
}


def shown(check: types.Check) -> tuple[Check, str]:
    """Return a check fit for ``{% verdict %}``, and the article that asks for it."""
    title, compared = _SHOWN[check.code]
    remedy = ""
    if not check.passes:
        remedy = explain(Objection(check.code, check.field, check.facts, check.citation)).now
    verdict = "PASS" if check.passes else "FAIL"
    pairs = tuple((str(name), value) for name, value in compared(check.facts))
    return Check(str(title), verdict, pairs, remedy), check.citation
