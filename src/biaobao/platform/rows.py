"""Writing many rows in one statement: columns travel as arrays, the server unpacks them.

For the hot paths only. Elsewhere Django's own ``bulk_create`` and ``bulk_update`` are fast enough.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


def insert_all(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of values in the order of the fields; fields that are left out take their defaults
    from the database."""
    _run(model, fields, rows, "INSERT INTO {table} ({columns}) SELECT {read} FROM {given}")


def insert_new(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Row], *, returning: str
) -> list[tuple[Any, ...]]:
    """Insert those rows that break no unique constraint, and return these columns of them."""
    return _run(
        model,
        fields,
        rows,
        "INSERT INTO {table} ({columns}) SELECT {read} FROM {given}"
        " ON CONFLICT DO NOTHING RETURNING {returning}",
        returning=returning,
    )


def update_all(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Set the fields of rows; the first field is the primary key and says which row."""
    _run(
        model,
        fields,
        rows,
        "UPDATE {table} SET {settings} FROM {given} WHERE {table}.{key} = {first}",
    )


def _run(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[Row],
    statement: str,
    *,
    returning: str = "",
) -> list[tuple[Any, ...]]:
    columns = [list(values) for values in zip(*rows, strict=True)]
    if not columns:
        return []
    known = [_column(model, field) for field in fields]
    for values, (_, _, is_json) in zip(columns, known, strict=True):
        if is_json:
            values[:] = [json.dumps(value, ensure_ascii=False) for value in values]
    read = [f"g.c{n}::{kind}" for n, (_, kind, _) in enumerate(known)]
    given = ", ".join("%s::" + ("text" if is_json else kind) + "[]" for _, kind, is_json in known)
    names = [name for name, _, _ in known]
    sql = statement.format(
        table=model._meta.db_table,
        columns=", ".join(names),
        read=", ".join(read),
        settings=", ".join(f"{n} = {r}" for n, r in zip(names[1:], read[1:], strict=True)),
        key=names[0],
        first=read[0],
        returning=returning,
        given=f"unnest({given}) AS g ({', '.join(f'c{n}' for n in range(len(known)))})",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
        return cursor.fetchall() if cursor.description else []


@cache
def _column(model: type[models.Model], field: str) -> tuple[str, str, bool]:
    """Return the column's name and type, and whether it holds JSON."""
    found = model._meta.get_field(field)
    if not isinstance(found, models.Field):
        raise TypeError(f"{field} is no column of {model.__name__}")
    kind = found.rel_db_type(connection) if found.primary_key else found.db_type(connection)
    return str(found.column), str(kind), isinstance(found, models.JSONField)
