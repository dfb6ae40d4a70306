"""Moving money, and what the database itself holds of the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.ledger import chart, queries
from biaobao.domain.ledger.steps import KeyTaken, move
from biaobao.domain.ledger.types import Move
from biaobao.platform.db import action, seeing_as

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BANK = chart.bank("SANDBOX")
SUSPENSE = chart.suspense("SANDBOX")

pytestmark = pytest.mark.django_db


@action
def book(*moves: Move) -> None:
    move(moves, at=AT)


def arrival(fen: int, key: str = "credit:1") -> Move:
    return Move(Money(fen), debit=BANK, credit=SUSPENSE, key=key, effective_at=AT)


def balance(account: str) -> Money:
    return queries.balance(account, actor=SYSTEM)


def test_a_transfer_moves_both_accounts():
    book(arrival(500))

    assert (balance(BANK), balance(SUSPENSE)) == (Money(500), Money(500))


def test_many_transfers_in_one_statement_add_up():  # INV-1
    book(*(arrival(fen, f"credit:{fen}") for fen in range(1, 101)))

    assert (balance(BANK), balance(SUSPENSE)) == (Money(5050), Money(5050))


def test_the_same_key_moves_money_once():  # INV-4
    book(arrival(500))
    book(arrival(500))

    assert balance(BANK) == Money(500)


def test_a_key_cannot_mean_another_amount():
    book(arrival(500))

    with pytest.raises(KeyTaken):
        book(arrival(501))

    assert balance(BANK) == Money(500)


def test_no_account_passes_zero():  # INV-2
    book(arrival(500))

    with pytest.raises(IntegrityError, match="does_not_pass_zero"):
        book(Move(Money(501), debit=SUSPENSE, credit=BANK, key="reversal:1", effective_at=AT))

    assert (balance(BANK), balance(SUSPENSE)) == (Money(500), Money(500))


def test_steps_refuse_to_run_without_an_action():
    with pytest.raises(RuntimeError, match="is a step"):
        move([arrival(500)], at=AT)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("UPDATE ledger_transfer SET fen = fen + 1", "append-only"),
        ("DELETE FROM ledger_transfer", "append-only"),
        ("TRUNCATE ledger_transfer", "append-only"),
        ("UPDATE ledger_account SET debit_fen = debit_fen + 1", "by transfers only"),
        (
            (
                "INSERT INTO ledger_account (code, is_asset, debit_fen, credit_fen)"
                " VALUES ('bank:FORGED', true, 1, 0)"
            ),
            "open empty",
        ),
        ("DELETE FROM ledger_account", "accounts stay"),
        ("TRUNCATE ledger_account", "accounts stay"),
        (
            (
                "INSERT INTO ledger_transfer (key, debit_id, credit_id, fen, effective_at, booked_at)"
                " SELECT 'credit:2', min(id), -1, 1, now(), now() FROM ledger_account"
            ),
            "not there",
        ),
        (
            (
                "INSERT INTO ledger_transfer (key, debit_id, credit_id, fen, effective_at, booked_at)"
                " SELECT 'credit:2', -1, max(id), 1, now(), now() FROM ledger_account"
            ),
            "not there",
        ),
    ],
)
def test_the_database_refuses_to_rewrite_the_books(change: str, complaint: str):  # INV-3
    book(arrival(500))
    _execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=complaint), seeing_as(SYSTEM):
        _execute(change)

    assert queries.recount(actor=SYSTEM).discrepancies == ()
    assert balance(BANK) == Money(500)


def test_a_recount_finds_a_total_that_was_tampered_with():
    book(arrival(500))
    with seeing_as(SYSTEM), _without_triggers():
        _execute("UPDATE ledger_account SET credit_fen = 600 WHERE code = 'suspense:SANDBOX'")

    found = queries.recount(actor=SYSTEM)

    assert [d.account for d in found.discrepancies] == [SUSPENSE]
    assert found.discrepancies[0].kept == (Money(0), Money(600))
    assert found.discrepancies[0].recounted == (Money(0), Money(500))


def test_accounts_in_another_currency_stand_apart():
    dollars = Move(
        Money(700),
        debit=chart.bank("SANDBOX", "USD"),
        credit=chart.suspense("SANDBOX", "USD"),
        key="credit:usd",
        effective_at=AT,
    )
    book(arrival(500), dollars)

    assert balance(BANK) == Money(500)
    assert balance("bank:SANDBOX:USD") == Money(700)


def test_nobody_reads_the_books_but_the_house():  # INV-8
    book(arrival(500))

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM ledger_account), (SELECT count(*) FROM ledger_transfer)"
        )
        assert cursor.fetchone() == (0, 0)


def _execute(statement: str) -> None:
    # A savepoint, so that the test's own transaction survives the refusal.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


class _without_triggers:  # noqa: N801 - it reads as a clause
    def __enter__(self) -> Iterator[None] | None:
        _execute("ALTER TABLE ledger_account DISABLE TRIGGER USER")
        return None

    def __exit__(self, *_: object) -> None:
        _execute("ALTER TABLE ledger_account ENABLE TRIGGER USER")
