"""Reads that are put into SQL once answer what is asked now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from biaobao.core.actor import SYSTEM
from biaobao.platform.audit import log
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import action, seeing_as
from biaobao.platform.reads import among, just, prepared

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ONE, OTHER = uuid4(), uuid4()

pytestmark = pytest.mark.django_db


@prepared
def values_of(
    lots: Collection[UUID], subjects: Collection[str], name: str
) -> QuerySet[AuditEvent, tuple[str, str]]:
    found = AuditEvent.objects.filter(lot_id__in=among("uuid", lots), name=just(name))
    found = found.filter(subject__in=among("text", subjects), reason="")
    return found.order_by("id").values_list("name", "subject")


@prepared
def parts_of(ids: Collection[int]) -> QuerySet[AuditEvent]:
    return (
        AuditEvent.objects.filter(id__in=among("bigint", ids)).only("id", "subject").order_by("id")
    )


@action
def tell() -> None:
    log.record_all(
        [
            log.Event("thing.done", "thing:1", lot_id=ONE),
            log.Event("thing.done", 'thing:"2"', lot_id=OTHER),
            log.Event("thing.undone", "thing:1", lot_id=ONE),
            log.Event("thing.done", "thing:1", reason="AGAIN", lot_id=ONE),
        ],
        at=AT,
        actor=SYSTEM,
    )


def test_each_call_is_answered_by_its_own_values_and_by_one_statement():
    tell()
    with (
        seeing_as(SYSTEM),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        first = values_of([ONE, OTHER], ["thing:1", 'thing:"2"'], "thing.done")
        second = values_of({ONE}, ("thing:1",), "thing.undone")
        none = values_of([], ["thing:1"], "thing.done")

    assert first == [("thing.done", "thing:1"), ("thing.done", 'thing:"2"')]
    assert second == [("thing.undone", "thing:1")]
    assert none == []
    assert len(asked) == 3


def test_rows_of_a_model_come_as_the_model_with_what_was_asked_for():
    tell()
    with seeing_as(SYSTEM):
        ids = list(AuditEvent.objects.order_by("id").values_list("id", flat=True))
        rows = parts_of(ids[:2])

    assert [(row.pk, row.subject) for row in rows] == [(ids[0], "thing:1"), (ids[1], 'thing:"2"')]
    assert rows[0].get_deferred_fields() >= {"name", "facts"}
    assert not rows[0]._state.adding


@pytest.mark.parametrize("fields", [("facts",), ("id", "facts")])
def test_what_django_would_have_to_convert_is_refused(fields: tuple[str, ...]):
    @prepared
    def facts_of(ids: Collection[int]) -> QuerySet[AuditEvent, tuple[Any, ...]]:
        return AuditEvent.objects.filter(id__in=among("bigint", ids)).values_list(*fields)

    with pytest.raises(TypeError, match="as the driver returns them"):
        facts_of([1])


def test_single_values_that_are_not_in_a_row_are_refused():
    @prepared
    def subjects_of(ids: Collection[int]) -> QuerySet[AuditEvent, Any]:
        return AuditEvent.objects.filter(id__in=among("bigint", ids)).values_list("name", flat=True)

    with pytest.raises(TypeError, match="rows of a model"):
        subjects_of([1])
