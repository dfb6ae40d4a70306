"""The commands that an operator runs by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction

from biaobao.adapters.banks.iso20022 import writing
from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.ledger import queries as ledger
from biaobao.jobs import verification
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid() -> given.Chosen:
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays())
    return chosen


@pytest.mark.usefixtures("paid")
def test_books_that_add_up_are_said_to(capsys: pytest.CaptureFixture[str]):
    assert verification.verify_ledger() == 0

    said = capsys.readouterr().out
    assert said == (
        "2 accounts, 1 transfers, ¥50,000.00 moved: 0 totals differ, 0 facts disagree\n"
    )


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (
            (
                "ALTER TABLE ledger_account DISABLE TRIGGER USER;"
                " UPDATE ledger_account SET debit_fen = debit_fen + 1 WHERE is_asset"
            ),
            "  bank:SANDBOX: kept ¥50,000.01 / ¥0.00, recounted ¥50,000.00 / ¥0.00",
        ),
        (
            "UPDATE deposits_deposit SET received_fen = received_fen + 1",
            " holds 5000000 fen in the books, 5000001 fen by its credits",
        ),
        (
            "UPDATE securities_security SET state = 'REQUIRED', secured_at = NULL",
            " is REQUIRED, its deposit CONFIRMED",
        ),
    ],
)
@pytest.mark.usefixtures("paid")
def test_tampering_is_found(tampering: str, found: str, capsys: pytest.CaptureFixture[str]):
    with seeing_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(tampering)

    assert verification.verify_ledger() == 1

    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith(found)]


def test_a_file_taken_by_hand_is_booked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given_banking.bank()
    chosen = given.chosen()
    file = tmp_path / "notice.xml"
    header = writing.Header("M1", given_banking.AT, given_banking.MAIN_ACCOUNT, "SANDBOX")
    file.write_bytes(writing.notice(header, [chosen.pays()]))

    assert verification.import_camt(given_banking.BANK, str(file)) == 0
    assert verification.import_camt(given_banking.BANK, str(file)) == 0

    assert (chosen.standing.state, chosen.held) == ("CONFIRMED", chosen.lot.amount)
    assert capsys.readouterr().out.startswith("stored as ")


@pytest.mark.parametrize(("bank", "name"), [("UNKNOWN", "notice.xml"), ("SANDBOX", "absent.xml")])
def test_a_file_that_cannot_be_taken_changes_nothing(
    bank: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    given_banking.bank()
    (tmp_path / "notice.xml").write_bytes(b"<Document/>")

    assert verification.import_camt(bank, str(tmp_path / name)) == 1

    assert capsys.readouterr().err.startswith("not imported: ")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM banking_inboundfile")
        assert cursor.fetchone() == (0,)
    assert ledger.recount(actor=SYSTEM).moved == Money(0)
