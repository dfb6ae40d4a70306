"""The audit trail is written in the transaction that it tells of, and never changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import SYSTEM
from biaobao.platform.audit import log
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import action, seeing_as

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@action
def tell(name: str, *, then: Exception | None = None) -> None:
    log.record(log.Event(name, "thing:1"), at=AT, actor=SYSTEM)
    if then:
        raise then


def told() -> list[str]:
    with seeing_as(SYSTEM):
        return list(AuditEvent.objects.order_by("id").values_list("name", flat=True))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_auditevent SET name = 'thing.other'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_the_database_refuses_to_rewrite_the_audit_trail(change: str):  # INV-10
    tell("thing.done")

    with (
        pytest.raises(IntegrityError, match="append-only"),
        seeing_as(SYSTEM),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)

    assert told() == ["thing.done"]


def test_what_did_not_happen_is_not_told():  # INV-10
    with pytest.raises(ValueError, match="no"):
        tell("thing.done", then=ValueError("no"))

    assert told() == []


def test_outside_an_action_nothing_is_told():
    with pytest.raises(RuntimeError, match="is a step"):
        log.record(log.Event("thing.done", "thing:1"), at=AT, actor=SYSTEM)
