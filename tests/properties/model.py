"""What must come of a story, told a second time: plain sums over plain facts, sharing no code with the house.

It keeps what was expected and what the bank said, and works everything out anew each time it is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Kind

HOME = "CNY"
# A lot and a bidder of it, by their numbers.
Seat = tuple[int, int]
ENDS_THE_DUTY = ("REF-01", "REF-02", "REF-05", "REF-12", "REF-14")


@dataclass
class LotTerms:
    """What a lot asks, and how it stands."""

    amount: int
    deadline_at: datetime
    basic_account_only: bool
    accumulate: bool
    shares_account: bool
    is_opened: bool = False
    is_terminated: bool = False
    is_stale: bool = False


@dataclass
class Account:
    """Whose money comes from here."""

    name: str
    number: str


@dataclass
class Credit:
    """Money that came: to whom it belongs, and what of it went back."""

    entry: Entry
    seat: Seat | None
    is_reversed: bool = False
    given_back: int = 0

    @property
    def lies_here(self) -> int:
        return 0 if self.is_reversed else self.entry.amount_minor - self.given_back


@dataclass
class Order:
    """A payment order, and whether another took its place."""

    id: UUID
    key: str
    refund: UUID
    account: str
    amount: int
    currency: str
    state: str = "READY"
    is_followed: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a deposit stands."""

    state: str
    received: int
    counted: int
    complete_at: datetime | None


