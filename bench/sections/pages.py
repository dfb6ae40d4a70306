"""保证金查询 under load, beside a bare view of the same server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench import counting
from bench.load import Plan
from bench.measuring import Run, all_answered, percentiles
from bench.report import Figure
from bench.server import HOST
from bench.world import Place

SECTION = "Pages"
OK = 200
AT_ONCE = 8
BROWSERS = 200


def measure(run: Run) -> Iterator[int]:
    queries = []
    for held in (run.scale.few, run.scale.many):
        yield held
        places = run.world.open_places(BROWSERS)
        keys = run.world.signed_in(places)
        with run.server.running("web", "worker"):
            bare, _ = _load(run, [_request(run, "/bare")])
            pages = [page(run, place, key) for place, key in zip(places, keys, strict=True)]
            rate, seconds = _load(run, pages)
        queries.append(counting.queries(run.server, path(places[0]), keys[0]))
        run.report.add(
            Figure(
                SECTION,
                f"保证金查询, {held:,} registrations",
                f"{rate / bare:.0%}",
                f"{rate:,.0f} pages/s against {bare:,.0f} of a view that does nothing behind the same"
                f" middleware; {AT_ONCE} at once, {len(keys)} people signed in, a worker beside",
            )
        )
        run.report.add(
            Figure(
                SECTION,
                f"its p50 / p95 / p99, {held:,} registrations",
                percentiles(seconds),
                "of the same requests, as fast as they are answered",
            )
        )
    run.report.add(
        Figure(
            SECTION,
            "queries of one page",
            " and ".join(map(str, queries)),
            f"with {run.scale.few:,} and with {run.scale.many:,} registrations",
            target="the same",
        )
    )


def page(run: Run, place: Place, key: str) -> bytes:
    """Return the request for a place's page by whoever has the session."""
    return _request(run, path(place), f"cookie: sessionid={key}\r\n")


def path(place: Place) -> str:
    return f"/bidder/lots/{place.lot_id}/security/"


def _request(run: Run, path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: {HOST}:{run.server.port}\r\n{headers}\r\n".encode()


def _load(run: Run, requests: Sequence[bytes]) -> tuple[float, list[float]]:
    """Return the requests answered in a second, and what each took."""
    plan = Plan(run.server.port, requests, at_once=AT_ONCE, seconds=run.scale.page_seconds)
    _warm_up(run, requests)
    answers = all_answered(run.load.send(plan), OK)
    spent = max(answer.due_at + answer.seconds for answer in answers) - answers[0].due_at
    return len(answers) / spent, [answer.seconds for answer in answers]


def _warm_up(run: Run, requests: Sequence[bytes]) -> None:
    all_answered(run.load.send(Plan(run.server.port, requests, at_once=AT_ONCE)), OK)
