"""The worker: runs sweeps when the database wakes it, and by the clock in any case."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from biaobao.jobs import large_files
from biaobao.jobs.sweeps import BOOKS, FILES, LARGE_FILES, LETTERS, PARTNERS, Sweep
from biaobao.platform import clock, wake

logger = logging.getLogger(__name__)

EPOCH = datetime.min.replace(tzinfo=UTC)
THREADS = {
    "files": FILES,
    "large files": LARGE_FILES,
    "books": BOOKS,
    "letters": LETTERS,
    "partners": PARTNERS,
}
PAUSE_AFTER_TROUBLE_SECONDS = 1.0
GARBAGE_AFTER = 50_000


def work(stop: threading.Event) -> None:
    """Sweep until told to stop; a database that is away is waited for."""
    large_files.be_ready()
    # A batch makes tens of thousands of values and hardly a cycle. What is loaded stays for good.
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    threads = [
        threading.Thread(target=_sweep_until, args=(sweeps, stop), name=name)
        for name, sweeps in THREADS.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    large_files.be_done()


def _sweep_until(sweeps: Sequence[Sweep], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            _sweep_while_connected(sweeps, stop)
        except Error:
            logger.exception("the database is away")
            stop.wait(PAUSE_AFTER_TROUBLE_SECONDS)
        finally:
            connections.close_all()


def _sweep_while_connected(sweeps: Sequence[Sweep], stop: threading.Event) -> None:
    listening: BaseDatabaseWrapper = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with listening.cursor() as cursor:
            for sweep in sweeps:
                cursor.execute(
                    sql.SQL("LISTEN {}").format(sql.Identifier(wake.channel(sweep.name)))
                )
        last_run = dict.fromkeys((sweep.name for sweep in sweeps), EPOCH)
        woken: set[str] = set()
        while not stop.is_set():
            close_old_connections()
            for sweep in sweeps:
                at = clock.now()
                channel = wake.channel(sweep.name)
                if channel in woken or at - last_run[sweep.name] >= sweep.every:
                    last_run[sweep.name] = at
                    woken.discard(channel)
                    _run(sweep, at)
            # Waiting here for half a second at most keeps stopping prompt and rounds regular.
            for notification in listening.connection.notifies(timeout=0.5, stop_after=1):
                woken.add(notification.channel)
    finally:
        listening.close()


def _run(sweep: Sweep, at: datetime) -> None:
    try:
        sweep.run(at)
    except Error:
        raise
    except Exception:
        # What went wrong once is found again by the next round; the other sweeps go on.
        logger.exception("sweep %s", sweep.name)
