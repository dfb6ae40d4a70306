"""What a query reads is all of one instant, whatever is committed meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from biaobao.core.actor import SYSTEM, Actor
from biaobao.domain.parties.models import Organisation
from biaobao.platform.db import query
from tests.given import parties as given_parties


def enrol_somebody() -> None:
    given_parties.bidder()
    connection.close()


@query
def counted_twice(*, actor: Actor) -> tuple[int, int]:
    before = Organisation.objects.count()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(enrol_somebody).result()
    return before, Organisation.objects.count()


def test_a_query_sees_nothing_that_is_committed_while_it_reads(committed: None):
    first, second = counted_twice(actor=SYSTEM)

    assert (first, second) == (0, 0)
    assert Organisation.objects.count() > 0
