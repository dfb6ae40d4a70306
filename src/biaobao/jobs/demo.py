"""The demo's world: made-up companies and lots, built by the real actions and real partners.

Everything here is fiction. Credit codes are valid by checksum and marked as demo.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.adapters.signing.keys import Key, opened
from biaobao.adapters.signing.sandbox_ca.authority import Request
from biaobao.adapters.signing.sandbox_ca.remote import SandboxAuthorityAt
from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.core import uscc
from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.domain.banking.actions import banks
from biaobao.domain.claims.types import Terms as ClaimTerms
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import desk, letters
from biaobao.domain.interest import actions as interest
from biaobao.domain.interest import queries as interest_queries
from biaobao.domain.interest.types import Rate
from biaobao.domain.parties import actions as parties
from biaobao.domain.parties.types import ScanKind
from biaobao.domain.pools.actions import holding, joining
from biaobao.domain.pools.types import Grounds
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import actions as tenders
from biaobao.domain.tenders import queries as tender_queries
from biaobao.domain.tenders.types import Terms, Way
from biaobao.jobs import demo_guarantees, demo_letters, demo_pools, guarantees, sweeps
from biaobao.platform import clock

PASSWORD = "biaobao-demo"  # noqa: S105 - printed on the demo's sign-in page
CERTIFICATE_PASSWORD = "123456"  # noqa: S105 - as above
BANK = "SANDBOX"
BRANCH = "标保示范银行衢州分行"
MAIN_ACCOUNT = "330501000000000001"
SPARE_ACCOUNTS = 40
ESCROW_NAME = "衢州阳光交易示范中心"
TENDERER = "衢州示例城建投资有限公司"
TENDERERS_ACCOUNT = "330500000000008088"
# Registered for by one who has told guarantors all they want to know: it can apply at once.
TO_BE_GUARANTEED = "QZGQ202512021-1"
# Registered for by the member of a pooled deposit, who can choose it at once.
TO_BE_POOLED = "QZGC{month}007-1"
# Opened, and what a pooled deposit holds for its bidder may not be given back: others decide.
TO_BE_FORFEITED = "QZGC{month}008-1"
# Two have letters of it, and may give them up.
TO_BE_SURRENDERED = "JSGQ202511002-1"
DAY = timedelta(days=1)
# Since when the demo's certificates are valid: its letters were signed in the past.
PAST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the demo, as the sign-in page offers him."""

    organisation: str
    role: str
    person: str
    username: str
    note: str
    password: str = PASSWORD
    certificate: str = ""
    certificate_password: str = ""


@dataclass(slots=True)
class World:
    """What was made so far."""

    at: datetime
    codes: Iterator[str]
    actors: dict[str, Actor] = field(default_factory=dict)
    people: list[Someone] = field(default_factory=list)
    lots: dict[str, UUID] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """A bidder of the demo and its account at the sandbox bank.

    :param colleague: its second person, without whom no money goes back.
    """

    key: str
    name: str
    person: str
    colleague: str
    account: str
    note: str
    account_name: str = ""
    confirmed: bool = True


GROUP_ACCOUNT = "330500000000005577"
GROUP_NAME = "江山示例实业集团有限公司"
COMPANIES = (
    Company(
        "jianshe",
        "衢州示例建设有限公司",
        "王示例",
        "陈示例",
        "330500000000001011",
        "一切就绪，从这里走完全程；联保金成员",
    ),
    Company(
        "shizheng",
        "柯城示例市政工程有限公司",
        "李示例",
        "褚示例",
        "330500000000002022",
        "尚未在任何标段报名",
    ),
    Company(
        "luqiao",
        "龙游示例路桥工程有限公司",
        "张示例",
        "卫示例",
        "330500000000003033",
        "基本账户尚未核验",
        confirmed=False,
    ),
    Company(
        "yuanlin",
        "江山示例园林工程有限公司",
        "赵示例",
        "蒋示例",
        GROUP_ACCOUNT,
        "与江山示例水利共用集团账户",
        GROUP_NAME,
    ),
    Company(
        "shuili",
        "江山示例水利工程有限公司",
        "钱示例",
        "沈示例",
        GROUP_ACCOUNT,
        "与江山示例园林共用集团账户；联保金申请待审核",
        GROUP_NAME,
    ),
)


