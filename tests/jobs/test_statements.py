"""A bank that holds its notices back and states the day all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.domain.banking import queries
from biaobao.domain.banking.models import Notice
from biaobao.domain.banking.types import Cause
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.jobs import sweeps
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.adapters.banks.running import Sandbox, soon
from tests.given import statements as given_statements
from tests.jobs.conftest import connect
from tests.jobs.test_sweeps import chosen, collected, numbers, open_accounts


@pytest.mark.django_db
def test_a_missed_notice_is_booked_from_the_statement_and_not_again_when_it_comes(  # INV-4
    sandbox: Sandbox, settings
):
    # By folder the statement can be let out while the notice is late.
    connect(sandbox, "http", settings)
    open_accounts()
    paid = chosen()
    collected()
    sandbox.switch(delay_seconds=3600)
    serial = sandbox.pay(paid.account, paid.lot.amount.fen)
    before = (collected(), paid.standing.state)
    today = day_of(clock.now())

    sandbox.ask("POST", "statements", day=today.isoformat())
    soon(lambda: (collected(), paid.standing.state == "CONFIRMED")[1])
    sweeps.reconcile_statements(clock.now())

    first = [c.serial for c in paid.standing.credits]
    missed = {
        row.found.serial: row
        for row in given_statements.day_of_bank(today, actor=SYSTEM).differences
        if row.found.cause is Cause.NOTICE_MISSED
    }
    # Asked about the account, the bank answers with the notice that never came.
    sandbox.switch(delay_seconds=0)
    sandbox.pay(paid.account, 1)
    soon(lambda: (collected(), len(paid.standing.credits) == 2)[1])
    sweeps.reconcile_statements(clock.now() + timedelta(minutes=2))

    assert before == (0, "EXPECTED")
    assert first == [serial]
    assert not missed[serial].is_open
    with seeing_as(SYSTEM):
        assert Notice.objects.filter(serial=serial).count() == 1
    assert deposit_standing.mismatches(actor=SYSTEM) == ()
    assert numbers()
    assert queries.reconciled_days(page=1, actor=SYSTEM).total == 1
