"""Each component says what it promises, escaped, and tied together for every reader."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template

from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.web.ui import charts
from biaobao.web.ui.charts import Bar, Chart
from biaobao.web.ui.nav import NavItem
from biaobao.web.ui.parts import Check, Event, Step
from biaobao.web.ui.words import Explanation

NOW = datetime(2025, 12, 5, 2, 17, 27, tzinfo=UTC)


def drawn(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


def words_of(html: str) -> str:
    """Return what a reader reads, without marks and shapes."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (123_456_789, "¥1,234,567.89"),
        (Money(5), "¥0.05"),
        (-2_000, "-¥20.00"),
        (0, "¥0.00"),
        (None, "—"),
    ],
)
def test_yuan_writes_whole_fen(amount: object, text: str) -> None:
    assert drawn("{{ amount|yuan }}", amount=amount) == text


def test_daxie_writes_capital_numerals() -> None:
    assert drawn("{{ a|daxie }} {{ b|daxie }}", a=Money(10_000_000), b=None) == "壹拾万元整 —"


def test_money_keeps_its_value_for_machines() -> None:
    assert (
        drawn("{% money amount %}", amount=-123_456_705)
        == '<data class="money" value="-1234567.05">-¥1,234,567.05</data>'
    )
    assert drawn("{% money amount %}", amount=None) == '<span class="money">—</span>'


def test_an_instant_is_written_in_shanghai_to_the_second() -> None:
    at = datetime(2025, 12, 8, 6, 30, tzinfo=UTC)

    assert (
        drawn("{{ at|instant }}", at=at)
        == '<time datetime="2025-12-08T14:30:00+08:00">2025-12-08 14:30:00</time>'
    )
    assert drawn("{{ at|instant }}", at=None) == "—"


@pytest.mark.parametrize(
    ("left", "mood", "text"),
    [
        (timedelta(days=3, hours=4, minutes=12, seconds=33), "calm", "剩 3 天 04:12:33"),
        (timedelta(hours=1), "calm", "剩 01:00:00"),
        (timedelta(seconds=3599), "last", "剩 59 分 59 秒"),
        (timedelta(seconds=5), "last", "剩 0 分 05 秒"),
        (timedelta(0), "last", "剩 0 分 00 秒"),
        (timedelta(seconds=-1), "over", "已截止"),
    ],
)
def test_a_clock_says_how_much_is_left(left: timedelta, mood: str, text: str) -> None:
    html = drawn("{% clock until now '距截止' %}", until=NOW + left, now=NOW)

    assert words_of(html) == f"距截止 {text}"
    assert f'class="clock clock-{mood}"' in html
    assert f'data-until="{int((NOW + left).timestamp())}"' in html
    assert f'data-now="{int(NOW.timestamp())}000"' in html


def test_a_badge_has_a_shape_beside_its_words() -> None:
    html = drawn("{% badge 'ok' text %}", text="<到账>")

    assert html.startswith('<span class="tag tone-ok"><svg class="icon"')
    assert html.endswith("<span>&lt;到账&gt;</span></span>")


def test_an_unknown_tone_is_muted() -> None:
    assert 'class="tag tone-muted"' in drawn("{% badge 'loud' 'x' %}")


def test_a_grouped_value_is_copied_without_spaces() -> None:
    html = drawn("{% copyable '1209 2800112' '账号' grouped=True %}")

    assert re.findall(r'<span class="four">(\d+)</span>', html) == ["1209", "2800", "112"]
    assert 'data-copy="12092800112" aria-label="复制账号"' in html
    assert '<span class="copyable-said" role="status"></span>' in html


def test_a_value_that_is_not_grouped_is_copied_as_it_is() -> None:
    html = drawn("{% copyable value '户名' %}", value='衢州 "示范" 专户')

    assert 'data-copy="衢州 &quot;示范&quot; 专户"' in html


@pytest.mark.parametrize(
    ("verdict", "tone", "word"),
    [
        ("PASS", "ok", "符合"),
        ("FAIL", "bad", "不符合"),
        ("WARN", "warn", "需留意"),
        ("WAITING", "wait", "等待中"),
        ("SEALED", "sealed", "开标前保密"),
    ],
)
def test_a_verdict_shows_both_values_and_the_remedy(verdict: str, tone: str, word: str) -> None:
    check = Check("金额", verdict, (("应缴", "¥2.00"), ("实收", "¥1.00")), "补转差额")

    html = drawn("{% verdict check %}", check=check)

    assert words_of(html) == f"金额 {word} 应缴 ¥2.00 实收 ¥1.00 怎么办 补转差额"
    assert f'class="verdict tone-{tone}" role="group" aria-label="金额"' in html


