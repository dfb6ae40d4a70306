"""A large file is booked part by part in a worker of its own, with little memory, whatever happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection, connections

from biaobao.core.actor import SYSTEM
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.models import Notice, StatementDifference
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import ArrivedFile, Source
from biaobao.domain.ledger import queries as ledger
from biaobao.jobs import sweeps
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.adapters.banks.running import soon
from tests.adapters.banks.test_streaming import large_statement
from tests.given import banking as given_banking
from tests.given import parties as given_parties

ENTRIES = 33_000
ROOT = Path(__file__).parents[2]
# What a worker, or the process that reads for it, may take for 30 MB beyond what it takes for a small file.
KILOBYTES_MAX = 50_000
WORKER = r"""
import os, re, resource, signal, sys
from datetime import timedelta
from pathlib import Path
from tests import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from biaobao.jobs import large_files, sweeps
from biaobao.platform import clock

parts = 0
def watch(file, read):
    global parts
    parts += 1
    if parts == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

at = clock.now() + timedelta(seconds=int(sys.argv[2]))
sweeps.read_files(at, watch)
sweeps.reconcile_statements(at)
large_files.be_done()
# getrusage would count whoever started this process, as large as it was just before.
own = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]
print(parts, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def stored(folder: Path, entries: int) -> None:
    path = folder / f"{entries}.xml"
    with path.open("wb") as file:
        file.writelines(large_statement(entries))
    with path.open("rb") as content:
        arrived = ArrivedFile(given_banking.BANK, Source.FOLDER, path.name, content)
        bank_files.receive_files(files=[arrived], at=clock.now(), actor=SYSTEM)


def work(*, later: int = 0, dies_after: int = 0) -> subprocess.CompletedProcess[str]:
    """Let a worker in a process of its own read what is stored."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    return subprocess.run(
        [sys.executable, "-c", WORKER, name, str(later), str(dies_after)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def nobody_else_is_connected() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone() == (0,)


def booked() -> tuple[int, int]:
    """Return how many entries are stored, and how many transfers there are."""
    with seeing_as(SYSTEM):
        notices = Notice.objects.count()
    return notices, ledger.recount(actor=SYSTEM).transfers


def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_books_the_rest_once(  # INV-4
    committed: None, tmp_path: Path
):
    given_banking.bank(spare=0)
    operator = given_parties.operator()
    stored(tmp_path, 10)
    small = work()
    stored(tmp_path, ENTRIES)

    died = work(dies_after=3)
    # What the server had begun for it ends by itself, one way or the other.
    assert soon(nobody_else_is_connected)
    (reading,) = queries.large_files(actor=operator)
    half = booked()
    after = work(later=61)

    assert died.returncode == -signal.SIGKILL
    assert half[0] == half[1] < ENTRIES
    assert reading.state is FileState.RECEIVED
    # What is noted is booked; the part at which the worker died may be booked and not noted.
    assert 0 < reading.entries_read <= half[0]
    assert 0 < reading.percent < 50
    assert after.returncode == 0, after.stderr
    # The small file's ten entries are the first of the large one's.
    assert booked() == (ENTRIES, ENTRIES)
    assert ledger.recount(actor=SYSTEM).discrepancies == ()
    (read,) = queries.large_files(actor=operator)
    assert (read.percent, read.entries_read) == (100, ENTRIES)
    with seeing_as(SYSTEM):
        missed = StatementDifference.objects.filter(cause="NOTICE_MISSED").count()
    assert missed == ENTRIES
    usual = int(small.stdout.split()[1])
    own, readers = map(int, after.stdout.split()[1:])
    assert max(own, readers) - usual < KILOBYTES_MAX


def test_a_file_that_nobody_reads_any_more_is_read_from_its_beginning(
    committed: None, tmp_path: Path
):
    given_banking.bank(spare=0)
    stored(tmp_path, 1500)
    at = clock.now()
    bank_files.claim_files(limit=1, at=at, actor=SYSTEM, are_large=True)

    told: list[tuple[int, bool]] = []
    sweeps.read_files(
        at + timedelta(seconds=61),
        lambda _file, read: told.append((read.entries_before, read.is_last)),
    )

    assert sorted(told) == [(0, False), (1000, False), (1500, True)]
    assert booked() == (1500, 1500)


def test_small_files_do_not_wait_for_large_ones(committed: None, tmp_path: Path):
    given_banking.bank(spare=0)
    stored(tmp_path, 1500)
    at = clock.now()
    given_banking.file(at=at)

    small = sweeps.read_small_files(at)
    by_then = booked()
    large = sweeps.read_large_files(at)

    assert (small, by_then) == (1, (0, 0))
    assert (large, booked()) == (1, (1500, 1500))


def test_who_reads_large_files_is_woken_by_them_and_by_no_others(committed: None, tmp_path: Path):
    given_banking.bank(spare=0)
    with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as listening:
        with listening.cursor() as cursor:
            cursor.execute('LISTEN "biaobao files"; LISTEN "biaobao large files"')

        given_banking.file(at=clock.now())
        stored(tmp_path, 1500)

        woken = listening.connection.notifies(timeout=10, stop_after=2)
        assert [each.channel for each in woken] == ["biaobao files", "biaobao large files"]
