"""What the server itself can do: pgbench's TPC-B, with 8 clients."""

from __future__ import annotations

import re
import subprocess

from bench.server import Server

DATABASE = "pgbench"
CLIENTS = 8
SCALE = 10


def prepare(server: Server) -> None:
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
    _pgbench(server, "-i", "-q", "-s", str(SCALE))


def transactions_per_second(server: Server, *, seconds: int) -> float:
    said = _pgbench(server, "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds))
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench said: {said}")
    return float(found[1])


def _pgbench(server: Server, *arguments: str) -> str:
    command = [server.tool("pgbench"), *arguments, server.connection_string(DATABASE)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout
