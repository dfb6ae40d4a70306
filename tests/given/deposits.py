"""Deposits for tests, made by the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import Entry, Kind
from biaobao.domain.booking import actions as booking
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.types import Standing, UnplacedCredit
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders.types import Lot
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders


@dataclass(frozen=True)
class Chosen:
    """A bidder who registered for a lot and chose to secure it by deposit."""

    lot: Lot
    bidder: Actor
    account: str

    @property
    def standing(self) -> Standing:
        found = deposit_standing.standing(lot_id=self.lot.id, actor=self.bidder)
        assert found is not None
        return found

    @property
    def security_state(self) -> str:
        security = securities.security(
            lot_id=self.lot.id, bidder_id=self.bidder.organisation_id, actor=self.bidder
        )
        assert security is not None
        return security.state

    @property
    def held(self) -> Money:
        """What the books hold for this deposit."""
        return ledger.balance(chart.deposit(self.standing.security_id), actor=SYSTEM)

    def pays(self, amount: Money | None = None, **how: Any) -> Entry:
        """Return the bank's entry of this bidder's payment: exact, a day early, from the basic account."""
        organisation = parties.organisation(
            organisation_id=self.bidder.organisation_id, actor=SYSTEM
        )
        basic = parties.basic_account(organisation_id=organisation.id, actor=SYSTEM)
        given: dict[str, Any] = {
            "account": self.account,
            "amount": self.lot.amount if amount is None else amount,
            "at": self.lot.deadline_at - timedelta(days=1),
            "payer_name": organisation.name,
            "payer_account": basic.number if basic else "",
        }
        return given_banking.entry(**(given | how))

    def reversal_of(self, credit: Entry, *, at: datetime | None = None) -> Entry:
        return given_banking.entry(
            account=credit.account,
            amount=Money(credit.amount_minor),
            at=at or (credit.credited_at or self.lot.deadline_at) + timedelta(hours=1),
            kind=Kind.REVERSAL,
            original_serial=credit.serial,
        )


def chosen(lot: Lot | None = None, bidder: Actor | None = None) -> Chosen:
    """Return a registered bidder with a sub-account to pay to; the bank must be connected."""
    lot = lot or given_tenders.lot()
    bidder = bidder or given_parties.bidder()
    given_tenders.registered(lot, bidder)
    choosing.choose(lot_id=lot.id, at=lot.deadline_at - timedelta(days=5), actor=bidder)
    standing = deposit_standing.standing(lot_id=lot.id, actor=bidder)
    assert standing is not None
    return Chosen(lot, bidder, standing.sub_account.number if standing.sub_account else "")


def booked(*entries: Entry, at: datetime | None = None) -> int:
    """Let the bank report these entries in one file, and return how many were new."""
    at = at or max(e.credited_at for e in entries if e.credited_at)
    return booking.book(files=[given_banking.file(*entries, at=at)], at=at, actor=SYSTEM)


def in_suspense(*, actor: Actor) -> tuple[UnplacedCredit, ...]:
    """Return the money that waits because it fits nothing, as an operator sees it."""
    page = suspense.waiting(reason="", text="", page=1, actor=actor)
    return tuple(row.credit for row in page.rows)