def seed() -> bool:
    """Build the demo's world once, and tell whether it had to be built."""
    manifest = settings.DATA / "demo" / "people.json"
    if manifest.exists():
        # It may be on another port than last time.
        _connect_bank(clock.now())
        return False
    world = World(clock.now(), _codes())
    authority = SandboxAuthorityAt(settings.SANDBOX_CA_URL)
    Path(settings.TRUST).write_bytes(authority.chain())
    sweeps.fetch_revocations(world.at)
    _agree_with_the_bank()
    _connect_bank(world.at)
    sweeps.open_accounts(world.at)
    _public_bodies(world, authority)
    _interest(world)
    _guarantors(world, authority)
    _bidders(world, authority)
    _profiles(world)
    _lots(world)
    _pools(world)
    _default(world)
    _the_past(world)
    _letters(world)
    manifest.write_text(
        json.dumps([asdict(someone) for someone in world.people], ensure_ascii=False, indent=1)
    )
    return True


def _agree_with_the_bank() -> None:
    SandboxBank(settings.SANDBOX_BANK_URL).agree(
        main_account=MAIN_ACCOUNT, name=ESCROW_NAME, branch=BRANCH, delivery=["push", "pull"]
    )


def _connect_bank(at: datetime) -> None:
    banks.connect_bank(
        code=BANK,
        name="标保示范银行",
        channel="http",
        location=settings.SANDBOX_BANK_URL,
        main_account=MAIN_ACCOUNT,
        spare_accounts=SPARE_ACCOUNTS,
        at=at,
        actor=SYSTEM,
    )


def _public_bodies(world: World, authority: SandboxAuthorityAt) -> None:
    bodies = (
        ("tenderer", Role.TENDERER, TENDERER, ("孙示例",), "招标人：凭保函索赔"),
        (
            "agency",
            Role.AGENCY,
            "衢州知衡示例招标代理有限公司",
            ("周示例",),
            "招标代理：项目、标段、开标",
        ),
        ("operator", Role.OPERATOR, "衢州阳光交易示范平台", ("吴示例", "郑示例"), "平台运营"),
        ("supervisor", Role.SUPERVISOR, "衢州示例公共资源交易监管办", ("冯示例",), "监管"),
    )
    for key, role, name, people, note in bodies:
        code = next(world.codes)
        organisation_id = _enrol(world, name, role, code=code)
        for number, person in enumerate(people, start=1):
            username = key if number == 1 else f"{key}{number}"
            someone = Someone(name, role, person, username, note)
            if role is Role.TENDERER:
                # It signs what it demands under letters.
                _certify(world, authority, someone, organisation_id, code)
                account = {TENDERERS_ACCOUNT: Money(0)}
                SandboxBank(settings.SANDBOX_BANK_URL).enrol(code, name, account, branch=BRANCH)
            else:
                _person(world, someone, organisation_id)


def _interest(world: World) -> None:
    """Give the bank's fund rates from before the first deposit on, and interest to pay on."""
    keeper = world.actors["operator"]
    interest.open_funds(at=world.at, actor=SYSTEM)
    for ago, ppm in ((400 * DAY, 1_000), (200 * DAY, 500)):
        rate = Rate(day_of(world.at - ago), ppm, "示例：开户行挂牌的活期利率")
        interest.add_rate(bank=BANK, rate=rate, at=world.at, actor=keeper)
    (fund,) = interest_queries.funds(actor=keeper)
    assert fund.account
    bank = SandboxBank(settings.SANDBOX_BANK_URL)
    bank.pay_interest(fund.account.number, amount=Money.yuan(500))


