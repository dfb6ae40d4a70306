"""What every page of the guarantee system shows: its navigation, and the bar of steps."""

from __future__ import annotations

from django import template

from biaobao.domain.guarantees.types import Progress
from biaobao.web.guarantee import nav, steps
from biaobao.web.ui.nav import NavItem
from biaobao.web.ui.parts import Step

register = template.Library()


@register.simple_tag
def navigation(path: str) -> list[NavItem]:
    return nav.site(path)


@register.simple_tag
def steps_of(progress: Progress) -> list[Step]:
    return steps.of(progress)
