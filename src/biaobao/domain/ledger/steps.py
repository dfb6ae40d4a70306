"""Moving money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.platform.db import step

_OPEN = """
INSERT INTO ledger_account (code, is_asset, debit_fen, credit_fen)
SELECT code, is_asset, 0, 0 FROM unnest(%s::text[], %s::boolean[]) AS a (code, is_asset)
ON CONFLICT (code) DO NOTHING
"""

_MOVE = """
INSERT INTO ledger_transfer (key, debit_id, credit_id, fen, effective_at, booked_at)
SELECT m.key, d.id, c.id, m.fen, m.effective_at, %s
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
       AS m (key, debit, credit, fen, effective_at)
  JOIN ledger_account d ON d.code = m.debit
  JOIN ledger_account c ON c.code = m.credit
 ORDER BY m.key
ON CONFLICT (key) DO NOTHING
"""

_OTHERWISE = """
SELECT m.key
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS m (key, debit, credit, fen)
  JOIN ledger_transfer t ON t.key = m.key
  JOIN ledger_account d ON d.id = t.debit_id
  JOIN ledger_account c ON c.id = t.credit_id
 WHERE (d.code, c.code, t.fen) <> (m.debit, m.credit, m.fen)
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
    columns = (
        [m.key for m in moves],
        [m.debit for m in moves],
        [m.credit for m in moves],
        [m.amount.fen for m in moves],
    )
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [accounts, [chart.is_asset(code) for code in accounts]])
        cursor.execute(_MOVE, [at, *columns, [m.effective_at for m in moves]])
        if cursor.rowcount < len(moves):
            cursor.execute(_OTHERWISE, columns)
            if taken := cursor.fetchone():
                raise KeyTaken(taken[0])
