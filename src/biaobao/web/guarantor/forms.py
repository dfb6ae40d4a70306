"""What a guarantor's people fill in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.domain.documents.types import Form as LetterForm
from biaobao.domain.documents.types import Paper
from biaobao.domain.guarantees.types import Hours, PriceTerms, ProductTerms, Tier
from biaobao.web.ui.forms import Form, PercentField, YuanField, day_field

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

TIERS = 5
# What a product's letters are written as: words, form and paper by the text that they follow.
TEXTS = {
    "MOHURD-INDEPENDENT": (
        _("投标保函，见索即付（独立）"),
        LetterForm.INDEPENDENT,
        Paper.LETTER,
    ),
    "MOHURD-ACCESSORY": (_("投标保函，连带责任（非独立）"), LetterForm.ACCESSORY, Paper.LETTER),
    "INSURANCE": (_("投标保证保险保单"), LetterForm.INDEPENDENT, Paper.POLICY),
}


def _time_field(label: _StrOrPromise, **options: Any) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, required=False, **options)


class ProductForm(Form):
    """A new product."""

    name = forms.CharField(label=_("产品名称"), max_length=60)
    text = forms.ChoiceField(
        label=_("保函文本"),
        choices=[(code, words) for code, (words, _form, _paper) in TEXTS.items()],
        widget=forms.RadioSelect,
    )
    lead_minutes = forms.IntegerField(
        label=_("付费后最迟多久出函（分钟）"),
        min_value=0,
        max_value=60 * 24 * 30,
        help_text=_("据此算出投标人最晚付费时间。"),
    )
    opens = _time_field(
        _("出函时间：从"), help_text=_("只在工作日的这段时间出函；全天出函的，两项都留空。")
    )
    closes = _time_field(_("出函时间：到"))
    grace_days = forms.IntegerField(
        label=_("投标有效期满后再保多少天"), min_value=0, max_value=365, initial=30
    )
    payment_days = forms.IntegerField(
        label=_("收到索赔后几个工作日内赔付"), min_value=1, max_value=60, initial=5
    )
    needs_person = forms.ChoiceField(
        label=_("审核方式"),
        choices=[("", _("按规则自动审核")), ("person", _("由本机构人员逐笔审核"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("opens")) != bool(said.get("closes")):
            self.add_error("closes", _("两项都填写，或都留空。"))
        return said

    @property
    def terms(self) -> ProductTerms:
        said = self.cleaned_data
        _words, form, paper = TEXTS[said["text"]]
        return ProductTerms(
            name=said["name"],
            form=form,
            paper=paper,
            text=said["text"],
            lead=timedelta(minutes=said["lead_minutes"]),
            hours=Hours(said["opens"], said["closes"]) if said["opens"] else None,
            grace_days=said["grace_days"],
            payment_days=said["payment_days"],
            needs_person=bool(said["needs_person"]),
        )


def _above(number: int) -> YuanField:
    words = _("第 %(n)d 档：担保金额超过（元）") % {"n": number}
    return YuanField(label=words, required=number == 1, initial=Money(0) if number == 1 else None)


def _rate(number: int) -> PercentField:
    return PercentField(label=_("第 %(n)d 档：费率（%%）") % {"n": number}, required=number == 1)


class PriceForm(Form):
    """A dated version of a price: up to five marginal tiers, and a minimum."""

    valid_from = day_field(
        _("生效日期"),
        help_text=_("今天（立即）或以后的日期。已经报出的保费不变。"),
    )
    minimum = YuanField(label=_("最低保费（元）"), help_text=_("没有最低保费的，填 0。"))

    above_1, rate_1 = _above(1), _rate(1)
    above_2, rate_2 = _above(2), _rate(2)
    above_3, rate_3 = _above(3), _rate(3)
    above_4, rate_4 = _above(4), _rate(4)
    above_5, rate_5 = _above(5), _rate(5)

    @property
    def tiers(self) -> list[tuple[BoundField, BoundField]]:
        """Where a tier begins, and its rate, side by side."""
        return [(self[f"above_{n}"], self[f"rate_{n}"]) for n in range(1, TIERS + 1)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for number in range(2, TIERS + 1):
            above, rate = f"above_{number}", f"rate_{number}"
            if above in said and rate in said and (said[above] is None) != (said[rate] is None):
                self.add_error(rate, _("起点和费率都填写，或都留空。"))
        return said

    @property
    def terms(self) -> PriceTerms:
        said = self.cleaned_data
        tiers = ((said[f"above_{n}"], said[f"rate_{n}"]) for n in range(1, TIERS + 1))
        return PriceTerms(
            tuple(Tier(above, rate) for above, rate in tiers if above is not None),
            said["minimum"],
        )

    def begins(self, now: datetime) -> datetime:
        """Return from when it holds: the beginning of its day, or now if that is today."""
        return begin_of(self.cleaned_data["valid_from"], now)


def begin_of(day: date, now: datetime) -> datetime:
    """Return the beginning of a day in Shanghai, of today what is left of it."""
    return now if day == day_of(now) else datetime.combine(day, time.min, SHANGHAI)
