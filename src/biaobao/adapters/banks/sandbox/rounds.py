"""What the bank does unasked, over and over: carry messages, look for requests in the folder."""

from __future__ import annotations

import csv
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from biaobao.adapters.banks.folder import ANSWERS, PAYMENTS, write_whole
from biaobao.adapters.banks.sandbox import books, delivery, options, payments, store, terms
from biaobao.adapters.banks.sandbox.terms import Declined

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2


@contextmanager
def going() -> Iterator[None]:
    """Let the rounds go on for as long as the block; the one under way is finished."""
    folder = options.folder()
    if folder:
        for name in ("in", "out"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    thread = threading.Thread(target=_until, args=(stop,), name="rounds")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _until(stop: threading.Event) -> None:
    while not stop.wait(_LOOK_SECONDS):
        try:
            delivery.carry()
            _carry_out_late()
            _answer_requests()
        except Exception:
            log.exception("a round failed; the next one tries again")


def _is_stopped() -> bool:
    with store.reading() as db:
        switches = terms.switches(db)
    return switches.offline or switches.hold


def _carry_out_late() -> None:
    """Carry out orders that wait, and answer each by the way that it came."""
    if _is_stopped():
        return
    at = datetime.now(UTC)
    with store.reading() as db:
        waits = db.execute("SELECT 1 FROM payment WHERE state = 'HEARD'").fetchone()
    if not waits:
        return
    with store.writing() as db:
        done = payments.carry_out_late(db, at=at)
        for payment in done:
            if payment["way"] == "http":
                delivery.enqueue(db, *payments.answer(db, payment, at=at), late_seconds=0)
    for payment in done:
        if payment["way"] == "folder":
            _drop_answer(payment, at)


def _answer_requests() -> None:
    folder = options.folder()
    if folder is None or _is_stopped():
        return
    for order in sorted((folder / "out").glob(f"{PAYMENTS}*.xml")):
        _take(order, folder / "in")
    for request in sorted((folder / "out").glob(f"{ANSWERS}*.csv")):
        _answer(request, folder / "in")


def _take(order: Path, answers: Path) -> None:
    """Take a payment order away and answer it, or misbehave as switched."""
    at = datetime.now(UTC)
    with store.reading() as db:
        behaviour = terms.switches(db).payments
    if behaviour == "deaf":
        order.unlink()
        return
    try:
        with store.writing() as db:
            payment = payments.hear(db, order.read_bytes(), way="folder", at=at)
    except Declined as reason:
        order.unlink()
        write_whole(answers / f"{order.stem}.refused.txt", str(reason).encode())
        return
    # Before it is answered, so that who tells it again on reading the answer is heard again.
    order.unlink()
    if behaviour != "silent" and payment["state"] != "HEARD":
        _drop_answer(payment, at)


def _drop_answer(payment: sqlite3.Row, at: datetime) -> None:
    folder = options.folder()
    if folder is not None:
        with store.reading() as db:
            name, content = payments.answer(db, payment, at=at)
        write_whole(folder / "in" / name, content)


def _answer(request: Path, answers: Path) -> None:
    """Open the sub-accounts that a request asks for, or write why not, and take it away."""
    try:
        with request.open(encoding="utf-8", newline="") as file:
            asked = next(csv.DictReader(file))
        with store.writing() as db:
            opened = books.open_sub_accounts(db, asked["key"], int(asked["count"]))
    except (Declined, ValueError, KeyError, StopIteration) as reason:
        words = str(reason) if isinstance(reason, Declined) else "请求文件无法读取"
        write_whole(answers / f"{request.stem}.refused.txt", words.encode())
    else:
        lines = ["number,name,branch", *(",".join(_quoted(one) for one in row) for row in opened)]
        write_whole(answers / request.name, ("\n".join(lines) + "\n").encode())
    request.unlink()


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
