"""The product's tables, filled in bulk: the one place of the bench that knows their columns.

A place's rows follow from its number; ids are md5 sums of it, in SQL here and in Python in ``world.id_of``,
because they scatter as random ones do: the indexes are as large and as cold as in life.
"""

from __future__ import annotations

from datetime import UTC, datetime

BIDDERS_OF_A_LOT = 200
AMOUNT_FEN = 50_000_00
# Of so many lots that are held one is still to be opened.
OPEN_EVERY = 10
PAST = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MAIN_ACCOUNT = "33050100000000000001"
SPARE_ACCOUNTS = 5

_LOT = f"(place / {BIDDERS_OF_A_LOT})"
_BIDDER = f"(({_LOT} * 37 + place %% {BIDDERS_OF_A_LOT}) %% %(bidders)s)"


def _id(kind: str, number: str) -> str:
    return f"md5('{kind}' || {number})::uuid"


VERDICTS = """
SELECT c.serial, d.state, c.outcome, c.reason, d.confirmed_at
  FROM tenders_lot l
  JOIN deposits_deposit d ON d.lot_id = l.id
  JOIN deposits_credit c ON c.deposit_id = d.id
 WHERE l.deadline_at = %s
"""

_BIDDER_NUMBERS = "FROM generate_series(0, %(bidders)s - 1) AS number"
_PLACE_NUMBERS = "FROM generate_series(%(first)s::int, %(last)s::int) AS place"
_LOT_NUMBERS = (
    f"FROM generate_series(%(first)s::int / {BIDDERS_OF_A_LOT},"
    f" %(last)s::int / {BIDDERS_OF_A_LOT}) AS lot"
)
_PAYER = f"'衢州第' || {_BIDDER} || '示例建设有限公司'"
_PAYER_NUMBER = f"'3305016862' || lpad({_BIDDER}::text, 8, '0')"
_DEPOSIT, _SECURITY = _id("deposit", "place"), _id("security", "place")
_SUB_ACCOUNT, _CREDIT = _id("sub-account", "place"), _id("credit", "place")
_ITS_LOT, _ITS_BIDDER = _id("lot", _LOT), _id("bidder", _BIDDER)
_SERIAL = "'H' || lpad(place::text, 10, '0')"
HOUSE = (
    f"""
    INSERT INTO parties_organisation (id, name, uscc, role, is_demo, enrolled_at)
    SELECT {_id("bidder", "number")}, '衢州第' || number || '示例建设有限公司',
           '91330800MA' || lpad(number::text, 8, '0'), 'BIDDER', true, %(past)s {_BIDDER_NUMBERS}
    UNION ALL SELECT {_id("agency", "''")}, '招标代理', '91330800MAX0000000', 'AGENCY', true, %(past)s
    UNION ALL SELECT {_id("tenderer", "''")}, '招标人', '91330800MAX0000001', 'TENDERER', true, %(past)s
    """,
    f"""
    INSERT INTO parties_person (id, username, name, phone, password, password_set_at)
    SELECT {_id("person", "number")}, 'person-' || number, '王示例', '', '!', %(past)s {_BIDDER_NUMBERS}
    """,
    f"""
    INSERT INTO parties_membership (id, person_id, organisation_id, is_manager, since)
    SELECT {_id("membership", "number")}, {_id("person", "number")}, {_id("bidder", "number")},
           true, %(past)s {_BIDDER_NUMBERS}
    """,
    f"""
    INSERT INTO parties_basicaccount (organisation_id, account_name, number, bank_name, state,
           told_at, confirmed_at, confirmed_by_id, changed_at)
    SELECT {_id("bidder", "number")}, '衢州第' || number || '示例建设有限公司',
           '3305016862' || lpad(number::text, 8, '0'), '示例银行', 'CONFIRMED',
           %(past)s, %(past)s, {_id("person", "number")}, %(past)s {_BIDDER_NUMBERS}
    """,
    """
    INSERT INTO banking_bank (code, name, channel, location, main_account, spare_accounts, asked_accounts)
    VALUES (%(bank)s, '标保示范银行', 'folder', %(folder)s, %(main)s, 0, 0)
    """,
    f"""
    INSERT INTO banking_subaccount (id, bank_id, number, name, branch, state, purpose, opened_at, problem)
    SELECT {_id("spare", "number")}, %(bank)s, 'SPARE' || number, '专户', '支行', 'FREE', '', %(past)s, ''
      FROM generate_series(1, {SPARE_ACCOUNTS}) AS number
    """,
    """
    INSERT INTO ledger_account (code, is_asset, debit_fen, credit_fen)
    VALUES ('bank:' || %(bank)s, true, 0, 0)
    """,
)

