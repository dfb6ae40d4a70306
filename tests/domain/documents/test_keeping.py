"""Keeping documents, and who may read them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor, Role
from biaobao.core.refusal import NotFound
from biaobao.domain.documents import queries, steps
from biaobao.domain.documents.types import Document, Kind, Signature, Signed
from biaobao.domain.parties.types import Holder
from biaobao.platform import files, vault
from biaobao.platform.db import action, seeing_as
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.parties import AT

pytestmark = pytest.mark.django_db

LETTER = b"%PDF-1.7 a letter of the bidder"
SIGNATURE = Signature(
    Holder("ab" * 32, "5b3f9c", "CN=CA", "91330800MA28F00B5G", "衢州融资担保示例有限公司"), AT
)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@action
def keeping(made: bytes | Signed, *, kind: Kind, bidder_id: UUID, lot_id: UUID) -> UUID:
    return steps.keep(made, kind=kind, bidder_id=bidder_id, lot_id=lot_id, at=AT)


@dataclass
class Held:
    """A signed letter that a bidder has for a lot."""

    id: UUID
    bidder: Actor
    lot: given_tenders.Lot


@pytest.fixture
def held() -> Held:
    lot, bidder = given_tenders.lot(), given_parties.bidder()
    bidder_id = bidder.organisation_id
    assert bidder_id
    signed = Signed(LETTER, SIGNATURE)
    letter = keeping(signed, kind=Kind.LETTER, bidder_id=bidder_id, lot_id=lot.id)
    return Held(letter, bidder, lot)


def on_disk(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def rows(actor: Actor) -> tuple[int, int]:
    with seeing_as(actor), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM documents_document),"
            " (SELECT count(*) FROM documents_signature)"
        )
        documents, signatures = cursor.fetchone()
    return documents, signatures


def test_a_kept_letter_is_there_with_who_signed_it(held: Held):
    letter = queries.document(held.id, actor=held.bidder)

    assert letter == Document(
        held.id,
        Kind.LETTER,
        held.bidder.organisation_id,
        held.lot.id,
        hashlib.sha256(LETTER).hexdigest(),
        len(LETTER),
        AT,
        SIGNATURE,
    )
    assert queries.content(held.id, actor=held.bidder) == LETTER


def test_an_unsigned_document_has_no_signature(held: Held):
    bidder_id = held.bidder.organisation_id
    assert bidder_id

    agreement = keeping(b"%PDF", kind=Kind.AGREEMENT, bidder_id=bidder_id, lot_id=held.lot.id)

    assert queries.document(agreement, actor=held.bidder).signature is None


def test_the_same_letter_is_kept_once(held: Held, folder: Path):
    bidder_id = held.bidder.organisation_id
    assert bidder_id

    before = on_disk(folder)
    again = keeping(
        Signed(LETTER, SIGNATURE), kind=Kind.LETTER, bidder_id=bidder_id, lot_id=held.lot.id
    )

    assert again == held.id
    assert rows(SYSTEM) == (1, 1)
    assert on_disk(folder) == before


def test_the_disk_does_not_tell_what_was_kept(held: Held, folder: Path):
    contents = [path.read_bytes() for path in on_disk(folder)]

    assert LETTER not in contents
    assert not any(b"a letter" in content for content in contents)
    assert any(len(content) == len(LETTER) + 28 for content in contents)


def test_without_the_houses_key_a_document_is_not_read(held: Held, settings):
    settings.DOCUMENT_KEY = bytes(32)

    with pytest.raises(vault.CannotOpen):
        queries.content(held.id, actor=held.bidder)


@pytest.mark.parametrize(
    "who",
    [
        given_parties.tenderer,
        given_parties.agency,
        given_parties.operator,
        given_parties.supervisor,
        given_parties.bidder,
        lambda: NOBODY,
    ],
)
def test_before_the_opening_nobody_else_learns_of_it(held: Held, who):  # INV-8
    actor = who()

    for read in (queries.document, queries.content):
        with pytest.raises(NotFound):
            read(held.id, actor=actor)
    assert rows(actor) == (0, 0)
    assert rows(given_tenders.keeper_of(held.lot)) == (0, 0)


def test_from_the_opening_on_those_concerned_read_it(held: Held):
    keeper = given_tenders.keeper_of(held.lot)
    lot = given_tenders.opened(held.lot)
    tenderer = Actor("", Role.TENDERER, None, lot.tenderer_id)

    for actor in (keeper, tenderer, given_parties.operator(), given_parties.supervisor()):
        assert queries.content(held.id, actor=actor) == LETTER
        assert queries.document(held.id, actor=actor).signature == SIGNATURE
    for actor in (given_parties.bidder(), given_parties.agency(), NOBODY):
        assert rows(actor) == (0, 0)


@pytest.mark.parametrize("table", ["documents_document", "documents_signature"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = now()", "DELETE FROM {}"])
def test_what_is_kept_stays_as_it_is(held: Held, table: str, change: str):
    column = "kept_at" if table == "documents_document" else "stamped_at"

    with (
        pytest.raises(IntegrityError, match="append-only"),
        seeing_as(SYSTEM),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table, column))

    assert queries.document(held.id, actor=held.bidder).kept_at == AT


def test_a_file_beyond_reason_is_not_kept(held: Held, folder: Path):
    bidder_id = held.bidder.organisation_id
    assert bidder_id
    large = b"\0" * (steps.SIZE_MAX + 1)

    with pytest.raises(files.TooLarge):
        keeping(large, kind=Kind.LETTER, bidder_id=bidder_id, lot_id=held.lot.id)

    assert rows(SYSTEM) == (1, 1)


def test_there_is_no_document_of_another_kind(held: Held):
    with (
        pytest.raises(IntegrityError, match="documents_document_is_of_a_known_kind"),
        seeing_as(SYSTEM),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO documents_document (id, kind, bidder_id, lot_id, sha256, size, stored_sha256,"
            " wrapped_key, kept_at) SELECT %s, 'NOTE', bidder_id, lot_id, sha256, size, stored_sha256,"
            " wrapped_key, kept_at FROM documents_document",
            [uuid4()],
        )


def test_what_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        queries.content(uuid4(), actor=SYSTEM)
