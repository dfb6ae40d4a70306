"""Reading by many values in one statement, and statements that are put into SQL only once.

For the hot paths. A queryset becomes SQL each time anew, which often takes longer than the server takes to
answer, and booking one notice asks some twenty times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.expressions import RawSQL
from django.db.models.query import (
    ModelIterable,
    RelatedPopulator,
    ValuesListIterable,
    get_related_populators,
)
from psycopg.sql import Literal

P = ParamSpec("P")
Found = TypeVar("Found")


def among(kind: str, values: Iterable[Any]) -> RawSQL:
    """Return what stands behind ``__in`` for many values of a type: one parameter, whatever their number.

    :param kind: ``uuid``, ``bigint``, ``date`` or ``text``.
    """
    given = _Given(values.position, kind) if isinstance(values, _Slot) else _document(kind, values)
    # What is unpacked has its type at once. A cast behind it could fail and tell what it saw, so the server
    # would ask row-level security of every row of the table before it asks the index for the few.
    if kind == "text":
        return RawSQL("SELECT value FROM json_array_elements_text(%s::json)", [given])
    # The type is a word of ours, never input.
    return RawSQL(f"SELECT value FROM unnest(%s::{kind}[]) AS value", [given])


def just(value: Any) -> RawSQL:
    """Return what stands behind ``=`` for a parameter of a prepared read that is no collection."""
    return RawSQL("%s", [_Given(value.position) if isinstance(value, _Slot) else value])


def prepared(build: Callable[P, models.QuerySet[Any, Found]]) -> Callable[P, list[Found]]:
    """Make a read of the queryset that a function builds from its parameters, all of them positional.

    The function is called once. It hands its parameters on to ``among`` and ``just`` and looks at none of
    them; all else in the queryset is the same in every call.
    """
    known: list[_Statement] = []

    @wraps(build)
    def read(*values: P.args, **_none: P.kwargs) -> list[Found]:
        if not known:
            known.append(_statement(cast("Any", build)(*map(_Slot, range(len(values))))))
        statement = known[0]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, [_filled(each, values) for each in statement.parameters])
            found: list[Any] = cursor.fetchall()
        if statement.model is None:
            return found
        made = [statement.instance(row) for row in found]
        models.prefetch_related_objects(made, *statement.prefetched)
        return cast("list[Found]", made)

    return read


@dataclass(frozen=True, slots=True)
class _Slot:
    """Stands for what a parameter will be, while the statement is made."""

    position: int


@dataclass(frozen=True, slots=True)
class _Given:
    """Stands in a statement's parameters for one of the call; with a kind for a collection of it."""

    position: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A queryset as SQL, and how a row becomes an instance of its model, if of any.

    :param columns: the model's own, which come first in a row.
    :param related: puts what came with ``select_related`` where it belongs.
    :param prefetched: what is read for the rows, if there are any, as by ``prefetch_related``.
    """

    sql: str
    parameters: Sequence[_Given]
    model: type[models.Model] | None
    columns: Sequence[str]
    related: Sequence[RelatedPopulator]
    prefetched: Sequence[str]

    def instance(self, row: Sequence[Any]) -> Any:
        model = cast("type[models.Model]", self.model)
        made = model.from_db(DEFAULT_DB_ALIAS, self.columns, row[: len(self.columns)])
        for one in self.related:
            one.populate(row, made)
        return made


def _statement(queryset: models.QuerySet[Any, Any]) -> _Statement:
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    kind = queryset._iterable_class
    expressions = [expression for expression, *_ in compiler.select]
    if kind not in (ModelIterable, ValuesListIterable) or compiler.get_converters(expressions):
        raise TypeError(f"neither rows of a model nor values as the driver returns them: {sql}")
    said, given = _inlined(sql, parameters), [each for each in parameters if _is_given(each)]
    if kind is ValuesListIterable:
        return _Statement(said, given, None, (), (), ())
    own = [
        expressions[position].target.attname for position in compiler.klass_info["select_fields"]
    ]
    related = get_related_populators(  # type: ignore[call-arg]  # the stubs are of a newer Django
        compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS
    )
    prefetched = queryset._prefetch_related_lookups  # type: ignore[attr-defined]  # no public way to it
    return _Statement(said, given, queryset.model, own, related, prefetched)


def _inlined(sql: str, parameters: Sequence[Any]) -> str:
    """Write what is the same in every call into the statement.

    Only then can the server plan once and for all and still take an index of few rows, whose condition it
    has to see met.
    """
    first, *rest = sql.split("%s")
    said = (
        "%s"
        if _is_given(each)
        else Literal(each).as_string(connection.connection).replace("%", "%%")
        for each in parameters
    )
    return first + "".join(one + after for one, after in zip(said, rest, strict=True))


def _is_given(parameter: Any) -> bool:
    return isinstance(parameter, _Given)


def _filled(parameter: _Given, values: Sequence[Any]) -> Any:
    value = values[parameter.position]
    return _document(parameter.kind, value) if parameter.kind else value


def _document(kind: str, values: Iterable[Any]) -> str:
    document = orjson.dumps(list(values)).decode()
    # Ids and numbers look the same in an array of either kind.
    return document if kind == "text" else f"{{{document[1:-1]}}}"
