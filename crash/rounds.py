"""A round: the bank misbehaves in one way, parts are killed, all comes to rest, and it is counted."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connections

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.jobs import sweeps
from crash import counting, people
from crash.killing import Plan, Tally, kill_until
from crash.parts import House
from crash.world import World, make

# How the bank behaves: each notice is sent three times over, and payments fare as switched.
MODES = ("pay", "silent", "return", "deaf", "refuse", "late")
REPEAT = 3
SETTLE_SECONDS_MAX = 300.0
# Longer than any lease and any wait between two questions.
FAR = timedelta(minutes=11)


@dataclass
class Story:
    """What was done and what was found."""

    tally: Tally
    modes: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)


def run(house: House, *, kills: int, seed: int, of: int) -> Story:
    """Kill so many in so many rounds, and count after each."""
    draw = random.Random(seed)  # noqa: S311 - a seed repeats it
    world = make(SandboxBank(house.bank_url))
    story = Story(Tally(kills))
    plan = Plan(draw, story.tally)
    _get_going(house)
    for number in range(of):
        mode = MODES[number % len(MODES)]
        story.modes.append(mode)
        counting.switch(house, payments=mode, repeat=REPEAT, delay_seconds=0)
        if mode == "late":
            counting.switch(house, delay_seconds=2)
        began = time.monotonic()
        kill_until(house, story.tally, plan, draw, until=kills * (number + 1) // of)
        killed = time.monotonic() - began
        counting.switch(house, payments="pay", repeat=1, delay_seconds=0)
        settle(house, world)
        found = list(counting.complaints(house, world))
        story.complaints += [f"round {number + 1} ({mode}): {one}" for one in found]
        print(
            f"round {number + 1} ({mode}): {story.tally.total} kills,"
            f" {killed:.0f} s of killing, {time.monotonic() - began - killed:.0f} s to rest,"
            f" {'all adds up' if not found else f'{len(found)} complaints'}",
            flush=True,
        )
        if found:
            break
    story.totals = counting.totals(house)
    return story


def _get_going(house: House) -> None:
    """Let everybody work unharmed until money has come, and gone back."""
    names = ("inbound", "worker", "people")
    for name in names:
        house.start(name)
    until = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < until and not counting.totals(house)["refunds paid"]:
        time.sleep(0.2)
    for name in names:
        house.kill(name)
    connections.close_all()


def settle(house: House, world: World) -> None:
    """Let inbound and worker run unharmed until nothing waits any more.

    Leases and the waits between two questions are passed by telling the sweeps a later time, as the worker
    would tell them were one to wait for it.
    """
    connections.close_all()
    house.start("inbound")
    house.start("worker")
    try:
        until = time.monotonic() + SETTLE_SECONDS_MAX
        ahead = FAR
        while time.monotonic() < until:
            at = datetime.now(UTC) + ahead
            sweeps.collect_files(at)
            sweeps.read_files(at)
            sweeps.carry_orders(at)
            went_on = people.finish(world)
            is_quiet = not (went_on or counting.messages_under_way(house) or counting.unsettled())
            if is_quiet:
                break
            ahead += FAR
            time.sleep(0.2)
    finally:
        house.kill("inbound")
        house.kill("worker")
        connections.close_all()
