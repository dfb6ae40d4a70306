"""What tenderers and agencies fill in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI
from biaobao.domain.deposits.types import OpeningRow
from biaobao.domain.tenders import rules
from biaobao.domain.tenders.types import Policy, ProjectChoices, Terms, Way
from biaobao.web.ui import openings
from biaobao.web.ui.forms import Form, MomentField, YuanField
from biaobao.web.ui.lots import WAYS

WAY_CHOICES = [(way.value, words) for way, words in WAYS.items()]


class ProjectForm(Form):
    """A new project; the actor's own organisation is not asked for."""

    name = forms.CharField(label=_("项目名称"), max_length=200)
    region = forms.ChoiceField(label=_("地区"))
    kind = forms.ChoiceField(label=_("采购类别"), help_text=_("类别决定可以选择的缴纳方式。"))
    tenderer = forms.ChoiceField(label=_("招标人"))
    agency = forms.ChoiceField(
        label=_("招标代理机构"), required=False, help_text=_("自行招标的不选。")
    )

    def __init__(self, *args: Any, choices: ProjectChoices, actor: Actor) -> None:
        super().__init__(*args)
        self._own = actor.organisation_id
        self._role = actor.role
        self._offer(
            "region", ((area.code, f"{area.name}（{area.code}）") for area in choices.regions)
        )
        self._offer("kind", ((area.code, f"{area.name}（{area.code}）") for area in choices.kinds))
        self._offer("tenderer", ((str(each.id), each.name) for each in choices.tenderers))
        self._offer("agency", ((str(each.id), each.name) for each in choices.agencies))
        del self.fields["tenderer" if actor.role is Role.TENDERER else "agency"]

    def _offer(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        field.choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]  # all four are ChoiceFields

    @property
    def tenderer_id(self) -> UUID | None:
        return self._own if self._role is Role.TENDERER else UUID(self.cleaned_data["tenderer"])

    @property
    def agency_id(self) -> UUID | None:
        if self._role is Role.AGENCY:
            return self._own
        chosen = self.cleaned_data["agency"]
        return UUID(chosen) if chosen else None


