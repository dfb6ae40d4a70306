"""Runs in django-hordak's environment: ``post.py DATABASE prepare|each|together NUMBER``.

It posts what our books post for notices: from one bank account to deposit accounts. Nothing is matched,
judged or audited beside it.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterable
from datetime import date

import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from psycopg.conninfo import conninfo_to_dict

CLIENTS = 8
ACCOUNTS = 1_000
YUAN = "50000.00"
DAY = date(2026, 3, 2)


def main(database: str, what: str, number: int) -> None:
    """Do what is asked and print the transfers that were posted in a second."""
    _set_up(database)
    if what == "prepare":
        _prepare()
    else:
        seconds = _each(database, number) if what == "each" else _together(number)
        print(number / seconds)


def _set_up(database: str) -> None:
    parts = conninfo_to_dict(database)
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts["dbname"],
                "USER": parts.get("user", ""),
                "HOST": parts.get("host", ""),
                "PORT": parts.get("port", ""),
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        DEFAULT_CURRENCY="CNY",
        CURRENCIES=["CNY"],
    )
    django.setup()


def _prepare() -> None:
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    Account.objects.create(name="bank", type="AS", currencies=["CNY"])
    for number in range(ACCOUNTS):
        Account.objects.create(name=f"deposit {number}", type="LI", currencies=["CNY"])


def _each(database: str, number: int) -> float:
    """Post each transfer in its own transaction, 8 at once, and return the seconds it took."""
    with multiprocessing.get_context("spawn").Pool(CLIENTS, _set_up, [database]) as pool:
        pool.map(_post, [range(1)] * CLIENTS, 1)  # the clients have started and connected
        began = time.monotonic()
        pool.map(_post, [range(first, number, CLIENTS) for first in range(CLIENTS)], 1)
        return time.monotonic() - began


def _together(number: int) -> float:
    """Post all transfers in one transaction, and return the seconds it took."""
    began = time.monotonic()
    with transaction.atomic():
        _post(range(number))
    return time.monotonic() - began


def _post(numbers: Iterable[int]) -> None:
    from hordak.models import Account
    from moneyed import Money

    bank = Account.objects.get(name="bank")
    deposits = list(Account.objects.filter(type="LI").order_by("id"))
    for number in numbers:
        with transaction.atomic():
            deposits[number % ACCOUNTS].transfer_to(bank, Money(YUAN, "CNY"), date=DAY)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
