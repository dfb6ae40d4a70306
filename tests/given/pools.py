"""Schemes and memberships for tests, made by the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import Entry
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting, holding, joining, schemes
from biaobao.domain.pools.states import MembershipState
from biaobao.domain.pools.types import Coverage, Grounds, Hold, MembershipDesk, Terms, Tier
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders.types import Lot
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders

# Two months before the lots of tests are due.
AT = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
TIER = Tier("一档", Money.yuan(500_000), Money.yuan(500_000))
DAY = timedelta(days=1)
booked = given_deposits.booked

_numbers = count(1)


def terms(**changes: Any) -> Terms:
    values: dict[str, Any] = {
        "regions": ("QZ",),
        "kinds": ("GC",),
        "floor": Money.yuan(100_000),
        "parallel_max": None,
        "term_months": 12,
        "renewal_days": 30,
        "top_up_days": 10,
        "cooling_days": 30,
        "tiers": (TIER,),
    }
    return Terms(**(values | changes))


def scheme(
    coverage: Coverage = Coverage.PER_BID_CAP, *, valid_from: date | None = None, **changes: Any
) -> UUID:
    keeper = given_parties.operator()
    scheme_id = schemes.add_scheme(
        name=f"衢州市联保金方案{next(_numbers)}", coverage=coverage, at=AT, actor=keeper
    )
    schemes.add_terms(
        scheme_id=scheme_id,
        valid_from=valid_from or day_of(AT),
        terms=terms(**changes),
        at=AT,
        actor=keeper,
    )
    return scheme_id


@dataclass(frozen=True)
class Member:
    """A company that applied for membership."""

    id: UUID
    bidder: Actor
    keeper: Actor

    @property
    def desk(self) -> MembershipDesk:
        found = queries.own(actor=self.bidder)
        assert found is not None
        return found

    @property
    def state(self) -> MembershipState:
        return self.desk.membership.state

    @property
    def in_the_books(self) -> Money:
        return ledger.balance(chart.pool(self.id), actor=SYSTEM)

    def pays(self, amount: Money | None = None, **how: Any) -> Entry:
        """Return the bank's entry of this member's payment: what is missing, from the basic account."""
        organisation = parties.organisation(
            organisation_id=self.bidder.organisation_id, actor=SYSTEM
        )
        basic = parties.basic_account(organisation_id=organisation.id, actor=SYSTEM)
        desk = self.desk
        given: dict[str, Any] = {
            "account": desk.account.number if desk.account else "",
            "amount": desk.membership.missing if amount is None else amount,
            "at": AT + DAY,
            "payer_name": organisation.name,
            "payer_account": basic.number if basic else "",
        }
        return given_banking.entry(**(given | how))


def applied(
    scheme_id: UUID | None = None,
    bidder: Actor | None = None,
    *,
    tier: str = TIER.name,
    at: datetime = AT,
) -> Member:
    bidder = bidder or given_parties.bidder()
    membership_id = joining.apply(
        scheme_id=scheme_id or scheme(),
        tier=tier,
        consents_to_share=True,
        at=at,
        actor=bidder,
    )
    return Member(membership_id, bidder, given_parties.operator())


def approved(
    scheme_id: UUID | None = None, bidder: Actor | None = None, *, at: datetime = AT, **how: Any
) -> Member:
    """Return a member that is to pay; the bank must be connected."""
    member = applied(scheme_id, bidder, at=at, **how)
    joining.approve(membership_id=member.id, at=at, actor=member.keeper)
    return member


def active(
    scheme_id: UUID | None = None, bidder: Actor | None = None, *, at: datetime = AT, **how: Any
) -> Member:
    member = approved(scheme_id, bidder, at=at, **how)
    booked(member.pays(at=at))
    assert member.state is MembershipState.ACTIVE
    return member


def chosen(member: Member, lot: Lot | None = None) -> Lot:
    """Return the lot that the member registered for and secured, five days before its deadline."""
    lot = lot or given_tenders.lot()
    given_tenders.registered(lot, member.bidder)
    holding.choose(lot_id=lot.id, at=lot.deadline_at - 5 * DAY, actor=member.bidder)
    return lot


@dataclass(frozen=True)
class Held:
    """What is held of a member for an opened lot."""

    member: Member
    lot: Lot

    @property
    def hold(self) -> Hold:
        found = queries.hold(lot_id=self.lot.id, actor=self.member.bidder)
        assert found is not None
        return found

    @property
    def proposer(self) -> Actor:
        return given_tenders.keeper_of(self.lot)

    @property
    def at(self) -> datetime:
        """Return when a forfeiture is proposed, unless told."""
        return self.lot.opening_at + 2 * DAY

    @property
    def decided_at(self) -> datetime:
        """Return when objections are over, whatever the calendar."""
        return self.at + 14 * DAY

    def proposed(self, **changes: Any) -> UUID:
        given: dict[str, Any] = {
            "grounds": grounds(**changes.pop("grounds", {})),
            "papers": (PAPER,),
            "at": self.at,
            "actor": self.proposer,
        }
        return forfeiting.propose(hold_id=self.hold.id, **(given | changes))

    def approved(self, **changes: Any) -> UUID:
        """Return a forfeiture that an operator approved once objections were over."""
        forfeiture_id = self.proposed(**changes)
        forfeiting.approve(
            forfeiture_id=forfeiture_id,
            words="事实清楚",
            at=self.decided_at,
            actor=given_parties.operator(),
        )
        return forfeiture_id


def held(*members: Member, lot: Lot | None = None) -> tuple[Held, ...]:
    """Return what is held of members for one opened lot, that the first of them won."""
    lot = lot or given_tenders.lot()
    for member in members:
        chosen(member, lot)
    opened = given_tenders.opened(lot)
    holding.follow_lots(limit=99, at=lot.opening_at, actor=SYSTEM)
    won = given_tenders.awarded(opened, members[0].bidder)
    return tuple(Held(member, won) for member in members)


def grounds(**changes: Any) -> Grounds:
    values: dict[str, Any] = {
        "cause": Cause.CONTRACT_REFUSED,
        "clause": "第三章 3.4.4",
        "statement": "中标通知书发出后三十日内拒不签订合同",
        "payee_account": "1209280009000123456",
        "payee_bank": "中国工商银行衢州分行",
    }
    return Grounds(**(values | changes))


PAPER = Upload("中标通知书.pdf", "application/pdf", b"%PDF-1.7\n")


def all_is_well() -> bool:
    """Tell whether memberships, their money and the books agree."""
    return (
        queries.mismatches(actor=SYSTEM) == () and ledger.recount(actor=SYSTEM).discrepancies == ()
    )
