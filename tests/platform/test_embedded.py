"""The PostgreSQL of our own."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from biaobao.config import embedded

WANTED = ("shared_buffers", "max_wal_size", "checkpoint_timeout")


def are_changed(folder: Path) -> dict[str, bool]:
    server = embedded.start(folder)
    try:
        with psycopg.connect(server.get_uri()) as connection:
            found = connection.execute(
                "SELECT name, setting <> boot_val FROM pg_settings WHERE name = ANY (%s)",
                [list(WANTED)],
            )
            return dict(found.fetchall())
    finally:
        server.cleanup()


def test_it_is_sized_when_its_folder_is_first_used_and_only_then(monkeypatch: pytest.MonkeyPatch):
    # What starting sets is put back at the end.
    monkeypatch.setenv("DATABASE_URL", os.environ.get("DATABASE_URL", ""))
    with TemporaryDirectory(prefix="biaobao-") as name:
        folder = Path(name) / "postgres"

        first = are_changed(folder)
        written = folder.joinpath("postgresql.conf").read_text(encoding="utf-8")
        again = are_changed(folder)

        assert first == again == dict.fromkeys(WANTED, True)
        assert folder.joinpath("postgresql.conf").read_text(encoding="utf-8") == written
