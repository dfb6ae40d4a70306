"""Writing many rows in one statement: they travel as one JSON document, the server unpacks it.

A value that all rows share travels once, beside it. For the hot paths only; elsewhere Django's own
``bulk_create`` and ``bulk_update`` are fast enough. Arrays of values, one for each column, cost four times
as much: the driver quotes each of their elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
from django.db import connection, models

# The values of a row by the names of its columns.
Row = Mapping[str, Any]

_INSERT = "INSERT INTO {table} ({columns}{same_columns}) SELECT {columns}{same_values} FROM {given}"
_UPDATE = (
    "UPDATE {table} SET {settings}{same_settings} FROM {given} WHERE {table}.{key} = given.{key}"
)


def insert_all(model: type[models.Model], rows: Iterable[Row], **same: Any) -> None:
    """Insert rows that all give the same columns; the others take the database's defaults.

    :param same: columns that have one value in all rows, here and below.
    """
    _run(model, rows, _INSERT, same)


def insert_new(
    model: type[models.Model], rows: Iterable[Row], *, key: str, returning: str, **same: Any
) -> list[tuple[Any, ...]]:
    """Insert those rows whose natural key, these columns, is new, and return these columns of them."""
    new = f"{_INSERT} ON CONFLICT ({key}) DO NOTHING RETURNING {returning}"
    return _run(model, rows, new, same)


def update_all(model: type[models.Model], rows: Iterable[Row], **same: Any) -> None:
    """Set the columns of rows; the first of them is the primary key and says which row."""
    _run(model, rows, _UPDATE, same)


def given(*columns: str) -> str:
    """Return what stands behind FROM for rows that ``packed`` made: each column with its type.

    ``given("key text", "fen bigint")`` is a table ``given`` of these columns, and takes one parameter.
    """
    return f"json_to_recordset(%s::json) AS given ({', '.join(columns)})"


def packed(rows: Iterable[Row]) -> str:
    """Return rows as the document that ``given`` unpacks."""
    return orjson.dumps(list(rows)).decode()


def _run(
    model: type[models.Model], rows: Iterable[Row], statement: str, same: Row
) -> list[tuple[Any, ...]]:
    given_rows = list(rows)
    if not given_rows:
        return []
    sql = _statement(model, tuple(given_rows[0]), tuple(same), statement)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*same.values(), packed(given_rows)])
        return cursor.fetchall() if cursor.description else []


@cache
def _statement(
    model: type[models.Model], names: tuple[str, ...], same: tuple[str, ...], statement: str
) -> str:
    return statement.format(
        table=model._meta.db_table,
        columns=", ".join(names),
        settings=", ".join(f"{name} = given.{name}" for name in names[1:]),
        key=names[0],
        same_columns="".join(f", {name}" for name in same),
        same_values="".join(f", %s::{_type(model, name)}" for name in same),
        same_settings="".join(f", {name} = %s::{_type(model, name)}" for name in same),
        given=given(*(f"{name} {_type(model, name)}" for name in names)),
    )


def _type(model: type[models.Model], column: str) -> str:
    field = model._meta.get_field(column)
    if not isinstance(field, models.Field):
        raise TypeError(f"{column} is no column of {model.__name__}")
    # A foreign key's own type is that of the key it holds; a key of our own would be a serial.
    kind = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return str(kind)