def _certify(
    world: World, authority: SandboxAuthorityAt, someone: Someone, organisation_id: UUID, code: str
) -> UUID:
    """Add a person with a certificate of its organisation, whose file the sign-in page hands out."""
    folder = settings.DATA / "demo" / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    asked = Request(
        someone.organisation, code, someone.person, CERTIFICATE_PASSWORD, past_days=PAST_DAYS
    )
    issued = authority.issue(asked)
    name = f"{someone.username}.p12"
    (folder / name).write_bytes(issued.pkcs12)
    world.keys[someone.username] = opened(issued.pkcs12, CERTIFICATE_PASSWORD)
    person_id = _person(
        world,
        replace(someone, certificate=name, certificate_password=CERTIFICATE_PASSWORD),
        organisation_id,
    )
    parties.enrol_certificate(
        person_id=person_id,
        organisation_id=organisation_id,
        certificate=issued.certificate,
        authority=TrustedAuthorities.from_file(Path(settings.TRUST)),
        at=world.at,
        actor=SYSTEM,
    )
    return person_id


def _guarantors(world: World, authority: SandboxAuthorityAt) -> None:
    bank = SandboxBank(settings.SANDBOX_BANK_URL)
    taken_in = demo_guarantees.add_guarantors(authority, at=world.at, past_days=PAST_DAYS)
    for guarantor_id, house in zip(taken_in, demo_guarantees.HOUSES, strict=True):
        seated = house.seated
        someone = Someone(
            house.terms.name, Role.GUARANTOR, seated.person, seated.username, seated.note
        )
        _person(world, someone, guarantor_id)
        account = {house.account: Money.yuan(50_000_000)}
        bank.enrol(house.terms.uscc, house.terms.name, account, branch=BRANCH)


def _bidders(world: World, authority: SandboxAuthorityAt) -> None:
    bank = SandboxBank(settings.SANDBOX_BANK_URL)
    for company in COMPANIES:
        code = next(world.codes)
        organisation_id = _enrol(world, company.name, Role.BIDDER, code=code)
        someone = Someone(company.name, Role.BIDDER, company.person, company.key, company.note)
        _certify(world, authority, someone, organisation_id, code)
        colleague = Someone(
            company.name,
            Role.BIDDER,
            company.colleague,
            f"{company.key}2",
            f"{company.person}的同事，复核退款",
        )
        _person(world, colleague, organisation_id)
        actor = world.actors[company.key]
        payer = company.account_name or company.name
        bank.enrol(code, payer, {company.account: Money.yuan(20_000_000)}, branch=BRANCH)
        if not company.account_name:
            # A second account of its own, to see what paying from the wrong one comes to.
            other = f"{company.account[:-1]}9"
            bank.enrol(code, payer, {other: Money.yuan(5_000_000)}, branch=BRANCH)
        parties.tell_basic_account(
            organisation_id=organisation_id,
            account_name=payer,
            number=company.account,
            bank_name=BRANCH,
            at=world.at - 60 * DAY,
            actor=actor,
        )
        if company.confirmed:
            parties.confirm_basic_account(
                organisation_id=organisation_id,
                at=world.at - 59 * DAY,
                actor=world.actors["operator"],
            )


def _profiles(world: World) -> None:
    """Let all tell what guarantors want to know; the one whose account is not confirmed lacks a scan too."""
    for number, company in enumerate(COMPANIES, start=1):
        actor = world.actors[company.key]
        kinds = tuple(ScanKind) if company.confirmed else tuple(ScanKind)[:-1]
        at, scan = world.at - 58 * DAY, _page("A DEMO SCAN, NOT A REAL PAPER")
        demo_guarantees.tell_profile(actor, number=number, at=at)
        demo_guarantees.keep_scans(actor, kinds, scan, at=at)


