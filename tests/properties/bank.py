"""A bank in stories: it pays, refuses, brings back and reverses, and is heard of in any order."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from biaobao.domain.banking.types import Entry, Kind, Payment
from tests.given import premiums
from tests.given import refunds as given

CHOICE = st.integers(0, 10**6)
SELDOM = st.integers(0, 3).map(lambda number: number == 3)


class WithABank(RuleBasedStateMachine):
    """What happened at the bank, and what of it the house has not heard of yet; the clock is the story's."""

    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self.unheard: list[Entry] = []
        self.credits: list[Entry] = []
        self.reversed: set[str] = set()
        self.told: dict[str, Payment] = {}
        self.done: dict[str, Entry | None] = {}
        self.returned: set[str] = set()
        self.lies_at_bank = 0

    @rule(which=CHOICE)
    def the_bank_reverses(self, which: int) -> None:
        may = [
            c
            for c in self.credits
            if c.serial not in self.reversed and c.amount_minor <= self.lies_at_bank
        ]
        if may:
            credit = may[which % len(may)]
            self.reversed.add(credit.serial)
            self._does(premiums.reversal_of(credit, at=self.now))

    @rule(which=CHOICE, refuses=SELDOM, heard=st.booleans())
    def the_bank_pays_or_refuses(self, which: int, refuses: bool, heard: bool) -> None:
        self.tell_the_bank()
        waiting = self._waiting()
        if not waiting:
            return
        payment = waiting[which % len(waiting)]
        if refuses or payment.amount_minor > self.lies_at_bank:
            self.done[payment.key] = None
            premiums.refused(payment.key, at=self.now)
            return
        debit = self._paid(payment)
        if heard:
            self._hear([debit])

    @rule(which=CHOICE)
    def the_money_comes_back(self, which: int) -> None:
        paid = [d for k, d in self.done.items() if d and k not in self.returned]
        heard = [d for d in paid if d not in self.unheard]
        if heard:
            debit = heard[which % len(heard)]
            self.returned.add(debit.order_key)
            self._does(given.return_of(debit, at=self.now))

    @rule(mask=CHOICE)
    def hear(self, mask: int) -> None:
        self._hear([entry for n, entry in enumerate(self.unheard) if mask >> n % 20 & 1])

    def tell_the_bank(self) -> None:
        for payment in given.told(at=self.now):
            self.told[payment.key] = payment

    def let_the_bank_pay(self) -> None:
        """Let the bank pay all that it is told and has the money for, and be heard of."""
        self.tell_the_bank()
        for payment in self._waiting():
            if payment.amount_minor <= self.lies_at_bank:
                self._paid(payment)
        self._hear(list(self.unheard))

    def _waiting(self) -> list[Payment]:
        """Return what the bank was told and has not done, in an order that a story told again has too."""
        found = [payment for key, payment in self.told.items() if key not in self.done]
        return sorted(
            found, key=lambda each: (each.ordered_at, each.from_account, each.amount_minor)
        )

    def _paid(self, payment: Payment) -> Entry:
        debit = given.debit(payment, at=self.now)
        self.done[payment.key] = debit
        self._does(debit)
        return debit

    def _does(self, entry: Entry) -> None:
        """Let the bank do something that the house has not heard of yet."""
        sign = 1 if entry.kind is Kind.CREDIT else -1
        self.lies_at_bank += sign * entry.amount_minor
        self.unheard.append(entry)

    def _hear(self, entries: list[Entry]) -> None:
        if entries:
            premiums.booked(*entries, at=self.now)
            self.unheard = [entry for entry in self.unheard if entry not in entries]
