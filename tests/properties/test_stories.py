"""Random stories of payments, postponements, reversals, claims, refunds and returns keep every invariant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from random import Random
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Kind, Message, ReadFile
from biaobao.domain.booking import actions as booking
from biaobao.domain.deposits.actions import choosing, claims, refunds
from biaobao.domain.deposits.queries import claims as claims_shown
from biaobao.domain.deposits.queries import refunds as refunds_shown
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.states import ClaimState, RefundState
from biaobao.domain.deposits.types import ClaimRow, RefundReason, Standing, Told
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import actions as tenders
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import refunds as given_refunds
from tests.properties.model import Order, Outcome, Seat
from tests.properties.telling import tell
from tests.properties.world import AMOUNT, BEGINS_AT, World, undone, world

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SLIP = Upload("回单.pdf", "application/pdf", b"%PDF-1.7 a slip")
SEATS: list[Seat] = [(lot, bidder) for lot in range(3) for bidder in range(3)]
LOTS, BIDDERS = st.integers(0, 2), st.integers(0, 2)
AMOUNTS = st.sampled_from([AMOUNT.fen, AMOUNT.fen, 400, 600, 1, AMOUNT.fen + 200, AMOUNT.fen * 2])
CHOICE = st.integers(0, 10**6)
SELDOM = st.integers(0, 3).map(lambda number: number == 3)
SEALED = (
    "deposits_deposit",
    "deposits_credit",
    "deposits_refund",
    "deposits_claimtarget",
    "securities_security",
    "banking_paymentorder",
)
REFUSALS = (Refused, NotFound, NotAllowed)

T = TypeVar("T")


@dataclass(frozen=True)
class Refund:
    """A refund and its newest order, as they are stored: many are looked at after each step."""

    id: UUID
    credit_serial: str
    amount_minor: int
    currency: str
    reason: str
    state: str
    attempt: int
    lot_id: UUID | None
    bidder_id: UUID | None
    bidder_name: str
    payee_account: str
    proposed_at: datetime
    proposed_by: UUID | None
    order_id: UUID | None
    order_key: str
    order_state: str


REFUNDS = """
SELECT f.id, c.serial, f.amount_minor, f.currency, f.reason, f.state, f.attempt, f.lot_id, f.bidder_id,
       b.name, f.payee_account, f.proposed_at, f.proposed_by_id, o.id, o.key, o.state
  FROM deposits_refund f
  JOIN deposits_credit c ON c.id = f.credit_id
  LEFT JOIN parties_organisation b ON b.id = f.bidder_id
  LEFT JOIN banking_paymentorder o ON o.id = f.order_id
