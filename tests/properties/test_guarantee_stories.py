"""Random stories of applications, premiums, letters and clocks keep the books, limits and deadlines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.domain.guarantees.actions import (
    amending,
    applying,
    ending,
    issuing,
    letters,
    paying,
    signing,
    surrendering,
    underwriting,
)
from biaobao.domain.guarantees.models import Amendment, Letter, LetterVersion
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.queries import letters as letter_queries
from biaobao.domain.guarantees.rules.letters import OF_THE_BIDDER
from biaobao.domain.guarantees.states import LIVE, ApplicationState
from biaobao.domain.guarantees.types import (
    Answer,
    AnswerKind,
    Next,
    Product,
    ReleaseReason,
    SurrenderReason,
    ToAmend,
    ToIssue,
)
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders import actions as tenders
from biaobao.domain.tenders import queries as lots_shown
from biaobao.domain.tenders.rules import NOTICE_OF_CHANGES
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.properties.after_the_opening import AfterTheOpening
from tests.properties.bank import CHOICE, SELDOM
from tests.properties.telling import tell
from tests.properties.world import undone

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
AMOUNT = Money.yuan(50_000)
# At these prices, more is dearer and less costs the same.
AMOUNTS = [Money.yuan(100_000), Money.yuan(80_000), Money.yuan(40_000), AMOUNT]
BEGINS_AT = given_tenders.DEADLINE_AT - timedelta(days=2)
LOTS = BIDDERS = PRODUCTS = st.integers(0, 1)
SEATS = [(lot, bidder) for lot in range(2) for bidder in range(2)]

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """Two lots, two bidders that guarantors know, and a guarantor with room for three letters."""

    lots: tuple[Lot, ...]
    bidders: tuple[Actor, ...]
    products: tuple[Product, ...]
    keeper: Actor
    tenderer: Actor
    desk: Actor


def world() -> World:
    given_banking.bank(spare=60)
    guarantor_id = given.guarantor(limit=Money(AMOUNT.fen * 3))
    keeper, tenderer = given_parties.agency(), given_parties.tenderer()
    lots = tuple(
        given_tenders.lot(
            amount=AMOUNT,
            agency=keeper,
            tenderer=tenderer,
            deadline_at=BEGINS_AT + timedelta(days=days),
        )
        for days in (2, 3)
    )
    bidders = tuple(_bidder(f"3305016862080000070{number}") for number in range(2))
    for lot in lots:
        for bidder in bidders:
            given_tenders.registered(lot, bidder)
    products = (
        given.product(guarantor_id),
        given.product(guarantor_id, needs_person=True, lead=HOUR),
    )
    return World(lots, bidders, products, keeper, tenderer, given.desk(guarantor_id))


def _bidder(number: str) -> Actor:
    bidder = given_parties.bidder(account=number)
    given_parties.profile(bidder)
    return bidder


class Stories(AfterTheOpening):
    """Bidders, a guarantor, a bank and workers that die, each doing what they may, in any order."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self._undone = undone()
        self._undone.__enter__()
        self.now = BEGINS_AT
        self.claims: list[ToIssue] = []
        self.amendments: list[ToAmend] = []

    def teardown(self) -> None:
        try:
            self._end_well()
        finally:
            self._undone.__exit__(None, None, None)

    @initialize(
        far=st.lists(st.integers(0, 3), min_size=4, max_size=4),
        opened=st.sampled_from([False, False, True]),
        amount=st.sampled_from([None, *AMOUNTS]),
    )
    def begin(self, far: list[int], opened: bool, amount: Money | None) -> None:
        """Let each bidder be somewhere on the way for each lot: at the account, paid, or with a letter.

        The first lot may be opened by then, and its letters read; the other's amount may be another.
        """
        for (lot, bidder), how_far in zip(SEATS, far, strict=True):
            if how_far:
                self.go_on(lot=lot, bidder=bidder, steps=8, product=0)
            if how_far > 1:
                self.pay_exactly(lot=lot, bidder=bidder, heard=True)
            if how_far > 2:
                self.a_worker_claims(is_quick=True)
        if opened:
            self.the_deadline_comes(lot=0, step=SECOND)
            self.open_lot(lot=0)
            self._read_letters(opens=True)
        if amount:
            self.change_amount(lot=1, amount=amount, looked=True)

    # Bidders.

    @rule(lot=LOTS, bidder=BIDDERS, steps=st.sampled_from([8, 8, 1, 3]), product=PRODUCTS)
    def go_on(self, lot: int, bidder: int, steps: int, product: int) -> None:
        """Let a bidder do the next steps of its application, as far as it comes."""
        for _ in range(steps):
            if not self._tried(lambda: self._next_step(lot, bidder, product)):
                return

    @rule(lot=LOTS, bidder=BIDDERS)
    def leave(self, lot: int, bidder: int) -> None:
        found = self._of(lot, bidder)
        if found:
            for leave in (applying.cancel, paying.revoke):
                self._tried(
                    lambda leave=leave: leave(
                        application_id=found.id, at=self.now, actor=found.bidder
                    )
                )

    @rule(lot=LOTS, bidder=BIDDERS, heard=st.booleans())
    def pay_exactly(self, lot: int, bidder: int, heard: bool) -> None:
        self._pay(lot, bidder, None, heard=heard)

    @rule(
        lot=LOTS,
        bidder=BIDDERS,
        amount=st.sampled_from([Money(1), Money(100_00), Money(300_00), Money(400_00)]),
        account=st.sampled_from([None, None, "33050168620800009999", ""]),
        heard=st.booleans(),
    )
    def pay(self, lot: int, bidder: int, amount: Money, account: str | None, heard: bool) -> None:
        changes = {} if account is None else {"payer_account": account}
        self._pay(lot, bidder, amount, heard=heard, **changes)

    # Guarantor and workers.

    @rule(kind=st.sampled_from(AnswerKind))
    def a_person_decides(self, kind: AnswerKind) -> None:
        for asked in underwriting.claim_inquiries(limit=9, at=self.now, actor=SYSTEM):
            underwriting.keep_decision(
                application_id=UUID(asked.key), answer=Answer(kind), at=self.now, actor=SYSTEM
            )

    @rule(is_quick=st.booleans())
    def a_worker_claims(self, is_quick: bool) -> None:
        claims = issuing.claim(limit=9, at=self.now, actor=SYSTEM)
        self.claims += claims
        if is_quick:
            for claim in claims:
                self._keep(claim)

    @rule(which=CHOICE, late=st.sampled_from([timedelta(0), SECOND, HOUR]))
    def a_letter_is_kept(self, which: int, late: timedelta) -> None:
        """Keep what some worker made, even one that was thought dead."""
        if self.claims:
            self.now += late
            self._keep(self.claims[which % len(self.claims)])

    @rule(which=CHOICE, declines=SELDOM)
    def no_letter_comes_of_it(self, which: int, declines: bool) -> None:
        if not self.claims:
            return
        claim = self.claims[which % len(self.claims)]
        said: dict[str, Any] = {
            "application_id": claim.application_id,
            "attempt": claim.attempt,
            "at": self.now,
            "actor": SYSTEM,
        }
        if declines:
            issuing.keep_refusal(words="不予出函", **said)
        else:
            issuing.keep_problem(problem="GUARANTOR_UNREACHABLE", **said)

    @rule(opens=st.sampled_from([True, True, False]))
    def letters_are_read(self, opens: bool) -> None:
        """Read the letters of opened lots, as they were kept, or find no way to open them."""
        self._read_letters(opens=opens)

    @rule(lot=LOTS, bidder=BIDDERS)
    def ask_for_an_amendment(self, lot: int, bidder: int) -> None:
        found = self._of(lot, bidder)
        if found and found.now.issued_at:
            asked = {"application_id": found.id, "at": self.now, "actor": found.bidder}
            self._tried(lambda: amending.request(**asked))

    @rule(lot=LOTS, bidder=BIDDERS, far=st.integers(1, 3), heard=st.booleans())
    def follow_the_lot(self, lot: int, bidder: int, far: int, heard: bool) -> None:
        """Let a bidder have its letter follow its lot, and pay what that costs, and a worker make it."""
        self.ask_for_an_amendment(lot=lot, bidder=bidder)
        found = self._of(lot, bidder)
        if far > 1 and found and found.progress.payment and found.progress.payment.is_more:
            self.pay_exactly(lot=lot, bidder=bidder, heard=heard)
        if far > 2:
            self.a_worker_claims_amendments(is_quick=True)

    @rule(lot=LOTS, bidder=BIDDERS)
    def leave_an_amendment(self, lot: int, bidder: int) -> None:
        found = self._of(lot, bidder)
        if found and found.now.issued_at:
            asked = {"application_id": found.id, "at": self.now, "actor": found.bidder}
            self._tried(lambda: amending.cancel(**asked))

    @rule(is_quick=st.booleans())
    def a_worker_claims_amendments(self, is_quick: bool) -> None:
        claims = amending.claim(limit=9, at=self.now, actor=SYSTEM)
        self.amendments += claims
        if is_quick:
            for claim in claims:
                self._amend(claim)

    @rule(which=CHOICE, declines=SELDOM)
    def an_amendment_is_kept(self, which: int, declines: bool) -> None:
        """Keep what some worker made, even one that was thought dead; or hear that the guarantor does not."""
        if not self.amendments:
            return
        claim = self.amendments[which % len(self.amendments)]
        if not declines:
            self._amend(claim)
            return
        amending.keep_refusal(
            amendment_id=claim.amendment_id,
            attempt=claim.attempt,
            words="不再延期",
            at=self.now,
            actor=SYSTEM,
        )

    @rule(lot=LOTS, bidder=BIDDERS, reason=st.sampled_from([None, *OF_THE_BIDDER]))
    def surrender(self, lot: int, bidder: int, reason: SurrenderReason | None) -> None:
        found = self._of(lot, bidder)
        if found and found.now.issued_at:
            asked = {"application_id": found.id, "at": self.now, "actor": found.bidder}
            self._tried(lambda: surrendering.surrender(reason=reason, **asked))

    @rule(lot=LOTS, reason=st.sampled_from(ReleaseReason))
    def release(self, lot: int, reason: ReleaseReason) -> None:
        """Let those who run a lot end the duty of all its letters that bind."""
        if self._lot(lot).opened_at is None:
            return
        asked: dict[str, Any] = {"lot_id": self.world.lots[lot].id, "actor": self.world.keeper}
        found = letter_queries.of_opened_lot(**asked)
        ids = [letter.id for letter in found if letter.ended_at is None]
        self._tried(
            lambda: surrendering.release(letter_ids=ids, reason=reason, at=self.now, **asked)
        )

    @rule(lot=LOTS, indeed=SELDOM)
    def fail(self, lot: int, indeed: bool) -> None:
        if indeed:
            self._keep_lot(tenders.fail, lot, reason="投标人少于三个")

    @rule()
    def sweep(self) -> None:
        self._sweep()

    # Clocks.

    @rule(step=st.sampled_from([SECOND, timedelta(minutes=2), HOUR, 6 * HOUR]))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(lot=LOTS, step=st.sampled_from([-SECOND, timedelta(0), SECOND]))
    def the_deadline_comes(self, lot: int, step: timedelta) -> None:
        self.now = max(self.now, self._lot(lot).deadline_at + step)

    @rule(lot=LOTS, by=st.sampled_from([HOUR, DAY]))
    def postpone(self, lot: int, by: timedelta) -> None:
        self._move_clocks(tenders.postpone, lot, by)

    @rule(lot=LOTS, amount=st.sampled_from(AMOUNTS), looked=st.booleans())
    def change_amount(self, lot: int, amount: Money, looked: bool) -> None:
        """Announce another amount, with the days that bidders must have to follow."""
        if self._lot(lot).deadline_at - self.now < NOTICE_OF_CHANGES:
            self.postpone(lot=lot, by=NOTICE_OF_CHANGES)
        self._keep_lot(tenders.change_amount, lot, amount=amount, reason="补充文件")
        if looked:
            self._sweep()

    @rule(lot=LOTS, indeed=SELDOM)
    def suspend(self, lot: int, indeed: bool) -> None:
        if indeed:
            self._keep_lot(tenders.suspend, lot, reason="图纸有误")

    @rule(lot=LOTS, by=st.sampled_from([HOUR, DAY]))
    def resume(self, lot: int, by: timedelta) -> None:
        self._move_clocks(tenders.resume, lot, by)

    @rule(lot=LOTS, indeed=SELDOM)
    def terminate(self, lot: int, indeed: bool) -> None:
        if indeed:
            self._keep_lot(tenders.terminate, lot, reason="项目取消")

    @rule(lot=LOTS)
    def open_lot(self, lot: int) -> None:
        self._keep_lot(tenders.open_lot, lot)

    # What must always hold.

    @invariant()
    def books_limits_and_letters_agree(self) -> None:
        # INV-1, INV-2
        assert applications.mismatches(actor=SYSTEM) == ()
        assert ledger.recount(actor=SYSTEM).discrepancies == ()

    @invariant()
    def a_letter_secures_in_time_or_not_at_all(self) -> None:
        for number, lot in enumerate(self.world.lots):
            deadline_at = self._lot(number).deadline_at
            for security in securities.of_lot(lot_id=lot.id, actor=SYSTEM):
                assert security.secured_at is None or security.secured_at <= deadline_at

    @invariant()
    def a_letter_holds_as_its_newest_version_says(self) -> None:  # INV-28
        with seeing_as(SYSTEM):
            for letter in Letter.objects.prefetch_related("versions"):
                newest = max(letter.versions.all(), key=lambda version: version.version)
                assert letter.valid_until == newest.valid_until
                assert letter.amount_fen == newest.amount_fen
                assert newest.version == letter.versions.count()

    @invariant()
    def nobody_else_sees_anything_before_the_opening(self) -> None:  # INV-8
        opened = [self._lot(n).opened_at for n in range(2)]
        if any(opened):
            return
        with seeing_as(self.world.keeper), connection.cursor() as cursor:
            for table in ("application", "letter", "premiumcredit", "exposure", "limit"):
                cursor.execute(f"SELECT count(*) FROM guarantees_{table}")  # noqa: S608 - our words
                assert cursor.fetchone() == (0,)

    # How it all ends.

    def _end_well(self) -> None:
        """Let everybody do what he must: nothing is left without a way on, no premium without an owner."""
        self._hear(list(self.unheard))
        self.books_limits_and_letters_agree()
        for number in range(2):
            if self._lot(number).state is LotState.SUSPENDED:
                self._keep_lot(tenders.terminate, number, reason="项目取消")
        last = max(self._lot(number).deadline_at for number in range(2))
        self.now = max(self.now, last) + 2 * DAY
        for _ in range(4):
            self._sweep()
            self.end_claims()
            self.now += HOUR
            self.let_the_bank_pay()
        self._sweep()
        self.books_limits_and_letters_agree()
        self.a_letter_secures_in_time_or_not_at_all()
        # INV-5: what lies at the bank is what the books say lies there.
        assert ledger.balance(chart.bank(given_banking.BANK), actor=SYSTEM).fen == self.lies_at_bank
        # No state without a way on: what is alive when all is over is a letter, and no claim.
        assert self.no_claim_is_open()
        with seeing_as(SYSTEM):
            assert not Amendment.objects.filter(state="PAY_PENDING").exists()
            changing = Amendment.objects.filter(state="REQUESTED")
            assert not changing.exclude(to_amount_fen=F("from_amount_fen")).exists()
        lists = [applications.mine(search="", page=1, actor=b) for b in self.world.bidders]
        states = {row.application.state for found in lists for row in found.rows}
        assert states & set(LIVE) <= {ApplicationState.ISSUED}

    # Doing things.

    def _next_step(self, lot: int, bidder: int, product: int) -> None:
        actor, lot_id = self.world.bidders[bidder], self.world.lots[lot].id
        application_id = applying.begin(lot_id=lot_id, at=self.now, actor=actor)
        asked: dict[str, Any] = {"application_id": application_id, "at": self.now, "actor": actor}
        found = self._applied(application_id, lot, bidder)
        step = found.progress.next
        if step is Next.CHOOSE_PRODUCT:
            applying.choose_product(product_id=self.world.products[product].id, **asked)
        elif step is Next.FILL_IN:
            applying.fill(told=given.particulars(), **asked)
            applying.submit(typeface=given.TYPEFACE, **asked)
        elif step is Next.NAME_HANDLER:
            given.handled(found, at=self.now)
        elif step is Next.SIGN:
            signing.keep_signed(signed=given.agreed(found), **asked)
        elif step is Next.READ_DECLARATION:
            if self._lot(lot).state is LotState.PUBLISHED:
                signing.keep_signed(signed=given.agreed(found), **asked)
            paying.acknowledge(**asked)

    def _keep(self, claim: ToIssue) -> None:
        issuing.keep(
            application_id=claim.application_id,
            attempt=claim.attempt,
            sealed=given_letters.sealed(claim, at=self.now),
            at=self.now,
            actor=SYSTEM,
        )

    def _amend(self, claim: ToAmend) -> None:
        made = ToIssue(UUID(int=0), claim.attempt, claim.order, claim.letter)
        amending.keep(
            amendment_id=claim.amendment_id,
            attempt=claim.attempt,
            sealed=given_letters.sealed(made, at=self.now),
            read=given_letters.read(made),
            at=self.now,
            actor=SYSTEM,
        )

    def _read_letters(self, *, opens: bool) -> None:
        due = letter_queries.to_unseal(after=None, limit=9, at=self.now, actor=SYSTEM)
        with seeing_as(SYSTEM):
            numbers = dict(Letter.objects.values_list("pk", "number"))
        by_number = {claim.letter.number: claim for claim in self.claims}
        with seeing_as(SYSTEM):
            kept = dict(LetterVersion.objects.values_list("sha256", "letter__number"))
        for each in self.amendments:
            made = ToIssue(UUID(int=0), each.attempt, each.order, each.letter)
            if given_letters.sealed(made, at=self.now).pdf.sha256 in kept:
                by_number[each.letter.number] = made
        for each in due:
            claim = by_number[numbers[each.letter_id]]
            letters.unseal(
                letter_id=each.letter_id,
                read=given_letters.read(claim) if opens else None,
                at=self.now,
                actor=SYSTEM,
            )

    def _sweep(self) -> None:
        for work in (
            *(paying.assign_waiting, ending.end_over, paying.order_again, paying.settle),
            *(letters.recheck, letters.expire, surrendering.give_back_surrendered),
            amending.end_over,
        ):
            work(limit=50, at=self.now, actor=SYSTEM)

    def _pay(
        self, lot: int, bidder: int, amount: Money | None, *, heard: bool, **changes: str
    ) -> None:
        found = self._of(lot, bidder)
        payment = found and found.progress.payment
        if not found or not payment or not payment.sub_account:
            return
        entry = premiums.pays(found, amount or payment.missing or AMOUNT, at=self.now, **changes)
        self.credits.append(entry)
        self._does(entry)
        if heard:
            self._hear([entry])

    def _of(self, lot: int, bidder: int) -> Applied | None:
        found = applications.of_lot(
            lot_id=self.world.lots[lot].id, actor=self.world.bidders[bidder]
        )
        return self._applied(found.id, lot, bidder) if found else None

    def _applied(self, application_id: UUID, lot: int, bidder: int) -> Applied:
        return Applied(
            application_id, self._lot(lot), self.world.bidders[bidder], self.world.products[0]
        )

    def _lot(self, number: int) -> Lot:
        return lots_shown.lot(lot_id=self.world.lots[number].id, actor=SYSTEM)

    def _tried(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except Refused:
            return False
        return True

    def _keep_lot(self, work: Callable[..., None], lot: int, **what: Any) -> None:
        keeper = self.world.keeper
        self._tried(lambda: work(lot_id=self.world.lots[lot].id, at=self.now, actor=keeper, **what))

    def _move_clocks(self, work: Callable[..., None], lot: int, by: timedelta) -> None:
        stands = self._lot(lot)
        self._tried(
            lambda: work(
                lot_id=stands.id,
                deadline_at=stands.deadline_at + by,
                opening_at=stands.opening_at + by,
                reason="澄清文件补充",
                at=self.now,
                actor=self.world.keeper,
            )
        )


@pytest.mark.django_db
def test_every_story_of_a_letter_keeps_the_books_the_limits_and_the_deadline(
    settings: Any, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path / "files"
    Stories.world = world()
    tell(Stories, examples=10, steps=30)
