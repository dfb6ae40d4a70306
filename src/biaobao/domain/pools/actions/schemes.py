"""Keeping schemes (联保金方案): what they are called, how they cover, and their dated terms."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.refusal import NotFound, Refused, refuse, require
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Scheme, SchemeTerms, Tier
from biaobao.domain.pools.types import Coverage, Terms
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def add_scheme(*, name: str, coverage: Coverage, at: datetime, actor: Actor) -> UUID:
    """Add a scheme and return its id; it can be joined once it has terms.

    :raises Refused: NAME_MISSING or POOL_NAME_TAKEN.
    """
    require(rules.may_keep_schemes(actor), "add schemes")
    if not name.strip():
        raise refuse("NAME_MISSING", field="name")
    row, is_new = Scheme.objects.get_or_create(
        name=name.strip(), defaults={"coverage": coverage, "added_at": at}
    )
    if not is_new:
        raise refuse("POOL_NAME_TAKEN", field="name", name=row.name)
    told = {"name": row.name, "coverage": str(coverage)}
    log.record(log.Event("scheme.added", f"scheme:{row.pk}", facts=told), at=at, actor=actor)
    return row.pk


@action
def add_terms(
    *, scheme_id: UUID, valid_from: date, terms: Terms, at: datetime, actor: Actor
) -> UUID:
    """Add terms that hold for those who join or renew from a day on; return their id.

    Who is a member keeps those that it has, until it renews.

    :raises NotFound: if there is no such scheme.
    :raises Refused: POOL_TERMS_BACKDATED, POOL_TERMS_TAKEN, or what is wrong with the terms.
    """
    require(rules.may_keep_schemes(actor), "add terms")
    scheme = Scheme.objects.select_for_update().filter(pk=scheme_id).first()
    if scheme is None:
        raise NotFound(f"scheme {scheme_id}")
    coverage, today = Coverage(scheme.coverage), day_of(at)
    objections = list(
        rules.objections_to_terms(terms, coverage, valid_from=valid_from, today=today)
    )
    regions, kinds = tenders.regions(actor=actor), tenders.kinds(actor=actor)
    for code in set(terms.regions) - {each.code for each in regions}:
        objections += refuse("REGION_UNKNOWN", field="regions", region=code).objections
    for code in set(terms.kinds) - {each.code for each in kinds}:
        objections += refuse("KIND_UNKNOWN", field="kinds", kind=code).objections
    if objections:
        raise Refused(*objections)
    if SchemeTerms.objects.filter(scheme=scheme, valid_from=valid_from).exists():
        raise refuse("POOL_TERMS_TAKEN", field="valid_from", valid_from=valid_from.isoformat())
    row = SchemeTerms.objects.create(
        scheme=scheme,
        valid_from=valid_from,
        regions=sorted(set(terms.regions)),
        kinds=sorted(set(terms.kinds)),
        floor_fen=terms.floor.fen,
        parallel_max=terms.parallel_max,
        term_months=terms.term_months,
        renewal_days=terms.renewal_days,
        top_up_days=terms.top_up_days,
        cooling_days=terms.cooling_days,
        added_at=at,
    )
    Tier.objects.bulk_create(
        Tier(
            terms=row,
            name=tier.name,
            contribution_fen=tier.contribution.fen,
            cap_fen=tier.cap.fen,
        )
        for tier in terms.tiers
    )
    told = {"valid_from": valid_from.isoformat()}
    event = log.Event("scheme.terms-added", f"scheme:{scheme.pk}", facts=told)
    log.record(event, at=at, actor=actor)
    return row.pk