@dataclass
class Model:
    """The lots, the bidders' accounts, and all that happened."""

    lots: list[LotTerms]
    bidders: list[Account]
    accounts: dict[str, list[Seat]] = field(default_factory=dict)
    released: set[Seat] = field(default_factory=set)
    credits: dict[str, Credit] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    heard: set[tuple[str, Kind]] = field(default_factory=set)
    waiting: list[Entry] = field(default_factory=list)
    bank: Counter[str] = field(default_factory=Counter)
    taken_back: Counter[str] = field(default_factory=Counter)

    # What people did.

    def choose(self, seat: Seat, account: str) -> None:
        self.released.discard(seat)
        seats = self.accounts.setdefault(account, [])
        if seat not in seats:
            seats.append(seat)

    def approve(self, credit: Credit, order: Order, *, reason: str, previous: Order | None) -> None:
        if previous is None:
            credit.given_back += order.amount
            if credit.seat and reason in ENDS_THE_DUTY:
                self.released.add(credit.seat)
        else:
            previous.is_followed = True
        self.orders[order.key] = order

    # What the bank said.

    def hear(self, answers: Iterable[Answer], entries: Iterable[Entry]) -> None:
        """Take in what one booking tells: answers first, then money out, in, and taken back."""
        for answer in answers:
            self._answer(answer)
        fresh = {(e.serial, e.kind): e for e in entries if (e.serial, e.kind) not in self.heard}
        self.heard |= set(fresh)
        told = sorted(fresh.values(), key=lambda entry: _ORDER[entry.kind])
        self.waiting, waiting = [], self.waiting
        debits = [entry for entry in told if entry.kind is Kind.DEBIT]
        others = [entry for entry in told if entry.kind is not Kind.DEBIT]
        for entry in (*debits, *waiting, *others):
            _TAKE[entry.kind](self, entry)
        # What came in with this booking may be what others were waiting for.
        self.waiting, waiting = [], self.waiting
        for entry in waiting:
            _TAKE[entry.kind](self, entry)

    def _answer(self, answer: Answer) -> None:
        order = self.orders[answer.order_key]
        if order.state in ("SENT", "ACCEPTED"):
            refused = answer.status is AnswerStatus.REFUSED
            order.state = "REFUSED" if refused else "ACCEPTED"

    def _debit(self, entry: Entry) -> None:
        order = self.orders.get(entry.order_key)
        if order is None or (order.state == "REFUSED" and order.is_followed):
            return
        if order.state in ("SENT", "ACCEPTED", "REFUSED"):
            order.state = "PAID"
            self.bank[entry.currency] -= entry.amount_minor

    def _credit(self, entry: Entry) -> None:
        order = self.orders.get(entry.order_key)
        if order is not None and order.state == "PAID":
            order.state = "RETURNED"
            self.bank[entry.currency] += entry.amount_minor
        elif order is not None and order.state != "RETURNED":
            self.waiting.append(entry)
        else:
            self.credits[entry.serial] = Credit(entry, self._seat_of(entry))
            self.bank[entry.currency] += entry.amount_minor

    def _seat_of(self, entry: Entry) -> Seat | None:
        seats = self.accounts.get(entry.account, [])
        if not seats or not self.lots[seats[0][0]].shares_account:
            return seats[0] if seats else None
        by_number = [s for s in seats if self.bidders[s[1]].number == entry.payer_account]
        by_name = [s for s in seats if self.bidders[s[1]].name == entry.payer_name]
        found = by_number or by_name
        return found[0] if len(found) == 1 else None

    def _reverse(self, entry: Entry) -> None:
        credit = self.credits.get(entry.original_serial)
        if credit is None:
            self.waiting.append(entry)
        elif not credit.is_reversed:
            credit.is_reversed = True
            self.bank[entry.currency] -= entry.amount_minor
            self.taken_back[entry.currency] += credit.given_back

    # What must be.

    def of(self, seat: Seat) -> list[Credit]:
        found = [credit for credit in self.credits.values() if credit.seat == seat]
        return sorted(found, key=lambda c: (c.entry.credited_at, c.entry.serial))

    def expected(self, seat: Seat) -> Outcome:
        lot = self.lots[seat[0]]
        counted, complete_at, is_idle_money = 0, None, False
        received = 0
        for credit in self.of(seat):
            if credit.entry.currency != HOME:
                continue
            received += credit.lies_here
            if not self._counts(credit, seat, counted):
                is_idle_money = is_idle_money or credit.lies_here > 0
                continue
            counted += credit.lies_here
            if counted >= lot.amount and complete_at is None:
                complete_at = credit.entry.credited_at
        if seat in self.released or lot.is_terminated:
            return Outcome("RELEASED", received, 0, None)
        if counted >= lot.amount:
            return Outcome("CONFIRMED", received, counted, complete_at)
        if counted:
            return Outcome("PARTIAL", received, counted, None)
        return Outcome("INVALID" if is_idle_money else "EXPECTED", received, 0, None)

    def _counts(self, credit: Credit, seat: Seat, counted: int) -> bool:
        lot, bidder, entry = self.lots[seat[0]], self.bidders[seat[1]], credit.entry
        assert entry.credited_at
        return (
            not credit.is_reversed
            and entry.credited_at <= lot.deadline_at
            and entry.payer_name == bidder.name
            and (entry.payer_account == bidder.number or not lot.basic_account_only)
            and counted < lot.amount
            and (lot.accumulate or credit.lies_here >= lot.amount)
        )

    def books(self, securities: dict[Seat, UUID]) -> dict[str, int]:
        """Return what each account must hold, without the empty ones."""
        held: Counter[str] = Counter()
        for currency, amount in self.bank.items():
            held["bank:SANDBOX" + _tail(currency)] += amount
        for currency, amount in self.taken_back.items():
            held["taken-back:SANDBOX" + _tail(currency)] += amount
        for credit in self.credits.values():
            currency = credit.entry.currency
            if credit.seat and currency == HOME:
                held[f"deposit:{securities[credit.seat]}"] += credit.lies_here
            else:
                held["suspense:SANDBOX" + _tail(currency)] += credit.lies_here
        for order in self.orders.values():
            if order.state in ("READY", "SENT", "ACCEPTED"):
                held[f"in-transit:{order.id}" + _tail(order.currency)] += order.amount
            elif order.state in ("REFUSED", "RETURNED") and not order.is_followed:
                held[f"returned:{order.id}" + _tail(order.currency)] += order.amount
        return {account: amount for account, amount in held.items() if amount}


def _tail(currency: str) -> str:
    return "" if currency == HOME else f":{currency}"


# Money goes out before it comes in, and comes in before it is taken back.
_ORDER = {Kind.DEBIT: 0, Kind.CREDIT: 1, Kind.REVERSAL: 2}
_TAKE = {Kind.DEBIT: Model._debit, Kind.CREDIT: Model._credit, Kind.REVERSAL: Model._reverse}
