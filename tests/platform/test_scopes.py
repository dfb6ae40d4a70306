"""Row-level security: which rows each scope is given, counted in the database itself."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

pytestmark = pytest.mark.django_db

PERSONAL = (
    "audit_auditevent",
    "banking_notice",
    "banking_subaccount",
    "deposits_credit",
    "deposits_deposit",
    "securities_security",
    "tenders_registration",
)
# What tells how much happens at all: for the house, and what is kept aside for operators.
OF_THE_HOUSE = (
    "banking_filepart",
    "banking_fileproblem",
    "banking_inboundfile",
    "banking_reconciledtotals",
    "banking_reconciliation",
    "banking_statement",
    "banking_statementdifference",
    "ledger_account",
    "ledger_transfer",
)
# What comes after paying: tests/journeys/test_secrecy_of_refunds.py counts these.
GOING_BACK = (
    "banking_paymentorder",
    "deposits_claim",
    "deposits_claimtarget",
    "deposits_payeechange",
    "deposits_refund",
)
# What was printed and signed: tests/domain/documents counts these.
DOCUMENTS = ("documents_document", "documents_signature")
# What is demanded under letters, of opened lots only: tests/domain/claims counts these.
CLAIMS = (
    "claims_claim",
    "claims_claimcredit",
    "claims_claimfile",
    "claims_receipt",
    "claims_stay",
)
# What bidders tell guarantors, and what comes of it: tests/domain/guarantees/test_secrecy.py counts these.
GUARANTEES = (
    "guarantees_application",
    "guarantees_contingency",
    "guarantees_exposure",
    "guarantees_amendment",
    "guarantees_letter",
    "guarantees_letterversion",
    "guarantees_limit",
    "guarantees_particulars",
    "guarantees_premiumcredit",
    "guarantees_premiumrefund",
    "guarantees_suspension",
    "guarantees_verdict",
    "parties_companyprofile",
    "parties_handler",
    "parties_scan",
)
# Who is a member of a pooled deposit: tests/domain/pools counts these.
POOLS = (
    "pools_appeal",
    "pools_appealfile",
    "pools_bearing",
    "pools_deduction",
    "pools_forfeiture",
    "pools_forfeiturepaper",
    "pools_hold",
    "pools_membership",
    "pools_poolcredit",
    "pools_poolrefund",
    "pools_reserve",
)
# What was earned: tests/domain/interest counts these.
INTEREST = ("interest_fund", "interest_fundcredit", "interest_interest")
# What was invoiced: tests/domain/invoices/test_secrecy.py counts these.
INVOICES = ("invoices_invoice", "invoices_invoicefile", "invoices_invoiceline")
# What a bidder, and at the opening the others, may know of: the rest stays with the house.
OPENED = tuple(t for t in PERSONAL if not t.startswith("banking_"))


def asked(sql: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def sealed_tables() -> set[str]:
    rows = asked("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    return {str(name) for (name,) in rows}


def counted(actor: Actor, tables: tuple[str, ...] = PERSONAL + OF_THE_HOUSE) -> dict[str, int]:
    """Return how many rows of each table there are for the actor, where there are any."""
    with seeing_as(actor):
        counts = {table: asked(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608
    return {table: int(str(count)) for table, count in counts.items() if count}


def of_lots(actor: Actor, table: str) -> set[object]:
    with seeing_as(actor):
        return {lot for (lot,) in asked(f"SELECT DISTINCT lot_id FROM {table}")}  # noqa: S608


@pytest.fixture
def paid() -> tuple[Chosen, Chosen]:
    """Return two bidders of one lot who both paid, one of them in two parts."""
    given_banking.bank()
    lot = given_tenders.lot()
    one = given.chosen(lot, given_parties.bidder(account="33050168620800000111"))
    other = given.chosen(lot, given_parties.bidder(account="33050168620800000222"))
    given.booked(one.pays())
    half = Money(lot.amount.fen // 2)
    given.booked(other.pays(half), other.pays(half))
    return one, other


def test_whoever_reads_for_the_product_is_bound_by_row_level_security():
    roles = asked(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname IN (current_user, session_user)"
    )

    assert roles == [(False, False)]


def test_every_table_that_joins_a_lot_and_an_organisation_is_sealed():
    joining = asked(
        "SELECT c.relname FROM pg_class c"
        " JOIN pg_attribute l ON l.attrelid = c.oid AND l.attname = 'lot_id'"
        " JOIN pg_attribute o ON o.attrelid = c.oid"
        "  AND o.attname IN ('bidder_id', 'organisation_id', 'holder_id')"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm')"
    )

    assert len(joining) == 19
    assert {str(name) for (name,) in joining} - sealed_tables() == set()


def test_the_sealed_tables_are_those_that_the_other_tests_count():
    assert sealed_tables() == {
        *PERSONAL,
        *OF_THE_HOUSE,
        *GOING_BACK,
        *DOCUMENTS,
        *CLAIMS,
        *GUARANTEES,
        *INTEREST,
        *INVOICES,
        *POOLS,
    }


def test_policies_are_bound_to_the_tables_owner_and_to_every_command():
    policies = asked(
        "SELECT tablename, cmd, roles::text FROM pg_policies WHERE policyname = 'sealed'"
    )

    assert {str(table) for table, _cmd, _roles in policies} == sealed_tables()
    assert {(cmd, roles) for _table, cmd, roles in policies} == {("ALL", "{public}")}


def test_a_bidder_counts_its_own_rows_and_nobody_elses(paid: tuple[Chosen, Chosen]):  # INV-8
    one, other = paid

    single = {table: 1 for table in PERSONAL if table != "audit_auditevent"}
    assert counted(one.bidder, tuple(single)) == single
    assert counted(other.bidder, tuple(single)) == single | {
        "deposits_credit": 2,
        "banking_notice": 2,
    }
    assert counted(one.bidder, OF_THE_HOUSE) == {}
    with seeing_as(one.bidder):
        owners = asked("SELECT DISTINCT organisation_id FROM audit_auditevent")
    assert owners == [(one.bidder.organisation_id,)]


@pytest.mark.parametrize(
    "who",
    [
        given_parties.tenderer,
        given_parties.agency,
        given_parties.operator,
        given_parties.supervisor,
        given_parties.bidder,
        lambda: NOBODY,
    ],
)
def test_before_the_opening_nobody_else_counts_anything(paid: tuple[Chosen, Chosen], who):  # INV-8
    actor = who()
    # A new organisation has a history of its own.
    tables = tuple(t for t in PERSONAL + OF_THE_HOUSE if t != "audit_auditevent")

    assert counted(actor, tables) == {}
    with seeing_as(actor):
        lots = asked("SELECT count(*) FROM audit_auditevent WHERE lot_id IS NOT NULL")
    assert lots == [(0,)]


def test_the_lots_own_agency_counts_nothing_before_the_opening(paid: tuple[Chosen, Chosen]):
    assert counted(given_tenders.keeper_of(paid[0].lot)) == {}


def test_without_a_scope_there_is_nothing(paid: tuple[Chosen, Chosen]):
    with transaction.atomic():
        counts = {t: asked(f"SELECT count(*) FROM {t}")[0][0] for t in sealed_tables()}  # noqa: S608

    assert counts == dict.fromkeys(sealed_tables(), 0)


def test_after_the_opening_those_concerned_count_that_lot_and_no_other(
    paid: tuple[Chosen, Chosen],
):
    one, _other = paid
    agency = given_tenders.keeper_of(one.lot)
    same_agencys = given_tenders.lot(agency=agency)
    given.chosen(same_agencys, given_parties.bidder(account="33050168620800000333"))
    lot = given_tenders.opened(one.lot)

    seeing = {
        "agency": agency,
        "tenderer": Actor("", given_parties.Role.TENDERER, None, lot.tenderer_id),
        "operator": given_parties.operator(),
        "supervisor": given_parties.supervisor(),
    }
    blind = {
        "another agency": given_parties.agency(),
        "another tenderer": given_parties.tenderer(),
        "a bidder elsewhere": given_parties.bidder(),
        "a visitor": NOBODY,
    }
    for table in OPENED:
        assert {who: of_lots(actor, table) - {None} for who, actor in seeing.items()} == (
            {who: {lot.id} for who in seeing}
        ), table
        assert {who: of_lots(actor, table) - {None} for who, actor in blind.items()} == (
            {who: set() for who in blind}
        ), table
    assert counted(agency, tuple(t for t in OPENED if t != "audit_auditevent")) == {
        "deposits_credit": 3,
        "deposits_deposit": 2,
        "securities_security": 2,
        "tenders_registration": 2,
    }
    # Accounts, entries and books stay with the house after the opening too.
    assert counted(agency, OF_THE_HOUSE) == {}


def test_operators_count_money_that_fits_no_lot_and_files_kept_aside(paid: tuple[Chosen, Chosen]):
    operator = given_parties.operator()
    given.booked(
        given_banking.entry(account="3305000000000000", amount=Money(1), at=paid[0].lot.deadline_at)
    )

    assert counted(operator, ("deposits_credit", *OF_THE_HOUSE)) == {"deposits_credit": 1}


def test_a_scope_may_write_nothing_that_it_may_not_read(paid: tuple[Chosen, Chosen]):
    operator = given_parties.operator()

    with seeing_as(operator), connection.cursor() as cursor:
        cursor.execute("UPDATE deposits_deposit SET counted_fen = received_fen")
        assert cursor.rowcount == 0


def test_the_databases_complaint_about_a_row_does_not_say_what_is_in_it(
    paid: tuple[Chosen, Chosen],
):
    with (
        pytest.raises(IntegrityError) as raised,
        seeing_as(SYSTEM),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE banking_notice SET amount_minor = 0, payer_name = '龙游甲子'")

    assert "banking_notice_moves_something" in str(raised.value)
    assert "龙游甲子" not in str(raised.value)
