"""What the worker does with a bank that really runs, over HTTPS and over folders."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO

import pytest
from django.db import connection

from biaobao.adapters.banks.iso20022 import reading, writing
from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.models import InboundFile, SubAccount
from biaobao.domain.banking.types import Message
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.jobs import sweeps, worker
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.adapters.banks.running import PAYER, PAYER_NAME, Sandbox, soon
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import guarantees as given_guarantees
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.jobs.conftest import connect


def chosen() -> Chosen:
    """Return a bidder of today whose basic account is the demo payer's."""
    bidder = given_parties.bidder(name=PAYER_NAME, account=PAYER)
    lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + timedelta(days=8))
    return given.chosen(lot, bidder)


def open_accounts() -> None:
    # A bank over folders answers the second time it is asked.
    soon(lambda: (sweeps.open_accounts(clock.now()), numbers())[1])


def numbers() -> list[int]:
    with seeing_as(SYSTEM):
        return [int(number) for number in SubAccount.objects.values_list("number", flat=True)]


def files() -> int:
    with seeing_as(SYSTEM):
        return InboundFile.objects.count()


def collected() -> int:
    sweeps.collect_files(clock.now())
    return sweeps.read_files(clock.now())


@pytest.mark.usefixtures("bank")
def test_spare_sub_accounts_are_opened_once():
    open_accounts()
    sweeps.open_accounts(clock.now())

    opened = numbers()
    assert len(opened) == 6
    # One number must not betray its neighbour's.
    assert all(abs(a - b) > 1 for a in opened for b in opened if a != b)


def test_money_paid_at_the_bank_arrives(bank: Sandbox):
    open_accounts()
    paid = chosen()
    serial = bank.pay(paid.account, paid.lot.amount.fen)

    soon(lambda: (collected(), paid.standing.credits)[1])

    assert [c.serial for c in paid.standing.credits] == [serial]
    assert (paid.standing.state, paid.security_state) == ("CONFIRMED", "SECURED")
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def test_a_bank_that_repeats_itself_moves_money_once(bank: Sandbox):  # INV-4
    open_accounts()
    paid = chosen()
    collected()
    before = files()
    bank.switch(repeat=3)
    bank.pay(paid.account, paid.lot.amount.fen)

    soon(lambda: (collected(), files() >= before + 3)[1])

    assert (paid.held, len(paid.standing.credits)) == (paid.lot.amount, 1)


def test_a_reversal_at_the_bank_takes_the_confirmation_back(bank: Sandbox):
    open_accounts()
    paid = chosen()
    serial = bank.pay(paid.account, paid.lot.amount.fen)
    soon(lambda: (collected(), paid.standing.state == "CONFIRMED")[1])

    bank.ask("POST", f"transfers/{serial}/reverse")
    soon(lambda: (collected(), paid.standing.state == "EXPECTED")[1])

    assert (paid.standing.reason, paid.security_state) == ("REVERSED", "REQUIRED")
    assert paid.held == Money(0)


def test_a_question_is_answered_by_the_bank_now(bank: Sandbox):
    open_accounts()
    paid = chosen()
    bank.pay(paid.account, paid.lot.amount.fen)
    choosing.ask_bank(lot_id=paid.lot.id, at=clock.now(), actor=paid.bidder)
    asked = paid.standing.sub_account

    # Over folders the bank may answer before its file lies there; the next collection finds it.
    soon(
        lambda: (
            sweeps.answer_questions(clock.now()),
            collected(),
            paid.standing.state == "CONFIRMED",
        )[2]
    )

    answered = paid.standing.sub_account
    assert asked is not None
    assert answered is not None
    assert (asked.is_being_asked, answered.is_being_asked, answered.problem) == (True, False, "")
    assert paid.standing.state == "CONFIRMED"


def test_asking_twice_in_a_row_is_refused_and_asks_once(bank: Sandbox):
    open_accounts()
    paid = chosen()
    first = clock.now()
    choosing.ask_bank(lot_id=paid.lot.id, at=first, actor=paid.bidder)

    with pytest.raises(Refused, match="ASKED_JUST_NOW"):
        choosing.ask_bank(lot_id=paid.lot.id, at=first + timedelta(seconds=9), actor=paid.bidder)

    asked = paid.standing.sub_account
    assert asked is not None
    assert asked.asked_at == first


