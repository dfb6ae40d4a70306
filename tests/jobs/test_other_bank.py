"""Any bank that puts these messages into the folder works without a change of code."""

from __future__ import annotations

from pathlib import Path

import pytest

from biaobao.adapters.banks.iso20022 import writing
from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.banking.actions import banks
from biaobao.domain.banking.types import OpenedAccount
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.jobs import sweeps
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import deposits as given

IBAN = "DE89370400440532013000"


@pytest.mark.django_db
def test_a_bank_with_ibans_pays_in_by_the_folder_alone(tmp_path: Path):
    banks.connect_bank(
        code="OTHER",
        name="另一家示例银行",
        channel="folder",
        location=str(tmp_path),
        main_account=given_banking.MAIN_ACCOUNT,
        spare_accounts=0,
        at=given_banking.AT,
        actor=SYSTEM,
    )
    banks.keep_accounts(
        bank="OTHER",
        key="by hand",
        opened=[OpenedAccount(IBAN, "示例专户", "示例支行")],
        at=given_banking.AT,
        actor=SYSTEM,
    )
    chosen = given.chosen()
    header = writing.Header("M1", given_banking.AT, IBAN, "OTHER")
    dollars = chosen.pays(Money(700), currency="USD")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "anything.xml").write_bytes(writing.notice(header, [chosen.pays(), dollars]))

    sweeps.collect_files(clock.now())
    sweeps.read_files(clock.now())

    assert chosen.account == IBAN
    assert (chosen.standing.state, chosen.held) == ("CONFIRMED", chosen.lot.amount)
    assert ledger.balance(chart.suspense("OTHER", "USD"), actor=SYSTEM) == Money(700)
    assert [path.name for path in (tmp_path / "done").iterdir()] == ["anything.xml"]
    assert deposit_standing.mismatches(actor=SYSTEM) == ()
