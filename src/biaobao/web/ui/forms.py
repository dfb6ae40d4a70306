"""What forms of all consoles share."""

from __future__ import annotations

import re
from datetime import datetime

from django import forms
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.web.ui.words import explain


def add_refusal(form: BaseForm, refused: Refused) -> None:
    """Put each objection beside the field it concerns, or at the top when it concerns none."""
    for objection in refused.objections:
        words = explain(objection)
        place = objection.field if objection.field in form.fields else None
        form.add_error(place, f"{words.what}{words.why}{words.now}")


def page_asked_for(request: HttpRequest) -> int:
    """Return the page of a list that the address asks for, the first if it makes no sense."""
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1  # noqa: PLR2004 - no list is longer


class YuanField(forms.CharField):
    """An amount in yuan as people type it: ``800000``, ``800,000.50``, ``¥800，000``."""

    default_error_messages = {"invalid": _("请填写金额，最多两位小数，例如 800000 或 800,000.50。")}

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # whatever a CharField takes
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: object) -> Money | None:  # type: ignore[override]  # a field says what it yields
        typed = re.sub(r"[¥￥,，\s]", "", str(value or ""))
        if not typed:
            return None
        parts = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?", typed)
        if parts is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return Money(int(parts[1]) * 100 + int((parts[2] or "").ljust(2, "0")))

    def prepare_value(self, value: object) -> object:
        return str(value).removeprefix("¥") if isinstance(value, Money) else value

    def has_changed(self, initial: object, data: object) -> bool:
        return self.prepare_value(initial) != data


class MomentField(forms.DateTimeField):
    """An instant in Beijing time, to the second."""

    def __init__(self, **options: object) -> None:
        options["widget"] = forms.DateTimeInput(
            {"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
        )
        super().__init__(**options)  # type: ignore[arg-type]  # whatever a DateTimeField takes

    def to_python(self, value: object) -> datetime | None:
        found = super().to_python(value)  # type: ignore[arg-type]  # it takes whatever came
        # Browsers leave out seconds and people never mean less than one.
        return None if found is None else found.replace(microsecond=0)
