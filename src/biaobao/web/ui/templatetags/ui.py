"""Tags and filters of the design system: each component is drawn here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.web.ui import amounts, charts

register = template.Library()

NOTHING = "—"
BAR_HEIGHT = 44
TONES = ("ok", "wait", "warn", "bad", "info", "muted")
# Each tone has a shape of its own, so that colour is never the only sign.
SHAPES = {
    "ok": '<circle cx="8" cy="8" r="7"/><path class="cut" d="m4.9 8.2 2.2 2.2 4-4.4"/>',
    "wait": '<circle class="line" cx="8" cy="8" r="6.1"/><path class="line" d="M8 4.6V8l2.3 1.6"/>',
    "warn": '<path d="M8 1.2 15.4 14.4H.6z"/><path class="cut" d="M8 6v4M8 12.1v.2"/>',
    "bad": '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"/>'
    '<path class="cut" d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"/>',
    "info": '<rect x="1.2" y="1.2" width="13.6" height="13.6" rx="3.4"/>'
    '<path class="cut" d="M8 7.4v3.8M8 4.7v.2"/>',
    "muted": '<circle class="line dashed" cx="8" cy="8" r="6.1"/>'
    '<path class="line" d="M5.6 8h4.8"/>',
    "sealed": '<rect x="2.4" y="6.8" width="11.2" height="8" rx="2"/>'
    '<path class="line" d="M5 6.8V4.6a3 3 0 0 1 6 0v2.2"/>',
}
VERDICTS = {
    "PASS": ("ok", gettext_lazy("符合")),
    "FAIL": ("bad", gettext_lazy("不符合")),
    "WARN": ("warn", gettext_lazy("需留意")),
    "WAITING": ("wait", gettext_lazy("等待中")),
    "SEALED": ("sealed", gettext_lazy("开标前保密")),
}
STEP_STATES = {
    "done": gettext_lazy("已完成"),
    "current": gettext_lazy("进行中"),
    "todo": gettext_lazy("未开始"),
    "blocked": gettext_lazy("暂不能办理"),
    "over": gettext_lazy("已结束"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw the shape of a tone; it is silent for screen readers, the words beside it speak."""
    # The shapes are our own constants above: nothing from outside is marked safe.
    return mark_safe(  # noqa: S308 - as said
        f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        f"{SHAPES.get(name, SHAPES['muted'])}</svg>"
    )


@register.simple_tag
def badge(tone: str, text: object) -> SafeString:
    """Say a state in colour, shape and words."""
    tone = tone if tone in SHAPES else "muted"
    return format_html('<span class="tag tone-{}">{}<span>{}</span></span>', tone, icon(tone), text)


@register.filter
def yuan(amount: Money | int | None) -> str:
    """Return ``¥1,234,567.89`` for whole fen."""
    return NOTHING if amount is None else str(Money(amounts.fen_of(amount)))


@register.filter
def daxie(amount: Money | int | None) -> str:
    """Return the amount in capital numerals, ``壹拾万元整``."""
    return NOTHING if amount is None else Money(amounts.fen_of(amount)).in_capitals()


@register.simple_tag
def money(amount: Money | int | None) -> SafeString:
    """Write an amount so that the eye can compare it with those above and below."""
    if amount is None:
        return format_html('<span class="money">{}</span>', NOTHING)
    fen = amounts.fen_of(amount)
    value = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    return format_html('<data class="money" value="{}">{}</data>', value, yuan(fen))


@register.simple_tag
def amount(minor: int, currency: str) -> SafeString:
    """Write what came or goes in minor units of its currency."""
    if currency == "CNY":
        return money(minor)
    return format_html('<span class="money">{} {}{}</span>', currency, minor, _("（最小单位）"))


@register.filter
def instant(at: datetime | None) -> SafeString | str:
    """Write an instant as the clocks in the hall show it, to the second."""
    if at is None:
        return NOTHING
    local = at.astimezone(SHANGHAI)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}"
    )


@register.simple_tag
def age(since: datetime, now: datetime) -> str:
    """Say how long something has waited: ``3 天``, ``5 小时``, ``不到 1 小时``."""
    waited = max(now - since, timedelta(0))
    if waited.days:
        return _("%(d)d 天") % {"d": waited.days}
    hours = waited // timedelta(hours=1)
    return _("%(h)d 小时") % {"h": hours} if hours else _("不到 1 小时")


@register.simple_tag
def due(at: datetime, now: datetime) -> SafeString:
    """Say how long until something is due; its last day is warm, and then it is overdue."""
    if now > at:
        return badge("bad", _("已超期 %(t)s") % {"t": age(at, now)})
    left = _("剩 %(t)s") % {"t": age(now, at)}
    return badge("warn", left) if at - now < timedelta(days=1) else badge("muted", left)


@register.simple_tag
def clock(until: datetime, now: datetime, label: object = "") -> SafeString:
    """Say how much time is left at ``now``; where scripts run, it ticks on by the server's clock.

    The last hour counts minutes and seconds, and turns warm.
    """
    # The deadline second itself is still in time, so it is over one second later.
    left = (until - now) // timedelta(seconds=1)
    mood = "over" if left < 0 else "last" if left < 60 * 60 else "calm"
    return format_html(
        '<span class="clock clock-{}" data-until="{}" data-now="{}">{}'
        '<span class="clock-left" role="timer">{}</span></span>',
        mood,
        int(until.timestamp()),
        int(now.timestamp() * 1000),
        format_html('<span class="clock-label">{}</span> ', label) if label else "",
        time_left(left),
    )


def time_left(seconds: int) -> str:
    """Return ``剩 3 天 04:12:33``, ``剩 12 分 33 秒`` in the last hour, then ``已截止``."""
    if seconds < 0:
        return _("已截止")
    minutes, second = divmod(seconds, 60)
    if seconds < 60 * 60:
        return _("剩 %(m)d 分 %(s)02d 秒") % {"m": minutes, "s": second}
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    rest = f"{hour:02d}:{minute:02d}:{second:02d}"
    return _("剩 %(d)d 天 %(t)s") % {"d": days, "t": rest} if days else _("剩 %(t)s") % {"t": rest}


@register.simple_tag
def copyable(value: object, label: object, grouped: bool = False) -> SafeString:  # noqa: FBT001, FBT002 - a template writes grouped=True
    """Show a value with a button that copies it.

    ``grouped`` sets it in fours for the eye by space between elements, not by characters: what is
    copied, by the button or by hand, is the bare value.
    """
    plain = str(value)
    shown: str = plain
    if grouped:
        plain = "".join(plain.split())
        fours = ((plain[start : start + 4],) for start in range(0, len(plain), 4))
        shown = format_html_join("", '<span class="four">{}</span>', fours)
    return format_html(
        '<span class="copyable"><span class="copyable-value">{}</span>'
        '<button type="button" class="copyable-button" data-copy="{}" aria-label="{}">{}</button>'
        '<span class="copyable-said" role="status"></span></span>',
        shown,
        plain,
        _("复制%(label)s") % {"label": label},
        _("复制"),
    )


@register.simple_tag
def verdict(check: Any) -> SafeString:
    """Draw a check: what was compared, both values, the verdict, the remedy."""
    tone, word = VERDICTS[str(check.verdict)]
    return SafeString(
        render_to_string("ui/_verdict.html", {"check": check, "tone": tone, "word": word})
    )


@register.simple_tag
def timeline(events: Iterable[Any]) -> SafeString:
    """Draw what happened, with time and actor, in the order given."""
    return SafeString(render_to_string("ui/_timeline.html", {"events": list(events)}))


@register.simple_tag
def steps(items: Iterable[Any]) -> SafeString:
    """Draw the way and where somebody stands on it."""
    marked = [(item, STEP_STATES[item.state]) for item in items]
    return SafeString(render_to_string("ui/_steps.html", {"steps": marked}))


@register.simple_tag
def empty(title: object, text: object = "", url: str = "", action: object = "") -> SafeString:
    """Say that there is nothing yet, why that is fine, and what to do next."""
    context = {"title": title, "text": text, "url": url, "action": action}
    return SafeString(render_to_string("ui/_empty.html", context))


@register.simple_tag
def refused(explanations: Sequence[Any]) -> SafeString:
    """Say what happened, why, and what now, for each reason of a refusal."""
    return SafeString(render_to_string("ui/_refused.html", {"explanations": explanations}))


