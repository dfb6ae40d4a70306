"""Writing many rows in one statement: they travel as one JSON document, the server unpacks it.

For the hot paths only; elsewhere Django's own ``bulk_create`` and ``bulk_update`` are fast enough. Arrays
of values, one for each column, cost four times as much: the driver quotes each of their elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.expressions import RawSQL

Row = Sequence[Any]


def insert_all(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of values in the order of the fields; the others take the database's defaults."""
    _run(
        model, tuple(fields), rows, "INSERT INTO {table} ({columns}) SELECT {columns} FROM {given}"
    )


def insert_new(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Row], *, returning: str
) -> list[tuple[Any, ...]]:
    """Insert those rows that break no unique constraint, and return these columns of them."""
    return _run(
        model,
        tuple(fields),
        rows,
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {given}"
        " ON CONFLICT DO NOTHING RETURNING " + returning,
    )


def update_all(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Set the fields of rows; the first field is the primary key and says which row."""
    _run(
        model,
        tuple(fields),
        rows,
        "UPDATE {table} SET {settings} FROM {given} WHERE {table}.{key} = given.{key}",
    )


def given(*columns: str) -> str:
    """Return what stands behind FROM for rows that ``packed`` made: each column with its type.

    ``given("key text", "fen bigint")`` is a table ``given`` of these columns, and takes one parameter.
    """
    return f"json_to_recordset(%s::json) AS given ({', '.join(columns)})"


def among(kind: str, values: Iterable[Any]) -> RawSQL:
    """Return what stands behind ``__in`` for many values of a type: one parameter, whatever their number.

    :param kind: ``uuid``, ``bigint`` or ``text``.
    """
    # What is unpacked has its type at once. A cast behind it could fail and tell what it saw, so the server
    # would ask row-level security of every row of the table before it asks the index for the few.
    document = orjson.dumps(list(values)).decode()
    if kind == "text":
        return RawSQL("SELECT value FROM json_array_elements_text(%s::json)", [document])
    # The type is a word of ours, never input. Ids and numbers look the same in an array of either kind.
    return RawSQL(f"SELECT value FROM unnest(%s::{kind}[]) AS value", [f"{{{document[1:-1]}}}"])


def packed(names: Sequence[str], rows: Iterable[Row]) -> str:
    """Return rows as the document that ``given`` unpacks."""
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()


def _run(
    model: type[models.Model], fields: tuple[str, ...], rows: Iterable[Row], statement: str
) -> list[tuple[Any, ...]]:
    sql, names = _statement(model, fields, statement)
    document = packed(names, rows)
    if document == "[]":
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [document])
        return cursor.fetchall() if cursor.description else []


@cache
def _statement(
    model: type[models.Model], fields: tuple[str, ...], statement: str
) -> tuple[str, tuple[str, ...]]:
    columns = [_column(model, field) for field in fields]
    names = tuple(name for name, _ in columns)
    sql = statement.format(
        table=model._meta.db_table,
        columns=", ".join(names),
        settings=", ".join(f"{name} = given.{name}" for name in names[1:]),
        key=names[0],
        given=given(*(f"{name} {kind}" for name, kind in columns)),
    )
    return sql, names


def _column(model: type[models.Model], field: str) -> tuple[str, str]:
    found = model._meta.get_field(field)
    if not isinstance(found, models.Field):
        raise TypeError(f"{field} is no column of {model.__name__}")
    kind = found.rel_db_type(connection) if found.primary_key else found.db_type(connection)
    return str(found.column), str(kind)
