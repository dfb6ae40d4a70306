"""The world that stories happen in: three lots of three policies, three bidders of two people each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from django.db import transaction

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import actions as tenders
from biaobao.domain.tenders.types import Lot, PolicyTerms, Way
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.properties.model import Account, LotTerms, Model

AMOUNT = Money(1000)
DEADLINE_AT = given_tenders.DEADLINE_AT
BEGINS_AT = DEADLINE_AT - timedelta(days=2)

_accounts = count(33050168620800000100)


@dataclass(frozen=True)
class Bidder:
    """A bidder: two of its people, and the account that it pays from."""

    people: tuple[Actor, Actor]
    account: Account


@dataclass(frozen=True)
class World:
    """Everybody, and the lots as published."""

    lots: tuple[Lot, ...]
    bidders: tuple[Bidder, ...]
    operators: tuple[Actor, Actor]
    keeper: Actor

    def copy(self, number: int, bidder: Bidder, *, deadline_at: datetime) -> Chosen:
        """Return a lot of the same terms, which the bidder chose to secure."""
        lot = self.lots[number]
        again = given_tenders.lot(
            amount=lot.amount, region=lot.region, kind=lot.kind, deadline_at=deadline_at
        )
        return given_deposits.chosen(again, bidder.people[0])

    def model(self) -> Model:
        return Model(
            [
                LotTerms(
                    lot.amount.fen,
                    lot.deadline_at,
                    lot.basic_account_only,
                    lot.accumulate,
                    lot.shares_account,
                )
                for lot in self.lots
            ],
            [bidder.account for bidder in self.bidders],
        )


def world(*, bank: bool = True, names: tuple[str, ...] = ("", "", "")) -> World:
    """Return a world; the bank and the policies are made with the first of them."""
    if bank:
        given_banking.bank(spare=40)
        _policy("KH", shares_account=True, basic_account_only=False)
        _policy("CS", accumulate=False)
    agency = given_parties.agency()
    lots = tuple(
        given_tenders.lot(amount=AMOUNT, region=region, kind="GQ", agency=agency)
        for region in ("QZ", "KH", "CS")
    )
    bidders = tuple(_bidder(name) for name in names)
    for lot in lots:
        for bidder in bidders:
            given_tenders.registered(lot, bidder.people[0])
    return World(lots, bidders, given_refunds.operators(), agency)


@contextmanager
def undone() -> Iterator[None]:
    """Undo all that happens inside; actions take it for a test's transaction, which it is."""
    block = transaction.atomic()
    block._from_testcase = True  # as django.test.TestCase does
    with block:
        yield
        transaction.set_rollback(True)


def _policy(
    region: str,
    *,
    shares_account: bool = False,
    basic_account_only: bool = True,
    accumulate: bool = True,
) -> None:
    tenders.add_policy(
        region=region,
        kind="GQ",
        valid_from=date(2026, 4, 1),
        valid_until=None,
        terms=PolicyTerms(
            ways=(Way.DEPOSIT, Way.GUARANTEE),
            cap_ppm=20_000,
            cap=None,
            statutory=False,
            basic_account_only=basic_account_only,
            accumulate=accumulate,
            validity_days=90,
            min_notice_days=0,
            citation="示例办法",
            shares_account=shares_account,
        ),
        at=datetime(2026, 3, 2, 1, 0, tzinfo=DEADLINE_AT.tzinfo),
        actor=given_parties.operator(),
    )


def _bidder(name: str) -> Bidder:
    number = str(next(_accounts))
    one = given_parties.bidder(name=name, account=number)
    organisation = parties.organisation(organisation_id=one.organisation_id, actor=one)
    return Bidder((one, given_refunds.colleague(one)), Account(organisation.name, number))