def test_a_timeline_keeps_the_order_given() -> None:
    events = [Event(NOW, "李", "付款", "ok", "流水 1"), Event(NOW - timedelta(days=1), "", "发布")]

    html = drawn("{% timeline events %}", events=events)

    assert words_of(html) == "付款 2025-12-05 10:17:27 李 流水 1 发布 2025-12-04 10:17:27"


def test_steps_say_their_states_and_mark_the_current_one() -> None:
    items = [
        Step("报名", "done", "/a"),
        Step("缴纳", "current", hint="还差 ¥20.00"),
        Step("开标", "todo"),
        Step("发票", "blocked", "/d"),
    ]

    html = drawn("{% steps items %}", items=items)

    assert words_of(html) == (
        "✓ 报名 已完成 2 缴纳 进行中 还差 ¥20.00 3 开标 未开始 ! 发票 暂不能办理"
    )
    assert html.count('aria-current="step"') == 1
    assert re.findall(r'href="([^"]+)"', html) == ["/a"]


def test_empty_leads_on_when_there_is_a_way() -> None:
    assert words_of(drawn("{% empty '没有' '因为' '/go' '去' %}")) == "没有 因为 去"
    assert words_of(drawn("{% empty '没有' %}")) == "没有"


def test_refused_has_three_parts_and_the_citation() -> None:
    explanation = Explanation("没有办成。", "已过截止。", "款项退还。", "条例第二十六条")

    html = drawn("{% refused explanations %}", explanations=[explanation])

    assert words_of(html) == (
        "没有办成。 原因 已过截止。 现在怎么办 款项退还。 依据 条例第二十六条"
    )


def test_facts_show_a_dash_for_nothing() -> None:
    html = drawn("{% facts pairs %}", pairs=[("标段", "<1>"), ("保函", None), ("份数", 0)])

    assert html == (
        '<dl class="facts"><div><dt>标段</dt><dd>&lt;1&gt;</dd></div>'
        "<div><dt>保函</dt><dd>—</dd></div><div><dt>份数</dt><dd>0</dd></div></dl>"
    )


def test_a_pager_keeps_the_question_and_moves_the_page() -> None:
    page = Page(rows=(), number=2, pages=3, total=50)

    html = drawn("{% pager page '/q?state=OPEN&page=2' %}", page=page)

    assert words_of(html) == "上一页 第 2 / 3 页 · 共 50 条 下一页"
    assert re.findall(r'href="([^"]+)"', html) == [
        "/q?state=OPEN&amp;page=1",
        "/q?state=OPEN&amp;page=3",
    ]


def test_one_page_needs_no_pager() -> None:
    assert (
        drawn("{% pager page '/q' %}", page=Page(rows=(), number=1, pages=1, total=3)).strip() == ""
    )


class SampleForm(forms.Form):
    name = forms.CharField(label="名称", help_text="全称")
    way = forms.ChoiceField(label="方式", choices=[("D", "保证金")], widget=forms.RadioSelect)
    known = forms.BooleanField(label="知晓", required=False)


def test_a_field_ties_help_and_errors_to_its_control() -> None:
    html = drawn("{% field form.name %}", form=SampleForm({"way": "D"}))

    assert '<label class="field-label" for="id_name">名称' in html
    assert 'aria-describedby="id_name_help id_name_errors"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="form-control is-invalid"' in html
    assert words_of(html) == "名称 必填 全称 这个字段是必填项。"


def test_a_field_that_is_fine_is_not_described_by_errors() -> None:
    html = drawn("{% field form.name %}", form=SampleForm({"name": "标保", "way": "D"}))

    assert 'aria-describedby="id_name_help"' in html
    assert 'value="标保"' in html
    assert words_of(html) == "名称 必填 全称"


def test_choices_stand_in_a_fieldset_with_their_question() -> None:
    html = drawn("{% field form.way %}", form=SampleForm())

    assert '<fieldset class="field" id="id_way">' in html
    assert words_of(html) == "方式 必填 保证金"


def test_a_tick_has_its_label_behind_it() -> None:
    html = drawn("{% field form.known %}", form=SampleForm())

    assert html.index('type="checkbox"') < html.index("<label")
    assert words_of(html) == "知晓"


def test_form_errors_lead_to_their_fields() -> None:
    form = SampleForm({})
    form.add_error(None, "账户没有确认。")

    html = drawn("{% form_errors form %}", form=form)

    assert words_of(html) == (
        "还有 2 处需要更正 账户没有确认。 名称 ：这个字段是必填项。 方式 ：这个字段是必填项。"
    )
    assert re.findall(r'href="([^"]+)"', html) == ["#id_name", "#id_way"]
    assert 'role="alert"' in html


