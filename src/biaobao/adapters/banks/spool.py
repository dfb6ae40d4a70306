"""Keeps on this machine's disk what a bank hands over, so that no file is ever whole in memory."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from biaobao.adapters.banks.iso20022.reading import FETCHED_BYTES_MAX

PIECE_BYTES = 64 * 2**10
_IN_MEMORY_BYTES = 2**20


def copied(pieces: Iterable[bytes], *, bytes_max: int = FETCHED_BYTES_MAX) -> BinaryIO:
    """Return a file of the pieces, open at its start and gone when it is closed.

    Of more than ``bytes_max`` it holds one byte more than that, so that a reader sees there is more.
    """
    file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by whoever takes it
    try:
        left = bytes_max + 1
        for piece in pieces:
            file.write(piece[:left])
            left -= len(piece)
            if left <= 0:
                break
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return cast("BinaryIO", file)
