"""What forms of all consoles share."""

from __future__ import annotations

from django.forms import BaseForm

from biaobao.core.refusal import Refused
from biaobao.web.ui.words import explain


def add_refusal(form: BaseForm, refused: Refused) -> None:
    """Put each objection beside the field it concerns, or at the top when it concerns none."""
    for objection in refused.objections:
        words = explain(objection)
        place = objection.field if objection.field in form.fields else None
        form.add_error(place, f"{words.what}{words.why}{words.now}")
