"""How guarantors and what they offer are said, in every console the same."""

from __future__ import annotations

from itertools import zip_longest

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from biaobao.domain.documents.types import Form, Paper
from biaobao.domain.guarantees.types import (
    IssuerClass,
    PriceTerms,
    ReleaseReason,
    SurrenderReason,
)
from biaobao.domain.tenders.rules import percent

FORMS = {Form.INDEPENDENT: _("独立保函（见索即付）"), Form.ACCESSORY: _("非独立保函")}
PAPERS = {Paper.LETTER: _("保函"), Paper.POLICY: _("保单")}
ISSUERS = {
    IssuerClass.BANK: _("银行"),
    IssuerClass.GUARANTEE_COMPANY: _("担保公司"),
    IssuerClass.INSURER: _("保险公司"),
}

SURRENDER_REASONS = {
    SurrenderReason.WITHDRAWN: _("放弃投标"),
    SurrenderReason.SWITCHED: _("改用其他方式缴纳"),
    SurrenderReason.LOT_SUSPENDED: _("标段已暂停"),
    SurrenderReason.LOT_TERMINATED: _("标段已终止"),
    SurrenderReason.LOT_FAILED: _("标段已流标"),
}
RELEASE_REASONS = {
    ReleaseReason.NOT_AWARDED: _("未中标"),
    ReleaseReason.CONTRACT_SIGNED: _("合同已签订"),
    ReleaseReason.AGREED: _("其他，招标人同意解除"),
}


def price_words(price: PriceTerms) -> str:
    """Return what a price says: ``0.5 %，最低 ¥300.00``, each tier with where it ends."""
    ends = [tier.above for tier in price.tiers[1:]]
    tiers = [
        _now("%(rate)s（%(end)s 以下部分）") % {"rate": percent(tier.rate_ppm), "end": end}
        if end
        else percent(tier.rate_ppm)
        for tier, end in zip_longest(price.tiers, ends)
    ]
    said = "；".join(tiers)
    if not price.minimum.fen:
        return said
    return _now("%(tiers)s，最低 %(minimum)s") % {"tiers": said, "minimum": price.minimum}
