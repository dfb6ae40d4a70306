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
from biaobao.domain.tenders.models import Lot, Project
from biaobao.platform.audit import log
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import action, seeing_as
from biaobao.platform.reads import among, just, prepared
from tests.given import tenders as given

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


@prepared
def projects_of(lots: Collection[UUID]) -> QuerySet[Lot]:
    return Lot.objects.filter(id__in=among("uuid", lots)).select_related("project", "winner")


@prepared
def a_project() -> QuerySet[Project]:
    found = Project.objects.order_by("-id").prefetch_related("lots__winner")
    return found[:1]


@prepared
def half_done(lots: Collection[UUID]) -> QuerySet[AuditEvent, tuple[str]]:
    found = AuditEvent.objects.filter(lot_id__in=among("uuid", lots), name__contains="50%")
    return found.values_list("subject")


@action
def tell(*more: log.Event) -> None:
    log.record_all(
        [
            log.Event("thing.done", "thing:1", lot_id=ONE),
            log.Event("thing.done", 'thing:"2"', lot_id=OTHER),
            log.Event("thing.undone", "thing:1", lot_id=ONE),
            log.Event("thing.done", "thing:1", reason="AGAIN", lot_id=ONE),
            *more,
        ],
        at=AT,
        actor=SYSTEM,
    )


def test_each_call_is_answered_by_its_own_values_and_by_one_statement():
    tell()
    with seeing_as(SYSTEM), CaptureQueriesContext(connection) as asked:
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


def test_what_is_selected_beside_a_row_is_where_django_puts_it():
    lot = given.lot()
    with seeing_as(SYSTEM):
        (row,) = projects_of([lot.id])
        expected = Lot.objects.select_related("project").get(pk=lot.id)

        with CaptureQueriesContext(connection) as asked:
            found = (row, row.project, row.project.name, row.winner)

    assert found == (expected, expected.project, expected.project.name, None)
    assert len(asked) == 0


def test_of_as_many_rows_as_asked_for_what_belongs_to_them_is_read_too():
    with seeing_as(SYSTEM):
        assert a_project() == []
    lot = max(given.lot(), given.lot(), key=lambda lot: lot.project_id)
    with seeing_as(SYSTEM):
        (project,) = a_project()
        with CaptureQueriesContext(connection) as asked:
            found = [(each.pk, each.winner) for each in project.lots.all()]

    assert found == [(lot.id, None)]
    assert len(asked) == 0


def test_what_is_the_same_in_every_call_may_hold_signs_that_mean_something_to_the_driver():
    done = log.Event("thing.50%", "thing:3", lot_id=ONE)
    tell(done)
    with seeing_as(SYSTEM):
        assert half_done([ONE]) == half_done([ONE]) == [("thing:3",)]
        assert half_done([OTHER]) == []


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
