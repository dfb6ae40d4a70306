"""Random stories of members, lots and results keep what a pool holds, deducts and gives back in the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.pools.actions import forfeiting, holding, joining, keeping
from biaobao.domain.pools.models import (
    Forfeiture,
    Hold,
    Membership,
    PoolRefund,
)
from biaobao.domain.pools.states import (
    COVERING,
    LIVE_HOLDS,
    STUCK,
    ForfeitureState,
    HoldState,
    MembershipState,
)
from biaobao.domain.pools.types import Coverage
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import actions as tenders
from biaobao.domain.tenders import queries as lots_shown
from biaobao.domain.tenders.rules import NOTICE_OF_CHANGES
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.properties.bank import CHOICE, WithABank
from tests.properties.pools import (
    AMOUNT,
    AMOUNTS,
    BEGINS_AT,
    CONTRIBUTION,
    NOT_FOLLOWED,
    ORDERED_ANEW,
    PARTS,
    UNFINISHED,
    WRONG,
    World,
    accounts,
    world,
)
from tests.properties.telling import tell
from tests.properties.world import undone

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
OBJECTED = 14 * DAY
MEMBERS = LOTS = st.integers(0, 2)
SEATS = [(member, lot) for lot in range(3) for member in range(3)]
PAYEES = [
    {"payee_account": number, "payee_bank": "示例银行"}
    for number in ("1209280009000123456", "6222000011112222333")
]


class Stories(WithABank):
    """Members, an agency, operators and a bank, each doing what they may, in any order."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self._undone = undone()
        self._undone.__enter__()
        self.now = BEGINS_AT
        self.credits += self.world.paid
        self.lies_at_bank = sum(entry.amount_minor for entry in self.world.paid)
        self.opened: set[int] = set()
        self.bearing: dict[UUID, set[UUID]] = {}

    def teardown(self) -> None:
        try:
            self._end_well()
        finally:
            self._undone.__exit__(None, None, None)

    @initialize(
        far=st.sampled_from([5, 4, 5, 4, 3, 2, 0]),
        chosen=st.lists(st.sampled_from([True, True, False]), min_size=9, max_size=9),
        amount=st.sampled_from([*AMOUNTS, None]),
        joins=st.booleans(),
        loses=st.booleans(),
    )
    def begin(
        self, far: int, chosen: list[bool], amount: Money | None, joins: bool, loses: bool
    ) -> None:
        """Let members have chosen the pool for lots, one of which asks another amount by then, or have less,
        and the first lot have come so far: opened, awarded, what its winner gave forfeited, and not paid.
        """
        if joins:
            self.pay(member=2, amount=CONTRIBUTION, account=None, heard=True)
        for (member, lot), indeed in zip(SEATS, chosen, strict=True):
            if indeed:
                self.choose(member=member, lot=lot)
        if amount:
            self.the_lot_moves(lot=1, how="amount", by=DAY, amount=amount)
        self._come(far)
        if loses:
            self.the_bank_reverses(which=1)
            self._hear(list(self.unheard))
            self.sweep()

    def _come(self, far: int) -> None:
        if far > 0:
            self.the_opening_comes(lot=0, opens=True)
        self.sweep()
        if far > 1:
            self.the_result(lot=0, how="award", member=0)
        if far > 2:
            self.forfeit(which=far, cause=Cause.BID_REVOKED, objects=False)
        if far > 3:
            self.decide(which=0, how="approve", who=2, waits=True)
        if far > 4:
            self.the_bank_pays_or_refuses(which=0, refuses=True, heard=True)

    # Members.

    @rule(
        member=MEMBERS,
        amount=st.sampled_from([None, CONTRIBUTION, *PARTS, Money(1)]),
        account=st.sampled_from([None, None, "33050168620800009999", ""]),
        heard=st.booleans(),
    )
    def pay(self, member: int, amount: Money | None, account: str | None, heard: bool) -> None:
        """Let a member pay what is missing or something else, from its basic account or another."""
        found = self.world.members[member]
        changes = {} if account is None else {"payer_account": account}
        entry = found.pays(amount, at=self.now, **changes)
        if entry.amount_minor:
            self.credits.append(entry)
            self._does(entry)
            self._hear([entry] if heard else [])

    @rule(member=MEMBERS, lot=LOTS)
    def choose(self, member: int, lot: int) -> None:
        self.now += SECOND
        self._tried(holding.choose, lot_id=self._lot_id(lot), actor=self._bidder(member))

    @rule(member=MEMBERS, lot=LOTS)
    def give_up(self, member: int, lot: int) -> None:
        self._tried(holding.give_up, lot_id=self._lot_id(lot), actor=self._bidder(member))

    @rule(
        member=MEMBERS,
        how=st.sampled_from(["suspend", "resume", "resume", "renew", "leave"]),
    )
    def the_membership_moves(self, member: int, how: str) -> None:
        """Let an operator suspend or resume a membership, or its member renew or leave it."""
        own, bidder = {"membership_id": self.world.members[member].id}, self._bidder(member)
        match how:
            case "suspend":
                self._tried(keeping.suspend, words="失信", actor=self.world.operator, **own)
            case "resume":
                self._tried(keeping.resume, actor=self.world.operator, **own)
            case "renew":
                self._tried(keeping.renew, tier=given.TIER.name, actor=bidder, **own)
            case "leave":
                self._tried(joining.withdraw, actor=bidder, **own)
                self._tried(keeping.request_exit, actor=bidder, **own)

    # Those who run the lots.

    @rule(lot=LOTS, opens=st.sampled_from([True, True, False]))
    def the_opening_comes(self, lot: int, opens: bool) -> None:
        self.now = max(self.now, self._lot(lot).opening_at)
        if opens and self._of_lot(tenders.open_lot, lot):
            self.opened.add(lot)

    @rule(
        lot=LOTS,
        how=st.sampled_from(["amount", "amount", "clocks", "end"]),
        by=st.sampled_from([HOUR, DAY, 300 * DAY]),
        amount=st.sampled_from(AMOUNTS),
    )
    def the_lot_moves(self, lot: int, how: str, by: timedelta, amount: Money) -> None:
        """Announce another amount, with the days that bidders must have to follow, or later clocks, or that
        the lot fails or is terminated.
        """
        stands = self._lot(lot)
        match how:
            case "amount":
                if stands.deadline_at - self.now < NOTICE_OF_CHANGES:
                    self.the_lot_moves(lot=lot, how="clocks", by=NOTICE_OF_CHANGES, amount=amount)
                self._of_lot(tenders.change_amount, lot, amount=amount, reason="补充文件")
            case "clocks":
                deadline_at, opening_at = stands.deadline_at + by, stands.opening_at + by
                clocks = {"deadline_at": deadline_at, "opening_at": opening_at}
                self._of_lot(tenders.postpone, lot, reason="澄清文件补充", **clocks)
            case "end":
                end = tenders.fail if lot in self.opened else tenders.terminate
                self._of_lot(end, lot, reason="项目取消")

    @rule(lot=LOTS, how=st.sampled_from(["award", "award", "withdraw", "contract"]), member=MEMBERS)
    def the_result(self, lot: int, how: str, member: int) -> None:
        match how:
            case "award":
                told = {"winner_id": self._bidder(member).organisation_id, "awarded_at": self.now}
                self._of_lot(tenders.award, lot, reason="衢招通 1 号", **told)
            case "withdraw":
                self._of_lot(tenders.withdraw_award, lot, reason="中标人放弃中标")
            case "contract":
                told = {"contracted_at": self.now, "reason": "衢合 1 号"}
                self._of_lot(tenders.record_contract, lot, **told)

    @rule(
        which=CHOICE,
        cause=st.sampled_from([Cause.BID_REVOKED, Cause.CONTRACT_REFUSED]),
        objects=st.booleans(),
    )
    def forfeit(self, which: int, cause: Cause, objects: bool) -> None:
        """Let somebody of the agency propose that something held is not given back, and its bidder object."""
        with seeing_as(SYSTEM):
            held = Hold.objects.filter(state=HoldState.HELD)
            free = held.exclude(forfeitures__state=ForfeitureState.PROPOSED)
            # In an order that a story told again has too.
            found = list(free.order_by("lot__code", "membership__number", "reserved_at"))
        if found:
            hold = found[which % len(found)]
            told = {"grounds": given.grounds(cause=cause), "papers": (given.PAPER,)}
            keeper = self.world.keepers[0]
            if self._tried(forfeiting.propose, hold_id=hold.pk, actor=keeper, **told):
                self.bearing[hold.pk] = self._bearing(hold)
        if objects and (row := self._forfeiture(ForfeitureState.PROPOSED, which)):
            of = {member.bidder.organisation_id: member.bidder for member in self.world.members}
            self._of_forfeiture(forfeiting.object_to, row, of[row.bidder_id], words="不同意")

    @rule(
        which=CHOICE,
        how=st.sampled_from(["approve", "approve", "decline", "withdraw"]),
        who=st.sampled_from([2, 1, 0]),
        waits=st.sampled_from([True, True, False]),
    )
    def decide(self, which: int, how: str, who: int, waits: bool) -> None:
        """Let one of the agency, another, or an operator decide; the first one may only withdraw."""
        if row := self._forfeiture(ForfeitureState.PROPOSED, which):
            self.now += OBJECTED if waits else HOUR
            actor = (*self.world.keepers, self.world.operator)[who]
            match how:
                case "approve":
                    self._approve(row, actor)
                case "decline":
                    self._of_forfeiture(forfeiting.decline, row, actor, words="已签合同")
                case "withdraw":
                    self._of_forfeiture(forfeiting.withdraw, row, actor)

    @rule(
        which=CHOICE,
        payee=st.sampled_from(PAYEES),
        read=st.sampled_from(PAYEES),
        who=st.sampled_from([1, 1, 0]),
    )
    def another_account(
        self, which: int, payee: dict[str, str], read: dict[str, str], who: int
    ) -> None:
        """Let one of the agency tell another account, and another confirm what it reads, or that one too."""
        if row := self._forfeiture(ForfeitureState.APPROVED, which):
            self._of_forfeiture(forfeiting.tell_payee, row, self.world.keepers[0], **payee)
            self._of_forfeiture(forfeiting.confirm_payee, row, self.world.keepers[who], **read)

    # The house, and the clock.

    @rule()
    def sweep(self) -> None:
        for work in (
            *(joining.assign_waiting, keeping.follow_days, forfeiting.lapse, holding.follow_lots),
            *(joining.order_again, keeping.settle_exits, keeping.close_left),
        ):
            work(limit=50, at=self.now, actor=SYSTEM)
        assert self._rows(NOT_FOLLOWED, now=self.now) == []  # INV-30

    @rule(step=st.sampled_from([HOUR, DAY, 6 * DAY, OBJECTED]))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(which=CHOICE)
    def the_bank_pays_what_it_refused(self, which: int) -> None:
        refused = [self.told[key] for key, debit in self.done.items() if not debit]
        may = [p for p in refused if p.amount_minor <= self.lies_at_bank]
        if may and not self._rows(ORDERED_ANEW, key=(payment := may[which % len(may)]).key):
            self._hear([self._paid(payment)])

    # What must always hold.

    @invariant()
    def the_books_agree(self) -> None:  # INV-1, INV-2, INV-6
        assert given.all_is_well()

    @invariant()
    def money_deductions_covers_and_limits_are_as_they_must(self) -> None:  # INV-32, INV-33
        assert self._rows(WRONG) == []

    @invariant()
    def before_the_opening_a_hold_is_the_bidders_alone(self) -> None:  # INV-8
        sealed = [self._lot_id(lot) for lot in range(3) if lot not in self.opened]
        for watcher in (self.world.keepers[0], self.world.operator, self._bidder(0)):
            with seeing_as(watcher):
                seen = Hold.objects.filter(lot__in=sealed)
                assert not seen.exclude(bidder=watcher.organisation_id).exists()

    def _approve(self, row: Forfeiture, actor: Actor) -> None:
        """Let somebody approve a forfeiture: all of it is borne, as far as it lies here, by those who are
        to, who contributed the same, in equal parts.
        """
        bearing, before = self.bearing[row.hold_id], self._balances()
        if not self._of_forfeiture(forfeiting.approve, row, actor, words="事实清楚"):
            return
        after = self._balances()
        borne = {each: before[each] - after[each] for each in before}
        assert sum(borne.values()) == min(row.held_fen, sum(before[each] for each in bearing))
        for each, fen in borne.items():  # INV-32
            is_at_most_a_fen_off = max(borne.values()) - fen <= 1
            assert is_at_most_a_fen_off or not after[each] if each in bearing else fen == 0

    # How it all ends.

    def _end_well(self) -> None:
        """Let everybody do what he must: nothing is left without a way on, no money without an owner.

        Of the lots, one is contracted, one fails, and the bids of one bind no more.
        """
        self._hear(list(self.unheard))
        for lot in range(3):
            self.the_opening_comes(lot=lot, opens=True)
        self.sweep()
        self.now += OBJECTED
        self.sweep()
        while row := self._forfeiture(ForfeitureState.PROPOSED, 0):
            self._approve(row, self.world.operator)
            self._of_forfeiture(forfeiting.decline, row, self.world.operator, words="已签合同")
        self.the_result(lot=0, how="award", member=0)
        self.the_result(lot=0, how="contract", member=0)
        self.the_result(lot=1, how="withdraw", member=0)
        self.the_lot_moves(lot=1, how="end", by=DAY, amount=AMOUNT)
        self.sweep()
        lot = self._lot(2)
        self.now = max(self.now, lot.deadline_at + timedelta(days=lot.validity_days + 2))
        self.sweep()
        with seeing_as(SYSTEM):
            assert not Hold.objects.filter(state__in=LIVE_HOLDS).exists()
        self._all_leave()
        self.the_books_agree()
        self.money_deductions_covers_and_limits_are_as_they_must()
        for member in self.world.members:
            assert member.in_the_books == Money(0)
        # INV-5: what lies at the bank is what the books say lies there.
        assert ledger.balance(chart.bank(given_banking.BANK), actor=SYSTEM).fen == self.lies_at_bank

    def _all_leave(self) -> None:
        """Let all leave, and the bank pay until there is nothing more to do, once the house paid in what a
        bank took back after it had gone to others.
        """
        for member in range(3):
            self.the_membership_moves(member=member, how="leave")
        self.now += OBJECTED
        owed = ledger.balance(chart.taken_back(given_banking.BANK), actor=SYSTEM)
        if owed.fen:
            account = given_banking.MAIN_ACCOUNT
            self._does(given_banking.entry(account=account, amount=owed, at=self.now))
        self.sweep()
        for _ in range(6):
            self._accounts_are_told()
            self.let_the_bank_pay()
            self.now += HOUR
            self.sweep()
            if not self._rows(UNFINISHED):
                break
        assert self._rows(UNFINISHED) == []

    def _accounts_are_told(self) -> None:
        """Let whoever is to be paid elsewhere tell another account."""
        with seeing_as(SYSTEM):
            stuck = list(Forfeiture.objects.filter(deductions__state__in=STUCK).distinct())
            failed = PoolRefund.objects.filter(state__in=["FAILED", "RETURNED"])
            to_move = set(failed.values_list("membership", flat=True))
        for row in stuck:
            self._of_forfeiture(forfeiting.tell_payee, row, self.world.keepers[0], **PAYEES[0])
            self._of_forfeiture(forfeiting.confirm_payee, row, self.world.operator, **PAYEES[0])
        for member in self.world.members:
            if member.id in to_move:
                given_parties.tell_account(member.bidder, str(next(accounts)), at=self.now)

    # Doing things.

    def _tried(self, work: Callable[..., object], **what: Any) -> bool:
        try:
            work(at=self.now, **what)
        except (Refused, NotFound):
            return False
        return True

    def _of_lot(self, work: Callable[..., object], lot: int, **what: Any) -> bool:
        return self._tried(work, lot_id=self._lot_id(lot), actor=self.world.keepers[0], **what)

    def _of_forfeiture(
        self, work: Callable[..., object], row: Forfeiture, actor: Actor, **what: Any
    ) -> bool:
        return self._tried(work, forfeiture_id=row.pk, actor=actor, **what)

    # Looking.

    def _rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        with seeing_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def _lot_id(self, lot: int) -> UUID:
        return self.world.lots[lot].id

    def _lot(self, lot: int) -> Lot:
        return lots_shown.lot(lot_id=self._lot_id(lot), actor=SYSTEM)

    def _bidder(self, member: int) -> Actor:
        return self.world.members[member].bidder

    def _forfeiture(self, state: ForfeitureState, which: int) -> Forfeiture | None:
        with seeing_as(SYSTEM):
            found = Forfeiture.objects.filter(state=state).order_by("proposed_at", "lot__code")
            rows = list(found)
        return rows[which % len(rows)] if rows else None

    def _balances(self) -> dict[UUID, int]:
        with seeing_as(SYSTEM):
            return dict(Membership.objects.values_list("pk", "balance_fen"))

    def _bearing(self, hold: Hold) -> set[UUID]:
        """Return who bears a default: its member; where they answer for each other, all that stand now."""
        states = [*COVERING, MembershipState.EXIT_REQUESTED]
        with seeing_as(SYSTEM):
            standing = set(Membership.objects.filter(state__in=states).values_list("pk", flat=True))
        others = standing if self.world.coverage is Coverage.MUTUAL else set()
        return others | {hold.membership_id}


@pytest.mark.django_db
@pytest.mark.parametrize("coverage", list(Coverage))
def test_every_story_of_a_pool_keeps_the_books_and_what_is_held(
    coverage: Coverage, settings: Any, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path / "files"
    Stories.world = world(coverage)
    tell(Stories, examples=8, steps=30)
