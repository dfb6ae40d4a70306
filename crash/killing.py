"""Killing: each part in a lane of its own, at a step that was chosen or at an instant drawn by lot."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from crash import points
from crash.parts import House

PARTS = ("inbound", "worker", "people")
AT_RANDOM = "at a random instant"
# A part that does not come to its step in this time is killed where it is, and the step is tried again.
PATIENCE_SECONDS = 20.0
LIFE_SECONDS_MAX = 2.0
# How much of its deaths a part dies at random instants; inbound has but one step.
BY_LOT = {"inbound": 0.7, "worker": 0.25, "people": 0.25}
BETWEEN_CRASHES_OF_THE_DATABASE = (4.0, 9.0)


@dataclass
class Tally:
    """Who was killed how often, and where."""

    wanted: int
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, part: str, where: str) -> None:
        with self.lock:
            self.kills[part, where] += 1

    @property
    def total(self) -> int:
        with self.lock:
            return sum(self.kills.values())


class Plan:
    """Which step each part dies at next: the one that was reached least, with deaths by lot between."""

    def __init__(self, draw: random.Random, tally: Tally) -> None:
        self._draw = draw
        self._tally = tally
        self._tried: Counter[tuple[str, str, str]] = Counter()

    def next(self, part: str) -> tuple[str, str] | None:
        """Return the step to die at, and when; None to die by lot."""
        if self._draw.random() < BY_LOT[part]:
            return None
        choices = [(step, when) for step in points.STEPS[part] for when in points.WHENS]
        self._draw.shuffle(choices)
        step, when = min(choices, key=lambda choice: self._worth(part, *choice))
        self._tried[part, step, when] += 1
        return step, when

    def _worth(self, part: str, step: str, when: str) -> tuple[int, int]:
        # What is not reached while the bank behaves like this may be while it behaves otherwise.
        tried = self._tried[part, step, when]
        return self._tally.kills[part, f"{when}: {step}"] + tried // 4, tried


def kill_until(house: House, tally: Tally, plan: Plan, draw: random.Random, *, until: int) -> None:
    """Let every part run, die and run again until so many have died in all."""
    stop = threading.Event()
    names = ("inbound", "worker-1", "worker-2", "people-1", "people-2")
    with ThreadPoolExecutor(len(names) + 1) as pool:
        lanes = [pool.submit(_lane, house, name, tally, plan, draw, stop) for name in names]
        lanes.append(pool.submit(_database_lane, house, tally, draw, stop))
        try:
            while tally.total < until and not any(lane.done() for lane in lanes):
                time.sleep(0.1)
        finally:
            stop.set()
    for lane in lanes:
        lane.result()


def _lane(
    house: House,
    name: str,
    tally: Tally,
    plan: Plan,
    draw: random.Random,
    stop: threading.Event,
) -> None:
    part = name.partition("-")[0]
    while not stop.is_set():
        with tally.lock:
            planned = plan.next(part)
            life, times = draw.uniform(0.0, LIFE_SECONDS_MAX), draw.choice([1, 1, 2])
        where = AT_RANDOM
        if planned is None:
            if house.start(name):
                stop.wait(life)
        else:
            step, when = planned
            house.start(name, **points.environment(step, when, times))
            if _died(house.parts[name], stop):
                where = f"{when}: {step}"
        house.kill(name)
        # What is killed because the round is over is not counted.
        if where != AT_RANDOM or not stop.is_set():
            tally.add(part, where)


def _died(process: subprocess.Popen[bytes], stop: threading.Event) -> bool:
    """Wait until a part has killed itself; False when it does not come to that."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and not stop.is_set():
        if process.poll() is not None:
            return process.returncode < 0
        time.sleep(0.02)
    return False


def _database_lane(house: House, tally: Tally, draw: random.Random, stop: threading.Event) -> None:
    while not stop.wait(draw.uniform(*BETWEEN_CRASHES_OF_THE_DATABASE)):
        house.crash_database()
        tally.add("postgres", AT_RANDOM)
        house.start_database()
