"""The bar of steps of an application, and the page of each."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from biaobao.domain.guarantees.types import Progress, Stage
from biaobao.web.ui.parts import Step

TITLES = {
    Stage.PRODUCT: _("选择产品"),
    Stage.CREDIT: _("填写授信信息"),
    Stage.SIGNING: _("材料签章"),
    Stage.PAYMENT: _("保函支付"),
    Stage.LETTER: _("保函生成"),
}
PAGES = {
    Stage.PRODUCT: "products",
    Stage.CREDIT: "credit",
    Stage.SIGNING: "signing",
    Stage.PAYMENT: "payment",
    Stage.LETTER: "letter",
}


def page(progress: Progress) -> str:
    """Return the address at which an application goes on."""
    return reverse(f"guarantee:{PAGES[progress.stage]}", args=[progress.application.id])


def of(progress: Progress) -> list[Step]:
    """Return the steps with their states; nothing goes on with an application that ended."""
    stages = list(Stage)
    here = stages.index(progress.stage)
    is_over = progress.application.ended_at is not None
    is_done = progress.application.issued_at is not None
    return [
        Step(
            str(TITLES[stage]),
            _state(number - here, is_over=is_over, is_done=is_done),
            reverse(f"guarantee:{PAGES[stage]}", args=[progress.application.id])
            if number <= here
            else "",
        )
        for number, stage in enumerate(stages)
    ]


def _state(distance: int, *, is_over: bool, is_done: bool) -> str:
    if distance < 0 or (is_done and not is_over):
        return "done"
    if is_over:
        return "blocked"
    return "todo" if distance else "current"
