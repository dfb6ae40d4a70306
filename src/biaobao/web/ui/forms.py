"""What forms of all consoles share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from biaobao.core.refusal import Refused
from biaobao.web.ui.words import explain

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ASKED = {
    forms.CheckboxInput: _("请勾选后继续。"),
    forms.Select: _("请选择一项。"),
    forms.RadioSelect: _("请选择一项。"),
    forms.FileInput: _("请选择文件。"),
}
SAID = {
    "invalid_choice": _("请从列出的选项中选择。"),
    "min_length": _("至少 %(limit_value)d 位，现在是 %(show_value)d 位。"),
    "max_length": _("最多 %(limit_value)d 位，现在是 %(show_value)d 位。"),
    "min_value": _("不能小于 %(limit_value)s。"),
    "max_value": _("不能大于 %(limit_value)s。"),
}


class Form(forms.Form):
    """A form that asks in the house's words; messages that a field brings of its own stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            usual = _usual_messages(field)
            for code, said in {"required": _asked(field), **SAID}.items():
                if field.error_messages.get(code) is usual.get(code):
                    field.error_messages[code] = said


def _usual_messages(field: forms.Field) -> dict[str, object]:
    usual: dict[str, object] = {}
    for kind in reversed(type(field).__mro__):
        usual |= getattr(kind, "default_error_messages", {})
    return usual


def _asked(field: forms.Field) -> _StrOrPromise:
    for kind, said in ASKED.items():
        if isinstance(field.widget, kind):
            return said
    return _("请填写这一项。")


def add_refusal(form: forms.BaseForm, refused: Refused) -> None:
    """Put each objection beside the field it concerns, or at the top when it concerns none."""
    for objection in refused.objections:
        words = explain(objection)
        place = objection.field if objection.field in form.fields else None
        form.add_error(place, f"{words.what}{words.why}{words.now}")
