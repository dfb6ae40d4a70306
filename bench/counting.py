"""Counts the queries of one page, in a process of its own: ``python -m bench.counting PATH SESSION``."""

from __future__ import annotations

import subprocess
import sys

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.server import Server


def queries(server: Server, path: str, session: str) -> int:
    """Return how many statements the database is sent for the page."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.counting", path, session],
        env=server.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


def main(path: str, session: str) -> None:
    django.setup()
    client = Client(HTTP_HOST="localhost")
    client.cookies["sessionid"] = session
    client.get(path)  # whatever is loaded once, is loaded
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    if answer.status_code != 200:  # noqa: PLR2004 - HTTP's own
        raise SystemExit(f"{path} answered {answer.status_code}")
    print(len(captured))


if __name__ == "__main__":
    main(*sys.argv[1:])
