"""What a bidder reads of an application that ended: why, where the premium is, and what can still be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from biaobao.core.actor import Actor
from biaobao.core.refusal import Objection
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import PremiumOutcome, PremiumRefundState
from biaobao.domain.guarantees.types import Payment, Progress
from biaobao.domain.tenders.types import Way
from biaobao.web.guarantee.applications import STATES
from biaobao.web.ui.lots import WAYS
from biaobao.web.ui.words import explain

# As endings these situations say something else than as refusals.
ENDINGS = {
    "GUARANTOR_PAUSED": (_("没有通过授信审核。"), _("该担保机构暂停受理新的申请。")),
    "DEADLINE_PASSED": (_("没有出函。"), _("到投标截止时，保函还没有办成。")),
    "LOT_TERMINATED": (_("申请已结束。"), _("标段已终止，不再需要投标担保。")),
}
# What only the bidder can mend, in 账户中心.
OF_THE_PROFILE = ("PROFILE_INCOMPLETE", "LICENCE_EXPIRED")
TROUBLED = {
    PremiumRefundState.WAITING,
    PremiumRefundState.FAILED,
    PremiumRefundState.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """An application that ended, in words.

    :param said: what the guarantor said to it.
    :param premium: tone, word and sentence for where the premium is.
    :param other_ways: those besides a letter by which the lot can still be secured.
    :param present_way: by which it is being secured now, if by any.
    """

    tone: str
    word: object
    what: object
    why: object
    said: str
    mends_profile: bool
    premium: tuple[str, object, object]
    can_apply: bool
    other_ways: tuple[object, ...]
    present_way: object
    is_over: bool


def ended(progress: Progress, *, at: datetime, actor: Actor) -> Ended | None:
    """Return how an application ended; None for one that did not."""
    application = progress.application
    if application.ended_at is None:
        return None
    onward = applications.onward(lot_id=progress.lot.id, at=at, actor=actor)
    is_free = onward.way is None
    words = explain(Objection(application.why))
    what, why = ENDINGS.get(application.why, (words.what, words.why))
    _tone, word = STATES[application.state]
    return Ended(
        tone="muted" if application.why in ("CANCELLED", "REVOKED", "SURRENDERED") else "bad",
        word=word,
        what=str(what).removesuffix("。"),
        why=why,
        said=application.words,
        mends_profile=application.why in OF_THE_PROFILE,
        premium=_premium(progress.payment),
        can_apply=is_free and Way.GUARANTEE in onward.ways,
        other_ways=tuple(WAYS[way] for way in onward.ways if way is Way.DEPOSIT and is_free),
        present_way=WAYS[onward.way] if onward.way else "",
        is_over=not onward.ways,
    )


def _premium(paid: Payment | None) -> tuple[str, object, object]:
    """Return where the premium is: tone, word, and a sentence."""
    came = paid.credits if paid else ()
    refunds = {refund.state for credit in came for refund in credit.refunds}
    if not came:
        return "muted", _("没有付过"), _("没有收到过保费，不需要退回。")
    if refunds & TROUBLED:
        return (
            "warn",
            _("正在退回"),
            _("退款没有一次办成，将改退到核验过的基本账户；请核对企业信息中的基本账户。"),
        )
    if PremiumRefundState.ORDERED in refunds:
        return "wait", _("正在退回"), _("已交银行原路退回，通常几分钟；退到后本页自动更新。")
    if refunds:
        return "ok", _("已退回"), _("已全部原路退回付款账户。")
    if all(credit.outcome is PremiumOutcome.REVERSED for credit in came):
        return "muted", _("银行已冲回"), _("银行已把这笔款项冲回付款账户。")
    return "wait", _("正在退回"), _("系统正在安排原路退回，不需要申请。")