def _lots(world: World) -> None:
    # The five codes of the manual's screenshot, opening in the days to come.
    soe = (Way.DEPOSIT, Way.GUARANTEE)
    for code, project, days, hour, amount in (
        ("LYGQ202511008-1", "龙游县示例粮库仓储设备采购", 15, time(14, 30), 20_000),
        ("QZGQ202511019-1", "衢州示例水务集团管网材料年度采购", 15, time(14, 30), 80_000),
        ("QZGQ202511020-1", "衢州示例公交集团充电设施采购", 16, time(9, 0), 50_000),
        ("QZGQ202512008-1", "衢州示例产业园物业服务采购", 16, time(9, 0), 30_000),
        (TO_BE_SURRENDERED, "江山市示例文旅公司灯光改造采购", 16, time(9, 0), 48_000),
        (TO_BE_GUARANTEED, "衢州示例医院净化设备采购", 9, time(14, 30), 80_000),
    ):
        deadline = datetime.combine(
            (world.at.astimezone(SHANGHAI) + days * DAY).date(), hour, SHANGHAI
        )
        _lot(world, code, project, _terms(amount, deadline, soe), published=world.at - 10 * DAY)
    works = (Way.DEPOSIT, Way.GUARANTEE, Way.POOL)
    month = _month(world)
    for code, project, deadline, amount in (
        (f"QZGC{month}001-1", "衢州市示例中学改扩建工程施工", _on_day(world, 20), 300_000),
        (
            f"QZGC{month}002-1",
            "衢州市示例大桥维修加固工程施工",
            world.at + timedelta(minutes=20),
            100_000,
        ),
        (f"QZGC{month}003-1", "衢州市示例体育馆屋面工程施工", _on_day(world, -3), 60_000),
        (
            TO_BE_POOLED.format(month=month),
            "衢州市示例污水管网工程施工",
            _on_day(world, 25),
            200_000,
        ),
        (
            TO_BE_FORFEITED.format(month=month),
            "衢州市示例消防站改造工程施工",
            _on_day(world, -20),
            150_000,
        ),
        # Opened, and secured by letters.
        (f"QZGC{month}005-1", "衢州市示例图书馆幕墙工程施工", _on_day(world, -6), 120_000),
        (f"QZGC{month}006-1", "衢州市示例滨江驿站工程施工", _on_day(world, -12), 60_000),
    ):
        _lot(
            world,
            code,
            project,
            _terms(amount, deadline.replace(microsecond=0), works),
            published=deadline - 25 * DAY,
        )
    _lot(
        world,
        f"QZGC{month}004-1",
        "衢州市示例公园景观工程施工",
        _terms(150_000, _on_day(world, 35), works),
        published=None,
    )


def _pools(world: World) -> None:
    """Let one be a member of a pooled deposit, and another wait to be reviewed."""
    keeper = world.actors["operator"]
    added = demo_pools.add_schemes(at=world.at - 50 * DAY, actor=keeper)
    member, applicant = COMPANIES[0], COMPANIES[4]
    at, tier = world.at - 47 * DAY, "二档"
    scheme_id, actor = added[demo_pools.BY_CAP], world.actors[member.key]
    membership_id = demo_pools.apply(scheme_id=scheme_id, tier=tier, at=at, actor=actor)
    joining.approve(membership_id=membership_id, at=at + DAY, actor=keeper)
    demo_pools.pay(
        membership_id=membership_id, from_account=member.account, at=at + 2 * DAY, actor=actor
    )
    demo_pools.apply(
        scheme_id=added[demo_pools.BY_BALANCE],
        tier="一档",
        at=world.at - DAY,
        actor=world.actors[applicant.key],
    )
    _register(world, TO_BE_POOLED.format(month=_month(world)), member.key)


def _default(world: World) -> None:
    """Let the member have revoked a bid, and the agency propose that what is held is not given back."""
    code, bidder = TO_BE_FORFEITED.format(month=_month(world)), world.actors[COMPANIES[0].key]
    agency, lot_id = world.actors["agency"], world.lots[code]
    _register(world, code, COMPANIES[0].key)
    lot = tender_queries.lot(lot_id=lot_id, actor=bidder)
    holding.choose(lot_id=lot_id, at=lot.deadline_at - 4 * DAY, actor=bidder)
    tenders.open_lot(lot_id=lot_id, at=lot.opening_at, actor=agency)
    holding.follow_lots(limit=1, at=lot.opening_at, actor=SYSTEM)
    demo_pools.forfeit(
        lot_id=lot_id,
        grounds=Grounds(
            cause=Cause.BID_REVOKED,
            clause="第三章 投标人须知 3.4.4",
            statement="开标后第二日，投标人来函撤销投标文件，经书面催告仍未改正。",
            payee_account=TENDERERS_ACCOUNT,
            payee_bank=BRANCH,
        ),
        paper=_page("A DEMO LETTER THAT REVOKES A BID"),
        # Since then the bidder could object, whatever holidays there were.
        at=world.at - 18 * DAY,
        bidder=bidder,
        agency=agency,
    )


