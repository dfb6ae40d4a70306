"""What bidders do all day: choose, pay, give up, approve each other's refunds, and try again.

They keep nothing in mind: what they do next follows from what the house shows and the bank says, so that
they may be killed at any moment, too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
from django.conf import settings
from django.db import Error, connections

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as refunds_shown
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.states import DepositState, RefundState
from biaobao.domain.deposits.types import RefundRow
from crash.world import AMOUNT, Bidder, World, world

UNHURRIED_SECONDS = 0.1
# How often somebody who has to pay asks the bank instead: perhaps it was paid.
ASKS = 0.3


def act_for_ever() -> None:
    """Act for a bidder drawn by lot, again and again; what is away is waited for."""
    known, bank = world(), SandboxBank(settings.SANDBOX_BANK_URL)
    draw = random.Random()  # noqa: S311 - whose turn it is
    while True:
        try:
            _act(draw.choice(known.bidders), UUID(draw.choice(known.lots)), bank, draw)
        except Error:
            connections.close_all()
            time.sleep(0.2)
        time.sleep(UNHURRIED_SECONDS)


def finish(known: World) -> int:
    """Let all refunds that wait for somebody go on, and return how many did."""
    return sum(
        _finish(bidder, refund)
        for bidder in known.bidders
        for refund in _refunds_of(bidder)
        if refund.state in (RefundState.PROPOSED, RefundState.FAILED, RefundState.RETURNED)
    )


def _act(bidder: Bidder, lot: UUID, bank: SandboxBank, draw: random.Random) -> None:
    actor, at = bidder.actor(0), datetime.now(UTC)
    for refund in refunds_shown.of_lot(lot_id=lot, actor=actor):
        _finish(bidder, refund)
    standing = deposit_standing.standing(lot_id=lot, actor=actor)
    if standing is None or standing.state is DepositState.RELEASED:
        _perhaps(lambda: choosing.choose(lot_id=lot, at=at, actor=actor))
    elif standing.state is DepositState.CONFIRMED:
        _perhaps(lambda: choosing.give_up(lot_id=lot, reason="WITHDRAWN", at=at, actor=actor))
    elif draw.random() < ASKS:
        _perhaps(lambda: choosing.ask_bank(lot_id=lot, at=at, actor=actor))
    elif standing.sub_account is not None:
        amount = draw.choice(
            [AMOUNT, AMOUNT, AMOUNT, Money(AMOUNT.fen // 2), Money(AMOUNT.fen + 1)]
        )
        with suppress(httpx.HTTPError):
            bank.transfer(
                amount,
                from_account=bidder.account,
                to_account=standing.sub_account.number,
                key=uuid4().hex,
            )


def _finish(bidder: Bidder, refund: RefundRow) -> bool:
    at = datetime.now(UTC)
    one, other = bidder.actor(0), bidder.actor(1)
    if refund.state is RefundState.PROPOSED:
        return _perhaps(lambda: refunds.approve(refund_id=refund.id, at=at, actor=other))
    if refund.state in (RefundState.FAILED, RefundState.RETURNED):
        return _perhaps(lambda: refunds.propose_again(refund_id=refund.id, at=at, actor=one))
    return False


def _refunds_of(bidder: Bidder) -> list[RefundRow]:
    rows: list[RefundRow] = []
    while True:
        page = refunds_shown.mine(
            page=len(rows) // refunds_shown.PAGE_SIZE + 1, actor=bidder.actor(0)
        )
        rows += page.rows
        if page.number >= page.pages:
            return rows


def _perhaps(act: Callable[[], object]) -> bool:
    # Somebody else was quicker, or the bank's notice was.
    with suppress(Refused, NotFound):
        act()
        return True
    return False
