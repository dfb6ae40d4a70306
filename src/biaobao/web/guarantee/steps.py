"""The bar of steps of an application, and the page of each."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Application, Progress, Stage
from biaobao.web.ui.parts import Step

# Before there is an application.
LOT = _("选择标段")
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


def before() -> list[Step]:
    """Return the steps as they are while a lot is chosen."""
    return [Step(str(LOT), "current"), *(Step(str(title), "todo") for title in TITLES.values())]


def of(progress: Progress) -> list[Step]:
    """Return the steps with their states; nothing goes on with an application that ended."""
    application = progress.application
    stages = list(Stage)
    here = stages.index(_reached(application) if application.ended_at else progress.stage)
    return [
        Step(str(LOT), "done", reverse("guarantee:lots")),
        *(
            Step(
                str(TITLES[stage]),
                _state(number - here, application),
                _address(application, stage) if number <= here else "",
            )
            for number, stage in enumerate(stages)
        ),
    ]


def _state(distance: int, application: Application) -> str:
    if distance < 0 or (application.issued_at and not application.ended_at):
        return "done"
    if distance:
        return "todo"
    return "over" if application.ended_at else "current"


def _address(application: Application, stage: Stage) -> str:
    # Once it is submitted nothing is chosen any more.
    is_settled = stage is Stage.PRODUCT and application.state is not ApplicationState.DRAFT
    return "" if is_settled else reverse(f"guarantee:{PAGES[stage]}", args=[application.id])


def _reached(application: Application) -> Stage:
    """Return how far an application came that ended."""
    if application.paid_at:
        return Stage.LETTER
    if application.signed_at:
        return Stage.PAYMENT
    if application.decided_at and application.state is not ApplicationState.DECLINED:
        return Stage.SIGNING
    return Stage.CREDIT if application.product_id else Stage.PRODUCT
