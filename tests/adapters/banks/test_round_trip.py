"""Whatever is written is valid and is read as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.vocabulary import CHINA, NOTICE, STATEMENT, schema
from biaobao.domain.banking.types import Balance, Entry, Kind
from tests.adapters.banks.reading import read

MAIN = "33001616735053010088"
HEADER = writing.Header("M1", datetime(2025, 12, 8, tzinfo=UTC), MAIN, "某银行")

words = st.text("浙江甲有限公司（）()《》·〇𠮷éAz09&<>'\"%-", max_size=70)
numbers = st.one_of(
    st.just(MAIN),
    st.just("DE89370400440532013000"),
    st.from_regex(r"[0-9A-Z-]{4,34}", fullmatch=True).filter(lambda text: text[0] != "-"),
)
instants = st.integers(946_684_800, 4_102_444_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    kind = draw(st.sampled_from(Kind))
    at = draw(st.none() | instants)
    account = draw(numbers)
    # Money goes out of our own account; what takes something back says what.
    payer_account = account if kind is Kind.DEBIT else draw(st.just("") | numbers)
    original = "" if kind is Kind.DEBIT else draw(st.just("") | st.just("O-1"))
    return Entry(
        account=account,
        serial=draw(st.from_regex(r"[A-Za-z0-9/-]{1,35}", fullmatch=True)),
        booked_on=at.astimezone(CHINA).date()
        if at
        else draw(st.dates(date(2000, 1, 1), date(2100, 1, 1))),
        kind=kind,
        amount_minor=draw(st.integers(1, 10**15)),
        currency=draw(st.sampled_from(["CNY", "USD", "JPY", "KWD"])),
        credited_at=at,
        payer_name=draw(words),
        payer_account=payer_account,
        payer_bank=draw(words),
        remittance=draw(words),
        original_serial=original,
        order_key=draw(st.just("") | st.just("K-1"))
        if kind is Kind.DEBIT or (kind is Kind.CREDIT and original)
        else "",
    )


# Drawing Chinese text is slow on a loaded machine, and says nothing about what is tested.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(st.lists(entries(), max_size=4))
def test_a_notice_is_valid_and_reads_as_it_was_written(written: list[Entry]):
    content = writing.notice(HEADER, written)

    assert schema(NOTICE).validate(etree.fromstring(content))
    message = read(content)
    assert message.entries == tuple(written)
    assert message.problems == ()


@UNHURRIED
@given(st.lists(entries(), max_size=3), st.integers(-(10**14), 10**14), st.integers(0, 10**14))
def test_a_statement_is_valid_and_reads_as_it_was_written(
    written: list[Entry], opening: int, closing: int
):
    balance = Balance(MAIN, date(2025, 12, 8), "ST-1", opening, closing, len(written))
    content = writing.statement(HEADER, balance, written)

    assert schema(STATEMENT).validate(etree.fromstring(content))
    message = read(content)
    assert (message.entries, message.balances) == (tuple(written), (balance,))
    assert message.problems == ()


@given(st.binary(max_size=200))
def test_no_content_makes_reading_raise(content: bytes):
    assert read(content).problems


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=3))
def test_no_damage_makes_reading_raise(place: int, damage: bytes):
    whole = writing.notice(HEADER, [])

    read(whole[:place] + damage + whole[place + len(damage) :])
