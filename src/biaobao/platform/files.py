"""Files kept by the SHA-256 of their content, under MEDIA_ROOT: written once, never changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


class TooLarge(Exception):
    """The content is larger than its place allows."""


def keep(content: bytes, *, limit: int) -> str:
    """Keep the content, safe on disk when this returns, and return its name.

    The same content is kept once, however often it comes.

    :raises TooLarge: if it has more than ``limit`` bytes.
    """
    if len(content) > limit:
        raise TooLarge(f"{len(content)} bytes, at most {limit}")
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    if not path.exists():
        _write(path, content)
    return sha256


def open_kept(sha256: str) -> BinaryIO:
    """Open kept content for reading; the caller closes it.

    :raises FileNotFoundError: if nothing is kept under that name.
    """
    return _path(sha256).open("rb")


def _path(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise FileNotFoundError(sha256)
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # The name appears only with the whole content behind it, and stays after a power cut.
        Path(temporary).rename(path)
        _sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
