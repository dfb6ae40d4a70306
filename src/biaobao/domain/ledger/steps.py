"""Moving money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.platform import rows
from biaobao.platform.db import step

_OPENED = rows.given("code text", "is_asset boolean")
_OPEN = f"""
INSERT INTO ledger_account (code, is_asset, debit_fen, credit_fen)
SELECT code, is_asset, 0, 0 FROM {_OPENED}
ON CONFLICT (code) DO NOTHING
"""

_MOVED = rows.given(
    "key text", "debit text", "credit text", "fen bigint", "effective_at timestamptz"
)
_MOVE = f"""
INSERT INTO ledger_transfer (key, debit_id, credit_id, fen, effective_at, booked_at)
SELECT given.key, d.id, c.id, given.fen, given.effective_at, %s
  FROM {_MOVED}
  JOIN ledger_account d ON d.code = given.debit
  JOIN ledger_account c ON c.code = given.credit
 ORDER BY given.key
ON CONFLICT (key) DO NOTHING
"""

_OTHERWISE = f"""
SELECT given.key
  FROM {_MOVED}
  JOIN ledger_transfer t ON t.key = given.key
  JOIN ledger_account d ON d.id = t.debit_id
  JOIN ledger_account c ON c.id = t.credit_id
 WHERE (d.code, c.code, t.fen) <> (given.debit, given.credit, given.fen)
"""


class KeyTaken(Exception):
    """A transfer with this key moved something else before."""


@step
def move(moves: Sequence[Move], *, at: datetime) -> None:
    """Move money, each key once; accounts that are new are opened.

    :raises KeyTaken: if a key moved another amount or other accounts before.
    :raises django.db.IntegrityError: if an account would pass zero.
    """
    if not moves:
        return
    accounts = sorted({code for m in moves for code in (m.debit, m.credit)})
    opened = rows.packed({"code": code, "is_asset": chart.is_asset(code)} for code in accounts)
    moved = rows.packed(
        {
            "key": move.key,
            "debit": move.debit,
            "credit": move.credit,
            "fen": move.amount.fen,
            "effective_at": move.effective_at,
        }
        for move in moves
    )
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [opened])
        cursor.execute(_MOVE, [at, moved])
        if cursor.rowcount < len(moves):
            cursor.execute(_OTHERWISE, [moved])
            if taken := cursor.fetchone():
                raise KeyTaken(taken[0])
