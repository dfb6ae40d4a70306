"""What other banks and other programs leave in the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from biaobao.adapters.banks.folder import FolderBank
from biaobao.adapters.banks.iso20022.reading import FETCHED_BYTES_MAX
from biaobao.domain.banking.ports import BankRefused, BankUnreachable
from biaobao.domain.banking.types import Address, OpenedAccount
from tests.adapters.banks.reading import names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path


@pytest.fixture
def bank(folder: Path) -> FolderBank:
    return FolderBank(Address("ICBC", "folder", str(folder), "1"))


def test_unfinished_and_foreign_things_are_left_alone(bank: FolderBank, folder: Path):
    for name in (".hidden.xml", "notice.xml.tmp", "sub-accounts-k.csv"):
        (folder / "in" / name).write_bytes(b"half")
    (folder / "in" / "sub").mkdir()
    (folder / "outside.xml").write_bytes(b"secret")
    (folder / "in" / "link.xml").symlink_to(folder / "outside.xml")

    assert list(bank.waiting_files()) == []


def test_files_come_by_age_then_name(bank: FolderBank, folder: Path):
    for name, age in (("c.xml", 1), ("b.xml", 2), ("a.xml", 2)):
        (folder / "in" / name).write_bytes(name.encode())
        os.utime(folder / "in" / name, (1_000 - age, 1_000 - age))

    assert names(bank) == ["a.xml", "b.xml", "c.xml"]


def test_an_acknowledged_file_is_kept_and_none_is_overwritten(bank: FolderBank, folder: Path):
    for content in (b"first", b"second"):
        (folder / "in" / "notice 1（补）.xml").write_bytes(content)
        (file,) = bank.waiting_files()
        with file.content:
            assert (file.name, file.content.read()) == ("notice 1（补）.xml", content)
        bank.acknowledge("notice 1（补）.xml")

    kept = sorted((folder / "done").iterdir())
    assert [path.read_bytes() for path in kept] == [b"first", b"second"]


@pytest.mark.parametrize(
    "name", ["../outside.xml", "/etc/hosts", "a/b", "..", ".", "", "a\0b", "a\\b"]
)
def test_only_names_can_be_acknowledged(bank: FolderBank, folder: Path, name: str):
    (folder / "outside.xml").write_bytes(b"here")

    with pytest.raises(BankRefused):
        bank.acknowledge(name)

    assert (folder / "outside.xml").read_bytes() == b"here"


@pytest.mark.parametrize("key", ["../x", "", ".x", "a b", "x" * 101])
def test_only_plain_keys_make_requests(bank: FolderBank, folder: Path, key: str):
    with pytest.raises(BankRefused):
        bank.open_sub_accounts(key=key, count=1)

    assert not (folder / "out").exists()


def test_a_request_is_written_whole_and_answered_later(bank: FolderBank, folder: Path):
    assert bank.open_sub_accounts(key="k-1", count=2) == ()
    request = folder / "out" / "sub-accounts-k-1.csv"
    assert [path.name for path in (folder / "out").iterdir()] == [request.name]
    assert request.read_text() == "key,count\nk-1,2\n"

    # With a byte order mark and Windows line ends, as spreadsheets write.
    answer = '\ufeffnumber,name,branch\r\n1-7,"中心（专户）, 投标",支行\r\n1-9,中心,支行\r\n'
    (folder / "in" / request.name).write_bytes(answer.encode())

    assert bank.open_sub_accounts(key="k-1", count=2) == (
        OpenedAccount("1-7", "中心（专户）, 投标", "支行"),
        OpenedAccount("1-9", "中心", "支行"),
    )
    assert bank.open_sub_accounts(key="k-1", count=1) == (
        OpenedAccount("1-7", "中心（专户）, 投标", "支行"),
    )


@pytest.mark.parametrize("answer", [b"account\n1\n", b"number,name,branch\n\xff\n", b'number,"x\n'])
def test_an_answer_that_cannot_be_read(bank: FolderBank, folder: Path, answer: bytes):
    (folder / "in" / "sub-accounts-k.csv").write_bytes(answer)

    with pytest.raises(BankUnreachable, match="cannot be read"):
        bank.open_sub_accounts(key="k", count=1)


def test_a_file_too_large_is_not_read_whole_and_stays_whole(bank: FolderBank, folder: Path):
    size = FETCHED_BYTES_MAX + 1_000
    with (folder / "in" / "large.xml").open("wb") as file:
        file.truncate(size)

    (offered,) = bank.waiting_files()
    with offered.content:
        # Not told that it was longer: a reader sees that there is more than it takes.
        assert offered.content.seek(0, os.SEEK_END) == FETCHED_BYTES_MAX + 1
    bank.acknowledge("large.xml")
    assert (folder / "done" / "large.xml").stat().st_size == size
