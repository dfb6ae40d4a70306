"""The demo's guarantors, what they offer, their seals, and what bidders told them. All of it is fiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from biaobao.adapters.signing import keys
from biaobao.adapters.signing.sandbox_ca.authority import Request
from biaobao.adapters.signing.sandbox_ca.remote import SandboxAuthorityAt
from biaobao.core import residents, uscc
from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.uploads import Upload
from biaobao.domain.documents.types import Form, Paper
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.types import (
    GuarantorTerms,
    Hours,
    IssuerClass,
    PriceTerms,
    ProductTerms,
    Tier,
)
from biaobao.domain.parties import actions as parties
from biaobao.domain.parties.types import InvoiceData, ProfileTerms, ScanKind

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SEAL_PASSWORD = "demo-seal"  # noqa: S105 - of a file that lives for a moment


@dataclass(frozen=True, slots=True)
class Offered:
    """A product of the demo and what it costs."""

    terms: ProductTerms
    price: PriceTerms


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody at a guarantor's desk."""

    person: str
    username: str
    note: str


@dataclass(frozen=True, slots=True)
class House:
    """A guarantor of the demo, and who sits at its desk."""

    terms: GuarantorTerms
    products: tuple[Offered, ...]
    seated: Seated

    @property
    def account(self) -> str:
        """Its account at the sandbox bank, from which it pays claims."""
        return f"3305000000000{self.terms.phone[-4:]}8"


