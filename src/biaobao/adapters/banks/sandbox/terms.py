"""What the bank has agreed with the house, and what its staff has switched on."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from biaobao.adapters.banks.sandbox import store

NAME = "标保示范银行"
WAYS = ("push", "pull", "folder")
# What the bank pays for demand deposits, a year, in parts of a million: 0.05 %.
DEMAND_RATE_PPM = 500
DELAY_SECONDS_MAX = 24 * 60 * 60
REPEAT_MAX = 20
# Carries out; refuses; carries out and gives back; carries out and does not answer; does not hear;
# hears, and carries out and answers later.
PAYMENTS = ("pay", "refuse", "return", "silent", "deaf", "late")
_MAIN_ACCOUNT_DIGITS_MIN = 12


class Declined(Exception):
    """The bank does not do it; its words are for the customer."""


@dataclass(frozen=True, slots=True)
class House:
    """The holder of the main account that receives bid deposits.

    :param delivery: the ways by which it wants messages: ``push``, ``pull``, ``folder``.
    """

    main_account: str
    name: str
    branch: str
    delivery: tuple[str, ...] = ("push", "pull")

    @property
    def sub_account_prefix(self) -> str:
        return self.main_account[:10]


@dataclass(frozen=True, slots=True)
class Switches:
    """How the bank misbehaves.

    :param delay_seconds: notices leave that much later than they are booked.
    :param hold: nothing leaves, until released.
    :param repeat: each notice leaves so many times, as so many messages.
    :param offline: nothing leaves and no request is answered.
    :param booked_at: what is booked now is booked as if at this time; empty: at its own.
    :param payments: what becomes of payments that the house orders, one of ``PAYMENTS``.
    """

    delay_seconds: int = 0
    hold: bool = False
    repeat: int = 1
    offline: bool = False
    booked_at: str = ""
    payments: str = "pay"


def house(db: sqlite3.Connection) -> House | None:
    found = store.kept(db, "house")
    return House(**{**found, "delivery": tuple(found["delivery"])}) if found else None


def agreed_house(db: sqlite3.Connection) -> House:
    """Return the house.

    :raises Declined: if there is no agreement yet.
    """
    found = house(db)
    if found is None:
        raise Declined("尚未签约：请先登记主账户")
    return found


def agree(db: sqlite3.Connection, agreed: House) -> None:
    """Keep the agreement with the house, and open its main account when there is none yet."""
    unknown = set(agreed.delivery) - set(WAYS)
    if unknown or len(agreed.main_account) < _MAIN_ACCOUNT_DIGITS_MIN or not agreed.name:
        raise Declined("主账户至少 12 位，须有户名，送达方式为 push、pull、folder")
    store.keep(db, "house", asdict(agreed))
    db.execute(
        "INSERT INTO account (number, name, branch, place) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (number) DO UPDATE SET name = excluded.name, branch = excluded.branch",
        (agreed.main_account, agreed.name, agreed.branch),
    )


def switches(db: sqlite3.Connection) -> Switches:
    return Switches(**(store.kept(db, "switches") or {}))


def switch(db: sqlite3.Connection, **changes: Any) -> Switches:
    """Change switches and keep them; those not named stay.

    :raises Declined: if a value makes no sense.
    """
    try:
        new = replace(switches(db), **changes)
        sound = (
            0 <= new.delay_seconds <= DELAY_SECONDS_MAX
            and 1 <= new.repeat <= REPEAT_MAX
            and isinstance(new.hold, bool)
            and isinstance(new.offline, bool)
            and new.payments in PAYMENTS
        )
        if new.booked_at:
            sound = sound and datetime.fromisoformat(new.booked_at).tzinfo is not None
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise Declined("开关的取值无效")
    store.keep(db, "switches", asdict(new))
    return new
