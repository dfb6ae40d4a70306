"""The demo's pooled deposits: schemes, and how a bidder becomes a member. All of it is fiction."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.uploads import Upload
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import forfeiting, joining, schemes
from biaobao.domain.pools.types import Coverage, Grounds, Terms, Tier
from biaobao.jobs import demo_bank

BY_CAP, BY_BALANCE = "衢州示例联保金", "衢州示例共用联保金"
SCHEMES = {
    BY_CAP: (
        Coverage.PER_BID_CAP,
        Terms(
            regions=("QZ",),
            kinds=("GC",),
            floor=Money.yuan(100_000),
            parallel_max=None,
            term_months=12,
            renewal_days=30,
            top_up_days=10,
            cooling_days=30,
            tiers=(
                Tier("一档", Money.yuan(200_000), Money.yuan(200_000)),
                Tier("二档", Money.yuan(500_000), Money.yuan(500_000)),
                Tier("三档", Money.yuan(800_000), Money.yuan(800_000)),
            ),
        ),
    ),
    BY_BALANCE: (
        Coverage.POOL_BALANCE,
        Terms(
            regions=("QZ", "KC", "QJ"),
            kinds=("GC",),
            floor=Money.yuan(0),
            parallel_max=5,
            term_months=12,
            renewal_days=30,
            top_up_days=10,
            cooling_days=30,
            tiers=(
                Tier("一档", Money.yuan(300_000), Money.yuan(300_000)),
                Tier("二档", Money.yuan(600_000), Money.yuan(600_000)),
            ),
        ),
    ),
}


def add_schemes(*, at: datetime, actor: Actor) -> dict[str, UUID]:
    """Add the schemes with their terms; return their ids by name."""
    added = {}
    for name, (coverage, terms) in SCHEMES.items():
        scheme_id = schemes.add_scheme(name=name, coverage=coverage, at=at, actor=actor)
        schemes.add_terms(
            scheme_id=scheme_id, valid_from=day_of(at), terms=terms, at=at, actor=actor
        )
        added[name] = scheme_id
    return added


def apply(*, scheme_id: UUID, tier: str, at: datetime, actor: Actor) -> UUID:
    return joining.apply(
        scheme_id=scheme_id, tier=tier, consents_to_share=False, at=at, actor=actor
    )


def pay(*, membership_id: UUID, from_account: str, at: datetime, actor: Actor) -> None:
    """Let an approved member pay in what is asked of it, and its bank be heard."""
    desk = queries.desk(membership_id=membership_id, actor=actor)
    assert desk.account
    SandboxBank(settings.SANDBOX_BANK_URL).transfer(
        desk.membership.missing,
        from_account=from_account,
        to_account=desk.account.number,
        key=f"demo-pool-{membership_id}",
        remark="联保金",
        booked_at=at,
    )
    demo_bank.hear(at=at)


def forfeit(
    *, lot_id: UUID, grounds: Grounds, paper: bytes, at: datetime, bidder: Actor, agency: Actor
) -> None:
    """Propose that what is held for an opened lot is not given back, and let its bidder object."""
    hold = queries.hold(lot_id=lot_id, actor=bidder)
    assert hold
    forfeiture_id = forfeiting.propose(
        hold_id=hold.id,
        grounds=grounds,
        papers=(Upload("撤销投标文件的函.pdf", "application/pdf", paper),),
        at=at,
        actor=agency,
    )
    forfeiting.object_to(
        forfeiture_id=forfeiture_id,
        words="来函是询问工期能否调整，没有撤销投标文件的意思。",
        at=at + timedelta(days=2),
        actor=bidder,
    )
