"""What every guarantor's channel must do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from biaobao.adapters.guarantors.sandbox import SandboxGuarantor
from biaobao.core.money import Money
from biaobao.domain.guarantees.ports import GuarantorChannel
from biaobao.domain.guarantees.types import Answer, AnswerKind, Inquiry, Order
from tests.given.guarantees import particulars

YES, NO = Answer(AnswerKind.YES), Answer(AnswerKind.NO, "资质不符")


@pytest.fixture
def sandbox(tmp_path: Path) -> SandboxGuarantor:
    return SandboxGuarantor(tmp_path)


@pytest.fixture
def channel(sandbox: SandboxGuarantor) -> GuarantorChannel:
    return sandbox


def inquiry() -> Inquiry:
    return Inquiry(
        str(uuid4()), "91330800MA", "衢州示例建设有限公司", "91330800MB", Money(5), particulars()
    )


def order() -> Order:
    paid_at = datetime(2026, 6, 8, tzinfo=UTC)
    return Order(str(uuid4()), "91330800MA", Money(5), Money(3), paid_at)


def test_a_person_has_not_decided_until_he_has(
    channel: GuarantorChannel, sandbox: SandboxGuarantor
):
    asked, other = inquiry(), inquiry()
    assert channel.decide(asked).kind is AnswerKind.NOT_YET
    assert channel.decide(other).kind is AnswerKind.NOT_YET
    assert set(sandbox.waiting()) == {asked.key, other.key}

    sandbox.say(asked.key, NO)
    sandbox.say(asked.key, YES)

    assert channel.decide(asked) == channel.decide(asked) == NO
    assert channel.decide(other).kind is AnswerKind.NOT_YET
    assert sandbox.waiting() == {other.key: "衢州示例建设有限公司"}


def test_one_order_has_one_answer(channel: GuarantorChannel, sandbox: SandboxGuarantor):
    accepted, refused = order(), order()
    sandbox.refuse(refused.key, NO.words)

    assert channel.accept(accepted) == YES
    sandbox.refuse(accepted.key, NO.words)

    assert channel.accept(accepted) == YES
    assert channel.accept(refused) == NO


def test_a_key_that_is_none_of_ours_leads_nowhere(sandbox: SandboxGuarantor):
    with pytest.raises(ValueError, match="no key"):
        sandbox.say("../elsewhere", YES)