PLACES = (
    f"""
    INSERT INTO tenders_project (id, name, tenderer_id, agency_id, region_id, kind_id, drafted_at)
    SELECT {_id("project", "lot")}, '示例项目' || lot, {_id("tenderer", "''")}, {_id("agency", "''")},
           'QZ', 'GC', %(past)s {_LOT_NUMBERS}
    """,
    f"""
    INSERT INTO tenders_lot (id, project_id, policy_id, code, name, state, estimate_fen, amount_fen, ways,
           guarantors, deadline_at, payment_deadline_at, opening_at, validity_days, published_at,
           opened_at, changed_at)
    SELECT {_id("lot", "lot")}, {_id("project", "lot")},
           (SELECT id FROM tenders_policy WHERE region_id = 'QZ' AND kind_id = 'GC'),
           'QZGC' || lpad(lot::text, 9, '0') || '-1', '示例标段' || lot,
           CASE WHEN is_open THEN 'PUBLISHED' ELSE 'OPENED' END, %(amount)s::bigint * 60, %(amount)s,
           '{{DEPOSIT,GUARANTEE}}', '{{}}', deadline_at, deadline_at, deadline_at, 90, %(past)s,
           CASE WHEN is_open THEN NULL ELSE deadline_at END, %(past)s
      FROM (SELECT lot, is_open, CASE WHEN is_open AND %(deadline_at)s < now() THEN now() + interval '30 days'
                                      ELSE %(deadline_at)s END AS deadline_at
              FROM (SELECT lot, %(deadline_at)s > now() OR lot %% {OPEN_EVERY} = 0 AS is_open
                    {_LOT_NUMBERS}) AS numbers) AS lots
    """,
    f"""
    INSERT INTO tenders_registration (id, lot_id, bidder_id, contact_id, state, contact_chosen_at,
           file_collected_at, registered_at)
    SELECT {_id("registration", "place")}, {_ITS_LOT}, {_ITS_BIDDER}, {_id("person", _BIDDER)},
           'REGISTERED', %(past)s, %(past)s, %(past)s {_PLACE_NUMBERS}
    """,
    f"""
    INSERT INTO securities_security (id, lot_id, bidder_id, way, state, required_at, secured_at)
    SELECT {_SECURITY}, {_ITS_LOT}, {_ITS_BIDDER}, 'DEPOSIT',
           CASE WHEN %(paid)s THEN 'SECURED' ELSE 'REQUIRED' END, %(past)s,
           CASE WHEN %(paid)s THEN %(past)s END {_PLACE_NUMBERS}
    """,
    f"""
    INSERT INTO banking_subaccount (id, bank_id, number, name, branch, state, purpose, purpose_id,
           holder_id, opened_at, assigned_at, problem)
    SELECT {_SUB_ACCOUNT}, %(bank)s, %(main)s || lpad(place::text, 8, '0'), '衢州交易中心保证金专户',
           '衢州示范支行', 'ASSIGNED', 'deposit', {_DEPOSIT}, {_ITS_BIDDER}, %(past)s, %(past)s, ''
           {_PLACE_NUMBERS}
    """,
    f"""
    INSERT INTO deposits_deposit (id, security_id, lot_id, bidder_id, sub_account_id, state, reason,
           received_fen, counted_fen, chosen_at, assessed_at, lot_as_of, basic_account_as_of,
           payer_name, payer_number, payer_is_confirmed, release_reason, confirmed_at)
    SELECT {_DEPOSIT}, {_SECURITY}, {_ITS_LOT}, {_ITS_BIDDER}, {_SUB_ACCOUNT},
           CASE WHEN %(paid)s THEN 'CONFIRMED' ELSE 'EXPECTED' END, '',
           CASE WHEN %(paid)s THEN %(amount)s ELSE 0 END, CASE WHEN %(paid)s THEN %(amount)s ELSE 0 END,
           %(past)s, %(past)s, %(past)s, %(past)s, {_PAYER}, {_PAYER_NUMBER}, true, '',
           CASE WHEN %(paid)s THEN %(past)s END {_PLACE_NUMBERS}
    """,
    f"""
    INSERT INTO audit_auditevent (at, name, subject, actor_name, actor_role, actor_id, reason, facts,
           organisation_id, lot_id)
    SELECT %(past)s, name, 'deposit:' || {_DEPOSIT}, '王示例', 'BIDDER', {_id("person", _BIDDER)}, '',
           '{{}}', {_ITS_BIDDER}, {_ITS_LOT}
      FROM (SELECT place {_PLACE_NUMBERS}) AS places,
           unnest(ARRAY['registration.registered', 'deposit.chosen']) AS name
    """,
)

PAID = (
    """
    INSERT INTO banking_inboundfile (id, bank_id, source, name, sha256, size, content, state, received_at,
           read_at, kind, message_id, bytes_read, entries_read)
    VALUES (md5('file' || %(first)s)::uuid, %(bank)s, 'PUSH', '',
           md5('a' || %(first)s) || md5('b' || %(first)s), 0, '', 'READ', %(past)s,
           %(past)s, 'camt.054', 'H' || %(first)s, 0, 0)
    """,
    f"""
    INSERT INTO banking_notice (bank_id, serial, booked_on, kind, account, sub_account_id, amount_minor,
           currency, credited_at, payer_name, payer_account, payer_bank, remittance, original_serial,
           order_key, state, file_id, received_at)
    SELECT %(bank)s, {_SERIAL}, date '2026-03-02', 'CREDIT', %(main)s || lpad(place::text, 8, '0'),
           {_SUB_ACCOUNT}, %(amount)s, 'CNY', %(past)s, {_PAYER}, {_PAYER_NUMBER}, '示例银行',
           '投标保证金', '', '', 'BOOKED', md5('file' || %(first)s)::uuid, %(past)s {_PLACE_NUMBERS}
    """,
    f"""
    INSERT INTO deposits_credit (id, notice_id, bank_id, deposit_id, lot_id, bidder_id, amount_minor,
           currency, credited_at, payer_name, payer_account, payer_bank, account, serial, outcome, reason,
           checks, judged_at)
    SELECT {_CREDIT}, n.id, %(bank)s, {_DEPOSIT}, {_ITS_LOT}, {_ITS_BIDDER}, %(amount)s, 'CNY', %(past)s,
           {_PAYER}, {_PAYER_NUMBER}, '示例银行', %(main)s || lpad(place::text, 8, '0'),
           {_SERIAL}, 'COUNTED', '',
           '[["IN_TIME", "PASS", "", "2026-04-02 09:00:00", "2026-03-02 09:00:00"],
             ["AMOUNT", "PASS", "", "¥50,000.00", "¥50,000.00"]]', %(past)s
      FROM (SELECT place {_PLACE_NUMBERS}) AS places
      JOIN banking_notice n ON n.serial = {_SERIAL} AND n.bank_id = %(bank)s
    """,
    f"""
    INSERT INTO ledger_account (code, is_asset, debit_fen, credit_fen)
    SELECT 'deposit:' || {_SECURITY}, false, 0, %(amount)s {_PLACE_NUMBERS}
    """,
    f"""
    INSERT INTO ledger_transfer (key, debit_id, credit_id, fen, effective_at, booked_at)
    SELECT 'credit:' || %(bank)s || ':' || {_SERIAL} || ':2026-03-02', bank.id, a.id, %(amount)s,
           %(past)s, %(past)s
      FROM (SELECT place {_PLACE_NUMBERS}) AS places
      JOIN ledger_account a ON a.code = 'deposit:' || {_SECURITY}
      JOIN ledger_account bank ON bank.code = 'bank:' || %(bank)s
    """,
    """
    UPDATE ledger_account
       SET debit_fen = debit_fen + (%(last)s::bigint - %(first)s + 1) * %(amount)s
     WHERE code = 'bank:' || %(bank)s
    """,
    f"""
    INSERT INTO audit_auditevent (at, name, subject, actor_name, actor_role, reason, facts,
           organisation_id, lot_id)
    SELECT %(past)s, name, subject, 'system', 'SYSTEM', '', facts::jsonb, {_ITS_BIDDER}, {_ITS_LOT}
      FROM (SELECT place {_PLACE_NUMBERS}) AS places,
           LATERAL (VALUES ('credit.booked', 'credit:' || {_CREDIT},
                            '{{"amount": "¥50,000.00", "outcome": "COUNTED", "currency": "CNY"}}'),
                           ('deposit.confirmed', 'deposit:' || {_DEPOSIT},
                            '{{"counted": "¥50,000.00", "received": "¥50,000.00"}}')
                   ) AS happened (name, subject, facts)
    """,
)

