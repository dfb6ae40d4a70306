"""Checking a letter by hand, off line: with the file and the certificates of trusted authorities, no more."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from biaobao.adapters.signing.pades_checking import PadesChecker
from biaobao.core.instants import read_out
from biaobao.domain.documents import rules
from biaobao.domain.documents.types import Finding


def verify(file: str, *, trust: str) -> int:
    """Print what a signed PDF proves, return 1 unless it is genuine and signed by whom it names for that."""
    try:
        content, checker = Path(file).read_bytes(), PadesChecker(Path(trust).read_bytes())
    except (OSError, ValueError) as problem:
        print(f"not checked: {problem}", file=sys.stderr)
        return 1
    verdict = rules.as_named(checker.verify(content))
    print(verdict.finding)
    if verdict.signature:
        signer, stamped_at = verdict.signature.signer, read_out(verdict.signature.stamped_at)
        print(
            f"signed by {signer.name} {signer.uscc}, certificate {signer.serial}, at {stamped_at}"
        )
    if verdict.finding is not Finding.GENUINE:
        return 1
    print(orjson.dumps(orjson.loads(verdict.data), option=orjson.OPT_INDENT_2).decode())
    return 0