"""


class Nothing(Exception):
    """There is nothing that the rule could act on: the story goes on without it."""


def possible(story: Callable[..., None]) -> Callable[..., None]:
    @wraps(story)
    def perhaps(self: Stories, **drawn: object) -> None:
        with suppress(Nothing):
            story(self, **drawn)

    return perhaps


class Stories(RuleBasedStateMachine):
    """The house, its people and its bank, each doing what they may, in any order."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self._undone = undone()
        self._undone.__enter__()
        self.model = self.world.model()
        self.now = BEGINS_AT
        self.serials = 0
        # What the bank did and the house has not heard of; and what it has, to be told again.
        self.unheard: list[Entry | Answer] = []
        self.heard: list[Entry | Answer] = []
        self.executed: dict[str, Entry | None] = {}
        self.returned: set[str] = set()
        self.lies_at_bank = {"CNY": 0, "USD": 0}
        self.claims: list[tuple[UUID, int]] = []
        self.securities: dict[Seat, UUID] = {}
        self.touched: set[Seat] = set()

    def teardown(self) -> None:
        try:
            self._hear(list(self.unheard), apart=False)
            # INV-5: whatever was left lying because it came too early is booked in the end.
            assert self.unheard == []
            self._sweep()
            self.books_agree()
            self.deposits_stand_as_they_must()
            self.pages_keep_the_seal()
            self._replay()
        finally:
            self._undone.__exit__(None, None, None)

    @initialize(seats=st.sets(st.sampled_from(SEATS), min_size=3))
    def begin(self, seats: set[Seat]) -> None:
        for seat in sorted(seats):
            self._choose(seat)

    # Bidders and agencies.

    @rule(lot=LOTS, bidder=BIDDERS)
    def choose(self, lot: int, bidder: int) -> None:
        self._choose((lot, bidder))

    @rule(lot=LOTS, bidder=BIDDERS, reason=st.sampled_from(["SWITCHED", "WITHDRAWN"]))
    def give_up(self, lot: int, bidder: int, reason: str) -> None:
        actor = self._people(bidder)[0]
        if self._did(
            lambda: choosing.give_up(
                lot_id=self._lot(lot), reason=reason, at=self.now, actor=actor
            ),
        ):
            self.model.released.add((lot, bidder))
            self.touched.add((lot, bidder))

    @rule(step=st.sampled_from([SECOND, HOUR, 6 * HOUR]))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(lot=LOTS, step=st.sampled_from([-SECOND, timedelta(0), SECOND]))
    def the_deadline_comes(self, lot: int, step: timedelta) -> None:
        self.now = max(self.now, self.model.lots[lot].deadline_at + step)

    @rule(lot=LOTS, by=st.sampled_from([SECOND, 6 * HOUR]))
    def postpone(self, lot: int, by: timedelta) -> None:
        self._move_clocks(tenders.postpone, lot, by)

    @rule(lot=LOTS, indeed=SELDOM)
    def suspend(self, lot: int, indeed: bool) -> None:
        if indeed:
            self._keep(tenders.suspend, lot, reason="图纸有误")

    @rule(lot=LOTS, by=st.sampled_from([SECOND, 6 * HOUR]))
    def resume(self, lot: int, by: timedelta) -> None:
        self._move_clocks(tenders.resume, lot, by)

    @rule(lot=LOTS, indeed=SELDOM)
    def terminate(self, lot: int, indeed: bool) -> None:
        if indeed and self._keep(tenders.terminate, lot, reason="项目取消"):
            self.model.lots[lot].is_terminated = True
            self.model.lots[lot].is_stale = True

    @rule(lot=LOTS)
    def open_lot(self, lot: int) -> None:
        if self._keep(tenders.open_lot, lot):
            self.model.lots[lot].is_opened = True

    @rule()
    def sweep(self) -> None:
        self._sweep()

    # Money in.

    @rule(lot=LOTS, bidder=BIDDERS, payer=BIDDERS, amount=AMOUNTS, how=CHOICE)
    def pay(self, lot: int, bidder: int, payer: int, amount: int, how: int) -> None:
        account = self._account_of((lot, bidder))
        if how % 7 == 0:
            account = given_banking.MAIN_ACCOUNT
        from_ = self.model.bidders[payer if how % 3 == 0 else bidder]
        name = "他人有限公司" if how % 11 == 0 else from_.name
        number = "33050168620800009999" if how % 5 == 0 else from_.number
        currency = "USD" if how % 13 == 0 else "CNY"
        self._credit(account, amount, name=name, number=number, currency=currency)

    @rule(lot=LOTS, bidder=BIDDERS, heard=st.booleans(), last=SELDOM)
    def pay_exactly(self, lot: int, bidder: int, heard: bool, last: bool) -> None:
        payer = self.model.bidders[bidder]
        if last:
            # The deadline's own second is still in time.
            self.now = max(self.now, self.model.lots[lot].deadline_at)
        self._credit(
            self._account_of((lot, bidder)), AMOUNT.fen, name=payer.name, number=payer.number
        )
        if heard:
            self._hear(self.unheard[-1:], apart=False)

    @rule(which=CHOICE)
    @possible
    def the_bank_reverses(self, which: int) -> None:
        credit = self._one(
            [
                e
                for e in self._said()
                if e.kind is Kind.CREDIT
                and not e.order_key
                and e.amount_minor <= self.lies_at_bank[e.currency]
                and not any(r.original_serial == e.serial for r in self._said())
            ],
            which,
        )
        self._say(
            replace(
                credit,
                serial=self._serial(),
                kind=Kind.REVERSAL,
                credited_at=self._second(),
                booked_on=day_of(self.now),
                original_serial=credit.serial,
            )
        )

    @rule(mask=CHOICE, again=CHOICE, order=CHOICE, apart=st.booleans())
    @possible
    def hear(self, mask: int, again: int, order: int, apart: bool) -> None:
        """Hear some of what the bank did, in any order, and some of it once more."""
        told = [item for n, item in enumerate(self.unheard) if mask >> n % 20 & 1]
        if self.heard and again % 2:
            told.append(self._one(self.heard, again))
        Random(order).shuffle(told)  # noqa: S311 - a story that can be told again
        self._hear(told, apart=apart)

    @rule()
    def hear_all(self) -> None:
        self._hear(list(self.unheard), apart=False)

    # Money that fits nothing.

    @rule(lot=LOTS, bidder=BIDDERS, amount=AMOUNTS, person=st.integers(0, 1))
    def claim(self, lot: int, bidder: int, amount: int, person: int) -> None:
        actor = self._people(bidder)[person]
        told = Told(Money(amount), day_of(self.now), "", "")
        self._claimed(
            bidder,
            lambda: claims.claim(
                lot_id=self._lot(lot), told=told, slip=SLIP, at=self.now, actor=actor
            ),
        )

    @rule(bidder=BIDDERS, which=CHOICE, person=st.integers(0, 1))
    @possible
    def offer(self, bidder: int, which: int, person: int) -> None:
        credit = self._one(self._unplaced(), which)
        operator = self.world.operators[person]
        organisation = parties.organisation(
            organisation_id=self._people(bidder)[0].organisation_id, actor=SYSTEM
        )
        self._claimed(
            bidder,
            lambda: claims.offer(
                credit_id=credit, uscc=organisation.uscc, note="", at=self.now, actor=operator
            ),
        )

    @rule(lot=LOTS, bidder=BIDDERS, which=CHOICE, person=st.integers(0, 1))
    @possible
    def ask_to_move(self, lot: int, bidder: int, which: int, person: int) -> None:
        credit_id = self._one(self._credits_of(bidder), which)
        actor = self._people(bidder)[person]
        self._claimed(
            bidder,
            lambda: claims.ask_to_move(
                credit_id=credit_id, lot_id=self._lot(lot), at=self.now, actor=actor
            ),
        )

    @rule(which=CHOICE, lot=LOTS, credit=CHOICE, person=st.integers(0, 1))
    @possible
    def decide_a_claim(self, which: int, lot: int, credit: int, person: int) -> None:
        claim, bidder = self._one(self._waiting_claims(), which)
        bidders_own = self._people(bidder)[person]
        operator = self.world.operators[person]
        if claim.by_operator:
            done = self._did(
                lambda: claims.accept(
                    claim_id=claim.id, lot_id=self._lot(lot), at=self.now, actor=bidders_own
                ),
            )
        elif claim.credit is None and not self._is_a_move(claim.id):
            credit_id = self._one(self._unplaced(), credit)
            done = self._did(
                lambda: claims.confirm(
                    claim_id=claim.id, credit_id=credit_id, at=self.now, actor=operator
                ),
            )
        else:
            done = self._did(
                lambda: claims.confirm_move(claim_id=claim.id, at=self.now, actor=bidders_own),
            )
        if done:
            self._claim_confirmed(claim.id, bidder)

    @rule(which=CHOICE, by_operator=st.booleans())
    @possible
    def decline_a_claim(self, which: int, by_operator: bool) -> None:
        claim, bidder = self._one(self._waiting_claims(), which)
        actor = self.world.operators[0] if by_operator else self._people(bidder)[0]
        self._did(
            lambda: claims.decline(claim_id=claim.id, reason="不符", at=self.now, actor=actor),
        )

    # Money back.

    @rule(bidder=BIDDERS, which=CHOICE, person=st.integers(0, 1))
    @possible
    def ask_back(self, bidder: int, which: int, person: int) -> None:
        credit_id = self._one(self._credits_of(bidder), which)
        actor = self._people(bidder)[person]
        self._did(lambda: refunds.ask_back(credit_id=credit_id, at=self.now, actor=actor))

    @rule(which=CHOICE, person=st.integers(0, 1))
    @possible
    def return_unplaced(self, which: int, person: int) -> None:
        credit_id, actor = self._one(self._unplaced(), which), self.world.operators[person]
        self._did(
            lambda: refunds.return_unplaced(credit_id=credit_id, note="", at=self.now, actor=actor),
        )

    @rule(
        lot=LOTS,
        bidder=BIDDERS,
        reason=st.sampled_from(RefundReason),
        person=st.integers(0, 2),
    )
    def release(self, lot: int, bidder: int, reason: RefundReason, person: int) -> None:
        actor = (*self.world.operators, self._keeper())[person]
        bidder_id = self._people(bidder)[0].organisation_id
        assert bidder_id
        self._did(
            lambda: refunds.propose_release(
                lot_id=self._lot(lot),
                bidder_id=bidder_id,
                reason=reason,
                note="",
                at=self.now,
                actor=actor,
            ),
        )

    @rule(which=CHOICE, person=CHOICE)
    @possible
    def approve(self, which: int, person: int) -> None:
        refund = self._one(self._refunds_in(RefundState.PROPOSED), which)
        bidder = self._bidder_of(refund)
        people = (*self.world.operators, *(self._people(bidder) if bidder is not None else ()))
        actor = self._one(people, person)
        done = self._did(lambda: refunds.approve(refund_id=refund.id, at=self.now, actor=actor))
        # Never one person alone, and before the opening nobody of the platform.
        assert not (done and refund.proposed_by == actor.person_id)
        if refund.lot_id is not None and actor in self.world.operators:
            assert not done or self.model.lots[self._number_of(refund.lot_id)].is_opened

    @rule()
    def everybody_approves(self) -> None:
        for refund in self._refunds_in(RefundState.PROPOSED):
            bidder = self._bidder_of(refund)
            people = (*self.world.operators, *(self._people(bidder) if bidder is not None else ()))
            for actor in people:
                if refund.proposed_by != actor.person_id and self._did(
                    lambda actor=actor, refund=refund: refunds.approve(
                        refund_id=refund.id, at=self.now, actor=actor
                    ),
                ):
                    break

    @rule(lot=LOTS, person=st.integers(0, 1))
    def approve_lot(self, lot: int, person: int) -> None:
        actor = self.world.operators[person]
        self._did(lambda: refunds.approve_lot(lot_id=self._lot(lot), at=self.now, actor=actor))

    @rule(which=CHOICE, person=CHOICE)
    @possible
    def cancel(self, which: int, person: int) -> None:
        self._manage(refunds.cancel, self._refunds_in(RefundState.PROPOSED), which, person)

    @rule(which=CHOICE, person=CHOICE)
    @possible
    def propose_again(self, which: int, person: int) -> None:
        failed = self._refunds_in(RefundState.FAILED, RefundState.RETURNED)
        self._manage(refunds.propose_again, failed, which, person)

    @rule(which=CHOICE, person=st.integers(0, 1))
    @possible
    def correct_payee(self, which: int, person: int) -> None:
        refund = self._one(self._refunds_in(RefundState.FAILED, RefundState.RETURNED), which)
        bidder = self._bidder_of(refund)
        if bidder is None:
            raise Nothing
        actor = self._people(bidder)[person]
        self._did(
            lambda: refunds.correct_payee(
                refund_id=refund.id,
                account_name=refund.bidder_name,
                number="33050168620800007777",
                bank_name="中国建设银行衢州分行",
                note="",
                at=self.now,
                actor=actor,
            ),
        )

    @rule(which=CHOICE, confirmed=st.booleans())
    @possible
    def decide_a_payee(self, which: int, confirmed: bool) -> None:
        operator = self.world.operators[0]
        change = self._one(refunds_shown.payee_changes(page=1, actor=operator).rows, which)
        if confirmed:
            self._did(
                lambda: refunds.confirm_payee(change_id=change.id, at=self.now, actor=operator),
            )
        else:
            self._did(
                lambda: refunds.decline_payee(
                    change_id=change.id, reason="不符", at=self.now, actor=operator
                ),
            )

    # The bank and its orders.

    @rule()
    def tell_the_bank(self) -> None:
        for payment in given_refunds.told(at=self.now):
            order = self.model.orders[payment.key]
            if order.state == "READY":
                order.state = "SENT"
            self.executed.setdefault(payment.key, None)

    @rule(which=CHOICE, how=st.sampled_from(["pay", "pay", "accept", "refuse", "refuse and pay"]))
    @possible
    def the_bank_acts(self, which: int, how: str) -> None:
        key = self._one([k for k, debit in self.executed.items() if debit is None], which)
        order = self.model.orders[key]
        refused = any(
            isinstance(i, Answer) and i.order_key == key and i.reason
            for i in (*self.unheard, *self.heard)
        )
        if refused:
            raise Nothing
        if how.endswith("pay") and order.amount > self.lies_at_bank[order.currency]:
            raise Nothing
        if how.startswith("refuse"):
            self._say(Answer(key, AnswerStatus.REFUSED, "AC04", "账户已销户"))
        else:
            self._say(Answer(key, AnswerStatus.ACCEPTED))
        if how.endswith("pay"):
            debit = given_banking.entry(
                account=order.account,
                amount=Money(order.amount),
                currency=order.currency,
                at=self._second(),
                kind=Kind.DEBIT,
                order_key=key,
                serial=self._serial(),
            )
            self.executed[key] = debit
            self._say(debit)

    @rule(which=CHOICE)
    @possible
    def the_money_comes_back(self, which: int) -> None:
        debit = self._one(
            [d for k, d in self.executed.items() if d and k not in self.returned], which
        )
        self.returned.add(debit.order_key)
        self._say(replace(given_refunds.return_of(debit, at=self._second()), serial=self._serial()))

    # What must hold.

    @invariant()
    def books_agree(self) -> None:
        # INV-1, INV-2, INV-4, INV-5: every account holds what the model says, and nothing else does.
        with seeing_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(
                "SELECT code, CASE WHEN is_asset THEN debit_fen - credit_fen"
                " ELSE credit_fen - debit_fen END FROM ledger_account"
            )
            held = {code: fen for code, fen in cursor.fetchall() if fen}
            cursor.execute(
                "SELECT count(*) FROM deposits_refund WHERE approved_by_id = proposed_by_id"
            )
            assert cursor.fetchone() == (0,)
        assert held == self.model.books(self.securities)
        assert min(held.values(), default=0) >= 0
        assert ledger.recount(actor=SYSTEM).discrepancies == ()
        assert deposit_standing.mismatches(actor=SYSTEM) == ()

    @invariant()
    def deposits_stand_as_they_must(self) -> None:
        # INV-6, INV-9
        with seeing_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.id, d.state, d.received_fen, d.counted_fen, d.confirmed_at, s.state,"
                " s.secured_at FROM deposits_deposit d JOIN securities_security s"
                " ON s.id = d.security_id"
            )
            rows = {security: found for security, *found in cursor.fetchall()}
        for seat, security_id in self.securities.items():
            if self.model.lots[seat[0]].is_stale:
                continue
            *stands, security, secured_at = rows[security_id]
            expected = self.model.expected(seat)
            assert Outcome(*stands) == expected, seat
            assert (security == "SECURED") == (expected.state == "CONFIRMED")
            if security == "SECURED":
                assert secured_at == expected.complete_at

    @invariant()
    def refunds_follow_their_orders(self) -> None:
        alive: dict[UUID, list[str]] = {}
        for order in self.model.orders.values():
            if order.state in ("READY", "SENT", "ACCEPTED", "PAID"):
                alive.setdefault(order.refund, []).append(order.key)
        assert all(len(keys) == 1 for keys in alive.values())
        rows = self._all_refunds()
        for order in self.model.orders.values():
            if order.is_followed:
                continue
            row = rows[order.refund]
            assert (row.order_key, row.order_state) == (order.key, order.state)
            if row.state != RefundState.PROPOSED:
                assert row.state == {
                    "PAID": "PAID",
                    "REFUSED": "FAILED",
                    "RETURNED": "RETURNED",
                }.get(order.state, "APPROVED")

    @invariant()
    def nobody_sees_what_is_sealed(self) -> None:
        # INV-8
        sealed = " UNION ".join(f"SELECT lot_id FROM {table}" for table in SEALED)  # noqa: S608
        with seeing_as(self.world.operators[0]), connection.cursor() as cursor:
            cursor.execute(sealed)
            assert {lot for (lot,) in cursor.fetchall()} <= {None, *self._opened()}

    def pages_keep_the_seal(self) -> None:
        # INV-8
        operator, opened = self.world.operators[0], self._opened()
        queue = refunds_shown.queue(states=(), text="", overdue_at=None, page=1, actor=operator)
        assert {row.lot_id for row in queue.rows} <= {None, *opened}
        waiting = claims_shown.queue(page=1, actor=operator).rows
        assert {row.lot_id for row in waiting} <= {None, *opened}
        for lot in self.world.lots:
            if lot.id not in opened:
                with pytest.raises(NotFound):
                    deposit_standing.opening_list(lot_id=lot.id, actor=operator)

    def _opened(self) -> set[UUID]:
        return {self._lot(n) for n, lot in enumerate(self.model.lots) if lot.is_opened}

    # How it is done.

    def _did(self, act: Callable[[], object]) -> bool:
        """Act, and tell the model what came of it; False if it was refused, and then nothing changed."""
        before = self._all_refunds()
        audited = self._audited()
        try:
            act()
        except REFUSALS as refusal:
            note(f"  {refusal!r}")
            assert self._audited() == audited
            return False
        self._observe(before)
        return True

    def _observe(self, before: dict[UUID, Refund]) -> None:
        rows = self._all_refunds()
        for row in sorted(rows.values(), key=lambda r: (r.credit_serial, r.amount_minor)):
            was = before.get(row.id)
            if row.order_id and (was is None or row.order_id != was.order_id):
                self._approved(row, was.order_key if was else "")

    def _approved(self, row: Refund, previous: str) -> None:
        assert row.order_id
        credit = self.model.credits[row.credit_serial]
        if credit.seat:
            self.touched.add(credit.seat)
        order = Order(
            row.order_id,
            row.order_key,
            row.id,
            credit.entry.account,
            row.amount_minor,
            row.currency,
        )
        self.model.approve(
            credit, order, reason=row.reason, previous=self.model.orders.get(previous)
        )

    def _choose(self, seat: Seat) -> None:
        actor = self._people(seat[1])[0]
        if self._did(
            lambda: choosing.choose(lot_id=self._lot(seat[0]), at=self.now, actor=actor),
        ):
            standing = self._standing(seat)
            assert standing.sub_account
            self.model.choose(seat, standing.sub_account.number)
            self.securities[seat] = standing.security_id

    def _keep(self, act: Callable[..., None], lot: int, **more: Any) -> bool:
        actor = self._keeper()
        # No two changes of a lot have the same instant.
        self.now += timedelta(microseconds=1)
        return self._did(lambda: act(lot_id=self._lot(lot), at=self.now, actor=actor, **more))

    def _move_clocks(self, act: Callable[..., None], lot: int, by: timedelta) -> None:
        to = max(self.model.lots[lot].deadline_at, self._second()) + by
        if self._keep(act, lot, deadline_at=to, opening_at=to, reason="澄清文件补充"):
            self.model.lots[lot].deadline_at = to
            self.model.lots[lot].is_stale = True

    def _sweep(self) -> None:
        before = self._all_refunds()
        choosing.reassess(limit=100, at=self.now, actor=SYSTEM)
        for lot in self.model.lots:
            lot.is_stale = False
        self._observe(before)
        before = self._all_refunds()
        refunds.propose_due(limit=100, at=self.now, actor=SYSTEM)
        assert refunds.propose_due(limit=100, at=self.now, actor=SYSTEM) == 0
        self._observe(before)

    def _credit(
        self, account: str, amount: int, *, name: str, number: str, currency: str = "CNY"
    ) -> None:
        self._say(
            given_banking.entry(
                account=account,
                amount=Money(amount),
                at=self._second(),
                payer_name=name,
                payer_account=number,
                currency=currency,
                serial=self._serial(),
            )
        )

    def _say(self, item: Entry | Answer) -> None:
        if isinstance(item, Entry):
            sign = 1 if item.kind is Kind.CREDIT else -1
            self.lies_at_bank[item.currency] += sign * item.amount_minor
        self.unheard.append(item)

    def _said(self) -> list[Entry]:
        return [item for item in (*self.heard, *self.unheard) if isinstance(item, Entry)]

    def _hear(self, told: Sequence[Entry | Answer], *, apart: bool) -> None:
        answers = tuple(item for item in told if isinstance(item, Answer))
        entries = tuple(item for item in told if isinstance(item, Entry))
        if apart:
            self._book(answers, ())
            for entry in entries:
                self._book((), (entry,))
        else:
            self._book(answers, entries)

    def _book(self, answers: tuple[Answer, ...], entries: tuple[Entry, ...]) -> None:
        files = []
        if answers:
            message = Message("pain.002.001.12", "A1", answers=answers)
            files.append(ReadFile(given_banking.file(at=self.now).id, message))
        if entries:
            files.append(given_banking.file(*entries, at=self.now))
        if not files:
            return
        before = self._all_refunds()
        try:
            booking.book(files=files, at=self.now, actor=SYSTEM)
        except IntegrityError as passes_zero:
            # The house heard of money that was taken before it heard that it came: the file waits.
            assert "does_not_pass_zero" in str(passes_zero)  # noqa: PT017 - nothing else is let pass
            assert any(e.kind is not Kind.CREDIT for e in entries)
            return
        self.model.hear(answers, entries)
        for item in (*answers, *entries):
            if item in self.unheard:
                self.unheard.remove(item)
                self.heard.append(item)
        self._observe(before)

    def _claimed(self, bidder: int, act: Callable[[], UUID]) -> None:
        made: list[UUID] = []
        if self._did(lambda: made.append(act())):
            self.claims.append((made[0], bidder))

    def _waiting_claims(self) -> list[tuple[ClaimRow, int]]:
        shown = [
            (claims_shown.claim(claim_id=claim, actor=self._people(bidder)[0]), bidder)
            for claim, bidder in self.claims
        ]
        return [(row, bidder) for row, bidder in shown if row.state is ClaimState.PROPOSED]

    def _is_a_move(self, claim: UUID) -> bool:
        with seeing_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute("SELECT credit_id FROM deposits_claim WHERE id = %s", [claim])
            return bool(cursor.fetchone()[0])

    def _claim_confirmed(self, claim: UUID, bidder: int) -> None:
        row = claims_shown.claim(claim_id=claim, actor=self._people(bidder)[0])
        assert row.lot_id
        assert row.credit
        credit = self.model.credits[row.credit.serial]
        seat = (self._number_of(row.lot_id), bidder)
        self.touched |= {seat, *([credit.seat] if credit.seat else [])}
        credit.seat = seat

    def _manage(
        self, act: Callable[..., None], among: Sequence[Refund], which: int, person: int
    ) -> None:
        refund = self._one(among, which)
        bidder = self._bidder_of(refund)
        people = (*self.world.operators, *(self._people(bidder) if bidder is not None else ()))
        actor = self._one(people, person)
        self._did(lambda: act(refund_id=refund.id, at=self.now, actor=actor))

    def _one(self, among: Sequence[T], which: int) -> T:
        if not among:
            raise Nothing
        return among[which % len(among)]

    def _second(self) -> datetime:
        """Return the time as banks tell it."""
        return self.now.replace(microsecond=0)

    def _serial(self) -> str:
        self.serials += 1
        return f"T{self.serials:06d}"

    def _lot(self, number: int) -> UUID:
        return self.world.lots[number].id

    def _number_of(self, lot_id: UUID) -> int:
        return next(n for n, lot in enumerate(self.world.lots) if lot.id == lot_id)

    def _people(self, bidder: int) -> tuple[Actor, Actor]:
        return self.world.bidders[bidder].people

    def _keeper(self) -> Actor:
        return self.world.keeper

    def _bidder_of(self, refund: Refund) -> int | None:
        ids = [bidder.people[0].organisation_id for bidder in self.world.bidders]
        return ids.index(refund.bidder_id) if refund.bidder_id else None

    def _standing(self, seat: Seat) -> Standing:
        found = deposit_standing.standing(lot_id=self._lot(seat[0]), actor=self._people(seat[1])[0])
        assert found
        return found

    def _account_of(self, seat: Seat) -> str:
        accounts = [number for number, seats in self.model.accounts.items() if seat in seats]
        return accounts[0] if accounts else given_banking.MAIN_ACCOUNT

    def _credits_of(self, bidder: int) -> list[UUID]:
        return [
            credit.id
            for seat in sorted(self.securities)
            if seat[1] == bidder
            for credit in self._standing(seat).credits
        ]

    def _unplaced(self) -> list[UUID]:
        page = suspense.waiting(reason="", text="", page=1, actor=self.world.operators[0])
        return [row.credit.id for row in sorted(page.rows, key=lambda r: r.credit.serial)]

    def _all_refunds(self) -> dict[UUID, Refund]:
        with seeing_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(REFUNDS)
            return {row[0]: Refund(*row) for row in cursor.fetchall()}

    def _refunds_in(self, *states: RefundState) -> list[Refund]:
        rows = [row for row in self._all_refunds().values() if row.state in states]
        return sorted(rows, key=lambda r: (r.credit_serial, r.proposed_at, r.amount_minor))

    def _audited(self) -> int:
        with seeing_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_auditevent")
            return int(cursor.fetchone()[0])

    def _replay(self) -> None:
        """Tell what the bank said of untouched deposits once more, in another order, in another world."""
        # INV-7
        for seat, seats in ((s, self.model.accounts[self._account_of(s)]) for s in self.securities):
            lot = self.model.lots[seat[0]]
            if seat in self.touched or lot.is_terminated or len(seats) > 1:
                continue
            own = [c.entry for c in self.model.of(seat)]
            serials = {entry.serial for entry in own}
            told = [e for e in self._said() if {e.serial, e.original_serial} & serials]
            told = [e for e in told if (e.serial, e.kind) in self.model.heard]
            if len(told) < 2:
                continue
            self._tell_elsewhere(seat, told)

    def _tell_elsewhere(self, seat: Seat, told: list[Entry]) -> None:
        bidder = self.world.bidders[seat[1]]
        other = self.world.copy(seat[0], bidder, deadline_at=self.model.lots[seat[0]].deadline_at)
        told = [
            replace(
                entry,
                account=other.account,
                serial=f"R{entry.serial}",
                original_serial=f"R{entry.original_serial}" if entry.original_serial else "",
            )
            for entry in told
        ]
        Random(len(told)).shuffle(told)  # noqa: S311 - as above
        for entry in told:
            booking.book(files=[given_banking.file(entry, at=self.now)], at=self.now, actor=SYSTEM)
        once, again = self._standing(seat), other.standing
        assert (again.state, again.reason, again.received, again.counted, again.confirmed_at) == (
            once.state,
            once.reason,
            once.received,
            once.counted,
            once.confirmed_at,
        )
        assert [(f"R{c.serial}", c.outcome, c.reason) for c in once.credits] == [
            (c.serial, c.outcome, c.reason) for c in again.credits
        ]


@pytest.mark.django_db
def test_every_story_keeps_the_books_the_seal_and_the_order_of_things():
    Stories.world = world()
    tell(Stories, examples=16, steps=40)
