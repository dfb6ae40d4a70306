"""What files from banks mean, and what is kept of those that are wrong."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.vocabulary import schema
from biaobao.domain.banking.types import Balance, Entry, Kind, Message, Problem
from tests.adapters.banks.reading import read

SAMPLES = Path(__file__).parent / "samples"
AT = datetime(2025, 12, 8, 6, 30, tzinfo=UTC)
HEADER = writing.Header("M1", AT, "33001616735053010088", "某银行")
DAY = date(2025, 12, 8)


def entry(serial: str, **more: object) -> Entry:
    given = {
        "account": HEADER.account,
        "booked_on": DAY,
        "kind": Kind.CREDIT,
        "amount_minor": 5_000_000,
        "currency": "CNY",
        "credited_at": AT,
        "payer_name": "浙江甲（集团）有限公司",
        "payer_account": "1209280109200123456",
    }
    return Entry(serial=serial, **{**given, **more})


def notice(*entries: Entry) -> str:
    return writing.notice(HEADER, entries).decode()


def codes(message: Message) -> list[tuple[int, str]]:
    return [(problem.position, problem.code) for problem in message.problems]


def test_a_european_notice():
    message = read((SAMPLES / "iban-date-only.camt054.xml").read_bytes())

    assert message == Message(
        "camt.054.001.08",
        "EU-20251208-0007",
        (
            Entry(
                account="DE89370400440532013000",
                serial="2025120812345678",
                booked_on=DAY,
                kind=Kind.CREDIT,
                amount_minor=125_050,
                currency="EUR",
                credited_at=None,
                payer_name="Müller & Söhne GmbH",
                payer_account="FR1420041010050500013M02606",
                payer_bank="BNPAFRPPXXX",
                remittance="Bid bond lot 2",
            ),
        ),
    )


def test_a_chinese_notice_with_virtual_accounts_and_a_reversal():
    message = read((SAMPLES / "virtual-account.camt054.xml").read_bytes())

    credit, reversal = message.entries
    assert message.problems == ()
    assert credit == Entry(
        account="33001616735053010088-004217",
        serial="A1",
        booked_on=DAY,
        kind=Kind.CREDIT,
        amount_minor=5_000_000,
        currency="CNY",
        credited_at=AT,
        payer_name="浙江某某（集团）有限公司",
        payer_account="1209280109200123456",
        payer_bank="中国工商银行衢州分行",
        remittance="投标保证金",
    )
    assert (reversal.kind, reversal.account) == (Kind.REVERSAL, credit.account)
    assert (reversal.serial, reversal.original_serial) == ("A2", "A1")
    assert reversal.credited_at == datetime(2025, 12, 8, 6, 40, tzinfo=UTC)


def test_a_statement_with_a_batch():
    message = read((SAMPLES / "batch.camt053.xml").read_bytes())

    first, second, fee = message.entries
    assert message.problems == ()
    assert message.balances == (Balance("33001616735053010088", DAY, "S-77-1", 10_000, 11_550, 3),)
    assert (first.serial, first.amount_minor, first.payer_name) == ("B1", 2_000, "某银行")
    assert first.credited_at == datetime(2025, 12, 8, 8, 0, tzinfo=UTC)
    assert (second.serial, second.amount_minor, second.credited_at) == ("B2", 50, None)
    assert (fee.serial, fee.kind, fee.amount_minor) == ("F1", Kind.DEBIT, 500)


def test_a_batch_that_does_not_add_up_is_not_booked():
    content = (SAMPLES / "batch.camt053.xml").read_bytes().replace(b">20.50<", b">20.60<")

    message = read(content)

    assert [entry.serial for entry in message.entries] == ["F1"]
    assert codes(message) == [(1, "UNREADABLE_ENTRY")]


def test_a_batch_keeps_its_readable_transactions():
    content = (SAMPLES / "batch.camt053.xml").read_bytes()

    message = read(content.replace(b"<Refs><TxId>B2</TxId></Refs>", b""))

    assert [entry.serial for entry in message.entries] == ["B1", "F1"]
    assert message.problems[0].detail.startswith("transaction 2 of a batch: no serial")


@pytest.mark.parametrize(
    ("written", "instant", "day"),
    [
        ("2025-12-08T14:30:00", AT, DAY),
        ("2025-12-08T14:30:00+08:00", AT, DAY),
        ("2025-12-08T06:30:00Z", AT, DAY),
        ("2025-12-08T01:30:00-05:00", AT, DAY),
        ("2025-12-08T14:30:00.9999999", AT, DAY),
        ("2025-12-07T16:00:00Z", datetime(2025, 12, 7, 16, tzinfo=UTC), DAY),
    ],
)
def test_times_with_and_without_offset(written, instant, day):
    text = notice(entry("S1"))
    booked = f"<BookgDt><DtTm>{written}</DtTm></BookgDt>"
    start, end = text.index("<BookgDt>"), text.index("</BookgDt>") + len("</BookgDt>")

    (read_entry,) = read((text[:start] + booked + text[end:]).encode()).entries

    assert (read_entry.credited_at, read_entry.booked_on) == (instant, day)


def test_one_bad_entry_among_three_costs_only_itself():
    text = notice(entry("S1"), entry("S2", amount_minor=4_200), entry("S3"))

    message = read(text.replace(">42.00<", ">forty-two<").encode())

    assert message.entries == (entry("S1"), entry("S3"))
    assert codes(message) == [(2, "NOT_VALID")]
    assert message.problems[0].detail.startswith("line ")
    assert "'forty-two' is not a valid value" in message.problems[0].detail


def test_a_bad_account_costs_only_its_own_entries():
    good, bad = notice(entry("S1")), notice(entry("S2"), entry("S3"))
    part = bad[bad.index("<Ntfctn>") : bad.index("</Ntfctn>") + len("</Ntfctn>")]
    text = good.replace("<Ntfctn>", part.replace("<Acct>", "<Konto>", 1) + "<Ntfctn>", 1)

    # Not even well formed:
    assert codes(read(text.encode())) == [(0, "NOT_XML")]

    message = read(text.replace("</Acct>", "</Konto>", 1).encode())
    assert message.entries == (entry("S1"),)
    assert codes(message) == [(0, "NOT_VALID")]


def test_a_broken_envelope_is_one_problem():
    text = notice(entry("S1"), entry("S2")).replace("<MsgId>M1</MsgId>", "")

    message = read(text.encode())

    assert message.entries == ()
    assert codes(message) == [(0, "NOT_VALID")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">50000.00<", ">50000.001<"),
        (">50000.00<", ">0<"),
        (">50000.00<", ">999999999999999999<"),
        ("<AcctSvcrRef>S1</AcctSvcrRef>", ""),
        ("<Cd>BOOK</Cd>", "<Prtry>BOOKED</Prtry>"),
        (
            "2025-12-08T14:30:00+08:00</DtTm>\n        </BookgDt>",
            "12025-12-08T14:30:00</DtTm></BookgDt>",
        ),
        (
            "2025-12-08T14:30:00+08:00</DtTm>\n        </BookgDt>",
            "0001-01-01T00:00:00</DtTm></BookgDt>",
        ),
        (
            "2025-12-08T14:30:00+08:00</DtTm>\n        </BookgDt>",
            "9999-12-31T23:00:00Z</DtTm></BookgDt>",
        ),
    ],
)
def test_what_cannot_be_booked_costs_only_itself(old, new):
    text = notice(entry("S1"), entry("S2", amount_minor=7))
    assert old in text

    message = read(text.replace(old, new, 1).encode())

    assert message.entries == (entry("S2", amount_minor=7),)
    assert codes(message) == [(1, "UNREADABLE_ENTRY")]


def test_zeros_behind_the_minor_unit_are_exact():
    text = notice(entry("S1")).replace(">50000.00<", ">50000.00000<")

    assert read(text.encode()).entries == (entry("S1"),)


@pytest.mark.parametrize(
    ("currency", "written"), [("USD", "12.34"), ("JPY", "1234"), ("KWD", "1.234")]
)
def test_other_currencies_in_their_own_minor_unit(currency, written):
    foreign = entry("S1", amount_minor=1_234, currency=currency)

    assert f'<Amt Ccy="{currency}">{written}</Amt>' in notice(foreign)
    assert read(notice(foreign).encode()).entries == (foreign,)


def test_what_is_not_booked_yet_is_no_money_and_no_problem():
    text = notice(entry("S1"), entry("S2")).replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 1)

    message = read(text.encode())

    assert message.entries == (entry("S2"),)
    assert message.problems == ()


def test_a_returned_debit_is_money_that_comes_back():
    returned = entry("S9", original_serial="S1")

    assert read(notice(returned).encode()).entries == (returned,)


def test_balances_in_another_currency_are_said_to_be_left_out():
    balance = Balance(HEADER.account, DAY, "ST1", 0, 5_000_000, 1)
    text = writing.statement(HEADER, balance, [entry("S1")]).decode()

    message = read(text.replace('<Amt Ccy="CNY">0.00', '<Amt Ccy="USD">0.00').encode())

    assert message.entries == (entry("S1"),)
    assert message.balances == ()
    assert codes(message) == [(0, "UNREADABLE_ENTRY")]


def test_an_overdrawn_account():
    balance = Balance(HEADER.account, DAY, "ST1", -1, 4_999_999, 1)

    assert read(writing.statement(HEADER, balance, [entry("S1")])).balances == (balance,)


LAUGHS = """<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>"""


@pytest.mark.parametrize(
    ("declaration", "name"),
    [
        ("<!DOCTYPE Document>", "M1"),
        ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        ('<!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd">', "M1"),
        ('<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>', "M1"),
        (LAUGHS, "&h;"),
        (LAUGHS, 'M1</MsgId><MsgId a="&h;">'),
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_a_document_type_is_forbidden(declaration, name, encoding):
    text = notice(entry("S1")).partition("?>")[2].replace(">M1<", f">{name}<", 1)
    text = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}{text}'

    message = read(text.encode(encoding))

    assert message.entries == ()
    assert codes(message) == [(0, "FORBIDDEN_CONSTRUCT")]


def test_an_entity_without_declaration():
    text = notice(entry("S1")).replace("浙江甲", "&nbsp;")

    assert codes(read(text.encode())) == [(0, "NOT_XML")]


def test_a_schema_hint_is_never_followed():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hint = f"http://127.0.0.1:{listener.getsockname()[1]}/x.xsd"
        text = notice(entry("S1")).replace(
            "<MsgId>",
            '<MsgId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xsi:schemaLocation="urn:x {hint}" xsi:noNamespaceSchemaLocation="{hint}">',
        )
        message = read(text.encode())
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()

    assert message.entries == (entry("S1"),)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "NOT_XML"),
        (b"number,name\n1,2\n", "NOT_XML"),
        (b"\x00\xff\xfe", "NOT_XML"),
        (b"<Document/>", "UNKNOWN_MESSAGE"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"/>', "UNKNOWN_MESSAGE"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"/>', "NOT_VALID"),
        (b" " * 2**20, "NOT_XML"),
        (b"<a>" * 1000, "UNKNOWN_MESSAGE"),
    ],
)
def test_what_is_no_message(content, code):
    message = read(content)

    assert (message.entries, message.balances) == ((), ())
    assert codes(message) == [(0, code)]


def test_words_of_a_problem_are_bounded():
    text = notice(entry("S1")).replace(">50000.00<", f">{'9' * 10_000}<")

    (problem,) = read(text.encode()).problems
    assert problem == Problem(1, "NOT_VALID", problem.detail)
    assert len(problem.detail) <= 500


def test_what_people_type_cannot_spoil_a_message():
    written = writing.notice(HEADER, [entry("S1", remittance="a\x00\x1b<b>&\ud800c")])

    assert read(written).entries == (entry("S1", remittance="a<b>&c"),)


def test_the_schemas_are_those_of_iso():
    assert schema("camt.054.001.08") is schema("camt.054.001.08")
    folder = Path(writing.__file__).parent / "schemas"
    for path in folder.iterdir():
        assert "Generated by Standards Editor" in path.read_text(encoding="utf-8")[:200]
