"""Deciding on an application at a guarantor's desk: once, by its own people or by its system."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.guarantees.actions import underwriting
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Answer, AnswerKind
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given.guarantees import Applied

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Applied:
    return given.submitted(offered=given.product(needs_person=True))


def decide(applied: Applied, actor: Actor | None = None, **changes: Any) -> None:
    asked: dict[str, Any] = {"application_id": applied.id, "is_approved": True, "words": ""}
    own = actor or given.desk(applied.product.guarantor.id)
    underwriting.decide(**asked | changes, at=applied.at, actor=own)


def test_decided_at_the_desk_the_systems_answer_changes_nothing(waiting: Applied):
    decide(waiting)

    underwriting.keep_decision(
        application_id=waiting.id, answer=Answer(AnswerKind.NO), at=waiting.at, actor=SYSTEM
    )

    assert (waiting.state, waiting.exposure) == (ApplicationState.APPROVED, "RESERVED")


def test_answered_by_the_system_the_desk_is_told_that_it_is_decided(waiting: Applied):
    underwriting.keep_decision(
        application_id=waiting.id, answer=Answer(AnswerKind.YES), at=waiting.at, actor=SYSTEM
    )

    with pytest.raises(Refused, match="APPLICATION_DECIDED"):
        decide(waiting, is_approved=False, words="不予出函")

    assert waiting.state is ApplicationState.APPROVED


@pytest.mark.parametrize("other", [given.desk, given_parties.operator, given_parties.supervisor])
def test_nobody_else_decides(waiting: Applied, other: Any):
    with pytest.raises(NotFound):
        decide(waiting, other())
    with pytest.raises(NotFound):
        decide(waiting, application_id=uuid4())

    assert waiting.state is ApplicationState.UNDERWRITING
