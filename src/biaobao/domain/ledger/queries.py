"""Reading the books."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection

from biaobao.core.actor import Actor
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.ledger.models import Account
from biaobao.domain.ledger.types import Discrepancy, Recount
from biaobao.platform.db import query

_MOVED = """
SELECT a.is_asset, coalesce(sum(t.fen) FILTER (WHERE t.debit_id = a.id), 0),
       coalesce(sum(t.fen) FILTER (WHERE t.credit_id = a.id), 0)
  FROM ledger_account a
  LEFT JOIN ledger_transfer t
    ON a.id IN (t.debit_id, t.credit_id) AND t.effective_at >= %s AND t.effective_at < %s
 WHERE a.code = %s
 GROUP BY a.id
"""

_RECOUNT = """
SELECT a.code, a.debit_fen, a.credit_fen, coalesce(d.fen, 0), coalesce(c.fen, 0)
  FROM ledger_account a
  LEFT JOIN (SELECT debit_id, sum(fen) AS fen FROM ledger_transfer GROUP BY 1) d
    ON d.debit_id = a.id
  LEFT JOIN (SELECT credit_id, sum(fen) AS fen FROM ledger_transfer GROUP BY 1) c
    ON c.credit_id = a.id
 ORDER BY a.code
"""


@query
def balance(account: str, *, actor: Actor) -> Money:  # noqa: ARG001 - the scope reads it
    """Return what an account holds, zero if it was never used."""
    row = (
        Account.objects.filter(code=account)
        .values_list("is_asset", "debit_fen", "credit_fen")
        .first()
    )
    if row is None:
        return Money(0)
    is_asset, debit, credit = row
    return Money(debit - credit if is_asset else credit - debit)


@query
def moved_on(account: str, day: date, *, actor: Actor) -> Money:  # noqa: ARG001 - the scope reads it
    """Return by how much an account grew on a day in Shanghai, by the banks' clocks; negative if it fell."""
    begins = datetime.combine(day, time.min, SHANGHAI)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [begins, begins + timedelta(days=1), account])
        is_asset, debit, credit = cursor.fetchone() or (True, 0, 0)
    return Money(int(debit - credit) if is_asset else int(credit - debit))


@query
def recount(*, actor: Actor) -> Recount:  # noqa: ARG001 - the scope reads it
    """Recompute every account from the transfers and compare with the totals kept on it."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT)
        rows = cursor.fetchall()
        cursor.execute("SELECT count(*), coalesce(sum(fen), 0) FROM ledger_transfer")
        transfers, moved = cursor.fetchone()
    return Recount(
        accounts=len(rows),
        transfers=transfers,
        moved=Money(int(moved)),
        discrepancies=tuple(
            Discrepancy(code, (Money(dk), Money(ck)), (Money(int(dr)), Money(int(cr))))
            for code, dk, ck, dr, cr in rows
            if (dk, ck) != (dr, cr)
        ),
    )
