"""The grammar of the database: actions own transactions, steps join them, queries only read.

Row-level security is part of it. A table with secrets shows a row only to the *scope* of the
transaction: an action sees everything (it asks its rules who may), a query sees what its actor may,
and code that is neither sees nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.db import connection, migrations, transaction

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.refusal import Remembered

P = ParamSpec("P")
R = TypeVar("R")


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Own the whole transaction: no other may be open when the function is called.

    An exception undoes everything, but for a refusal that is to be remembered.
    """

    @wraps(function)
    def whole_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=True), _scope(SYSTEM):
            try:
                return function(*args, **kwargs)
            except Remembered as remembered:
                refusal = remembered
        raise refusal

    whole_transaction.is_action = True  # type: ignore[attr-defined]  # read by tests/architecture
    return whole_transaction


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Take part in an action's transaction: refuse to run without one."""

    @wraps(function)
    def inside_an_action(*args: P.args, **kwargs: P.kwargs) -> R:
        if not _in_transaction():
            raise RuntimeError(f"{function.__qualname__} is a step: call it from an action")
        return function(*args, **kwargs)

    inside_an_action.is_step = True  # type: ignore[attr-defined]  # read by tests/architecture
    return inside_an_action


def query(function: Callable[P, R]) -> Callable[P, R]:
    """Read as the ``actor`` among the keyword arguments; inside an action, as that action."""

    @wraps(function)
    def scoped(*args: P.args, **kwargs: P.kwargs) -> R:
        if _in_transaction():
            return function(*args, **kwargs)
        actor = kwargs["actor"]
        if not isinstance(actor, Actor):
            raise TypeError(f"{function.__qualname__} is a query: it takes an actor")
        with _at_one_instant(), transaction.atomic(), _scope(actor):
            return function(*args, **kwargs)

    scoped.is_query = True  # type: ignore[attr-defined]  # read by tests/architecture
    return scoped


def one(found: Iterable[R]) -> R | None:
    """Return the only row that a unique key finds, if there is one.

    Unlike ``first`` it does not order: for small reads that is a third of what they cost.
    """
    return next(iter(found), None)


@contextmanager
def seeing_as(actor: Actor) -> Iterator[None]:
    """Read as an actor, in tests and commands that look at rows themselves."""
    with transaction.atomic(), _scope(actor):
        yield


@contextmanager
def _at_one_instant() -> Iterator[None]:
    """Have all that the next transaction reads be as it was at one instant.

    Otherwise a page may find a deposit confirmed and its security not yet: what is committed between two
    of its reads would be seen by the second only.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    driver: psycopg.Connection[Any] = connection.connection
    driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        if not driver.closed:
            driver.isolation_level = None


@contextmanager
def _scope(actor: Actor) -> Iterator[None]:
    before = _set_scope((actor.role.value, str(actor.organisation_id or "")))
    yield
    # A real transaction ends here and takes its settings with it; a test's wrapping one does not.
    if _nested_in_a_test() and not connection.needs_rollback:
        _set_scope(before)


def _set_scope(scope: tuple[str, str]) -> tuple[str, str]:
    """Set role and organisation, and return what they were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('biaobao.role', true), ''),"
            " coalesce(current_setting('biaobao.organisation', true), ''),"
            " set_config('biaobao.role', %s, true), set_config('biaobao.organisation', %s, true)",
            scope,
        )
        role, organisation, *_ = cursor.fetchone()
    return role, organisation


def _in_transaction() -> bool:
    # The transaction that a test case wraps around every test does not count.
    return any(not block._from_testcase for block in _blocks())


def _nested_in_a_test() -> bool:
    return any(block._from_testcase for block in _blocks())


def _blocks() -> list[Any]:
    # Django keeps the open atomic blocks here and offers no public way to tell a test's own.
    blocks: list[Any] = connection.atomic_blocks
    return blocks


IS_SYSTEM = f"current_setting('biaobao.role', true) = '{Role.SYSTEM}'"


def is_organisation(column: str) -> str:
    """Return the SQL that holds when the column is the organisation that reads, as a bidder."""
    return (
        f"(current_setting('biaobao.role', true) = '{Role.BIDDER}' AND {column}::text"
        " = current_setting('biaobao.organisation', true))"
    )


def is_guarantor(column: str) -> str:
    """Return the SQL that holds when the column is the guarantor that reads."""
    return (
        f"(current_setting('biaobao.role', true) = '{Role.GUARANTOR}' AND {column}::text"
        " = current_setting('biaobao.organisation', true))"
    )


def is_opened(lot_column: str) -> str:
    """Return the SQL that holds once the lot is opened, for those who run its project or watch all."""
    return (
        "EXISTS (SELECT 1 FROM tenders_lot"
        " JOIN tenders_project ON tenders_project.id = tenders_lot.project_id"
        f" WHERE tenders_lot.id = {lot_column} AND tenders_lot.opened_at IS NOT NULL"
        " AND CASE current_setting('biaobao.role', true)"
        f" WHEN '{Role.OPERATOR}' THEN true WHEN '{Role.SUPERVISOR}' THEN true"
        f" WHEN '{Role.TENDERER}' THEN tenders_project.tenderer_id::text"
        " = current_setting('biaobao.organisation', true)"
        f" WHEN '{Role.AGENCY}' THEN tenders_project.agency_id::text"
        " = current_setting('biaobao.organisation', true)"
        " ELSE false END)"
    )


def no_lot_waits(day_column: str) -> str:
    """Return the SQL that holds, for operators, when all lots published by a day are over.

    Then sums of all money of that day tell of no lot before its opening.
    """
    return (
        f"(current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
        " AND NOT EXISTS (SELECT 1 FROM tenders_lot"
        f" WHERE published_at < (({day_column} + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')"
        " AND opened_at IS NULL AND terminated_at IS NULL))"
    )


def sealed(table: str, *readers: str) -> migrations.RunSQL:
    """Return the migration that lets only actions and these readers see rows of the table.

    Even the table's owner is bound (FORCE), so a query that forgets to filter finds nothing.
    """
    condition = " OR ".join((IS_SYSTEM, *readers))
    return migrations.RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f" ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f" CREATE POLICY sealed ON {table} USING ({condition});",
        f"DROP POLICY sealed ON {table};"
        f" ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f" ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def resealed(table: str, before: Sequence[str], after: Sequence[str]) -> migrations.RunSQL:
    """Return the migration that lets other readers see rows of a sealed table than those before."""

    def policy(readers: Sequence[str]) -> str:
        return f"ALTER POLICY sealed ON {table} USING ({' OR '.join((IS_SYSTEM, *readers))})"

    return migrations.RunSQL(policy(after), policy(before))


def append_only(table: str) -> migrations.RunSQL:
    """Return the migration after which rows of the table can be added and nothing else."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only();
        """,
        f"DROP TRIGGER append_only ON {table}; DROP FUNCTION {table}_is_append_only();",
    )


def roomy(table: str) -> migrations.RunSQL:
    """Return the migration that leaves room in the table's pages for rows that change after they are added.

    Such a change then stays in its page and touches no index, even where all rows of a page change at once.
    """
    return migrations.RunSQL(
        f"ALTER TABLE {table} SET (fillfactor = 45)", f"ALTER TABLE {table} RESET (fillfactor)"
    )
