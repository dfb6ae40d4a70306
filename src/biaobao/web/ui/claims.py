"""Claims under letters (索赔) as all consoles show them: how one stands, what is next, every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import (
    Claim,
    ClaimDesk,
    Discrepancy,
    FileKind,
    StayOutcome,
)
from biaobao.domain.securities.rules import CAUSES
from biaobao.web.ui.banks import BANK_REASONS
from biaobao.web.ui.parts import Event

Words = str | Promise

STATES: dict[ClaimState, tuple[str, Words]] = {
    ClaimState.DRAFT: ("wait", _("待签章")),
    ClaimState.PRESENTED: ("wait", _("审查中")),
    ClaimState.STAYED: ("warn", _("中止支付")),
    ClaimState.ACCEPTED: ("wait", _("同意赔付，待备款")),
    ClaimState.PAYING: ("wait", _("正在付款")),
    ClaimState.PAY_FAILED: ("bad", _("付款未成功")),
    ClaimState.PAID: ("ok", _("已赔付")),
    ClaimState.CLOSED: ("muted", _("已赔付，追偿已结束")),
    ClaimState.REFUSED: ("bad", _("已拒绝")),
    ClaimState.WITHDRAWN: ("muted", _("已撤回")),
    ClaimState.STOPPED: ("muted", _("法院终止支付")),
}
DISCREPANCIES: dict[Discrepancy, Words] = {
    Discrepancy.LETTER_NUMBER: _("保函编号不符"),
    Discrepancy.BENEFICIARY_SEAL: _("受益人签章不符"),
    Discrepancy.AMOUNT: _("金额不符"),
    Discrepancy.CAUSE: _("索赔事由不在保函约定之内"),
    Discrepancy.CLAUSE: _("所引的招标文件条款不符"),
    Discrepancy.STATEMENT: _("缺少保函要求的声明"),
    Discrepancy.PAYEE: _("收款账户不符"),
    Discrepancy.DOCUMENTS: _("缺少保函要求的文件，或文件之间互相矛盾"),
}
OUTCOMES: dict[StayOutcome, Words] = {
    StayOutcome.LIFTED: _("法院解除中止支付"),
    StayOutcome.NOT_SUED: _("三十日内没有起诉，裁定失效"),
    StayOutcome.FINAL: _("法院判决终止支付"),
}
FILES: dict[FileKind, Words] = {
    FileKind.DEMAND: _("索赔申请书（已签章）"),
    FileKind.DOCUMENT: _("证明文件"),
    FileKind.COURT: _("法院文书"),
}
# What those who demand, and those who examine, are told to do next.
TO_BENEFICIARY: dict[ClaimState, Words] = {
    ClaimState.DRAFT: _("请阅读下面的索赔申请书，用本单位的数字证书签章后提交。"),
    ClaimState.PRESENTED: _("出函机构应在五个工作日内审查完毕，无需操作。"),
    ClaimState.STAYED: _("法院裁定暂不支付，裁定解除后自动继续。"),
    ClaimState.ACCEPTED: _("出函机构同意赔付，正在备款，到账后自动付给本单位。"),
    ClaimState.PAYING: _("已通知银行付款，银行扣款后显示已赔付。"),
    ClaimState.PAY_FAILED: _("银行没有付成，请在下面核对并更换收款账户。"),
    ClaimState.PAID: _("款项已付到下列账户，无需操作。"),
    ClaimState.CLOSED: _("款项已付到下列账户，无需操作。"),
    ClaimState.REFUSED: _("不符点列在下面。保函到期以前，补正后可以重新提出索赔。"),
    ClaimState.WITHDRAWN: _("保函到期以前，可以重新提出索赔。"),
    ClaimState.STOPPED: _("法院判决不再支付，这笔索赔已经结束。"),
}
TO_GUARANTOR: dict[ClaimState, Words] = {
    ClaimState.PRESENTED: _(
        "请对照保函审查单据表面是否相符，到期前同意赔付，或一次列出全部不符点拒绝。"
    ),
    ClaimState.STAYED: _("法院裁定暂不支付。裁定解除、失效或有判决后，请在下面登记。"),
    ClaimState.ACCEPTED: _("请把赔款汇到下列账户，到账后系统自动付给受益人。"),
    ClaimState.PAYING: _("备款已到，已通知银行付给受益人，无需操作。"),
    ClaimState.PAY_FAILED: _("银行没有付成，等受益人更换收款账户，无需操作。"),
    ClaimState.PAID: _("可以向申请人追偿；追回的款项请在下面登记。"),
    ClaimState.CLOSED: _("追偿已经结束，无需操作。"),
    ClaimState.REFUSED: _("不符点已经告知受益人，无需操作。"),
    ClaimState.WITHDRAWN: _("受益人已撤回，无需操作。"),
    ClaimState.STOPPED: _("法院判决终止支付，无需操作。"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim in words."""

    row: Claim
    tone: str
    word: Words
    cause: str
    discrepancies: tuple[Words, ...]
    problem: Words

    @property
    def is_to_examine(self) -> bool:
        """Whether the guarantor's clock runs."""
        return self.row.state is ClaimState.PRESENTED


