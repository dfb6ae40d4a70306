"""Files of any length: read as they come, in parts, with what is whole kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaobao.adapters.banks.iso20022 import reading, writing
from biaobao.domain.banking.types import Balance, Entry
from tests.adapters.banks.reading import read
from tests.adapters.banks.test_reading import DAY, HEADER, SAMPLES, codes, entry, notice

SERIALS = [f"S{number}" for number in range(1, 8)]


def statement(*entries: Entry, number: str = "ST1") -> str:
    balance = Balance(HEADER.account, DAY, number, 0, 5_000_000, len(entries))
    return writing.statement(HEADER, balance, entries).decode()


def parts(text: str, entries_max: int) -> list[tuple[list[str], int, list[tuple[int, str]]]]:
    """Return of each message its serials, how many balances it has, and its problems."""
    file = BytesIO(text.encode())
    return [
        ([one.serial for one in message.entries], len(message.balances), codes(message))
        for message in reading.read(file, entries_max=entries_max)
    ]


def several(*groups: str, tag: str = "Stmt") -> str:
    """Return one message with the groups of all."""
    first, *others = groups
    more = [
        text[text.index(f"<{tag}>") : text.index(f"</{tag}>") + len(tag) + 3] for text in others
    ]
    end = first.index(f"</{tag}>") + len(tag) + 3
    return first[:end] + "".join(more) + first[end:]


def test_a_message_has_only_so_many_entries():
    text = notice(*(entry(serial) for serial in SERIALS))

    assert parts(text, 3) == [
        (["S1", "S2", "S3"], 0, []),
        (["S4", "S5", "S6"], 0, []),
        (["S7"], 0, []),
    ]


def test_a_balance_comes_with_the_last_entries_of_its_statement():
    first = statement(*(entry(serial) for serial in SERIALS[:3]))
    second = statement(entry("S4"), number="ST2")

    assert parts(several(first, second), 2) == [
        (["S1", "S2"], 0, []),
        (["S3", "S4"], 2, []),
    ]
    (whole,) = reading.read(BytesIO(several(first, second).encode()))
    assert [(one.statement_id, one.entries) for one in whole.balances] == [("ST1", 3), ("ST2", 1)]


def test_places_are_counted_over_the_whole_file():
    text = notice(*(entry(serial, amount_minor=4_200) for serial in SERIALS))
    text = text.replace(">42.00<", ">0<", 1)
    # The last one, whose account is another's.
    head, _, tail = text.rpartition(">42.00<")

    assert parts(f"{head}>much<{tail}", 3) == [
        (["S2", "S3"], 0, [(1, "UNREADABLE_ENTRY")]),
        (["S4", "S5", "S6"], 0, []),
        ([], 0, [(7, "NOT_VALID")]),
    ]


@pytest.mark.parametrize("entries_max", [1, 2, 1000])
def test_what_was_whole_before_a_break_is_kept(entries_max: int):
    text = statement(*(entry(serial) for serial in SERIALS[:3]))
    third = text.rindex("<Ntry>")

    for end in (third, third + 30, text.rindex("</Ntry>")):
        message = read(text[:end].encode(), entries_max=entries_max)
        assert [one.serial for one in message.entries] == ["S1", "S2"]
        # Not a balance: what it is to be compared with is not all there.
        assert message.balances == ()
        assert codes(message) == [(0, "NOT_XML")]
    whole = read(text[: text.rindex("</Ntry>") + 7].encode(), entries_max=entries_max)
    assert [one.serial for one in whole.entries] == ["S1", "S2", "S3"]
    assert codes(whole) == [(0, "NOT_XML")]


def test_what_is_no_entry_among_entries_costs_nothing_but_a_word():
    text = statement(*(entry(serial) for serial in SERIALS[:3]))
    stray = text.replace("</Ntry>", "</Ntry><Konto/>", 1)

    for entries_max in (1, 1000):
        message = read(stray.encode(), entries_max=entries_max)
        assert [one.serial for one in message.entries] == ["S1", "S2", "S3"]
        assert [balance.entries for balance in message.balances] == [3]
        assert codes(message) == [(0, "NOT_VALID")]
        assert "Konto is not expected here" in message.problems[0].detail


@pytest.mark.parametrize(
    ("behind", "problems"),
    [
        ("<AddtlStmtInf>End</AddtlStmtInf>", []),
        (f"<AddtlStmtInf>{'x' * 501}</AddtlStmtInf>", [(0, "NOT_VALID")]),
        ("<Konto/>", [(0, "NOT_VALID")]),
    ],
)
def test_what_follows_the_entries_of_a_statement(behind: str, problems: list[tuple[int, str]]):
    text = statement(entry("S1"), entry("S2")).replace("</Stmt>", behind + "</Stmt>")

    for entries_max in (1, 1000):
        message = read(text.encode(), entries_max=entries_max)
        assert [one.serial for one in message.entries] == ["S1", "S2"]
        assert len(message.balances) == 1
        assert codes(message) == problems


@pytest.mark.parametrize("place", ["</Stmt>", "</BkToCstmrStmt>"])
def test_what_follows_a_statement(place: str):
    both = several(statement(entry("S1")), statement(entry("S2"), number="ST2"))
    text = both.replace(place, place + "<Konto/>", 1)

    message = read(text.encode())

    assert [one.serial for one in message.entries] == ["S1", "S2"]
    assert codes(message) == [(0, "NOT_VALID")]


def test_entries_elsewhere_are_not_entries_of_the_account():
    inner = notice(entry("S9"))
    envelope = inner[inner.index("<Ntfctn>") : inner.index("</Ntfctn>") + 9]
    part = f"<SplmtryData><Envlp>{envelope}</Envlp></SplmtryData>"
    text = notice(entry("S1"), entry("S2"))

    for place in ("</TxDtls>", "</BkToCstmrDbtCdtNtfctn>"):
        message = read(text.replace(place, part + place).encode(), entries_max=1)
        assert [one.serial for one in message.entries] == ["S1", "S2"]
        assert message.problems == ()


def test_an_element_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "_HELD_BYTES_MAX", 2**20)
    text = notice(entry("S1"), entry("S2"))
    long = text.replace("<NtryDtls>", "<NtryDtls>" + "<TxDtls/>" * 200_000, 2)
    long = long.replace("<TxDtls/>" * 200_000, "", 1)

    message = read(long.encode())

    assert message.entries == (entry("S1"),)
    assert codes(message) == [(0, "TOO_LARGE")]


def test_a_file_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "FETCHED_BYTES_MAX", 200_000)
    text = notice(*(entry(f"S{number}") for number in range(400)))
    assert len(text) > 300_000

    message = read(text.encode())

    assert 0 < len(message.entries) < 400
    assert codes(message) == [(0, "TOO_LARGE")]


SPOILT = (
    "<Ntry>",
    "</Ntry>",
    "<Konto/>",
    "</Stmt>",
    "<Stmt>",
    "<GrpHdr>",
    "<AddtlStmtInf>x</AddtlStmtInf>",
    ">50000.00<",
    ">BOOK<",
    "<Cd>",
    "words",
)
WHOLE = several(
    statement(*(entry(serial) for serial in SERIALS[:3])),
    statement(entry("S4"), entry("S5"), number="ST2"),
    (SAMPLES / "batch.camt053.xml").read_text(encoding="utf-8"),
)


@settings(deadline=None)
@given(
    st.integers(0, 200),
    st.sampled_from(SPOILT),
    st.sampled_from(["", *SPOILT]),
    st.integers(0, len(WHOLE)),
)
def test_in_how_many_parts_it_came_changes_nothing(place: int, old: str, new: str, cut: int):
    """One thing is taken out or another put in its place, or the file ends too early."""
    places = [at for at in range(len(WHOLE)) if WHOLE.startswith(old, at)]
    text = WHOLE
    if places:
        at = places[place % len(places)]
        text = WHOLE[:at] + new + WHOLE[at + len(old) :]
    for content in (text.encode(), WHOLE.encode()[:cut]):
        whole = read(content)
        for entries_max in (1, 2, 3):
            one_by_one = read(content, entries_max=entries_max)
            assert one_by_one.entries == whole.entries
            assert one_by_one.balances == whole.balances
            assert sorted(codes(one_by_one)) == sorted(codes(whole))


READER = """
import resource, sys
from biaobao.adapters.banks.iso20022.reading import read
with open(sys.argv[1], "rb") as file:
    parts = [(len(m.entries), len(m.balances), len(m.problems)) for m in read(file)]
print(*map(sum, zip(*parts)), max(parts)[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def large_statement(entries: int) -> Iterator[bytes]:
    """Return a statement with that many entries, written faster than by writing it."""
    text = statement(entry("S-#-S", remittance="投标保证金"))
    start, end = text.index("<Ntry>"), text.index("</Ntry>") + len("</Ntry>")
    before, after = text[start:end].encode().split(b"S-#-S")
    yield text[:start].encode()
    for first in range(0, entries, 1000):
        yield b"".join(
            before + b"%019d" % number + after
            for number in range(first, min(first + 1000, entries))
        )
    yield text[end:].encode()


def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    """Some 100 MB take about 6 s, and no more memory than a message of them."""
    told = []
    for entries in (10, 110_000):
        path = tmp_path / f"{entries}.xml"
        with path.open("wb") as file:
            file.writelines(large_statement(entries))
        command = [sys.executable, "-c", READER, str(path)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        *counted, most, kilobytes = map(int, answer.split())
        assert counted == [entries, 1, 0]
        assert most <= 1000
        told.append(kilobytes)
    assert path.stat().st_size > 100_000_000
    small, large = told
    assert large - small < 80 * 1024