@pytest.mark.django_db
def test_a_bank_that_does_not_answer_is_said_so_and_asked_again(sandbox: Sandbox, settings):
    connect(sandbox, "http", settings)
    open_accounts()
    paid = chosen()
    sandbox.switch(offline=True)
    choosing.ask_bank(lot_id=paid.lot.id, at=clock.now(), actor=paid.bidder)

    sweeps.answer_questions(clock.now())
    problem = paid.standing.sub_account
    sandbox.switch(offline=False)
    later = clock.now() + timedelta(seconds=11)
    choosing.ask_bank(lot_id=paid.lot.id, at=later, actor=paid.bidder)
    sweeps.answer_questions(later)

    assert problem is not None
    assert (problem.problem, problem.is_being_asked) == ("BANK_UNREACHABLE", False)
    mended = paid.standing.sub_account
    assert mended is not None
    assert (mended.problem, mended.is_being_asked) == ("", False)


@pytest.mark.django_db
def test_a_deposit_waits_for_its_sub_account_while_the_bank_is_away(sandbox: Sandbox, settings):
    connect(sandbox, "http", settings)
    sandbox.switch(offline=True)
    sweeps.open_accounts(clock.now())
    waiting = chosen()
    before = waiting.standing.sub_account

    sandbox.switch(offline=False)
    sweeps.open_accounts(clock.now())
    sweeps.assign_accounts(clock.now())

    assert before is None
    assert waiting.standing.sub_account is not None


@pytest.mark.django_db
def test_what_waits_for_sub_accounts_is_asked_for_twice_whatever_it_is_for(
    sandbox: Sandbox, settings
):
    connect(sandbox, "http", settings, spare=0)
    chosen()
    given_guarantees.payable()

    sweeps.open_accounts(clock.now())

    assert len(numbers()) == 4


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_is_kept_aside_and_the_next_one_is_read(
    sandbox: Sandbox, settings
):
    connect(sandbox, "folder", settings)
    open_accounts()
    paid = chosen()
    collected()
    sandbox.ask("POST", "broken-files")
    sandbox.pay(paid.account, paid.lot.amount.fen)

    soon(lambda: (collected(), paid.standing.state == "CONFIRMED")[1])

    aside = banking.kept_aside(at=clock.now(), actor=given_parties.operator())
    assert [(file.state, [p.position for p in file.problems]) for file in aside] == [
        ("SET_ASIDE", [0])
    ]
    assert paid.standing.state == "CONFIRMED"


def test_a_file_that_breaks_the_reader_does_not_hold_up_those_beside_it(
    db: None, monkeypatch: pytest.MonkeyPatch
):
    given_banking.bank()
    paid = chosen()
    at = clock.now()
    header = writing.Header("M1", at, given_banking.MAIN_ACCOUNT, given_banking.BANK)
    read = reading.read

    def broken(file: BinaryIO) -> Iterator[Message]:
        if file.read() == b"breaks":
            raise RecursionError("an element too deep")
        file.seek(0)
        return read(file)

    monkeypatch.setattr(reading, "read", broken)
    for content in (b"breaks", writing.notice(header, [paid.pays(at=at)])):
        given_banking.stored(content, at=at)

    sweeps.read_files(at)

    assert paid.standing.state == "CONFIRMED"
    later = at + timedelta(seconds=61)
    aside = banking.kept_aside(at=later, actor=SYSTEM)
    assert [(file.state, file.size) for file in aside] == [("RECEIVED", len(b"breaks"))]


def test_a_worker_that_was_killed_after_claiming_leaves_the_file_to_the_next(db: None):
    given_banking.bank()
    at = clock.now()
    given_banking.file(at=at)
    from_the_first = sweeps.bank_files.claim_files(limit=10, at=at, actor=SYSTEM)

    meanwhile = sweeps.bank_files.claim_files(limit=10, at=at, actor=SYSTEM)
    later = sweeps.bank_files.claim_files(limit=10, at=at + timedelta(seconds=61), actor=SYSTEM)

    assert (len(from_the_first), len(meanwhile), len(later)) == (1, 0, 1)


def test_the_worker_wakes_when_work_is_committed(committed: None, sandbox: Sandbox, settings):
    connect(sandbox, "http", settings)
    settings.CRL_URL = ""
    stop = threading.Event()
    running_worker = threading.Thread(target=worker.work, args=(stop,))
    running_worker.start()
    try:
        soon(numbers)
        paid = chosen()
        assert soon(lambda: paid.standing.sub_account, seconds=20) is not None
        account = paid.standing.sub_account
        assert account is not None
        sandbox.pay(account.number, paid.lot.amount.fen)
        choosing.ask_bank(lot_id=paid.lot.id, at=clock.now(), actor=paid.bidder)
        soon(lambda: paid.standing.state == "CONFIRMED", seconds=20)
    finally:
        stop.set()
        running_worker.join()
        connection.close()

    assert paid.standing.state == "CONFIRMED"
    assert deposit_standing.mismatches(actor=SYSTEM) == ()