def _the_past(world: World) -> None:
    """Let bidders register and pay, so that every list has something to show."""
    month = _month(world)
    opened, soon = f"QZGC{month}003-1", f"QZGC{month}002-1"
    for code, keys in (
        (opened, ("jianshe", "yuanlin", "shuili", "luqiao")),
        (soon, ("yuanlin", "shuili")),
    ):
        for key in keys:
            _register(world, code, key)
            _pay(world, code, key)
    _register(world, "QZGQ202511019-1", "luqiao")
    _register(world, TO_BE_GUARANTEED, "jianshe")
    sweeps.collect_files(clock.now())
    sweeps.read_files(clock.now())
    tenders.open_lot(
        lot_id=world.lots[opened],
        at=world.at - 2 * DAY,
        actor=world.actors["agency"],
    )


def _letters(world: World) -> None:
    """Let bidders have letters, of opened lots and of one to come; under one of them is claimed."""
    month = _month(world)
    first, last = f"QZGC{month}006-1", f"QZGC{month}005-1"
    both = ("jianshe", "yuanlin")
    bids = ((first, both), (last, both), (TO_BE_SURRENDERED, ("yuanlin", "shuili")))
    wanted = [_wanted(world, code, key) for code, keys in bids for key in keys]
    demo_letters.issue(wanted)
    for code in (first, last):
        lot = tender_queries.lot(lot_id=world.lots[code], actor=SYSTEM)
        tenders.open_lot(lot_id=lot.id, at=lot.opening_at + DAY, actor=world.actors["agency"])
    guarantees.unseal_letters(world.at)
    tenderer = world.actors["tenderer"]
    claimed = next(
        each
        for each in letters.of_opened_lot(lot_id=world.lots[first], actor=tenderer)
        if each.principal_name == "江山示例园林工程有限公司"
    )
    terms = ClaimTerms(
        cause=Cause.CONTRACT_REFUSED,
        clause="第三章 投标人须知 3.4.4",
        statement="中标通知书发出后三十日内，中标人没有订立合同，经书面催告仍未办理。",
        amount=claimed.amount,
        payee_name=TENDERER,
        payee_account=TENDERERS_ACCOUNT,
        payee_bank=BRANCH,
    )
    demo_letters.demand(
        letter_id=claimed.id,
        terms=terms,
        paper=_page("A DEMO PAGE OF A TENDER FILE"),
        key=world.keys["tenderer"],
        at=world.at - DAY,
        actor=tenderer,
    )


def _wanted(world: World, code: str, key: str) -> demo_letters.Wanted:
    _register(world, code, key)
    lot_id, actor = world.lots[code], world.actors[key]
    lot = tender_queries.lot(lot_id=lot_id, actor=actor)
    at = min(world.at, lot.deadline_at) - 4 * DAY
    # Of the first guarantor, the independent one.
    product = desk.products(at=at, actor=world.actors["rongdan"])[0].product
    company = next(c for c in COMPANIES if c.key == key)
    assert actor.organisation_id
    return demo_letters.Wanted(
        actor,
        actor.organisation_id,
        lot_id,
        product.id,
        world.keys[key],
        company.account,
        at,
    )


def _register(world: World, code: str, key: str) -> None:
    lot_id, actor = world.lots[code], world.actors[key]
    lot = tender_queries.lot(lot_id=lot_id, actor=actor)
    at = min(world.at, lot.deadline_at) - 5 * DAY
    assert actor.person_id
    tenders.choose_contact(lot_id=lot_id, person_id=actor.person_id, at=at, actor=actor)
    file = tender_queries.tender_files(lot_id=lot_id, actor=actor)[0]
    tenders.collect_file(lot_id=lot_id, file_id=file.id, at=at, actor=actor)
    tenders.register(lot_id=lot_id, at=at, actor=actor)


def _pay(world: World, code: str, key: str) -> None:
    lot_id, actor = world.lots[code], world.actors[key]
    lot = tender_queries.lot(lot_id=lot_id, actor=actor)
    paid_at = min(world.at, lot.deadline_at) - 4 * DAY
    choosing.choose(lot_id=lot_id, at=paid_at - timedelta(hours=1), actor=actor)
    standing = deposit_standing.standing(lot_id=lot_id, actor=actor)
    assert standing
    assert standing.sub_account
    company = next(c for c in COMPANIES if c.key == key)
    SandboxBank(settings.SANDBOX_BANK_URL).transfer(
        lot.amount,
        from_account=company.account,
        to_account=standing.sub_account.number,
        key=f"demo-{code}-{key}",
        remark="投标保证金",
        booked_at=paid_at,
    )


def _lot(
    world: World, code: str, project: str, terms: Terms, *, published: datetime | None
) -> None:
    agency, tenderer = world.actors["agency"], world.actors["tenderer"]
    at = (published or world.at) - timedelta(hours=1)
    assert tenderer.organisation_id
    project_id = tenders.draft_project(
        name=project,
        tenderer_id=tenderer.organisation_id,
        agency_id=agency.organisation_id,
        region=code[:2],
        kind=code[2:4],
        at=at,
        actor=agency,
    )
    lot_id = tenders.draft_lot(
        project_id=project_id, name=f"{project} 一标段", terms=terms, code=code, at=at, actor=agency
    )
    world.lots[code] = lot_id
    if published:
        tenders.add_tender_file(
            lot_id=lot_id,
            name=f"{code} 招标文件.pdf",
            media_type="application/pdf",
            content=_page(f"{code} - DEMO TENDER FILE, NOT A REAL TENDER"),
            at=at,
            actor=agency,
        )
        tenders.publish(lot_id=lot_id, at=published, actor=agency)


def _terms(amount_yuan: int, deadline: datetime, ways: tuple[Way, ...]) -> Terms:
    return Terms(
        estimate=Money.yuan(amount_yuan * 100),
        amount=Money.yuan(amount_yuan),
        ways=ways,
        deadline_at=deadline,
        payment_deadline_at=deadline,
        opening_at=deadline,
        validity_days=90,
    )


def _month(world: World) -> str:
    return f"{world.at.astimezone(SHANGHAI):%Y%m}"


def _on_day(world: World, days: int) -> datetime:
    day = (world.at.astimezone(SHANGHAI) + days * DAY).date()
    return datetime.combine(day, time(9, 30), SHANGHAI)


def _enrol(world: World, name: str, role: Role, *, code: str = "") -> UUID:
    return parties.enrol(
        name=name,
        uscc=code or next(world.codes),
        role=role,
        is_demo=True,
        at=world.at - 90 * DAY,
        actor=SYSTEM,
    )


def _person(world: World, someone: Someone, organisation_id: UUID) -> UUID:
    person_id = parties.add_person(
        organisation_id=organisation_id,
        username=someone.username,
        password=someone.password,
        name=someone.person,
        phone="0570-0000000",
        is_manager=True,
        at=world.at - 90 * DAY,
        actor=SYSTEM,
    )
    world.people.append(someone)
    world.actors[someone.username] = Actor(
        someone.person, Role(someone.role), person_id, organisation_id
    )
    return person_id


def _codes() -> Iterator[str]:
    # 9133 0800 MADEMO…: of Zhejiang's form, and nobody's.
    for number in range(1, 1000):
        yield uscc.with_check(f"91330800MADEM{number:04d}")


def _page(words: str) -> bytes:
    """Return a one-page PDF that says what it is."""
    text = f"({words}) Tj".encode()
    stream = b"BT /F1 14 Tf 60 760 Td " + text + b" ET"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R>>>>>>"
        ),
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    pdf, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        pdf
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(pdf)
    )
