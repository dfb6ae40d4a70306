"""Content kept encrypted."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from biaobao.platform import files, vault

CONTENT = b"%PDF-1.7 " + b"the bidder's name " * 50


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_content_comes_back_as_it_was():
    kept = vault.keep(CONTENT, limit=len(CONTENT))

    assert kept.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert vault.read(kept) == CONTENT


def test_the_disk_does_not_tell_what_is_in_it(folder: Path):
    kept = vault.keep(CONTENT, limit=len(CONTENT))

    (path,) = on_disk(folder)
    assert path.name == kept.stored_sha256 != kept.sha256
    assert b"bidder" not in path.read_bytes()
    assert b"%PDF" not in path.read_bytes()


def test_equal_content_does_not_look_equal(folder: Path):
    one, other = (vault.keep(CONTENT, limit=len(CONTENT)) for _ in range(2))

    assert (one.sha256, len(on_disk(folder))) == (other.sha256, 2)
    assert one.wrapped_key != other.wrapped_key


def test_without_the_key_nothing_opens(settings):
    kept = vault.keep(CONTENT, limit=len(CONTENT))
    settings.DOCUMENT_KEY = bytes(32)

    with pytest.raises(vault.CannotOpen, match="FILE_UNREADABLE"):
        vault.read(kept)


def test_what_is_lost_does_not_open(folder: Path):
    kept = vault.keep(CONTENT, limit=len(CONTENT))
    (folder / kept.stored_sha256[:2] / kept.stored_sha256).unlink()

    with pytest.raises(vault.CannotOpen):
        vault.read(kept)


def test_what_was_changed_or_exchanged_on_the_disk_does_not_open(folder: Path):
    kept, other = (vault.keep(each, limit=99) for each in (b"one", b"other"))
    exchanged = dataclasses.replace(kept, stored_sha256=other.stored_sha256)
    renamed = dataclasses.replace(kept, sha256=other.sha256)
    path = folder / kept.stored_sha256[:2] / kept.stored_sha256
    path.write_bytes(path.read_bytes()[:-1] + b"\0")

    for wrong in (kept, exchanged, renamed):
        with pytest.raises(vault.CannotOpen):
            vault.read(wrong)


def test_too_large_content_leaves_nothing(folder: Path):
    with pytest.raises(files.TooLarge):
        vault.keep(CONTENT, limit=len(CONTENT) - 1)

    assert on_disk(folder) == []
