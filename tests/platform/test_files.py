"""Files kept by their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from biaobao.platform import files


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_content_is_found_again_by_its_hash(folder):
    sha256 = files.keep(b"tender", limit=6)

    assert sha256 == hashlib.sha256(b"tender").hexdigest()
    with files.open_kept(sha256) as kept:
        assert kept.read() == b"tender"


def test_the_same_content_is_kept_once(folder):
    assert files.keep(b"tender", limit=6) == files.keep(b"tender", limit=6)
    assert names(folder) == [hashlib.sha256(b"tender").hexdigest()]


def test_too_large_content_leaves_nothing(folder):
    with pytest.raises(files.TooLarge):
        files.keep(b"tender", limit=5)

    assert names(folder) == []


def test_a_failed_write_leaves_nothing(folder, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        files.keep(b"tender", limit=6)

    assert names(folder) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "G" * 64, "0" * 64 + "\n"])
def test_only_hashes_are_names(name):
    with pytest.raises(FileNotFoundError):
        files.open_kept(name)
