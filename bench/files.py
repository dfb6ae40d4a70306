"""What the bank says of the places: camt.054 files by the real writer, and signed requests that push them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count

from bench.server import BANK, HOST, SECRET, Server
from bench.tables import AMOUNT_FEN, MAIN_ACCOUNT
from bench.world import Place
from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.writing import Header
from biaobao.adapters.signature import sign
from biaobao.core.instants import day_of
from biaobao.domain.banking.types import Entry, Kind

_numbers = count(1)


def paid(place: Place, *, at: datetime) -> Entry:
    """Return the bank's entry of the whole amount, from the bidder's basic account."""
    return Entry(
        account=place.account,
        serial=f"S{place.number:010d}",
        booked_on=day_of(at),
        kind=Kind.CREDIT,
        amount_minor=AMOUNT_FEN,
        currency="CNY",
        credited_at=at,
        payer_name=place.payer_name,
        payer_account=place.payer_account,
        payer_bank="示例银行",
        remittance="投标保证金",
    )


def notice(entries: Sequence[Entry]) -> bytes:
    """Return a camt.054 file with a message id of its own."""
    now = datetime.now(UTC)
    return writing.notice(Header(f"M{next(_numbers)}", now, MAIN_ACCOUNT, "标保示范银行"), entries)


def pushed(server: Server, contents: Iterable[bytes]) -> list[bytes]:
    """Return the requests that push files, signed now and good for five minutes."""
    return [_request(server, content) for content in contents]


def _request(server: Server, content: bytes) -> bytes:
    headers = {
        "host": f"{HOST}:{server.inbound_port}",
        "content-type": "application/xml",
        "content-length": str(len(content)),
        **sign(SECRET, content),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /inbound/banks/{BANK}/messages HTTP/1.1\r\n{head}\r\n".encode() + content
