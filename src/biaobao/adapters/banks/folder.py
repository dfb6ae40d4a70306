"""A bank over folders: it drops files into ``in/`` and picks requests up from ``out/``.

Whoever writes a file writes it under another name (``.tmp`` at the end, or a dot at the start)
and then renames it, so that nobody reads half a file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from biaobao.adapters.banks import spool
from biaobao.adapters.banks.iso20022.writing import payment_order
from biaobao.domain.banking.ports import BankRefused, BankUnreachable
from biaobao.domain.banking.types import Address, BankFile, OpenedAccount, Payment

# Answers to requests of ours: they are read when asked for, and are no notices.
ANSWERS = "sub-accounts-"
# Payment orders; of these only a refusal to take one comes back under the name.
PAYMENTS = "pain001-"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class FolderBank:
    """Speaks the protocol of ``docs/bank-host-to-host.md`` through the folder at the address."""

    def __init__(self, address: Address) -> None:
        folder = Path(address.location)
        self._in, self._out, self._done = folder / "in", folder / "out", folder / "done"

    def open_sub_accounts(self, *, key: str, count: int) -> tuple[OpenedAccount, ...]:
        name = _named(ANSWERS, key)
        with _reachable():
            _refused(self._in / f"{name}.refused.txt")
            opened = _opened(self._in / f"{name}.csv")
            if len(opened) < count:
                self._out.mkdir(parents=True, exist_ok=True)
                write_whole(self._out / f"{name}.csv", f"key,count\n{key},{count}\n".encode())
        return opened[:count]

    def waiting_files(self) -> Iterator[BankFile]:
        with _reachable():
            files = [path for path in self._in.iterdir() if _waits(path)]
            files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
        for path in files:
            with _reachable(), path.open("rb") as file:
                content = spool.copied(iter(partial(file.read, spool.PIECE_BYTES), b""))
            yield BankFile(path.name, content)

    def acknowledge(self, name: str) -> None:
        path = self._in / name
        if path.parent != self._in or not _is_name(name):
            raise BankRefused(f"not the name of a file: {name!r}")
        with _reachable():
            self._done.mkdir(exist_ok=True)
            if path.exists():
                path.replace(_free(self._done / name))

    def entries_of(self, account: str) -> BankFile | None:  # noqa: ARG002 - folders answer nothing
        return None

    def pay(self, payment: Payment) -> BankFile | None:
        name = _named(PAYMENTS, payment.key)
        order = payment_order(payment)
        with _reachable():
            _refused(self._in / f"{name}.refused.txt")
            self._out.mkdir(parents=True, exist_ok=True)
            path = self._out / f"{name}.xml"
            told = _lying(path)
            if told is None:
                write_whole(path, order)
            elif told != order:
                raise BankRefused("another payment was told under this key")
        return None

    def status_of(self, key: str) -> BankFile | None:  # noqa: ARG002 - as above
        return None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing."""
    # Several may write it at once.
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _lying(path: Path) -> bytes | None:
    """Return what lies at the path; the other side may take it away at any moment."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _named(kind: str, key: str) -> str:
    if not _KEY.fullmatch(key):
        raise BankRefused(f"a key cannot be part of a file name: {key!r}")
    return kind + key


def _refused(refusal: Path) -> None:
    if refusal.is_file():
        raise BankRefused(refusal.read_text(encoding="utf-8").strip())


def _is_name(name: str) -> bool:
    return not name.startswith(".") and "/" not in name and "\\" not in name and "\0" not in name


def _waits(path: Path) -> bool:
    # A link could lead out of the folder.
    return (
        _is_name(path.name)
        and not path.name.endswith(".tmp")
        and not path.name.startswith((ANSWERS, PAYMENTS))
        and path.is_file()
        and not path.is_symlink()
    )


def _free(path: Path) -> Path:
    """Return the path, or one beside it when a bank uses a name again: nothing is overwritten."""
    number = 0
    free = path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


def _opened(answer: Path) -> tuple[OpenedAccount, ...]:
    if not answer.is_file():
        return ()
    try:
        with answer.open(encoding="utf-8-sig", newline="") as file:
            return tuple(
                OpenedAccount(row["number"], row["name"], row["branch"])
                for row in csv.DictReader(file, strict=True)
            )
    except (KeyError, csv.Error, UnicodeDecodeError) as reason:
        raise BankUnreachable(f"{answer.name} cannot be read: {reason!r}") from reason


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise BankUnreachable(f"{type(reason).__name__}: {reason.filename}") from reason
