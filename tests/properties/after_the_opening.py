"""What is done about letters of opened lots: demands under them, invoices over their premiums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.claims import actions as claims
from biaobao.domain.claims import queries as claim_queries
from biaobao.domain.claims.states import OPEN, ClaimState
from biaobao.domain.claims.types import Claim, Discrepancy, SignedDemand, StayOutcome
from biaobao.domain.guarantees.actions import invoicing
from biaobao.domain.guarantees.queries import invoicing as purchases
from biaobao.domain.guarantees.queries import letters as letter_queries
from biaobao.domain.guarantees.types import IssuedLetter
from biaobao.domain.invoices import actions as invoice_actions
from biaobao.domain.invoices import queries as invoices
from biaobao.domain.tenders.types import Lot
from tests.given import banking as given_banking
from tests.given import claims as given
from tests.given import documents as given_documents
from tests.given import invoices as given_invoices
from tests.properties.bank import CHOICE, WithABank

AMOUNT = Money.yuan(50_000)
DAY = timedelta(days=1)
LOTS = BIDDERS = st.integers(0, 1)
ACCOUNTS = ("33050168620800007777", "33050168620800006666")
DECISIONS = ("accept", "accept", "accept", "refuse", "withdraw", "stay", "resume", "stop")


class AfterTheOpening(WithABank):
    """A beneficiary, a guarantor, courts and an invoicing partner; bank and clocks are the story's."""

    world: Any
    _tried: Callable[[Callable[[], object]], bool]
    _lot: Callable[[int], Lot]

    @rule(lot=LOTS, which=CHOICE, parts=st.sampled_from([1, 2, 2]))
    def demand(self, lot: int, which: int, parts: int) -> None:
        """Let the tenderer demand all or a part of a letter of its opened lot."""
        if found := self._letters(lot):
            letter = found[which % len(found)]
            self._tried(lambda: self._demand(letter, Money(AMOUNT.fen // parts)))

    @rule(which=CHOICE, how=st.sampled_from(DECISIONS))
    def decide(self, which: int, how: str) -> None:
        if found := self._claims():
            self._tried(lambda: self._decide(found[which % len(found)], how))

    @rule(which=CHOICE, parts=st.sampled_from([1, 1, 2]), more=st.booleans(), heard=st.booleans())
    def fund(self, which: int, parts: int, more: bool, heard: bool) -> None:
        """Let the guarantor pay in for a claim it accepted: all, a part, or a fen too much."""
        if found := self._claims(ClaimState.ACCEPTED):
            claim = found[which % len(found)]
            missing = claim.terms.amount.fen - claim.funded.fen
            self._fund(claim, Money(missing // parts + (1 if more else 0)), heard=heard)

    @rule(which=CHOICE, account=st.sampled_from(ACCOUNTS))
    def another_account(self, which: int, account: str) -> None:
        if found := self._claims(ClaimState.PAY_FAILED):
            self._tried(lambda: self._tell_payee(found[which % len(found)], account))

    @rule(which=CHOICE, parts=st.sampled_from([1, 2]), gives_up=st.booleans())
    def recover(self, which: int, parts: int, gives_up: bool) -> None:
        if found := self._claims(ClaimState.PAID):
            claim = found[which % len(found)]
            asked: dict[str, Any] = {
                "claim_id": claim.id,
                "at": self.now,
                "actor": self.world.desk,
            }
            if gives_up:
                self._tried(lambda: claims.give_up_recovery(words="无力偿还", **asked))
                return
            amount = Money(claim.to_recover.fen // parts)
            told: dict[str, Any] = {"received_on": day_of(self.now), "note": ""}
            self._tried(lambda: claims.note_receipt(amount=amount, **told, **asked))

    @rule(bidder=BIDDERS)
    def invoice(self, bidder: int) -> None:
        """Let a bidder ask for an invoice over all that may be invoiced."""
        actor = self.world.bidders[bidder]
        free = [p for p in purchases.purchases(actor=actor) if p.why_not is None]
        ids = {purchase.application.id for purchase in free}
        if ids:
            details = given_invoices.details()
            self._tried(
                lambda: invoicing.apply(
                    application_ids=ids, details=details, at=self.now, actor=actor
                )
            )

    @rule(answers=st.sampled_from(["does", "does", "silent"]))
    def the_partner_answers(self, answers: str) -> None:
        """Let a worker tell the invoicing partner what is due; it does it, or says nothing."""
        for task in invoice_actions.claim(limit=9, at=self.now, actor=SYSTEM):
            if answers == "does":
                given_invoices.kept(task, at=self.now)

    @invariant()
    def claims_and_invoices_agree(self) -> None:  # INV-23, INV-24, INV-26
        assert claim_queries.mismatches(actor=SYSTEM) == ()
        assert invoices.mismatches(actor=SYSTEM) == ()

    def end_claims(self) -> None:
        """Let everybody do what he must about claims; the bank pays afterwards."""
        for claim in self._claims(*OPEN):
            if claim.state is ClaimState.STAYED:
                self._decide(claim, "resume")
        for claim in self._claims(ClaimState.PRESENTED):
            self._decide(claim, "accept")
        claims.assign_waiting(limit=50, at=self.now, actor=SYSTEM)
        for claim in self._claims(ClaimState.ACCEPTED):
            missing = Money(claim.terms.amount.fen - claim.funded.fen)
            self._fund(claim, missing, heard=True)
        for claim in self._claims(ClaimState.PAY_FAILED):
            self._tell_payee(claim, ACCOUNTS[0])

    def no_claim_is_open(self) -> bool:
        return not self._claims(*OPEN)

    def _demand(self, letter: IssuedLetter, amount: Money) -> None:
        asked: dict[str, Any] = {"at": self.now, "actor": self.world.tenderer}
        claim_id = claims.draft(
            letter_id=letter.id,
            terms=given.terms(self.world.tenderer, amount=amount),
            documents=(given.document(),),
            **asked,
        )
        demand = claim_queries.demand(claim_id=claim_id, actor=self.world.tenderer)
        content = f"%PDF-1.7 {demand.number}".encode()
        pdf = given_documents.signed(content, demand.beneficiary, at=self.now)
        claims.present(claim_id=claim_id, signed=SignedDemand(demand, pdf), **asked)

    def _decide(self, claim: Claim, how: str) -> None:
        asked: dict[str, Any] = {"claim_id": claim.id, "at": self.now, "actor": self.world.desk}
        match how:
            case "accept":
                claims.accept(**asked)
            case "refuse":
                claims.refuse_demand(discrepancies=[Discrepancy.CLAUSE], words="条款不符", **asked)
            case "withdraw":
                claims.withdraw(**asked | {"actor": self.world.tenderer})
            case "stay":
                claims.stay(court="衢州示例法院", case_number="1", order=given.document(), **asked)
            case "resume":
                claims.end_stay(outcome=StayOutcome.LIFTED, **asked)
            case "stop":
                claims.end_stay(outcome=StayOutcome.FINAL, **asked)

    def _fund(self, claim: Claim, amount: Money, *, heard: bool) -> None:
        account = claim_queries.claim(claim_id=claim.id, actor=self.world.desk).account
        if account is None or not amount.fen:
            return
        entry = given_banking.entry(
            account=account.number,
            amount=amount,
            at=self.now,
            payer_name=claim.guarantor_name,
            payer_account="33050168620800008888",
        )
        self.credits.append(entry)
        self._does(entry)
        if heard:
            self._hear([entry])

    def _tell_payee(self, claim: Claim, account: str) -> None:
        claims.tell_payee(
            claim_id=claim.id,
            payee_account=account,
            payee_bank="示例银行",
            at=self.now,
            actor=self.world.tenderer,
        )

    def _claims(self, *states: ClaimState) -> list[Claim]:
        found = claim_queries.at_guarantor(size=100, actor=self.world.desk).rows
        return [claim for claim in found if not states or claim.state in states]

    def _letters(self, lot: int) -> tuple[IssuedLetter, ...]:
        stands = self._lot(lot)
        if stands.opened_at is None:
            return ()
        return letter_queries.of_opened_lot(lot_id=stands.id, actor=self.world.tenderer)
