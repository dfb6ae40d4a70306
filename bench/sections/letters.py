"""Letters issued end to end, verified, and applied for at a guarantor's limit by many at once."""

from __future__ import annotations

import dataclasses
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from bench.letters import house
from bench.load import Plan
from bench.measuring import Run, all_answered
from bench.report import Figure
from bench.server import HOST, Server

SECTION = "Letters"
OK = 200
MEBIBYTE = 2**20
BOUNDARY = b"a-boundary-of-a-bench"


def measure(run: Run) -> Iterator[int]:
    yield run.scale.few
    with _timestamped(run.server.beside("letters"), run.scale.letters) as stamped:
        _measure_issuing(run, stamped)
        _measure_verifying(run, stamped)
    _measure_limits(run, run.server.beside("limits"))


@contextmanager
def _timestamped(server: Server, number: int) -> Iterator[Server]:
    """Make the house, and return the server that knows its timestamp authority while that runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", house.__name__, "make", str(number)],
        env=server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        line = process.stdout.readline() if process.stdout else b""
        made = orjson.loads(line)
        yield dataclasses.replace(
            server, environment=server.environment | {"BIAOBAO_TSA_URL": made["tsa"]}
        )


def _ask(server: Server, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", house.__name__, *arguments],
        env=server.environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    said: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return said


def _measure_issuing(run: Run, server: Server) -> None:
    told = _ask(server, "issue")
    rate, alone = told["letters"] / told["seconds"], 1 / told["alone"]
    run.report.add(
        Figure(
            SECTION,
            f"{told['letters']:,} letters issued end to end, by one worker on one core",
            f"{rate / alone:.2f} ×",
            f"{rate:.1f} letters/s (asked for, printed, sealed, stamped, kept, booked) against {alone:.1f} of"
            " printing and one timestamped signature alone, which is checked before it is let out in both,"
            f" {house.ALONE} before and {house.ALONE} after in the same process; the timestamp authority is"
            " another process",
            target="≥ 0.5 ×",
        )
    )
    run.report.add(
        Figure(
            SECTION,
            f"peak memory of the process that issued {told['letters']:,}",
            f"{told['peak'] / MEBIBYTE:,.0f} MiB",
            "VmHWM, fonts and templates included",
        )
    )


def _measure_verifying(run: Run, server: Server) -> None:
    told = _ask(server, "verify", str(run.scale.verified))
    alone = statistics.median(told["alone"])
    files = [_file(run, letter[0]) for letter in told["letters"]]
    codes = [_code(run, number, code) for _, number, code in told["letters"]]
    with server.running("web"):
        medians = {
            "/verify/ by file": _median(run, files),
            "/verify/ by number and code": _median(run, codes),
        }
    medians["`biaobao verify-letter` off line, without its start"] = statistics.median(
        told["off_line"]
    )
    for what, seconds in medians.items():
        run.report.add(
            Figure(
                SECTION,
                what,
                f"{seconds / alone:.2f} ×",
                f"median of {len(told['letters'])} letters: {seconds * 1000:.1f} ms against"
                f" {alone * 1000:.1f} ms of checking the signature alone",
            )
        )


def _median(run: Run, requests: list[bytes]) -> float:
    answers = all_answered(run.load.send(Plan(run.server.port, requests, at_once=1)), OK)
    return statistics.median(answer.seconds for answer in answers)


def _file(run: Run, path: str) -> bytes:
    content = Path(path).read_bytes()
    body = (
        b'--%b\r\nContent-Disposition: form-data; name="file"; filename="letter.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%b\r\n--%b--\r\n" % (BOUNDARY, content, BOUNDARY)
    )
    return (
        f"POST /verify/file/ HTTP/1.1\r\nHost: {HOST}:{run.server.port}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _code(run: Run, number: str, code: str) -> bytes:
    return (
        f"GET /verify/{number}/?code={code} HTTP/1.1\r\nHost: {HOST}:{run.server.port}\r\n\r\n"
    ).encode()


def _measure_limits(run: Run, server: Server) -> None:
    told = _ask(server, "limits")
    approved, declined = (told["states"].get(state, 0) for state in ("APPROVED", "DECLINED"))
    is_right = (
        (approved, declined) == (house.LETTERS, house.BIDDERS - house.LETTERS)
        and told["taken"] == told["limit"]
        and told["held"] == approved
        and told["reasons"] == {"CAPACITY_REACHED": declined}
    )
    run.report.add(
        Figure(
            SECTION,
            f"{house.BIDDERS} bidders of a guarantor with room for {house.LETTERS}, {house.AT_ONCE} at once",
            f"{approved} approved, {declined} declined" + ("" if is_right else ": WRONG"),
            f"in {told['seconds']:.1f} s; the limit is taken to the fen and never above, and each that was"
            " declined has its reason",
            target=f"{house.LETTERS} and {house.BIDDERS - house.LETTERS}",
        )
    )
