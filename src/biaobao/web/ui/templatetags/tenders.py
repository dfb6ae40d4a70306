"""Lots, their terms and their opening lists on a page."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from biaobao.domain.guarantees.types import IssuedLetter
from biaobao.domain.tenders import rules
from biaobao.domain.tenders.types import Announcement, Lot
from biaobao.web.ui import lots, openings, verdicts
from biaobao.web.ui.templatetags.ui import badge

register = template.Library()
register.filter("way", lots.way)
register.filter("ways", lots.ways)
register.filter("share", rules.percent)
register.filter("flag", openings.flag_words)
register.filter("unreadable", openings.unreadable)
register.filter("can_be_released", openings.can_be_released)
register.filter("can_be_claimed", openings.can_be_claimed)
register.filter("reason", verdicts.reason)


@register.simple_tag
def stage(lot: Lot, now: datetime) -> SafeString:
    """Say where a lot stands."""
    return badge(*lots.stage(lot, now))


@register.simple_tag
def announced(announcement: Announcement) -> tuple[str, object]:
    """Return the tone and the word for what happened to a lot."""
    return lots.ANNOUNCED[announcement.kind]


@register.simple_tag
def secured(state: str) -> SafeString:
    """Say whether a bidder of an opened lot secured it."""
    return badge(*openings.state_words(state))


@register.simple_tag
def letter_state(letter: IssuedLetter) -> SafeString:
    """Say how a letter of an opened lot stands."""
    return badge(*openings.letter_words(letter))
