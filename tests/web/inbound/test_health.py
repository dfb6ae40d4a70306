"""GET /healthz says ready only when the process can really serve."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.test import Client
from psycopg.conninfo import make_conninfo

ASK = (
    "import django; django.setup(); from django.test import Client;"
    " answer = Client().get('/healthz'); print(answer.status_code, answer.content.decode())"
)


@pytest.mark.django_db
def test_a_migrated_database_is_ready():
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True})


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready():
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'deposits' AND name = '0002_sealed'"
        )

    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (
        503,
        {"ready": False, "why": "MIGRATIONS_MISSING"},
    )


def test_a_database_that_is_away_is_not_ready():
    asked = _asked("postgresql://biaobao@127.0.0.1:1/biaobao")

    assert asked == '503 {"ready": false, "why": "DATABASE_AWAY"}\n'


def test_a_role_that_row_level_security_does_not_bind_is_not_ready(db: None):
    settings = connection.settings_dict
    # The test server's own superuser, on the migrated test database.
    asked = _asked(
        make_conninfo(user="postgres", dbname=str(settings["NAME"]), host=str(settings["HOST"]))
    )

    assert asked == '503 {"ready": false, "why": "ROLE_BYPASSES_ROW_SECURITY"}\n'


def _asked(database: str) -> str:
    """Return what a process of its own says when it is given this database."""
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "biaobao.config.settings",
        "BIAOBAO_HOSTS": "testserver",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
