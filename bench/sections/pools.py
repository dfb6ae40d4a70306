"""Checks whether a pooled deposit covers a lot, beside reading one membership by its primary key."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence

import orjson

from bench import counting, tables
from bench.load import Plan
from bench.measuring import Run, all_answered
from bench.pools import house
from bench.report import Figure
from bench.server import HOST, Server
from bench.world import fill, filling, id_of, settle, signed_in

SECTION = "Pools"
OK = 200
AT_ONCE = 8
BROWSERS = 200


def measure(run: Run) -> Iterator[int]:
    yield run.scale.few
    server = run.server.beside("pools")
    made = _made(server)
    queries, shares = [], []
    held = 0
    for total in (run.scale.few, run.scale.many):
        with filling(server) as connection:
            fill(
                connection,
                tables.CROWD,
                {"first": held + 1, "last": total, "company": made["company"], "past": tables.PAST},
            )
            settle(connection)
        held = total
        members = _chosen(total)
        keys = signed_in(server, [(id_of("person", n), id_of("company", n)) for n in members])
        check = f"/cover/{made['lot']}/"
        with server.running("web"):
            asked = [
                _request(server, f"/by-key/{id_of('pool-membership', n)}/", key)
                for n, key in zip(members, keys, strict=True)
            ]
            checked = [_request(server, check, key) for key in keys]
            # In turns: whatever else the machine does slows both.
            pairs = [(_rate(run, asked), _rate(run, checked)) for _ in range(run.scale.repeats)]
        by_key, checks = sorted(pairs, key=lambda pair: pair[1] / pair[0])[len(pairs) // 2]
        queries.append(counting.queries(server, check, keys[0]))
        shares.append(checks / by_key)
        run.report.add(
            Figure(
                SECTION,
                f"cover checks, {total:,} memberships",
                f"{shares[-1]:.0%}",
                f"{checks:,.0f} checks/s of a lot and whoever is signed in, covered by its balance, against"
                f" {by_key:,.0f} reads/s of one membership by its primary key, both behind the same"
                f" middleware, sign-in and transaction; {AT_ONCE} at once, {len(members)} members signed in;"
                f" the median of {len(pairs)}",
            )
        )
    run.report.add(
        Figure(
            SECTION,
            f"share with {run.scale.many:,} memberships to that with {run.scale.few:,}",
            f"{shares[1] / shares[0]:.2f}",
            "the quotient of the two above, in one run",
            target="near 1",
        )
    )
    run.report.add(
        Figure(
            SECTION,
            "queries of one check",
            " and ".join(map(str, queries)),
            f"with {run.scale.few:,} and with {run.scale.many:,} memberships, with sign-in and transaction",
            target="the same",
        )
    )


def _made(server: Server) -> dict[str, str]:
    """Return the ids of the lot and of the company that is a member."""
    done = subprocess.run(
        [sys.executable, "-m", house.__name__],
        env=server.environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    made: dict[str, str] = orjson.loads(done.stdout.splitlines()[-1])
    return made


def _chosen(total: int) -> list[int]:
    """Return the numbers of those who are signed in, scattered among all."""
    return random.Random(total).sample(range(1, total + 1), min(BROWSERS, total))  # noqa: S311 - no secret


def _rate(run: Run, requests: Sequence[bytes]) -> float:
    """Return the requests answered in a second."""
    port = run.server.port
    all_answered(run.load.send(Plan(port, requests, at_once=AT_ONCE)), OK)
    plan = Plan(port, requests, at_once=AT_ONCE, seconds=run.scale.page_seconds)
    answers = all_answered(run.load.send(plan), OK)
    spent = max(answer.due_at + answer.seconds for answer in answers) - answers[0].due_at
    return len(answers) / spent


def _request(server: Server, path: str, key: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nhost: {HOST}:{server.port}\r\ncookie: sessionid={key}\r\n\r\n"
    ).encode()
