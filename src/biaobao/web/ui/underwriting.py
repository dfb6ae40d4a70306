"""The checks of underwriting, as bidder and guarantor read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from biaobao.core.refusal import Objection
from biaobao.domain.guarantees.types import Check, Finding, Verdict
from biaobao.web.ui import parts
from biaobao.web.ui.words import explain

CHECKS = {
    Check.PROFILE: (gettext_lazy("企业资料完整"), "", ""),
    Check.LICENCE: (
        gettext_lazy("营业执照在有效期内"),
        gettext_lazy("今天"),
        gettext_lazy("有效期至"),
    ),
    Check.GUARANTOR: (
        gettext_lazy("担保机构可以出函到期满"),
        gettext_lazy("保函有效期至"),
        gettext_lazy("经营许可至"),
    ),
    Check.PRINCIPAL: (gettext_lazy("担保机构没有暂停为本单位出函"), "", ""),
    Check.OPEN_CLAIMS: (
        gettext_lazy("没有未了结的索赔"),
        gettext_lazy("要求"),
        gettext_lazy("现有"),
    ),
    Check.PRINCIPAL_LIMIT: (
        gettext_lazy("本单位的额度足够"),
        gettext_lazy("剩余额度"),
        gettext_lazy("本次金额"),
    ),
    Check.CAPACITY: (gettext_lazy("担保机构的额度足够"), "", ""),
    Check.PERSON: (gettext_lazy("担保机构人工审核"), "", ""),
}
VERDICTS = {Finding.WAIT: "WAITING"}


LASTING = gettext_lazy("长期")


def check(verdict: Verdict) -> parts.Check:
    """Return a check of underwriting in words."""
    title, expected, actual = CHECKS[verdict.check]
    compared = tuple(
        (str(label), value)
        for label, value in ((expected, verdict.expected), (actual, verdict.actual or LASTING))
        if label and value
    )
    remedy = ""
    if verdict.reason:
        words = explain(Objection(verdict.reason))
        remedy = f"{words.why}{words.now}"
    finding = VERDICTS.get(verdict.finding, verdict.finding.value)
    return parts.Check(str(title), finding, compared, remedy)