def _house(
    issuer: IssuerClass,
    name: str,
    code: str,
    address: str,
    limit: int,
    seated: Seated,
    *products: Offered,
) -> House:
    terms = GuarantorTerms(
        name=name,
        uscc=uscc.with_check(f"91330800MADEG{code}"),
        issuer_class=issuer,
        address=address,
        postcode="324000",
        phone=f"0570-000{code}",
        licence_until=None,
        limit=Money.yuan(limit),
        principal_limit=Money.yuan(limit // 10),
        lot_limit=Money.yuan(limit // 5),
    )
    return House(terms, products, seated)


def _independent(name: str, text: str, lead: timedelta, hours: Hours | None) -> ProductTerms:
    return ProductTerms(
        name, Form.INDEPENDENT, Paper.LETTER, text, lead, hours, 30, 5, needs_person=False
    )


# Prices: 0.5 % and at least ¥300; in tiers; a flat small one with a person's look.
HOUSES = (
    _house(
        IssuerClass.GUARANTEE_COMPANY,
        "衢州融担（示例）有限公司",
        "0001",
        "衢州市柯城区示例路1号",
        20_000_000,
        Seated("郎示例", "rongdan", "出函机构：担保公司"),
        Offered(
            _independent("投标保函（见索即付）", "MOHURD-INDEPENDENT", 10 * MINUTE, None),
            PriceTerms((Tier(Money(0), 5_000),), Money.yuan(300)),
        ),
        Offered(
            ProductTerms(
                "投标保函（连带责任）",
                Form.ACCESSORY,
                Paper.LETTER,
                "MOHURD-ACCESSORY",
                10 * MINUTE,
                None,
                30,
                10,
                needs_person=False,
            ),
            PriceTerms((Tier(Money(0), 4_000),), Money.yuan(200)),
        ),
    ),
    _house(
        IssuerClass.BANK,
        "标保示范银行衢州分行",
        "0002",
        "衢州市柯城区示例路2号",
        50_000_000,
        Seated("鲁示例", "yinhang", "出函机构：银行"),
        Offered(
            _independent(
                "银行投标保函", "MOHURD-INDEPENDENT", 30 * MINUTE, Hours(time(9), time(16, 30))
            ),
            PriceTerms(
                (Tier(Money(0), 6_000), Tier(Money.yuan(100_000), 3_000)),
                Money.yuan(400),
            ),
        ),
    ),
    _house(
        IssuerClass.INSURER,
        "衢州示例财产保险股份有限公司",
        "0003",
        "衢州市柯城区示例路3号",
        30_000_000,
        Seated("韦示例", "baoxian", "出函机构：保险公司，逐笔审核"),
        Offered(
            ProductTerms(
                "投标保证保险（人工审核）",
                Form.INDEPENDENT,
                Paper.POLICY,
                "INSURANCE",
                60 * MINUTE,
                None,
                30,
                10,
                needs_person=True,
            ),
            PriceTerms((Tier(Money(0), 3_500),), Money.yuan(150)),
        ),
    ),
)


def add_guarantors(
    authority: SandboxAuthorityAt, *, at: datetime, past_days: int
) -> tuple[UUID, ...]:
    """Take the demo's guarantors in, with products, prices since a month ago, and seals."""
    return tuple(
        _add_guarantor(house, authority, at=at - 30 * DAY, past_days=past_days) for house in HOUSES
    )


def _add_guarantor(
    house: House, authority: SandboxAuthorityAt, *, at: datetime, past_days: int
) -> UUID:
    guarantor_id = catalogue.add_guarantor(terms=house.terms, is_demo=True, at=at, actor=SYSTEM)
    for offered in house.products:
        product_id = catalogue.add_product(
            guarantor_id=guarantor_id, terms=offered.terms, at=at, actor=SYSTEM
        )
        catalogue.add_price(
            product_id=product_id,
            terms=offered.price,
            valid_from=at,
            at=at,
            actor=SYSTEM,
        )
    make_seal(authority, house.terms.name, house.terms.uscc, past_days=past_days)
    return guarantor_id


def make_seal(authority: SandboxAuthorityAt, name: str, code: str, *, past_days: int = 0) -> None:
    """Have a seal certified, and keep it with its picture where letters are sealed."""
    issued = authority.issue(Request(name, code, "电子印章", SEAL_PASSWORD, past_days=past_days))
    folder = Path(settings.SEALS)
    keys.keep(folder / f"{code}.pem", issued.pkcs12, SEAL_PASSWORD)
    (folder / f"{code}.svg").write_text(_picture(name))


def tell_profile(bidder: Actor, *, number: int, at: datetime) -> None:
    """Let a bidder tell all that guarantors want to know, but for the scans of its papers."""
    assert bidder.organisation_id
    person = residents.with_check(f"330801198001010{number:02d}")
    terms = ProfileTerms(
        legal_name=bidder.name,
        legal_id_number=person,
        legal_phone="0570-0000000",
        address=f"衢州市柯城区示例路{number}号",
        email=f"office{number}@example.com",
        licence_until=None,
        invoice=InvoiceData(email=f"finance{number}@example.com"),
    )
    parties.keep_profile(organisation_id=bidder.organisation_id, terms=terms, at=at, actor=bidder)
    parties.add_handler(
        organisation_id=bidder.organisation_id,
        name=bidder.name,
        id_number=person,
        phone="0570-0000000",
        at=at,
        actor=bidder,
    )


def keep_scans(bidder: Actor, kinds: tuple[ScanKind, ...], scan: bytes, *, at: datetime) -> None:
    """Let a bidder keep one and the same picture as the scans of several papers."""
    assert bidder.organisation_id
    for kind in kinds:
        parties.keep_scan(
            organisation_id=bidder.organisation_id,
            kind=kind,
            scan=Upload(f"{kind.lower()}.pdf", "application/pdf", scan),
            at=at,
            actor=bidder,
        )


def _picture(name: str) -> str:
    """Return the picture of a round seal: the name along its upper edge, a star within."""
    step = min(24, 250 / len(name))
    first = -step * (len(name) - 1) / 2
    letters = "".join(
        f'<text x="100" y="34" transform="rotate({first + step * place:.1f} 100 100)">{letter}</text>'
        for place, letter in enumerate(name)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
        '<circle cx="100" cy="100" r="96" fill="none" stroke="#c00" stroke-width="5"/>'
        '<path fill="#c00" d="M100 66l8 24h25l-20 15 8 24-21-15-21 15 8-24-20-15h25z"/>'
        '<g font-family="Noto Sans SC" font-size="18" fill="#c00" text-anchor="middle">'
        f"{letters}"
        '<text x="100" y="162">电子印章</text></g></svg>'
    )
