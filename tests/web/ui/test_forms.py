"""Forms ask in the house's words."""

from __future__ import annotations

import pytest
from django import forms

from biaobao.core.refusal import Objection, Refused
from biaobao.web.ui.forms import Form, PercentField, add_refusal


class SampleForm(Form):
    name = forms.CharField()
    uscc = forms.CharField(min_length=18)
    bank = forms.ChoiceField(choices=[("A", "A")])
    way = forms.ChoiceField(choices=[("D", "D")], widget=forms.RadioSelect)
    slip = forms.FileField()
    known = forms.BooleanField()
    own = forms.CharField(error_messages={"required": "请写明理由。"})


def test_each_kind_of_field_says_what_to_do() -> None:
    assert SampleForm({"uscc": "9133", "way": "X"}).errors == {
        "name": ["请填写这一项。"],
        "uscc": ["至少 18 位，现在是 4 位。"],
        "bank": ["请选择一项。"],
        "way": ["请从列出的选项中选择。"],
        "slip": ["请选择文件。"],
        "known": ["请勾选后继续。"],
        "own": ["请写明理由。"],
    }


@pytest.mark.parametrize(
    ("typed", "ppm"), [("2", 20_000), ("1.5", 15_000), ("0.0001", 1), ("100", 1_000_000)]
)
def test_percents_are_read_exactly(typed: str, ppm: int) -> None:
    assert PercentField().clean(typed) == ppm


@pytest.mark.parametrize("typed", ["1.23456", "-1", "1,5", "2 %", "abc"])
def test_what_is_no_percentage_says_how_to_write_one(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="请填写百分数"):
        PercentField().clean(typed)


def test_a_refusal_stands_beside_its_field_or_at_the_top() -> None:
    class NameForm(Form):
        name = forms.CharField()

    form = NameForm({"name": "x"})

    add_refusal(
        form, Refused(Objection("NAME_MISSING", "name"), Objection("NO_TENDER_FILE", "file"))
    )

    assert form.errors == {
        "name": ["没有保存。名称是空的。请填写完整名称后再保存。"],
        "__all__": ["没有发布。还没有上传招标文件。请先上传招标文件，再发布。"],
    }