def shown(claim: Claim) -> Shown:
    return Shown(
        claim,
        *STATES[claim.state],
        CAUSES[claim.terms.cause],
        tuple(DISCREPANCIES[each] for each in claim.discrepancies),
        _problem(claim.problem),
    )


def waits(claim: Claim) -> bool:
    """Tell whether the bank may change at any moment how a claim stands."""
    return claim.state in (ClaimState.ACCEPTED, ClaimState.PAYING)


def seen(desk: ClaimDesk) -> str:
    """Return what changes when the bank does something: state, money, account."""
    return f"{desk.claim.state}-{desk.claim.funded.fen}-{desk.account is not None}"


def steps(desk: ClaimDesk) -> list[Event]:
    """Return what happened to a claim, the newest first."""
    return sorted(_steps(desk), key=lambda event: event.at, reverse=True)


def _steps(desk: ClaimDesk) -> Iterator[Event]:
    claim = desk.claim
    yield Event(claim.drafted_at, claim.beneficiary_name, _now("填写索赔申请书"))
    if claim.presented_at:
        yield Event(
            claim.presented_at, claim.beneficiary_name, _now("签章并提交"), "info", claim.signer
        )
    yield from _stays(desk)
    if claim.decided_at:
        is_refused = claim.state is ClaimState.REFUSED
        text, tone = (_now("拒绝赔付"), "bad") if is_refused else (_now("同意赔付"), "ok")
        yield Event(claim.decided_at, claim.guarantor_name, text, tone, claim.words)
    if claim.paid_at:
        detail = _now("银行已扣款 %(amount)s") % {"amount": claim.terms.amount}
        yield Event(claim.paid_at, _now("银行"), _now("付给受益人"), "ok", detail)
    for receipt in desk.receipts:
        detail = f"{receipt.amount} {receipt.received_on} {receipt.note}".strip()
        yield Event(receipt.noted_at, claim.guarantor_name, _now("登记追回款项"), detail=detail)
    yield from _end(claim)


def _stays(desk: ClaimDesk) -> Iterator[Event]:
    actor = desk.claim.guarantor_name
    for stay in desk.stays:
        detail = f"{stay.court} {stay.case_number}"
        yield Event(stay.ordered_at, actor, _now("登记法院中止支付"), "warn", detail)
        if stay.ended_at and stay.outcome:
            yield Event(stay.ended_at, actor, str(OUTCOMES[stay.outcome]), "info", detail)


def _end(claim: Claim) -> Iterator[Event]:
    if claim.ended_at and claim.state is ClaimState.WITHDRAWN:
        yield Event(claim.ended_at, claim.beneficiary_name, _now("撤回索赔"))
    if claim.ended_at and claim.state is ClaimState.CLOSED:
        why = _now("全部追回") if claim.ended_why == "RECOVERED" else claim.ended_why
        yield Event(claim.ended_at, claim.guarantor_name, _now("追偿结束"), detail=why)


def _problem(code: str) -> Words:
    if code == "BANK_RETURNED":
        return _("款项被收款银行退回（退汇）")
    return BANK_REASONS.get(code, code)