def test_a_form_without_errors_says_nothing() -> None:
    assert drawn("{% form_errors form %}", form=SampleForm({"name": "x", "way": "D"})) == ""


def test_navigation_groups_items_and_says_why_one_is_closed() -> None:
    nav = [
        NavItem("领取", "/a", group="招标", badge="2"),
        NavItem("保证金", "/b", is_current=True, group="投标"),
        NavItem("发票", "/c", group="投标", why_not="开标后可申请"),
    ]

    html = drawn("{% include 'ui/_nav.html' %}", nav=nav)

    assert words_of(html) == "招标 领取 2 投标 保证金 发票 开标后可申请"
    assert re.findall(r'href="([^"]+)"( aria-current="page")?', html) == [
        ("/a", ""),
        ("/b", ' aria-current="page"'),
    ]


@pytest.mark.parametrize(
    ("waited", "text"),
    [
        (timedelta(days=3, hours=23), "3 天"),
        (timedelta(days=1), "1 天"),
        (timedelta(hours=23, minutes=59), "23 小时"),
        (timedelta(minutes=59), "不到 1 小时"),
        (-timedelta(seconds=1), "不到 1 小时"),
    ],
)
def test_an_age_is_said_in_its_largest_part(waited: timedelta, text: str):
    assert drawn("{% load ui %}{% age at now %}", at=NOW - waited, now=NOW) == text


@pytest.mark.parametrize(
    ("left", "tone", "text"),
    [
        (timedelta(days=4), "muted", "剩 4 天"),
        (timedelta(hours=23), "warn", "剩 23 小时"),
        (timedelta(0), "warn", "剩 不到 1 小时"),
        (-timedelta(seconds=1), "bad", "已超期 不到 1 小时"),
        (-timedelta(days=2), "bad", "已超期 2 天"),
    ],
)
def test_what_is_due_turns_warm_on_its_last_day_and_then_overdue(
    left: timedelta, tone: str, text: str
):
    html = drawn("{% load ui %}{% due at now %}", at=NOW + left, now=NOW)

    assert (f"tone-{tone}" in html, words_of(html)) == (True, text)


CHART = Chart(
    "额度 <占用>",
    ("已使用", "已预留"),
    (
        Bar("衢州示例建设有限公司", (50, 25), "¥75", 100),
        Bar("江山示例水利水电工程有限公司第一分公司", (0, 10), "¥10", 100),
    ),
)


def test_a_chart_is_one_picture_with_a_name_for_every_reader() -> None:
    html = drawn('{% load ui %}{% chart shown "exposure" %}', shown=CHART)

    assert 'role="img" aria-labelledby="chart-exposure"' in html
    assert '<title id="chart-exposure">额度 &lt;占用&gt;</title>' in html
    assert "style=" not in html


def test_the_parts_of_a_bar_follow_each_other_and_an_empty_one_is_not_drawn() -> None:
    first, second = charts.drawn(CHART.bars, height=44)

    assert [(p.part, p.left, p.width) for p in first.pieces] == [
        (1, "0.000%", "50.000%"),
        (2, "50.000%", "25.000%"),
    ]
    assert [(p.part, p.left, p.width) for p in second.pieces] == [(2, "0.000%", "10.000%")]
    assert (first.top, second.top, second.whole) == (0, 44, "100.000%")
    assert (first.name, second.name) == ("衢州示例建设有限公司", "江山示例水利水电工程有限公…")


def test_bars_of_nothing_have_no_length() -> None:
    (bar,) = charts.drawn([Bar("甲", (0,), "¥0.00")], height=44)

    assert (bar.pieces, bar.whole) == ((), "0.000%")


def test_the_files_of_a_list_are_asked_for_as_the_list_was() -> None:
    html = drawn(
        "{% load ui %}{% exports url asked %}",
        url="/guarantor/letters/",
        asked="/guarantor/letters/?q=衢州&state=LIVE&page=3",
    )

    assert 'href="/guarantor/letters.csv?q=%E8%A1%A2%E5%B7%9E&amp;state=LIVE"' in html
    assert 'href="/guarantor/letters.xlsx?q=%E8%A1%A2%E5%B7%9E&amp;state=LIVE"' in html
    plain = drawn("{% load ui %}{% exports url url %}", url="/guarantor/letters/")
    assert 'href="/guarantor/letters.csv"' in plain
