"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases
from psycopg import sql


def maintenance(*, name: str = "postgres") -> psycopg.Connection[Any]:
    """Return a connection beside Django's, to the server or to a database of it."""
    parameters = {**connection.get_connection_params(), "dbname": name}
    keep = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(
        **{key: value for key, value in parameters.items() if key in keep}, autocommit=True
    )


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Make the test database, also for tests that only ask for ``committed``."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def pristine(django_db_setup: None, django_db_blocker: Any) -> str:
    """Return the name of a copy of the migrated database, to start again from."""
    name = str(connection.settings_dict["NAME"])
    template = f"{name}_pristine"
    with django_db_blocker.unblock():
        connections.close_all()
        with maintenance() as keeper:
            _drop(keeper, template)
            _copy(keeper, name, template)
    return template


@pytest.fixture
def committed(pristine: str, django_db_blocker: Any) -> Iterator[None]:
    """Let the test commit, use threads and processes; afterwards the database is as migrated.

    The database is made anew from a copy: append-only tables refuse to be emptied.
    """
    name = str(connection.settings_dict["NAME"])
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        with maintenance() as keeper:
            _drop(keeper, name)
            _copy(keeper, pristine, name)


def _drop(keeper: psycopg.Connection[Any], name: str) -> None:
    # Not WITH (FORCE): that would end the server's own vacuum, too, which is not ours to end. Without it the
    # server ends that by itself, and waits a while for all who were told to go.
    keeper.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        [name],
    )
    keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _copy(keeper: psycopg.Connection[Any], source: str, target: str) -> None:
    keeper.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(target), sql.Identifier(source)
        )
    )
