"""Who sees rows of invoices, counted in the database itself, and what is left of their files."""

from __future__ import annotations

import pytest
from django.db import connection

from biaobao.core.actor import NOBODY, SYSTEM, Actor, Role
from biaobao.core.refusal import NotFound
from biaobao.domain.invoices import queries
from biaobao.domain.invoices.types import FileKind
from biaobao.platform.db import seeing_as
from tests.given import invoices as given
from tests.given import parties as given_parties
from tests.platform.test_scopes import INVOICES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def seen(actor: Actor) -> dict[str, int]:
    counts = {}
    with seeing_as(actor), connection.cursor() as cursor:
        for table in INVOICES:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def test_an_invoice_is_its_buyers_and_its_sellers_alone():
    buyer, seller = given_parties.bidder(), given.seller()
    invoice = given.issued(buyer=buyer, by=seller)
    selling = Actor("", Role.GUARANTOR, None, seller.id)
    own = {"invoices_invoice": 1, "invoices_invoicefile": 2, "invoices_invoiceline": 1}

    assert (seen(SYSTEM), seen(buyer), seen(selling)) == (own, own, own)
    strangers = [
        NOBODY,
        given_parties.bidder(),
        Actor("", Role.GUARANTOR, None, given.seller().id),
        given_parties.agency(),
        given_parties.tenderer(),
        given_parties.operator(),
        given_parties.supervisor(),
    ]
    for stranger in strangers:
        assert set(seen(stranger).values()) == {0}
        with pytest.raises(NotFound):
            queries.invoice(invoice_id=invoice.id, actor=stranger)
        with pytest.raises(NotFound):
            queries.file(invoice_id=invoice.id, kind=FileKind.PDF, actor=stranger)
    for actor in (buyer, selling):
        assert queries.mine(page=1, actor=actor).rows == (invoice,)
        assert queries.file(invoice_id=invoice.id, kind=FileKind.PDF, actor=actor)
    assert queries.mine(page=1, actor=strangers[1]).rows == ()


def test_there_is_no_red_file_before_there_is_a_red_one():
    buyer = given_parties.bidder()
    invoice = given.issued(buyer=buyer)

    with pytest.raises(NotFound):
        queries.file(invoice_id=invoice.id, kind=FileKind.RED_PDF, actor=buyer)


def test_what_lies_on_the_disk_says_nothing(tmp_path):
    given.issued()

    kept = [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert all(b"EInvoice" not in content and b"%PDF" not in content for content in kept)