class LotForm(Form):
    """A lot's terms, as the policy proposes them; publication decides whether they may stand."""

    name = forms.CharField(label=_("标段名称"), max_length=200)
    code = forms.CharField(
        label=_("标段编号"),
        required=False,
        max_length=40,
        help_text=_("留空由系统按 QZGQ202511019-1 的样式编号。"),
    )
    estimate = YuanField(label=_("招标项目估算价（元）"))
    amount = YuanField(label=_("投标保证金（元）"), required=False)
    ways = forms.MultipleChoiceField(
        label=_("缴纳方式"),
        choices=WAY_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    deadline_at = MomentField(label=_("投标截止时间"))
    payment_deadline_at = MomentField(
        label=_("保证金缴纳截止时间"), required=False, help_text=_("留空即与投标截止时间相同。")
    )
    opening_at = MomentField(
        label=_("开标时间"), required=False, help_text=_("留空即与投标截止时间相同。")
    )
    validity_days = forms.IntegerField(
        label=_("投标有效期（天）"),
        min_value=1,
        max_value=1000,
        help_text=_("从投标截止之日起算；保证金有效期与投标有效期一致。"),
    )
    guarantors = forms.CharField(
        label=_("招标文件指定的出函机构"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("一般留空：投标人自行选择出函机构。每行一家。"),
    )

    def __init__(
        self, *args: Any, policy: Policy | None, draft: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._policy = policy
        if not draft:
            del self.fields["code"]
        if policy is None:
            return
        self.fields["amount"].help_text = _("留空即按上限填写。%(rule)s") % {
            "rule": cap_words(policy)
        }
        self.fields["ways"].help_text = _("本地区、本类采购开通：%(ways)s。依据：%(citation)s") % {
            "ways": "、".join(str(WAYS[way]) for way in policy.terms.ways) or _("无"),
            "citation": policy.terms.citation,
        }
        if policy.terms.min_notice_days:
            self.fields["deadline_at"].help_text = _(
                "发布之日起至少 %(days)d 天。依据：%(citation)s"
            ) % {
                "days": policy.terms.min_notice_days,
                "citation": policy.terms.notice_citation,
            }

    def clean_amount(self) -> object:
        amount, estimate = self.cleaned_data["amount"], self.cleaned_data.get("estimate")
        if amount is None and estimate is not None and self._policy is not None:
            return rules.highest_security(estimate, self._policy.terms)
        if amount is None and estimate is not None:
            raise forms.ValidationError(_("请填写保证金金额。"))
        return amount

    @property
    def terms(self) -> Terms:
        said = self.cleaned_data
        deadline_at: datetime = said["deadline_at"]
        return Terms(
            estimate=said["estimate"],
            amount=said["amount"],
            ways=tuple(Way(code) for code in said["ways"]),
            deadline_at=deadline_at,
            payment_deadline_at=said["payment_deadline_at"] or deadline_at,
            opening_at=said["opening_at"] or deadline_at,
            validity_days=said["validity_days"],
            guarantors=names_in(said["guarantors"]),
        )


def proposal(policy: Policy | None) -> dict[str, object]:
    """Return what a new lot's form shows first: what the policy proposes."""
    if policy is None:
        return {"validity_days": 90}
    return {
        "ways": [way.value for way in policy.terms.ways],
        "validity_days": policy.terms.validity_days,
    }


def as_drafted(name: str, terms: Terms) -> dict[str, object]:
    """Return what the form of an existing draft shows first."""
    return {
        "name": name,
        "estimate": terms.estimate,
        "amount": terms.amount,
        "ways": [way.value for way in terms.ways],
        "deadline_at": terms.deadline_at.astimezone(SHANGHAI),
        "payment_deadline_at": terms.payment_deadline_at.astimezone(SHANGHAI),
        "opening_at": terms.opening_at.astimezone(SHANGHAI),
        "validity_days": terms.validity_days,
        "guarantors": "\n".join(terms.guarantors),
    }


def names_in(text: str) -> tuple[str, ...]:
    """Return the names, one a line, each once."""
    names = (line.strip() for line in text.splitlines())
    return tuple(dict.fromkeys(name for name in names if name))


def cap_words(policy: Policy) -> str:
    """Say how much security may be asked for at most, and why."""
    terms = policy.terms
    share = _("不超过估算价的 %(share)s（%(citation)s）") % {
        "share": rules.percent(terms.cap_ppm),
        "citation": terms.share_citation or terms.citation,
    }
    if terms.cap is None:
        return _("%(share)s。") % {"share": share}
    return _("%(share)s，且不超过 %(cap)s（%(citation)s）。") % {
        "share": share,
        "cap": terms.cap,
        "citation": terms.cap_citation or terms.citation,
    }


class FileForm(Form):
    """A tender file to upload."""

    file = forms.FileField(
        label=_("招标文件"),
        help_text=_("%(endings)s，不超过 %(most)d MB。")
        % {"endings": "、".join(rules.FILE_ENDINGS), "most": rules.FILE_SIZE_MAX // 2**20},
        widget=forms.FileInput({"accept": ",".join(f".{each}" for each in rules.FILE_ENDINGS)}),
    )


class ReasonForm(Form):
    """Why a lot is suspended, or terminated."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("所有人可见，请写明原因和依据。"),
    )


class ResumeForm(ReasonForm):
    """The clocks with which a suspended lot goes on, and why."""

    deadline_at = MomentField(label=_("投标截止时间"), help_text=_("可以不变，不能提前。"))
    opening_at = MomentField(
        label=_("开标时间"), required=False, help_text=_("留空即与投标截止时间相同。")
    )
    field_order = ("deadline_at", "opening_at", "reason")


class AwardForm(Form):
    """Who won a lot, of those who bid for it, and when it was told."""

    winner_id = forms.TypedChoiceField(label=_("中标人"), coerce=UUID, widget=forms.RadioSelect)
    awarded_at = MomentField(label=_("中标通知书发出时间"))
    reason = forms.CharField(
        label=_("中标通知书编号"), max_length=200, help_text=_("所有人可见，可以补充说明。")
    )

    def __init__(self, *args: Any, rows: Iterable[OpeningRow], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["winner_id"].choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            (str(row.bidder_id), f"{row.bidder_name}（{openings.state_words(row.state)[1]}）")
            for row in rows
        ]


class ContractForm(Form):
    """When winner and tenderer signed their contract."""

    contracted_at = MomentField(label=_("合同签订时间"))
    reason = forms.CharField(
        label=_("合同编号"), max_length=200, help_text=_("所有人可见，可以补充说明。")
    )


class AmountForm(Form):
    """Another amount of a lot's security, and why."""

    amount = YuanField(label=_("新的保证金金额（元）"))
    reason = forms.CharField(
        label=_("变更原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("所有人可见，请写明原因，例如补充文件的名称和日期。"),
    )


class PostponeForm(Form):
    """New clocks for a lot, and why."""

    deadline_at = MomentField(label=_("新的投标截止时间"))
    opening_at = MomentField(
        label=_("新的开标时间"), required=False, help_text=_("留空即与新的投标截止时间相同。")
    )
    reason = forms.CharField(
        label=_("延期原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("所有人可见，请写明原因，例如补充文件的名称和日期。"),
    )
