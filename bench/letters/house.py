"""Runs in the product's environment: ``house.py make NUMBER``, ``issue``, ``verify NUMBER`` or ``limits``.

``make`` keeps a timestamp authority up until its input ends. Each prints one line of JSON. The world is
built by the real actions, as the tests build theirs.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import django
import orjson

BEFORE_THE_DEADLINE = timedelta(hours=12)
BIDDERS_OF_A_LOT = 25
ALONE = 100
AT_ONCE = 64
BIDDERS, LETTERS = 200, 70


def make(number: int) -> None:
    """Let so many applications of one guarantor be paid for, some of each lot."""
    from django.conf import settings
    from tests.given import banking, certificates, guarantees, letters, tenders
    from tests.given.signing import Desk, answering

    from biaobao.adapters.signing.sandbox_tsa.authority import SandboxTimestamps
    from biaobao.core.actor import SYSTEM
    from biaobao.core.money import Money
    from biaobao.domain.guarantees.rules import letters as rules
    from biaobao.domain.parties import actions as parties
    from biaobao.platform import clock

    folder, at = Path(settings.TRUST).parent, clock.now()
    ca = certificates.authority(folder / "ca", at=at)
    Path(settings.TRUST).write_bytes(ca.chain)
    listed = certificates.trust(ca).read_revocation_list(ca.revocation_list(at=at))
    parties.keep_revocation_list(revocation_list=listed, at=at, actor=SYSTEM)
    banking.bank(spare=number)
    much = Money.yuan(50_000 * number)
    limits = {"limit": much, "principal_limit": much, "lot_limit": much}
    product = guarantees.product(guarantees.guarantor(**limits))
    Desk(ca, folder, "", at, at).make_seal(rules.party_of(product.guarantor))
    deadline_at = at.replace(microsecond=0) + BEFORE_THE_DEADLINE
    bidders = [guarantees.bidder() for _ in range(BIDDERS_OF_A_LOT)]
    for each in range(number):
        if not each % BIDDERS_OF_A_LOT:
            lot = tenders.lot(deadline_at=deadline_at)
        letters.paid(lot, bidders[each % BIDDERS_OF_A_LOT], product)
    stamps = SandboxTimestamps(folder / "tsa", lambda asked: ca.issue(asked, at=at))
    with answering(stamps, clock.now) as url:
        _say(tsa=url, applications=number)
        sys.stdin.read()


def issue() -> None:
    """Issue all that is due as the worker does; before and after, print and seal some alone."""
    from biaobao.core.actor import SYSTEM
    from biaobao.domain.guarantees.models import Letter
    from biaobao.jobs import guarantees as sweeps
    from biaobao.platform import clock
    from biaobao.platform.db import seeing_as

    before = _print_and_seal_alone()
    began = time.perf_counter(), time.process_time()
    sweeps.issue_letters(clock.now())
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    peak = _peak_bytes()
    with seeing_as(SYSTEM):
        number = Letter.objects.count()
    alone = (before + _print_and_seal_alone()) / 2
    _say(letters=number, seconds=took[0], cpu=took[1], alone=alone, peak=peak)


def _print_and_seal_alone() -> float:
    """Return the seconds that printing a letter and sealing it with a timestamp take, and nothing else."""
    from biaobao.adapters import workshop
    from biaobao.core.actor import SYSTEM
    from biaobao.core.numbers import drawn
    from biaobao.domain.documents.types import Imprint
    from biaobao.domain.guarantees.models import Application
    from biaobao.domain.guarantees.queries import papers
    from biaobao.domain.parties import queries as parties
    from biaobao.platform import clock
    from biaobao.platform.db import seeing_as

    with seeing_as(SYSTEM):
        ids = list(Application.objects.order_by("pk").values_list("pk", flat=True)[:ALONE])
    said = [
        papers.letter(application_id=each, number=f"BH{drawn(12)}", code=drawn(26), actor=SYSTEM)
        for each in ids
    ]
    uscc = said[0].guarantor.uscc
    seals = workshop.sealing(parties.revocation_lists(actor=SYSTEM))
    picture, serial = seals.picture(uscc), seals.holder(uscc).serial
    began = time.perf_counter()
    for letter in said:
        at = clock.now()
        url = workshop.verification_url(letter.number, letter.verification_code)
        printed = workshop.typesetting().letter(
            letter, Imprint(url, at, serial), seal_image=picture
        )
        seals.seal(printed, uscc=uscc, at=at)
    return (time.perf_counter() - began) / len(said)


def verify(number: int) -> None:
    """Open the lots of some letters and verify them off line; tell where their files are, and their codes."""
    from django.conf import settings
    from tests.given import tenders as given_tenders

    from biaobao.adapters import workshop
    from biaobao.core.actor import SYSTEM
    from biaobao.domain.documents import queries as documents
    from biaobao.domain.guarantees.models import LetterVersion
    from biaobao.domain.tenders import queries as tenders
    from biaobao.jobs import guarantees as sweeps
    from biaobao.jobs import letters as off_line
    from biaobao.platform import clock
    from biaobao.platform.db import seeing_as

    with seeing_as(SYSTEM):
        kept = list(LetterVersion.objects.order_by("pk").values_list("document", "lot")[:number])
    folder, told = Path(settings.TRUST).parent, []
    checking = workshop.verifying()
    alone, off = [], []
    for document, lot in kept:
        content = documents.content(document, actor=SYSTEM)
        file = folder / f"{document}.pdf"
        file.write_bytes(content)
        alone.append(_seconds(partial(checking.verify, content)))
        with contextlib.redirect_stdout(io.StringIO()):
            off.append(_seconds(partial(off_line.verify, str(file), trust=str(settings.TRUST))))
        facts = orjson.loads(checking.verify(content).data)["facts"]
        told.append((str(file), facts["number"], facts["verification_code"]))
        given_tenders.opened(tenders.lot(lot_id=lot, actor=SYSTEM))
    sweeps.unseal_letters(clock.now())
    _say(alone=alone, off_line=off, letters=told)


def limits() -> None:
    """Let many bidders apply at one guarantor at once whose limits are for fewer letters."""
    from django.db import connections
    from tests.given import guarantees, tenders
    from tests.given.guarantees import Applied

    from biaobao.core.money import Money
    from biaobao.domain.guarantees.actions import applying

    room = Money.yuan(50_000 * LETTERS)
    guarantor_id = guarantees.guarantor(limit=room, lot_limit=Money.yuan(50_000 * BIDDERS))
    product, lot = guarantees.product(guarantor_id), tenders.lot()
    filled = [guarantees.filled(lot, offered=product) for _ in range(BIDDERS)]

    def submit(applied: Applied) -> str:
        try:
            state = applying.submit(
                application_id=applied.id,
                typeface=guarantees.TYPEFACE,
                at=applied.at,
                actor=applied.bidder,
            )
            return str(state)
        finally:
            connections.close_all()

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        states = Counter(pool.map(submit, filled))
    seconds = time.perf_counter() - began
    reserved, used = guarantees.limits(guarantor_id)["total"]
    reasons = Counter(applied.now.why for applied in filled)
    _say(
        seconds=seconds,
        states=states,
        reasons={why: count for why, count in reasons.items() if why},
        taken=reserved + used,
        limit=room.fen,
        held=sum(applied.exposure == "RESERVED" for applied in filled),
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _say(**facts: object) -> None:
    sys.stdout.write(orjson.dumps(facts).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    what, *numbers = sys.argv[1:]
    work: dict[str, Callable[..., None]] = {
        "make": make,
        "issue": issue,
        "verify": verify,
        "limits": limits,
    }
    work[what](*map(int, numbers))
