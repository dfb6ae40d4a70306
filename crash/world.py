"""Who bids for what: made once by the real actions, found again by whoever starts later."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.core import uscc
from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.domain.banking.actions import banks
from biaobao.domain.parties import actions as parties
from biaobao.domain.tenders import actions as tenders
from biaobao.domain.tenders import queries as tender_queries
from biaobao.domain.tenders.types import Terms, Way
from crash.parts import BANK

BRANCH = "标保示范银行衢州分行"
MAIN_ACCOUNT = "330501000000000001"
HOUSE = "衢州阳光交易示范中心"
AMOUNT = Money.yuan(10_000)
RICH = Money.yuan(1_000_000_000)
BIDDERS, LOTS = 6, 3
_PASSWORD = "crash-harness-2026"  # noqa: S105 - of people who exist for minutes


@dataclass(frozen=True, slots=True)
class Bidder:
    """A bidder: the two people who act for it, and the account that it pays from."""

    organisation: str
    name: str
    people: tuple[str, str]
    account: str

    def actor(self, number: int) -> Actor:
        return Actor(f"人{number}", Role.BIDDER, UUID(self.people[number]), UUID(self.organisation))


@dataclass(frozen=True, slots=True)
class World:
    """The bidders and the lots."""

    bidders: tuple[Bidder, ...]
    lots: tuple[str, ...]


def world() -> World:
    """Return the world that was made."""
    told = json.loads((settings.DATA / "world.json").read_text(encoding="utf-8"))
    bidders = (Bidder(**(one | {"people": tuple(one["people"])})) for one in told["bidders"])
    return World(tuple(bidders), tuple(told["lots"]))


def make(bank: SandboxBank) -> World:
    """Make the world, its bank and its customers."""
    at = datetime.now(UTC)
    bank.agree(main_account=MAIN_ACCOUNT, name=HOUSE, branch=BRANCH, delivery=["push", "pull"])
    banks.connect_bank(
        code=BANK,
        name="标保示范银行",
        channel="http",
        location=settings.SANDBOX_BANK_URL,
        main_account=MAIN_ACCOUNT,
        spare_accounts=BIDDERS * LOTS,
        at=at,
        actor=SYSTEM,
    )
    agency = _somebody("示例招标代理有限公司", 900, Role.AGENCY, at=at)
    tenderer = _somebody("示例城建投资有限公司", 901, Role.TENDERER, at=at)
    operator = _somebody("示例交易服务平台", 902, Role.OPERATOR, at=at)
    lots = tuple(_lot(agency, tenderer, number, at=at) for number in range(LOTS))
    bidders = tuple(_bidder(number, operator, bank, lots, at=at) for number in range(BIDDERS))
    told = {"bidders": [asdict(one) for one in bidders], "lots": lots}
    (settings.DATA / "world.json").write_text(json.dumps(told), encoding="utf-8")
    return World(bidders, lots)


def _organisation(name: str, number: int, role: Role, *, at: datetime) -> tuple[UUID, str]:
    code = uscc.with_check(f"91330800MA{number:07d}")
    return parties.enrol(name=name, uscc=code, role=role, at=at, actor=SYSTEM), code


def _person(organisation_id: UUID, username: str, *, manager: bool, at: datetime) -> UUID:
    return parties.add_person(
        organisation_id=organisation_id,
        username=username,
        password=_PASSWORD,
        name=username,
        phone="",
        is_manager=manager,
        at=at,
        actor=SYSTEM,
    )


def _somebody(name: str, number: int, role: Role, *, at: datetime) -> Actor:
    organisation_id, _ = _organisation(name, number, role, at=at)
    person_id = _person(organisation_id, f"person-{number}", manager=True, at=at)
    return Actor(name, role, person_id, organisation_id)


def _bidder(
    number: int, operator: Actor, bank: SandboxBank, lots: tuple[str, ...], *, at: datetime
) -> Bidder:
    name = f"示例第{number}建设有限公司"
    organisation_id, code = _organisation(name, number, Role.BIDDER, at=at)
    people = tuple(
        _person(organisation_id, f"bidder-{number}-{one}", manager=one == 0, at=at)
        for one in range(2)
    )
    account = f"3305000000{number:08d}"
    bank.enrol(code, name, {account: RICH}, branch=BRANCH)
    bidder = Bidder(str(organisation_id), name, (str(people[0]), str(people[1])), account)
    actor = bidder.actor(0)
    parties.tell_basic_account(
        organisation_id=organisation_id,
        account_name=name,
        number=account,
        bank_name=BRANCH,
        at=at,
        actor=actor,
    )
    parties.confirm_basic_account(organisation_id=organisation_id, at=at, actor=operator)
    for lot in map(UUID, lots):
        (file,) = tender_queries.tender_files(lot_id=lot, actor=SYSTEM)
        tenders.choose_contact(lot_id=lot, person_id=people[0], at=at, actor=actor)
        tenders.collect_file(lot_id=lot, file_id=file.id, at=at, actor=actor)
        tenders.register(lot_id=lot, at=at, actor=actor)
    return bidder


def _lot(agency: Actor, tenderer: Actor, number: int, *, at: datetime) -> str:
    assert tenderer.organisation_id  # noqa: S101 - made just now
    project_id = tenders.draft_project(
        name=f"示例项目{number}",
        tenderer_id=tenderer.organisation_id,
        agency_id=agency.organisation_id,
        region="QZ",
        kind="GQ",
        at=at,
        actor=agency,
    )
    deadline_at = at + timedelta(days=60)
    lot_id = tenders.draft_lot(
        project_id=project_id,
        name=f"示例标段{number}",
        terms=Terms(
            estimate=Money(AMOUNT.fen * 100),
            amount=AMOUNT,
            ways=(Way.DEPOSIT, Way.GUARANTEE),
            deadline_at=deadline_at,
            payment_deadline_at=deadline_at,
            opening_at=deadline_at,
            validity_days=90,
        ),
        code=None,
        at=at,
        actor=agency,
    )
    tenders.add_tender_file(
        lot_id=lot_id,
        name="招标文件.pdf",
        media_type="application/pdf",
        content=b"%PDF-1.7\n",
        at=at,
        actor=agency,
    )
    tenders.publish(lot_id=lot_id, at=at, actor=agency)
    return str(lot_id)
