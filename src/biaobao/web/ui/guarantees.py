"""How guarantors and what they offer are said, in every console the same."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from biaobao.domain.documents.types import Form, Paper
from biaobao.domain.guarantees.types import IssuerClass

FORMS = {Form.INDEPENDENT: _("独立保函（见索即付）"), Form.ACCESSORY: _("非独立保函")}
PAPERS = {Paper.LETTER: _("保函"), Paper.POLICY: _("保单")}
ISSUERS = {
    IssuerClass.BANK: _("银行"),
    IssuerClass.GUARANTEE_COMPANY: _("担保公司"),
    IssuerClass.INSURER: _("保险公司"),
}
