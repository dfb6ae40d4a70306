"""What may be published, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from biaobao.core.actor import Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.tenders import rules
from biaobao.domain.tenders.types import Policy, PolicyTerms, Way
from tests.given.tenders import terms

DEADLINE = datetime(2026, 6, 8, 6, 30, tzinfo=UTC)
PUBLISHED = datetime(2026, 5, 19, 1, 0, tzinfo=UTC)

POLICY = PolicyTerms(
    ways=(Way.DEPOSIT, Way.GUARANTEE, Way.POOL),
    cap_ppm=20_000,
    cap=Money.yuan(800_000),
    statutory=True,
    basic_account_only=True,
    accumulate=True,
    validity_days=90,
    min_notice_days=20,
    citation="ways",
    share_citation="share",
    cap_citation="cap",
    notice_citation="notice",
)


def objections(*, policy=POLICY, files=1, at=PUBLISHED, **changes):
    checks = rules.publication_checks(terms(**changes), policy, files=files, at=at)
    return rules.objections(checks)


def test_terms_within_the_policy_pass_every_check():
    assert objections() == ()


def test_exactly_two_percent_and_exactly_the_cap_pass():
    assert objections(estimate=Money.yuan(40_000_000), amount=Money.yuan(800_000)) == ()


@pytest.mark.parametrize(
    ("changes", "code", "field", "citation"),
    [
        (
            {"estimate": Money(249_999_999), "amount": Money(5_000_000)},
            "SECURITY_ABOVE_SHARE",
            "amount",
            "share",
        ),
        (
            {"estimate": Money.yuan(90_000_000), "amount": Money(80_000_001)},
            "SECURITY_ABOVE_CAP",
            "amount",
            "cap",
        ),
        ({"ways": (Way.DEPOSIT,)}, "CASH_ONLY", "ways", rules.NON_CASH_TOO),
        ({"ways": (Way.DEPOSIT, Way.POOL)}, "CASH_ONLY", "ways", rules.NON_CASH_TOO),
        ({"ways": ()}, "CASH_ONLY", "ways", rules.NON_CASH_TOO),
        ({"guarantors": ("衢州融担",)}, "ONE_GUARANTOR", "guarantors", rules.ANY_GUARANTOR),
        (
            {"payment_deadline_at": DEADLINE - timedelta(seconds=1)},
            "PAYMENT_BEFORE_DEADLINE",
            "payment_deadline_at",
            rules.ONE_DEADLINE,
        ),
        (
            {"payment_deadline_at": DEADLINE + timedelta(seconds=1)},
            "PAYMENT_AFTER_DEADLINE",
            "payment_deadline_at",
            rules.ONE_DEADLINE,
        ),
        (
            {"opening_at": DEADLINE - timedelta(seconds=1)},
            "OPENING_BEFORE_DEADLINE",
            "opening_at",
            "",
        ),
        ({"at": PUBLISHED + timedelta(days=1)}, "DEADLINE_TOO_SOON", "deadline_at", "notice"),
        ({"files": 0}, "NO_TENDER_FILE", "file", ""),
    ],
)
def test_each_broken_rule_is_the_one_objection(changes, code, field, citation):
    found = objections(**changes)

    assert [(each.code, each.field, each.citation) for each in found] == [(code, field, citation)]


def test_a_way_that_the_policy_does_not_open_is_named():
    county = PolicyTerms(**{**_fields(POLICY), "ways": (Way.DEPOSIT, Way.GUARANTEE)})

    found = objections(policy=county, ways=(Way.GUARANTEE, Way.POOL))

    assert found == (
        Objection(
            "WAY_NOT_OPEN_HERE",
            "ways",
            {"closed": "POOL", "open": "DEPOSIT,GUARANTEE"},
            "ways",
        ),
    )


def test_all_broken_rules_are_told_at_once():
    found = objections(
        amount=Money.yuan(900_000),
        estimate=Money.yuan(1_000_000),
        ways=(Way.DEPOSIT,),
        guarantors=("衢州融担",),
        payment_deadline_at=DEADLINE - timedelta(days=1),
        opening_at=DEADLINE - timedelta(hours=1),
        at=DEADLINE - timedelta(days=2),
        files=0,
    )

    assert [each.code for each in found] == [
        "SECURITY_ABOVE_SHARE",
        "SECURITY_ABOVE_CAP",
        "CASH_ONLY",
        "ONE_GUARANTOR",
        "PAYMENT_BEFORE_DEADLINE",
        "OPENING_BEFORE_DEADLINE",
        "DEADLINE_TOO_SOON",
        "NO_TENDER_FILE",
    ]


def test_without_a_policy_nothing_can_be_judged():
    assert objections(policy=None) == (Objection("NO_POLICY"),)


def test_where_no_way_is_open_no_security_may_be_asked_for():
    none = PolicyTerms(**{**_fields(POLICY), "ways": ()})

    assert objections(policy=none, ways=()) == (Objection("SECURITY_NOT_ALLOWED", citation="ways"),)


def test_the_share_is_compared_with_both_values():
    found = objections(estimate=Money.yuan(1_000_000), amount=Money.yuan(20_001))

    assert found[0].facts == {
        "amount": "¥20,001.00",
        "estimate": "¥1,000,000.00",
        "share": "2 %",
        "highest": "¥20,000.00",
    }


@pytest.mark.parametrize(
    ("published_at", "codes"),
    [
        # 23:59:59 and 00:00:00 in Shanghai: the day of publication is not counted.
        (datetime(2026, 5, 19, 15, 59, 59, tzinfo=UTC), []),
        (datetime(2026, 5, 19, 16, 0, tzinfo=UTC), ["DEADLINE_TOO_SOON"]),
    ],
)
def test_days_of_notice_are_counted_in_shanghai(published_at, codes):
    assert [each.code for each in objections(at=published_at)] == codes


def test_a_deadline_gone_by_is_too_soon_even_without_days_of_notice():
    none = PolicyTerms(**{**_fields(POLICY), "min_notice_days": 0})

    assert objections(policy=none, at=DEADLINE - timedelta(seconds=1)) == ()
    assert [each.code for each in objections(policy=none, at=DEADLINE)] == ["DEADLINE_TOO_SOON"]


@pytest.mark.parametrize(
    ("estimate", "highest"),
    [
        (Money.yuan(1_000_000), Money.yuan(20_000)),
        (Money(149), Money(2)),
        (Money.yuan(40_000_000), Money.yuan(800_000)),
        (Money.yuan(40_000_001), Money.yuan(800_000)),
    ],
)
def test_the_highest_security_is_the_share_up_to_the_cap(estimate, highest):
    assert rules.highest_security(estimate, POLICY) == highest


def row(region="", valid_from=date(2020, 1, 1), valid_until=None):
    return Policy(uuid4(), region, "", "GC", "", valid_from, valid_until, POLICY)


def test_a_regions_own_policy_goes_before_the_general_one():
    own, general = row("QZ"), row("", date(2025, 1, 1))

    assert rules.in_force([own, general], region="QZ", on=date(2026, 1, 1)) == own
    assert rules.in_force([own, general], region="KC", on=date(2026, 1, 1)) == general


def test_a_policy_holds_from_its_first_day_to_its_last():
    early, later = row(valid_until=date(2026, 1, 31)), row(valid_from=date(2026, 1, 15))

    on = [date(2019, 12, 31), date(2020, 1, 1), date(2026, 1, 14), date(2026, 1, 15)]
    assert [rules.in_force([early, later], region="QZ", on=day) for day in on] == [
        None,
        early,
        early,
        later,
    ]
    assert rules.in_force([early], region="QZ", on=date(2026, 2, 1)) is None


TENDERER, AGENCY = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("role", "organisation", "allowed"),
    [
        (Role.TENDERER, TENDERER, True),
        (Role.AGENCY, AGENCY, True),
        (Role.TENDERER, AGENCY, False),
        (Role.AGENCY, TENDERER, False),
        (Role.TENDERER, uuid4(), False),
        (Role.BIDDER, TENDERER, False),
        (Role.OPERATOR, AGENCY, False),
        (Role.SUPERVISOR, AGENCY, False),
        (Role.AGENCY, None, False),
    ],
)
def test_only_its_tenderer_and_its_agency_run_a_project(role, organisation, allowed):
    actor = Actor("somebody", role, organisation_id=organisation)

    assert rules.may_keep(actor, tenderer_id=TENDERER, agency_id=AGENCY) is allowed


def test_a_project_without_an_agency_is_run_by_no_agency():
    actor = Actor("somebody", Role.AGENCY, organisation_id=None)

    assert rules.may_keep(actor, tenderer_id=TENDERER, agency_id=None) is False


@pytest.mark.parametrize(
    ("code", "objection"),
    [
        ("QZGQ202511019-1", None),
        ("QZGQ202511019-12", None),
        ("QZGQ202511019", "CODE_MALFORMED"),
        ("QZGQ202511019-0", "CODE_MALFORMED"),
        ("qzgq202511019-1", "CODE_MALFORMED"),
        ("QZGQ20251119-1", "CODE_MALFORMED"),
        ("QZGQ202513019-1", "CODE_MALFORMED"),
        ("JSGQ202511002-1", "CODE_OF_ANOTHER_KIND"),
        ("QZGC202511002-1", "CODE_OF_ANOTHER_KIND"),
    ],
)
def test_codes_have_the_form_of_the_manuals_and_the_letters_of_the_project(code, objection):
    found = rules.objection_to_code(code, region="QZ", kind="GQ")

    assert (found.code if found else None) == objection


@pytest.mark.parametrize(
    ("own", "taken", "code"),
    [
        ([], [], "QZGQ202511001-1"),
        ([], ["QZGQ202511019-1", "QZGQ202511020-1"], "QZGQ202511021-1"),
        (["QZGQ202511019-1"], ["QZGQ202511019-1", "QZGQ202511020-1"], "QZGQ202511019-2"),
        (["QZGQ202510003-1"], ["QZGQ202511020-1"], "QZGQ202511021-1"),
        (
            ["QZGQ202511019-9", "QZGQ202511019-10"],
            ["QZGQ202511019-9", "QZGQ202511019-10"],
            "QZGQ202511019-11",
        ),
        ([], ["QZGQ202511999-1"], None),
    ],
)
def test_the_next_code_goes_on_with_the_projects_number(own, taken, code):
    assert rules.next_code("QZGQ202511", own=own, taken=taken) == code


def test_a_series_takes_its_month_from_shanghai():
    last_hour_of_october = datetime(2025, 10, 31, 16, 0, tzinfo=UTC)

    assert rules.series_of(region="QZ", kind="GQ", at=last_hour_of_october) == "QZGQ202511"


LATER = timedelta(days=3)


@pytest.mark.parametrize(
    ("deadline_at", "opening_at", "code"),
    [
        (DEADLINE + LATER, DEADLINE + LATER, None),
        (DEADLINE, DEADLINE + LATER, None),
        (DEADLINE, DEADLINE, "NOT_POSTPONED"),
        (DEADLINE - LATER, DEADLINE + LATER, "POSTPONED_TO_EARLIER"),
        (DEADLINE + LATER, DEADLINE, "OPENING_BEFORE_DEADLINE"),
    ],
)
def test_clocks_only_move_to_later(deadline_at, opening_at, code):
    found = rules.objection_to_postponing(
        deadline_at=deadline_at, opening_at=opening_at, stands=(DEADLINE, DEADLINE), at=DEADLINE
    )

    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("deadline_at", "code"),
    [
        (DEADLINE + timedelta(minutes=1), "POSTPONED_INTO_THE_PAST"),
        (DEADLINE + timedelta(hours=1), None),
        (DEADLINE, None),
    ],
)
def test_a_deadline_that_is_over_moves_to_the_future_or_not_at_all(deadline_at, code):
    found = rules.objection_to_postponing(
        deadline_at=deadline_at,
        opening_at=DEADLINE + LATER,
        stands=(DEADLINE, DEADLINE + timedelta(hours=2)),
        at=DEADLINE + timedelta(hours=1),
    )

    assert (found.code if found else None) == code


def test_an_opening_may_not_come_nearer_either():
    found = rules.objection_to_postponing(
        deadline_at=DEADLINE + LATER,
        opening_at=DEADLINE + LATER,
        stands=(DEADLINE, DEADLINE + 2 * LATER),
        at=DEADLINE,
    )

    assert found is not None
    assert (found.code, found.field) == ("POSTPONED_TO_EARLIER", "opening_at")


PDF, ZIP, OLE = b"%PDF-1.7", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"


@pytest.mark.parametrize(
    ("name", "content", "media_type", "code"),
    [
        ("招标文件.pdf", PDF, "application/pdf", None),
        ("招标文件.PDF", PDF, "", None),
        ("招标文件.docx", ZIP, "application/wps-writer", None),
        ("招标文件.doc", OLE, "application/msword", None),
        ("清单.xls", OLE, "application/vnd.ms-excel", None),
        ("图纸.zip", ZIP, "application/x-zip-compressed", None),
        ("招标文件.pdf", ZIP, "application/pdf", "FILE_IS_NOT_WHAT_IT_SAYS"),
        ("招标文件.pdf", b"", "application/pdf", "FILE_IS_NOT_WHAT_IT_SAYS"),
        ("招标文件.pdf", PDF, "application/zip", "FILE_KIND_NOT_ALLOWED"),
        ("招标文件.exe", b"MZ", "application/pdf", "FILE_KIND_NOT_ALLOWED"),
        ("招标文件", PDF, "application/pdf", "FILE_KIND_NOT_ALLOWED"),
        ("../招标文件.pdf", PDF, "application/pdf", "FILE_KIND_NOT_ALLOWED"),
        ("招标\n文件.pdf", PDF, "application/pdf", "FILE_KIND_NOT_ALLOWED"),
        (f"{'长' * 150}.pdf", PDF, "application/pdf", "FILE_KIND_NOT_ALLOWED"),
        ("招标文件.pdf", PDF + bytes(rules.FILE_SIZE_MAX), "application/pdf", "FILE_TOO_LARGE"),
    ],
)
def test_a_tender_file_is_what_its_name_says(name, content, media_type, code):
    found = rules.objection_to_file(name, media_type=media_type, content=content)

    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("ppm", "read"), [(20_000, "2 %"), (15_000, "1.5 %"), (1, "0.0001 %"), (1_000_000, "100 %")]
)
def test_shares_are_read_as_percent(ppm, read):
    assert rules.percent(ppm) == read


TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("changes", "days", "code"),
    [
        ({}, (TODAY, None), None),
        ({}, (TODAY, TODAY), None),
        ({}, (TODAY - timedelta(days=1), None), "POLICY_BACKDATED"),
        ({}, (TODAY, TODAY - timedelta(days=1)), "POLICY_ENDS_BEFORE_IT_BEGINS"),
        ({"citation": " "}, (TODAY, None), "TEXT_MISSING"),
        ({"cap_ppm": 0}, (TODAY, None), "SHARE_NOT_A_SHARE"),
        ({"cap_ppm": 1_000_001}, (TODAY, None), "SHARE_NOT_A_SHARE"),
        ({"cap": Money(0)}, (TODAY, None), "AMOUNT_NOT_POSITIVE"),
        ({"validity_days": 0}, (TODAY, None), "AMOUNT_NOT_POSITIVE"),
        ({"min_notice_days": -1}, (TODAY, None), "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_a_policy_is_never_backdated_and_makes_sense(changes, days, code):
    found = rules.objection_to_policy(
        PolicyTerms(**{**_fields(POLICY), **changes}),
        valid_from=days[0],
        valid_until=days[1],
        today=TODAY,
    )

    assert (found.code if found else None) == code


def _fields(policy):
    return {name: getattr(policy, name) for name in PolicyTerms.__slots__}