# Copies of one company that is a member of a pooled deposit: each with somebody who is there for it, its
# membership of the same scheme, and what is held of that.
_CROWD_NUMBERS = "generate_series(%(first)s::int, %(last)s::int) AS place"
_COMPANY, _MEMBER_NAME = _id("company", "place"), "'衢州第' || place || '联保建设有限公司'"
_POOL_MEMBERSHIP = _id("pool-membership", "place")
CROWD = (
    f"""
    INSERT INTO parties_organisation
    SELECT (jsonb_populate_record(o, jsonb_build_object('id', {_COMPANY}, 'name', {_MEMBER_NAME},
               'uscc', '91330800MB' || lpad(place::text, 8, '0')))).*
      FROM parties_organisation o, {_CROWD_NUMBERS} WHERE o.id = %(company)s
    """,
    f"""
    INSERT INTO parties_person (id, username, name, phone, password, password_set_at)
    SELECT {_id("person", "place")}, 'person-of-' || place, '王示例', '', '!', %(past)s
      FROM {_CROWD_NUMBERS}
    """,
    f"""
    INSERT INTO parties_membership (id, person_id, organisation_id, is_manager, since)
    SELECT {_id("membership", "place")}, {_id("person", "place")}, {_COMPANY}, true, %(past)s
      FROM {_CROWD_NUMBERS}
    """,
    f"""
    INSERT INTO pools_membership
    SELECT (jsonb_populate_record(m, jsonb_build_object('id', {_POOL_MEMBERSHIP}, 'number', 'LB' || place,
               'member_id', {_COMPANY}, 'member_name', {_MEMBER_NAME}, 'sub_account_id', NULL))).*
      FROM pools_membership m, {_CROWD_NUMBERS} WHERE m.member_id = %(company)s
    """,
    f"""
    INSERT INTO pools_reserve
    SELECT (jsonb_populate_record(r, jsonb_build_object('membership_id', {_POOL_MEMBERSHIP}))).*
      FROM pools_reserve r JOIN pools_membership m ON m.id = r.membership_id, {_CROWD_NUMBERS}
     WHERE m.member_id = %(company)s
    """,
)
