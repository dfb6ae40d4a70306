"""What another ledger for Django costs that does no more than post the transfers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from psycopg.conninfo import make_conninfo

from bench import baseline
from bench.hordak import environment, post
from bench.hordak.environment import NotInstalled
from bench.measuring import Run
from bench.report import Figure
from bench.server import REPOSITORY

SECTION = "Hordak"
DATABASE = "hordak"
SCRIPT = REPOSITORY / "bench" / "hordak" / "post.py"


def measure(run: Run) -> Iterator[int]:
    yield run.scale.few
    try:
        interpreter = str(environment.python())
    except NotInstalled as problem:
        run.report.add(Figure(SECTION, "django-hordak", "not measured", f"{problem}"))
        return
    with run.server.connect() as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER biaobao")
    database = make_conninfo(run.server.environment["DATABASE_URL"], dbname=DATABASE)

    def posted(what: str) -> float:
        done = subprocess.run(
            [interpreter, str(SCRIPT), database, what, str(run.scale.transfers)],
            env={"PATH": os.environ["PATH"]},
            check=True,
            capture_output=True,
            text=True,
        )
        return float(done.stdout or 0)

    posted("prepare")
    tps = run.baseline()
    for what, name in (
        ("each", f"transfers committed one by one, {post.CLIENTS} at once, to one bank account"),
        ("together", "transfers in one transaction"),
    ):
        rate = posted(what)
        for branches in baseline.BRANCHES:
            run.report.add(
                Figure(
                    SECTION,
                    f"{name}{baseline.beside(branches)}",
                    f"{rate / tps[branches]:.2f} ×",
                    f"{rate:,.0f} of {run.scale.transfers:,} transfers/s by django-hordak 2.0, bare, against"
                    f" {tps[branches]:,.0f} {baseline.words(branches)}",
                )
            )
