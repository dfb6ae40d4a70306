"""What forms of all consoles share."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Objection, Refused
from biaobao.core.uploads import BYTES_MAX, TYPES, Upload
from biaobao.web.ui.words import explain

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# An RSA-4096 certificate with long names is about 2 kB; nobody needs more than this.
BASE64_MAX = 16_384
PPM_OF_A_PERCENT = 10_000
DOCUMENT_TYPES = ",".join(TYPES)
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

    def judged_at(self, address: str) -> None:
        """Have each line of text judged as somebody leaves it, by whatever answers there."""
        for field in self.fields.values():
            if isinstance(field.widget, forms.TextInput):
                field.widget.attrs |= {
                    "hx-post": address,
                    "hx-trigger": "change",
                    "hx-target": "closest .field",
                    "hx-swap": "outerHTML",
                }


def judged(request: HttpRequest, form: Form, address: str) -> HttpResponse:
    """Answer a page whose field was just left: the field, with what is wrong with it."""
    name = request.headers.get("HX-Trigger-Name", "")
    if name not in form.fields:
        raise NotFound(f"field {name}")
    form.judged_at(address)
    return render(request, "ui/_judged.html", {"field": form[name]})


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


def add_objections(form: forms.BaseForm, objections: Iterable[Objection]) -> None:
    """Say beside fields what is wrong with them, before anything was asked to be done."""
    for objection in objections:
        words = explain(objection)
        form.add_error(objection.field, f"{words.why}{words.now}")


def add_refusal(form: forms.BaseForm, refused: Refused) -> None:
    """Put each objection beside the field it concerns, or at the top when it concerns none."""
    for objection in refused.objections:
        words = explain(objection)
        place = objection.field if objection.field in form.fields else None
        form.add_error(place, f"{words.what}{words.why}{words.now}")


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


class PercentField(forms.RegexField):
    """A percentage as people type it, in parts per million: ``1.5`` is 15,000."""

    default_error_messages = {"invalid": _("请填写百分数，最多四位小数，例如 2 或 1.5。")}

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[0-9]{1,3}(\.[0-9]{1,4})?$", **options)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: object) -> int | None:
        typed = str(super().clean(value) or "")
        if not typed:
            return None
        whole, _point, decimals = typed.partition(".")
        return int(whole) * PPM_OF_A_PERCENT + int(decimals.ljust(4, "0"))


class Base64Field(forms.CharField):
    """Bytes as the page's script wrote them."""

    def __init__(self) -> None:
        super().__init__(max_length=BASE64_MAX, widget=forms.HiddenInput)

    def clean(self, value: object) -> bytes:
        text = str(super().clean(value))
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError(_("数据不完整")) from None


class _FilesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; what it yields is always a list."""

    def __init__(self, *, accept: str, **options: Any) -> None:
        super().__init__(widget=_FilesInput({"accept": accept}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        sent = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(each, initial) for each in sent or [None]]


def upload(sent: UploadedFile[bytes]) -> Upload:
    """Return a paper as sent, and of one that is too large only so much that this shows."""
    return Upload(sent.name or "", sent.content_type or "", sent.read(BYTES_MAX + 1))


def uploads(sent: Iterable[UploadedFile[bytes]]) -> tuple[Upload, ...]:
    return tuple(upload(each) for each in sent)


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


def day_field(label: _StrOrPromise, **options: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


class Filters(Form):
    """By which words, and in which state, a list is asked for; what makes no sense asks for nothing."""

    q = forms.CharField(label=_("查找"), max_length=100, required=False)
    state = forms.ChoiceField(label=_("状态"), required=False)

    def __init__(
        self,
        asked: Any,
        *,
        words: _StrOrPromise,
        states: Sequence[tuple[str, _StrOrPromise]] = (),
    ) -> None:
        super().__init__(asked)
        self.fields["q"].label = words
        if states:
            self.fields["state"].choices = [("", _("全部")), *states]  # type: ignore[attr-defined]  # a ChoiceField
        else:
            del self.fields["state"]
        self.said: dict[str, str] = self.cleaned_data if self.is_valid() else {}

    @property
    def words(self) -> str:
        return self.said.get("q", "")

    @property
    def chosen(self) -> str:
        return self.said.get("state", "")

    @property
    def narrows(self) -> bool:
        """Whether less than the whole list is asked for."""
        return bool(self.words or self.chosen)