@register.simple_tag
def menu(items: Sequence[Any]) -> SafeString:
    """List the pages of a console; neighbours of one group stand under its heading."""
    return SafeString(render_to_string("ui/_nav.html", {"nav": items}))


@register.simple_tag
def back(url: str, text: object) -> SafeString:
    """Lead back to the page above this one."""
    return format_html(
        '<a class="back" href="{}"><span aria-hidden="true">←</span> {}</a>', url, text
    )


@register.simple_tag
def facts(pairs: Iterable[Sequence[object]]) -> SafeString:
    """List facts by name; tags and filters make values ready before they come here."""
    rows = ((name, NOTHING if value in (None, "") else value) for name, value in pairs)
    return format_html(
        '<dl class="facts">{}</dl>',
        format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", rows),
    )


@register.simple_tag
def pager(page: Page[Any], url: str) -> SafeString:
    """Lead to the neighbouring pages of a list whose length is no secret."""
    context = {
        "page": page,
        "previous": _page_address(url, page.number - 1) if page.number > 1 else "",
        "next": _page_address(url, page.number + 1) if page.number < page.pages else "",
    }
    return SafeString(render_to_string("ui/_pager.html", context))


def _page_address(url: str, number: int) -> str:
    parts = urlsplit(url)
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name != "page"]
    return urlunsplit(parts._replace(query=urlencode([*asked, ("page", number)])))


@register.simple_tag
def exports(url: str, asked: str) -> SafeString:
    """Lead to a list's files, which hold what its page shows by the same words and choices.

    :param url: of the list; its files are beside it.
    :param asked: the whole address that shows.
    """
    query = [(name, value) for name, value in parse_qsl(urlsplit(asked).query) if name != "page"]
    address = url.rstrip("/") + ".{}" + (f"?{urlencode(query)}" if query else "")
    context = {"csv": address.format("csv"), "xlsx": address.format("xlsx")}
    return SafeString(render_to_string("ui/_exports.html", context))


@register.simple_tag
def chart(shown: charts.Chart, name: str) -> SafeString:
    """Draw bars, which the table beside them says in numbers.

    :param name: of the chart on its page.
    """
    rows = charts.drawn(shown.bars, height=BAR_HEIGHT)
    context = {
        "chart": shown,
        "name": name,
        "rows": rows,
        "height": len(rows) * BAR_HEIGHT,
        "legend": list(enumerate(shown.legend, start=1)),
    }
    return SafeString(render_to_string("ui/_chart.html", context))


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Draw a form field whole: label, control, help and errors, tied together for every reader."""
    widget = bound.field.widget
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    described += [f"{bound.auto_id}_errors"] if bound.errors else []
    context = {
        "field": bound,
        "described": " ".join(described),
        "required": bound.field.required,
        "is_set": widget.use_fieldset,
        "is_tick": isinstance(widget, forms.CheckboxInput),
    }
    if not isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        context["control"] = bound.as_widget(attrs=_attributes(bound, context["described"]))
    return SafeString(render_to_string("ui/_field.html", context))


def _attributes(bound: BoundField, described: object) -> dict[str, str | bool]:
    widget = bound.field.widget
    look = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        look = "form-check-input"
    elif isinstance(widget, forms.Select):
        look = "form-select"
    classes = [str(widget.attrs.get("class", "")), look, "is-invalid" if bound.errors else ""]
    attributes: dict[str, str | bool] = {"class": " ".join(filter(None, classes))}
    if described and not widget.use_fieldset:
        attributes["aria-describedby"] = str(described)
    return attributes


@register.simple_tag
def form_errors(form: forms.BaseForm) -> SafeString:
    """Say at the top of a form what is wrong with it, each with a way to its field."""
    if not form.errors:
        return SafeString("")
    wrong = [(bound, bound.errors) for bound in form if bound.errors]
    context = {"general": form.non_field_errors(), "wrong": wrong}
    return SafeString(render_to_string("ui/_form_errors.html", context))


@register.simple_tag
def helpline() -> str:
    """Return the number to call; pages for a broken house have no other way to know it."""
    return str(settings.HELPLINE)
