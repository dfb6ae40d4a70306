"""What the bank does unasked, over and over: carry messages, look for requests in the folder."""

from __future__ import annotations

import csv
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biaobao.adapters.banks.folder import ANSWERS, write_whole
from biaobao.adapters.banks.sandbox import books, delivery, options, store, terms
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
            _answer_requests()
        except Exception:
            log.exception("a round failed; the next one tries again")


def _answer_requests() -> None:
    folder = options.folder()
    if folder is None:
        return
    with store.reading() as db:
        switches = terms.switches(db)
    if switches.offline or switches.hold:
        return
    for request in sorted((folder / "out").glob(f"{ANSWERS}*.csv")):
        _answer(request, folder / "in")


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
