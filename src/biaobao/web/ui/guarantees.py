"""How guarantors and what they offer are said, in every console the same."""

from __future__ import annotations

from itertools import zip_longest

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from biaobao.domain.documents.types import Form, Paper
from biaobao.domain.guarantees.types import IssuerClass, PriceTerms
from biaobao.domain.tenders.rules import percent

FORMS = {Form.INDEPENDENT: _("独立保函（见索即付）"), Form.ACCESSORY: _("非独立保函")}
PAPERS = {Paper.LETTER: _("保函"), Paper.POLICY: _("保单")}
ISSUERS = {
    IssuerClass.BANK: _("银行"),
    IssuerClass.GUARANTEE_COMPANY: _("担保公司"),
    IssuerClass.INSURER: _("保险公司"),
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
