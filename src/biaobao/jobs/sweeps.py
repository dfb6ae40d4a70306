"""What the worker does when it is woken or its time has come: each finds due rows and acts on them.

A sweep may run twice, at once, or be killed anywhere: rows say what is to be done, and partners
deduplicate by our keys. Partners are called with no transaction open.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from biaobao.adapters.banks.channels import open_channel
from biaobao.adapters.signing import revocation
from biaobao.adapters.signing.revocation import AuthorityUnreachable
from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.core.actor import SYSTEM
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking.actions import banks, statements
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.actions import orders as bank_orders
from biaobao.domain.banking.ports import (
    BankChannel,
    BankRefused,
    BankUnreachable,
    PaymentUnknown,
)
from biaobao.domain.banking.types import (
    Address,
    ArrivedFile,
    Bank,
    BankFile,
    Errand,
    OrderErrand,
    Question,
    Source,
    UnreadFile,
)
from biaobao.domain.booking import actions as booking
from biaobao.domain.claims import actions as claims
from biaobao.domain.deposits.actions import choosing, closing, refunds
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.interest import actions as interest
from biaobao.domain.parties import actions as parties
from biaobao.domain.parties.ports import NotOurs
from biaobao.domain.pools import queries as pool_queries
from biaobao.domain.pools.actions import forfeiting, holding, joining, keeping
from biaobao.jobs import guarantees, invoicing, large_files, reading
from biaobao.jobs.large_files import Watch, nobody
from biaobao.platform import clock

logger = logging.getLogger(__name__)

BATCH = 200
RECONCILED_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Sweep:
    """A kind of work: run when woken by its name, and at least this often."""

    name: str
    run: Callable[[datetime], object]
    every: timedelta


def read_files(at: datetime, watch: Watch = nobody) -> int:
    """Read stored bank files and book what they say; return how many files there were.

    :param watch: called with each part of a large file once it is booked.
    """
    return read_small_files(at) + read_large_files(at, watch)


def read_small_files(at: datetime) -> int:
    """Read files that say little, all that wait in one booking: a booking costs as much as many notices."""
    done = 0
    while files := bank_files.claim_files(limit=BATCH, at=at, actor=SYSTEM):
        _book(files)
        done += len(files)
    return done


def read_large_files(at: datetime, watch: Watch = nobody) -> int:
    """Read large files, one after the other; no small one has to wait for them."""
    done = 0
    while files := bank_files.claim_files(limit=1, at=at, actor=SYSTEM, are_large=True):
        large_files.book(files[0], watch)
        done += 1
    return done


def _book(files: Sequence[UnreadFile]) -> None:
    if not files:
        return
    try:
        read = [part for file in files for part in reading.parts(file)]
        booking.book(files=read, at=clock.now(), actor=SYSTEM)
    except Exception:
        if len(files) == 1:
            # The file stays unread, shows on the operator's desk, and is tried again in a minute.
            logger.exception("bank file %s could not be booked", files[0].id)
            return
        # One bad file must not hold up the others.
        for file in files:
            _book([file])


def collect_files(at: datetime) -> None:
    """Fetch what waits at the banks, store it, and only then acknowledge it."""
    for bank in bank_queries.banks(actor=SYSTEM):
        channel = _channel(bank)
        try:
            for file in channel.waiting_files():
                _store(bank, file, at=at)
                channel.acknowledge(file.name)
        except (BankUnreachable, BankRefused) as problem:
            logger.warning("bank %s: %s", bank.code, problem)


def answer_questions(at: datetime) -> None:
    """Ask the banks what bidders want to know now, and store what they say."""
    for question in banks.claim_questions(limit=BATCH, at=at, actor=SYSTEM):
        problem = _ask(question, at=at)
        # Booked before the answer is recorded, so that who sees the answer sees its money.
        read_files(at)
        banks.keep_answer(question=question, problem=problem, at=clock.now(), actor=SYSTEM)


def _ask(question: Question, *, at: datetime) -> str:
    bank = next(b for b in bank_queries.banks(actor=SYSTEM) if b.code == question.bank)
    channel = _channel(bank)
    try:
        answer = channel.entries_of(question.number)
        if answer is not None:
            _store(bank, answer, at=at)
        else:
            for file in channel.waiting_files():
                _store(bank, file, at=at)
                channel.acknowledge(file.name)
    except BankUnreachable:
        return "BANK_UNREACHABLE"
    except BankRefused:
        return "BANK_REFUSED"
    return ""


def open_accounts(at: datetime) -> None:
    """Have the banks open sub-accounts while there are fewer free ones than should be."""
    waiting = deposit_standing.waiting_for_account(actor=SYSTEM)
    waiting += applications.waiting_for_account(actor=SYSTEM)
    waiting += pool_queries.waiting_for_account(actor=SYSTEM)
    for bank in bank_queries.banks(actor=SYSTEM):
        wanted = banks.ask_for_accounts(bank=bank.code, waiting=waiting, at=at, actor=SYSTEM)
        if wanted is None:
            continue
        key, count = wanted
        try:
            opened = _channel(bank).open_sub_accounts(key=key, count=count)
        except (BankUnreachable, BankRefused) as problem:
            logger.warning("bank %s: %s", bank.code, problem)
            said = "BANK_REFUSED" if isinstance(problem, BankRefused) else "BANK_UNREACHABLE"
            banks.keep_problem(bank=bank.code, problem=said, at=clock.now(), actor=SYSTEM)
            continue
        banks.keep_accounts(bank=bank.code, key=key, opened=opened, at=clock.now(), actor=SYSTEM)


def pay_interest(at: datetime) -> None:
    """Reckon interest on what was paid back, and order it as far as the funds reach."""
    while interest.reckon(limit=BATCH, at=at, actor=SYSTEM) >= BATCH:
        pass
    interest.follow_basic_accounts(limit=BATCH, at=at, actor=SYSTEM)
    while interest.pay(limit=BATCH, at=at, actor=SYSTEM) >= BATCH:
        pass


def close_accounts(at: datetime) -> None:
    """Close sub-accounts that are empty long after their lot, or their membership."""
    while closing.close_idle(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass
    while keeping.close_left(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass


def reconcile_statements(at: datetime) -> None:
    """Compare the days that banks state with the notices and the books."""
    while statements.reconcile(limit=RECONCILED_AT_ONCE, at=at, actor=SYSTEM) == RECONCILED_AT_ONCE:
        pass


def carry_orders(at: datetime) -> None:
    """Tell the banks what to pay, and ask what became of what they were told."""
    for errand in bank_orders.claim_orders(limit=BATCH, at=at, actor=SYSTEM):
        problem = _carry(errand, at=at)
        bank_orders.keep_problem(
            key=errand.payment.key, problem=problem, at=clock.now(), actor=SYSTEM
        )


def _carry(errand: OrderErrand, *, at: datetime) -> str:
    bank = next(b for b in bank_queries.banks(actor=SYSTEM) if b.code == errand.bank)
    channel = _channel(bank)
    try:
        answer = _answer(channel, errand)
    except BankUnreachable:
        return "BANK_UNREACHABLE"
    except BankRefused:
        return "BANK_REFUSED"
    if answer is not None:
        _store(bank, answer, at=at)
    return ""


def _answer(channel: BankChannel, errand: OrderErrand) -> BankFile | None:
    payment = errand.payment
    if errand.errand is Errand.LOOK:
        # It was accepted, and its debit has not been heard of: perhaps the notice was lost.
        return channel.entries_of(payment.from_account)
    if errand.errand is Errand.ASK:
        with suppress(PaymentUnknown):
            answer = channel.status_of(payment.key)
            if answer is not None:
                return answer
    # Never told, or never heard, or a channel that cannot be asked: the same key pays once.
    return channel.pay(payment)


def propose_refunds(at: datetime) -> None:
    """Propose, by rule, what must go back unasked."""
    while refunds.propose_due(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass


def assign_accounts(at: datetime) -> int:
    """Give sub-accounts to deposits, claims, memberships and funds that wait for one."""
    given = choosing.assign_waiting(limit=BATCH, at=at, actor=SYSTEM)
    given += joining.assign_waiting(limit=BATCH, at=at, actor=SYSTEM)
    given += interest.open_funds(at=at, actor=SYSTEM)
    return given + claims.assign_waiting(limit=BATCH, at=at, actor=SYSTEM)


def reassess_deposits(at: datetime) -> None:
    """Judge deposits anew after their lot or basic account changed."""
    while choosing.reassess(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass


def follow_pools(at: datetime) -> None:
    """Let holds follow their lots, memberships the calendar, and see members' money to its end."""
    while keeping.follow_days(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass
    while holding.follow_lots(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass
    while keeping.remind(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass
    joining.order_again(limit=BATCH, at=at, actor=SYSTEM)
    keeping.settle_exits(limit=BATCH, at=at, actor=SYSTEM)
    while forfeiting.lapse(limit=BATCH, at=at, actor=SYSTEM) == BATCH:
        pass


def fetch_revocations(at: datetime) -> None:
    """Keep the authority's newest revocation list: without a current one nobody signs in by it."""
    if not settings.CRL_URL:
        return
    authorities = TrustedAuthorities.from_file(Path(settings.TRUST))
    try:
        newest = revocation.fetch(settings.CRL_URL, authorities)
    except (AuthorityUnreachable, NotOurs) as problem:
        logger.warning("revocation list: %s", problem)
        return
    parties.keep_revocation_list(revocation_list=newest, at=at, actor=SYSTEM)


def forget_sign_ins(at: datetime) -> None:
    """Forget yesterday's failed sign-ins and challenges."""
    parties.sweep_sign_ins(at=at, actor=SYSTEM)


def _store(bank: Bank, file: BankFile, *, at: datetime) -> None:
    source = Source.FOLDER if bank.channel == "folder" else Source.PULL
    with file.content as content:
        arrived = ArrivedFile(bank.code, source, file.name, content)
        bank_files.receive_files(files=[arrived], at=at, actor=SYSTEM)


def _channel(bank: Bank) -> BankChannel:
    return open_channel(
        Address(
            bank.code,
            bank.channel,
            bank.location,
            bank.main_account,
            settings.BANK_SECRETS.get(bank.code, ""),
        )
    )


SECOND = timedelta(seconds=1)
FILES = (Sweep("files", read_small_files, SECOND),)
LARGE_FILES = (Sweep("large files", read_large_files, SECOND),)
BOOKS = (
    Sweep("deposits", assign_accounts, 2 * SECOND),
    Sweep("assessments", reassess_deposits, 2 * SECOND),
    Sweep("refunds", propose_refunds, 5 * SECOND),
    Sweep("statements", reconcile_statements, 5 * SECOND),
    Sweep("premiums", guarantees.follow_premiums, 2 * SECOND),
    Sweep("letters of moved lots", guarantees.follow_lots, 5 * SECOND),
    Sweep("unsealing", guarantees.unseal_letters, 2 * SECOND),
    Sweep("pools", follow_pools, 2 * SECOND),
    Sweep("interest", pay_interest, 5 * SECOND),
    Sweep("closing", close_accounts, 3600 * SECOND),
)
# A letter must be there before its deadline: none waits for a bank.
LETTERS = (
    Sweep("letters", guarantees.issue_letters, SECOND),
    Sweep("amendments", guarantees.amend_letters, SECOND),
    Sweep("receipts", guarantees.make_receipts, SECOND),
    Sweep("guarantors", guarantees.ask_guarantors, 2 * SECOND),
)
# Partners may be slow: nothing else waits for them.
PARTNERS = (
    Sweep("questions", answer_questions, SECOND),
    Sweep("orders", carry_orders, SECOND),
    Sweep("invoices", invoicing.carry, SECOND),
    Sweep("accounts", open_accounts, 5 * SECOND),
    Sweep("collection", collect_files, 5 * SECOND),
    Sweep("revocations", fetch_revocations, 60 * SECOND),
    Sweep("sign-ins", forget_sign_ins, 3600 * SECOND),
)
