"""A bank's file is stored whole, once, and claimed for reading by one worker at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import banks
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.models import InboundFile
from biaobao.domain.banking.types import ArrivedFile, Bank, Source
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import banking as given
from tests.given import parties as given_parties

AT = given.AT
LEASE = timedelta(seconds=60)
PART_BYTES = bank_files.PART_BYTES

pytestmark = pytest.mark.django_db


def receive(content: bytes, *, name: str = "one.xml", actor: Actor = SYSTEM) -> UUID:
    (receipt,) = bank_files.receive_files(files=[arrived(content, name=name)], at=AT, actor=actor)
    return receipt


def arrived(content: bytes, *, name: str = "one.xml", bank: str = given.BANK) -> ArrivedFile:
    return ArrivedFile(bank, Source.PULL, name, BytesIO(content))


def claimed(*, after: timedelta = timedelta()) -> list[bytes]:
    files = bank_files.claim_files(limit=10, at=AT + after, actor=SYSTEM)
    return [file.content for file in files]


def test_the_same_content_is_stored_once_whatever_its_name():  # INV-12
    given.bank(spare=0)

    first = receive(b"\xff not even text \x00")
    again = receive(b"\xff not even text \x00", name="two.xml")

    assert first == again
    with seeing_as(SYSTEM):
        row = InboundFile.objects.get()
    assert (row.id, bytes(row.content), row.size) == (first, b"\xff not even text \x00", 17)


def test_many_files_are_stored_at_once_each_under_its_receipt_and_told_of():  # INV-12
    given.bank(spare=0)
    given.bank(code="OTHER", spare=0)
    known = receive(b"known")

    one, again, other, same, large = bank_files.receive_files(
        files=[
            arrived(b"one"),
            arrived(b"known", name="again.xml"),
            arrived(b"one", bank="OTHER"),
            arrived(b"one", name="same.xml"),
            arrived(b"x" * (PART_BYTES + 5)),
        ],
        at=AT,
        actor=SYSTEM,
    )

    with seeing_as(SYSTEM):
        kept = {row.id: (row.bank_id, bytes(row.content)) for row in InboundFile.objects.all()}
        told = sorted(AuditEvent.objects.filter(name="file.received").values_list("subject"))
    assert (again, same) == (known, one)
    assert kept == {
        known: (given.BANK, b"known"),
        one: (given.BANK, b"one"),
        other: ("OTHER", b"one"),
        large: (given.BANK, b"x" * PART_BYTES),
    }
    assert queries.part_of(large, 1, actor=SYSTEM) == b"x" * 5
    assert told == sorted((f"file:{receipt}",) for receipt in kept)


def test_if_the_bank_of_one_is_not_connected_none_is_stored():
    given.bank(spare=0)

    with pytest.raises(NotFound):
        bank_files.receive_files(
            files=[arrived(b"one"), arrived(b"two", bank="NOBODY")], at=AT, actor=SYSTEM
        )

    assert _stored() == 0


def test_a_bank_that_is_not_connected_stores_nothing():
    with pytest.raises(NotFound):
        receive(b"one")

    assert _stored() == 0


@pytest.mark.parametrize("who", [given_parties.bidder, given_parties.operator])
def test_only_the_house_stores_and_claims_files(who: Callable[[], Actor]):
    given.bank(spare=0)
    actor = who()

    with pytest.raises(NotAllowed):
        receive(b"one", actor=actor)
    with pytest.raises(NotAllowed):
        bank_files.claim_files(limit=1, at=AT, actor=actor)

    assert _stored() == 0


def test_a_claimed_file_is_nobody_elses_until_its_lease_is_over():
    given.bank(spare=0)
    receive(b"one")

    assert claimed() == [b"one"]
    assert claimed(after=LEASE) == []
    assert claimed(after=LEASE + timedelta(seconds=1)) == [b"one"]


def test_connecting_a_known_bank_gives_it_its_new_address():
    given.bank(spare=0)

    banks.connect_bank(
        code=given.BANK,
        name="标保示范银行",
        channel="folder",
        location="exchange",
        main_account="3305 0100-0001",
        spare_accounts=0,
        at=AT,
        actor=SYSTEM,
    )

    assert queries.banks(actor=SYSTEM) == (
        Bank(given.BANK, "标保示范银行", "folder", "exchange", "330501000001"),
    )


def _stored() -> int:
    with seeing_as(SYSTEM):
        return InboundFile.objects.count()
