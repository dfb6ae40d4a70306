"""What the server itself can do: pgbench's TPC-B, with 8 clients.

Of one branch, pgbench's own default, and of ten. All transactions change their branch's total: with one they
take turns there, as all of our notices do at the one bank account that they come to; with ten they rarely
meet. What is aimed at is told against the first, and the second stands beside it.
"""

from __future__ import annotations

import re
import subprocess

from bench.server import Server

CLIENTS = 8
ONE, TEN = 1, 10
BRANCHES = (ONE, TEN)

# Transactions in a second, by the number of branches.
Baseline = dict[int, float]


def prepare(server: Server) -> None:
    for branches in BRANCHES:
        with server.connect() as connection:
            connection.execute(f"CREATE DATABASE {_database(branches)}")
        _pgbench(server, branches, "-i", "-q", "-s", str(branches))


def transactions_per_second(server: Server, *, seconds: int) -> Baseline:
    return {branches: _measured(server, branches, seconds=seconds) for branches in BRANCHES}


def beside(branches: int) -> str:
    """Return what the name of a figure says about the baseline that it stands beside."""
    return "" if branches == ONE else f", beside {branches} branches"


def words(branches: int) -> str:
    """Return the baseline as the reader is told of it."""
    of = "one branch" if branches == ONE else f"{branches} branches"
    return f"transactions/s of pgbench's TPC-B of {of} with {CLIENTS} clients just before"


def _measured(server: Server, branches: int, *, seconds: int) -> float:
    said = _pgbench(server, branches, "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds))
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench said: {said}")
    return float(found[1])


def _database(branches: int) -> str:
    return f"pgbench_{branches}"


def _pgbench(server: Server, branches: int, *arguments: str) -> str:
    database = server.connection_string(_database(branches))
    command = [server.tool("pgbench"), *arguments, database]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout
