"""Organisations, people and accounts for tests, made by the real actions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from biaobao.core import residents
from biaobao.core import uscc as codes
from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.uploads import Upload
from biaobao.domain.parties import actions, queries
from biaobao.domain.parties.types import (
    BasicAccount,
    InvoiceData,
    Organisation,
    Person,
    ProfileTerms,
    ScanKind,
)

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DEMO_PASSWORD = "biaobao-demo-2026"

_numbers = count(1)


def credit_code() -> str:
    """Return a valid credit code that no other test of this process has."""
    return codes.with_check(f"91330800MA{next(_numbers):07d}")


def organisation(
    *, name: str = "", role: Role = Role.BIDDER, uscc: str | None = None
) -> Organisation:
    code = uscc or credit_code()
    organisation_id = actions.enrol(
        name=name or f"衢州第{next(_numbers)}建设有限公司",
        uscc=code,
        role=role,
        at=AT,
        actor=SYSTEM,
    )
    return queries.organisation(organisation_id=organisation_id, actor=SYSTEM)


def person(
    organisation: Organisation,
    *,
    name: str = "王建国",
    manager: bool = True,
    username: str | None = None,
    password: str = DEMO_PASSWORD,
) -> Person:
    person_id = actions.add_person(
        organisation_id=organisation.id,
        username=username or f"person-{next(_numbers)}",
        password=password,
        name=name,
        phone="0570-3811136",
        is_manager=manager,
        at=AT,
        actor=SYSTEM,
    )
    return person_of(organisation, person_id)


def person_of(organisation: Organisation, person_id: UUID) -> Person:
    members = queries.members(organisation_id=organisation.id, actor=SYSTEM)
    return next(each for each in members if each.id == person_id)


def as_actor(organisation: Organisation, person: Person) -> Actor:
    return Actor(person.name, organisation.role, person.id, organisation.id)


def actor(organisation: Organisation) -> Actor:
    """Return somebody of the organisation, its manager if it has none yet."""
    members = queries.members(organisation_id=organisation.id, actor=SYSTEM)
    return as_actor(organisation, members[0] if members else person(organisation))


def basic_account(
    organisation: Organisation,
    *,
    number: str = "33050168620800000123",
    account_name: str = "",
    bank_name: str = "中国建设银行衢州分行",
    confirmed: bool = True,
) -> BasicAccount:
    actions.tell_basic_account(
        organisation_id=organisation.id,
        account_name=account_name or organisation.name,
        number=number,
        bank_name=bank_name,
        at=AT,
        actor=actor(organisation),
    )
    if confirmed:
        actions.confirm_basic_account(organisation_id=organisation.id, at=AT, actor=operator())
    account = queries.basic_account(organisation_id=organisation.id, actor=SYSTEM)
    assert account is not None
    return account


def bidder(
    *,
    name: str = "",
    account: str | None = "33050168620800000123",
    account_name: str = "",
    confirmed: bool = True,
) -> Actor:
    """Return somebody of a new bidder, with a basic account unless its number is None."""
    bidding = organisation(name=name)
    acting = actor(bidding)
    if account is not None:
        basic_account(bidding, number=account, account_name=account_name, confirmed=confirmed)
    return acting


def tell_account(bidder: Actor, number: str, *, at: datetime) -> None:
    """Let the bidder tell another basic account, and an operator confirm it at once."""
    assert bidder.organisation_id
    account = queries.basic_account(organisation_id=bidder.organisation_id, actor=bidder)
    assert account is not None
    actions.tell_basic_account(
        organisation_id=bidder.organisation_id,
        account_name=account.account_name,
        number=number,
        bank_name=account.bank_name,
        at=at,
        actor=bidder,
    )
    told = queries.basic_account(organisation_id=bidder.organisation_id, actor=bidder)
    assert told is not None
    actions.confirm_basic_account(
        organisation_id=bidder.organisation_id, seen=told.changed_at, at=at, actor=operator()
    )


def resident_number() -> str:
    """Return a valid resident number that no other test of this process has."""
    return residents.with_check(f"11010119800101{next(_numbers) % 1000:03d}")


def profile_terms(**changes: Any) -> ProfileTerms:
    values: dict[str, Any] = {
        "legal_name": "王建国",
        "legal_id_number": "110101198001011013",
        "legal_phone": "0570-3811136",
        "address": "衢州市柯城区示例路9号",
        "email": "office@example.com",
        "licence_until": None,
        "invoice": InvoiceData(email="finance@example.com"),
    }
    return ProfileTerms(**(values | changes))


def scan(bidder: Actor, kind: ScanKind, *, content: bytes = b"%PDF-1.7 a scan") -> str:
    assert bidder.organisation_id
    media_type = "application/pdf" if content.startswith(b"%PDF") else "image/png"
    return actions.keep_scan(
        organisation_id=bidder.organisation_id,
        kind=kind,
        scan=Upload("扫描件", media_type, content),
        at=AT,
        actor=bidder,
    )


def handler(
    bidder: Actor, *, name: str = "", id_number: str | None = None, phone: str = "0570-3811136"
) -> UUID:
    assert bidder.organisation_id
    return actions.add_handler(
        organisation_id=bidder.organisation_id,
        name=name or bidder.name,
        id_number=resident_number() if id_number is None else id_number,
        phone=phone,
        at=AT,
        actor=bidder,
    )


def profile(bidder: Actor, **changes: Any) -> None:
    """Let a bidder tell all that guarantors want to know."""
    assert bidder.organisation_id
    actions.keep_profile(
        organisation_id=bidder.organisation_id,
        terms=profile_terms(**changes),
        at=AT,
        actor=bidder,
    )
    for kind in ScanKind:
        scan(bidder, kind)
    handler(bidder)


def confirm_account(bidder: Actor) -> None:
    assert bidder.organisation_id
    actions.confirm_basic_account(
        organisation_id=bidder.organisation_id, at=AT + timedelta(minutes=5), actor=operator()
    )


def tenderer(*, name: str = "衢州示例城建投资有限公司") -> Actor:
    return actor(organisation(name=name, role=Role.TENDERER))


def agency(*, name: str = "衢州知衡招标代理有限公司（示例）") -> Actor:
    return actor(organisation(name=name, role=Role.AGENCY))


def operator(*, name: str = "衢州市阳光交易服务平台") -> Actor:
    return actor(organisation(name=name, role=Role.OPERATOR))


def supervisor(*, name: str = "衢州市公共资源交易监督管理办公室") -> Actor:
    return actor(organisation(name=name, role=Role.SUPERVISOR))
