"""Before the opening nobody learns who takes part or how many: two worlds, alike on every page."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from biaobao.adapters.banks.iso20022 import writing
from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.deposits.actions import refunds
from biaobao.domain.deposits.models import Credit, Deposit, Refund
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders.models import Registration
from biaobao.domain.tenders.types import Lot
from biaobao.jobs import sweeps
from biaobao.platform import clock
from biaobao.platform.audit import log
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import guarantees as given_guarantees
from tests.given import interest as given_interest
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

PART = Money(2_345_678)
STRANGER, STRANGERS_ACCOUNT = "王小明", "6222081209000000777"
LISTS = {
    "/agency/",
    "/bidder/",
    "/bidder/pool/",
    "/bidder/pool/appeals/",
    "/bidder/refunds/",
    "/guarantee/invoices/",
    "/guarantor/applications/",
    "/guarantor/calendar/",
    "/guarantor/claims/",
    "/guarantor/invoices/",
    "/guarantor/letters/",
    "/guarantor/limits/",
    "/guarantor/premiums/",
    "/guarantor/products/",
    "/operator/appeals/",
    "/operator/bank-files/",
    "/operator/basic-accounts/",
    "/operator/claims/",
    "/operator/forfeitures/",
    "/operator/interest/",
    "/operator/members/",
    "/operator/payees/",
    "/operator/refunds/",
    "/operator/refunds/lots/",
    "/operator/schemes/",
    "/operator/suspense/",
    "/operator/unexplained/",
    "/supervisor/",
    "/supervisor/contingencies/",
}
UUIDS = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# Cells of text (t="s") hold its number among all texts.
NUMBER_IN_A_WORKBOOK = re.compile(r'<c (?![^>]*t="s")[^>]*><v>([^<]*)<')
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
# What differs from one asking to the next by itself: tokens, and the clock of now.
OF_THE_MOMENT = (
    (re.compile(r"\b[0-9A-Za-z]{64}\b"), "TOKEN"),
    (re.compile(r'data-now="\d+"'), "NOW"),
    (re.compile(r'role="timer">[^<]*<'), "LEFT"),
    (re.compile(r"time: [0-9TZ:-]{20}"), "NOW"),
    (re.compile(r'name="seen" value="\w+"'), "SEEN"),
)

Answer = tuple[int, tuple[str, ...], str]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@dataclass(frozen=True)
class Stage:
    """A lot before its opening, everyone who might be curious, and three who will bid."""

    lot: Lot
    watchers: dict[str, Actor | None]
    three: tuple[Actor, Actor, Actor]

    @property
    def names(self) -> list[str]:
        """Return by what the three are known: names, credit codes, basic accounts."""
        known = []
        for bidder in self.three:
            assert bidder.organisation_id
            asked = {"organisation_id": bidder.organisation_id, "actor": SYSTEM}
            organisation, account = parties.organisation(**asked), parties.basic_account(**asked)
            assert account
            known += [organisation.name, organisation.uscc, account.number, str(organisation.id)]
        return known


@pytest.fixture
def stage() -> Stage:
    given_banking.bank()
    given_interest.fund()
    agency, tenderer = given_parties.agency(), given_parties.tenderer()
    lot = given_tenders.lot(
        deadline_at=clock.now().replace(microsecond=0) + timedelta(hours=30),
        agency=agency,
        tenderer=tenderer,
    )
    rival = given_parties.bidder(name="江山对手市政有限公司", account="33050168620800000999")
    booked_whole(given.chosen(lot, rival))
    return Stage(
        lot=lot,
        watchers={
            "tenderer": tenderer,
            "agency": agency,
            "another agency": given_parties.agency(name="别家招标代理有限公司"),
            "another tenderer": given_parties.tenderer(name="别家投资有限公司"),
            "operator": given_parties.operator(),
            "supervisor": given_parties.supervisor(),
            "guarantor": given_guarantees.desk(),
            "bidder of the lot": rival,
            "bidder elsewhere": given_parties.bidder(account="33050168620800000888"),
            "visitor": None,
        },
        three=(
            given_parties.bidder(name="龙游甲子建设有限公司", account="33050168620800000111"),
            given_parties.bidder(name="常山乙丑建设有限公司", account="33050168620800000222"),
            given_parties.bidder(name="开化丙寅建设有限公司", account="33050168620800000333"),
        ),
    )


def booked_whole(chosen: Chosen) -> None:
    given.booked(chosen.pays())


def three_bid(stage: Stage) -> tuple[Chosen, ...]:
    """Let the three register, choose and pay: one a part, one late, one from another's account."""
    partly, late, strange = (given.chosen(stage.lot, bidder) for bidder in stage.three)
    given.booked(partly.pays(PART, serial="SERIAL-PART"))
    given.booked(late.pays(at=stage.lot.deadline_at + timedelta(seconds=1), serial="SERIAL-LATE"))
    given.booked(
        strange.pays(payer_name=STRANGER, payer_account=STRANGERS_ACCOUNT, serial="SERIAL-STRANGE")
    )
    (theirs,) = strange.standing.credits
    refunds.ask_back(credit_id=theirs.id, at=clock.now(), actor=strange.bidder)
    return partly, late, strange


def traces(three: tuple[Chosen, ...]) -> list[str]:
    """Return all that exists only because the three bid: ids, sub-accounts, serials, amounts."""
    with seeing_as(SYSTEM):
        theirs = {"bidder_id__in": [chosen.bidder.organisation_id for chosen in three]}
        ids = [
            *Registration.objects.filter(**theirs).values_list("id", flat=True),
            *Deposit.objects.filter(**theirs).values_list("id", flat=True),
            *Deposit.objects.filter(**theirs).values_list("security_id", flat=True),
            *Deposit.objects.filter(**theirs).values_list("sub_account_id", flat=True),
            *Credit.objects.filter(**theirs).values_list("id", flat=True),
            *Refund.objects.filter(**theirs).values_list("id", flat=True),
            *Refund.objects.filter(**theirs).values_list("number", flat=True),
        ]
    assert len(ids) == 17
    accounts = [chosen.account for chosen in three]
    serials = ["SERIAL-PART", "SERIAL-LATE", "SERIAL-STRANGE"]
    amounts = [str(PART), str(PART).replace(",", "").removeprefix("¥"), str(PART.fen)]
    return [*map(str, ids), *accounts, *serials, *amounts, STRANGER, STRANGERS_ACCOUNT]


def routes(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from routes(each, route)


def every_address(stage: Stage) -> list[str]:
    """Return every address of the product, filled with what exists and with what does not."""
    file = given_tenders.file_of(stage.lot)
    bidder = stage.three[0]
    values: dict[str, list[object]] = {
        "lot_id": [stage.lot.id],
        "project_id": [stage.lot.project_id],
        "file_id": [file.id],
        "organisation_id": [bidder.organisation_id],
        "person_id": [bidder.person_id],
        "certificate_id": [UUID(int=4)],
        "difference_id": [UUID(int=6)],
        **{
            f"{each}_id": [UUID(int=5)]
            for each in (
                *(
                    "appeal",
                    "application",
                    "change",
                    "claim",
                    "closure",
                    "contingency",
                    "credit",
                    "forfeiture",
                    "handler",
                    "hold",
                    "interest",
                    "invoice",
                    "letter",
                    "membership",
                    "paper",
                    "product",
                    "refund",
                    "scheme",
                ),
                "reconciliation",
            )
        },
        "bank": [given_banking.BANK],
        "number": ["00000000000000000001"],
        "kind": ["LETTER"],
        "name": ["404", "stranger.p12"],
    }
    found = []
    for route in routes(get_resolver()):
        names = CONVERTER.findall(route)
        # A new kind of address has to be told here what to ask for.
        for chosen in product(*(values[name] for name in names)):
            filled = iter(chosen)
            found.append(CONVERTER.sub(lambda _, filled=filled: str(next(filled)), route))
    return found


def answer_of(response: HttpResponse) -> Answer:
    streams = getattr(response, "streaming", False)
    text = text_of(b"".join(response) if streams else response.content)
    for what, word in OF_THE_MOMENT:
        text = what.sub(word, text)
    headers = ("Location", "Content-Disposition", "Content-Type", "Refresh", "HX-Redirect")
    return response.status_code, tuple(response.get(name, "") for name in headers), text


def text_of(content: bytes) -> str:
    """Return content as text; of a workbook what its sheets say, for it is packed and knows when."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        numbers = NUMBER_IN_A_WORKBOOK.findall(book.read("xl/worksheets/sheet1.xml").decode())
        return "|".join((texts, *numbers))


def everything_seen(stage: Stage) -> dict[tuple[str, str], Answer]:
    """Ask for every address as everyone, and press what those who watch the lot might press."""
    seen = {}
    addresses = every_address(stage)
    assert set(addresses) > LISTS
    for who, actor in stage.watchers.items():
        browser = visiting(actor) if actor else Client(HTTP_HOST="localhost")
        for address in addresses:
            if actor and address.startswith("/ui/"):
                continue  # the showcase looks the same to everyone
            seen[who, f"GET {address}"] = answer_of(browser.get(address))
            if address in LISTS:
                for asked in ("page=2", f"q={stage.names[0]}", f"q={stage.names[1]}"):
                    found = browser.get(f"{address}?{asked}")
                    seen[who, f"GET {address}?{asked}"] = answer_of(found)
            # One's own bids apart: a bidder's press would change them.
            if str(stage.lot.id) in address and "bidder" not in who:
                seen[who, f"POST {address}"] = answer_of(browser.post(address))
    return seen


def is_no_search_for(stage: Stage, asked: str) -> bool:
    """Tell whether an answer that names one of the three says more than the question did."""
    return "?q=" not in asked and not any(str(b.organisation_id) in asked for b in stage.three)


def bare(text: str) -> str:
    """Return a page as one reads it, without marks and spaces: numbers are set in fours."""
    return text + re.sub(r"<[^>]*>|\s", "", text)


def test_before_the_opening_every_page_is_the_same_with_and_without_three_bidders(stage: Stage):
    without = everything_seen(stage)
    three = three_bid(stage)
    with_them = everything_seen(stage)

    assert len(without) > 600
    differing = [asked for asked, answer in with_them.items() if answer != without[asked]]
    assert differing == []
    secret, names = traces(three), stage.names
    for (who, asked), (_status, headers, text) in with_them.items():
        page = bare(" ".join((*headers, text)))
        told = [trace for trace in secret if trace in page]
        # Operators keep organisations: that there is one is no secret, what it bids for is.
        if who != "operator" and is_no_search_for(stage, asked):
            told += [name for name in names if name in page]
        assert told == [], (who, asked)


def test_after_the_opening_those_concerned_see_the_list_and_nobody_else(stage: Stage):
    lot = given_tenders.lot(
        deadline_at=clock.now().replace(microsecond=0) - timedelta(minutes=1),
        agency=stage.watchers["agency"],
        tenderer=stage.watchers["tenderer"],
    )
    due = Stage(lot, stage.watchers, stage.three)
    three = three_bid(due)
    given_tenders.opened(lot, at=clock.now())

    seen = everything_seen(due)

    secret = [*stage.names, *traces(three)]
    tell = {
        (who, asked)
        for (who, asked), (_status, headers, text) in seen.items()
        if who != "operator" and is_no_search_for(stage, asked) and "?page=" not in asked
        if any(trace in bare(" ".join((*headers, text))) for trace in secret)
    }
    opening, export = f"/agency/lots/{lot.id}/opening/", f"/agency/lots/{lot.id}/opening.csv"
    award = f"/agency/lots/{lot.id}/award/"
    running = [f"GET {opening}", f"GET {export}", f"GET {award}", f"POST {award}"]
    assert tell == {
        *(("agency", asked) for asked in running),
        *(("tenderer", asked) for asked in running),
        ("supervisor", f"GET /supervisor/lots/{lot.id}/"),
    }
    assert "共 3 家" in seen["agency", f"GET {opening}"][2]
    assert len(seen["agency", f"GET {export}"][2].splitlines()) == 2 + 3


def test_every_address_names_things_by_what_cannot_be_counted():
    kinds = {kind for route in routes(get_resolver()) for kind in re.findall(r"<([^>]*)>", route)}

    assert {kind for kind in kinds if not kind.startswith("uuid:")} == {
        "str:bank",  # a bank's code
        "str:kind",  # of a paper, of a scan
        "str:name",  # a certificate file of the demo
        "str:number",  # of a letter, random
        "slug:name",  # a page of the showcase
    }


def test_what_a_bidder_is_shown_of_its_own_counts_nobody(stage: Stage):
    (partly, *_others) = three_bid(stage)
    lot_id = stage.lot.id

    pages = [
        visiting(partly.bidder).get(address).content.decode()
        for address in (f"/bidder/lots/{lot_id}/security/", f"/bidder/lots/{lot_id}/registration/")
    ]

    ids = {UUID(each) for page in pages for each in UUIDS.findall(page)}
    assert {each.version for each in ids} == {4}
    assert all("共" not in page for page in pages)


def test_the_history_of_a_bidder_is_its_own_until_the_lot_is_opened(stage: Stage):  # INV-8
    (partly, late, _strange) = three_bid(stage)
    own = {"lot_id": stage.lot.id, "organisation_id": partly.bidder.organisation_id}
    everyone = {who: actor for who, actor in stage.watchers.items() if actor}

    mine = log.history(**own, actor=partly.bidder)
    before = {who: len(log.history(**own, actor=actor)) for who, actor in everyone.items()}
    given_tenders.opened(stage.lot)
    after = {who: len(log.history(**own, actor=actor)) for who, actor in everyone.items()}

    names = [recorded.event.name for recorded in mine]
    assert names[-2:] == ["deposit.partial", "credit.booked"]
    assert log.history(**own, actor=late.bidder) == ()
    assert before == dict.fromkeys(everyone, 0)
    may_see = {"tenderer", "agency", "operator", "supervisor"}
    assert after == {who: len(mine) if who in may_see else 0 for who in everyone}


def test_a_whole_payment_leaves_no_name_number_or_amount_in_the_logs(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "biaobao")
    chosen = given.chosen(stage.lot, stage.three[0])
    paid = chosen.pays(PART)
    again = chosen.pays(Money(99), serial=paid.serial)

    for entries in ((paid,), (again,), (chosen.reversal_of(paid),)):
        reported(*entries, at=paid.credited_at)
    reported_wrong(paid.account, at=paid.credited_at)
    visiting(chosen.bidder).get(f"/bidder/lots/{stage.lot.id}/security/")

    assert chosen.standing.received == Money(0)
    told = [
        secret
        for secret in (*stage.names, chosen.account, str(PART), "23456.78", str(PART.fen))
        if secret in caplog.text
    ]
    assert told == []


@pytest.mark.parametrize(
    ("right", "spoilt"),
    [
        (">23456.78<", ">23456.789<"),
        (">23456.78<", ">23,456.78<"),
        (">23456.78<", ">23'456.78<"),
        (">龙游甲子建设有限公司<", f">{'龙游甲子建设有限公司' * 20}<"),
        (">33050168620800000111<", f">{'33050168620800000111 ' * 3}<"),
        ("<IBAN>GB29NWBK60161331926819<", "<IBAN>33050168620800000111<"),
        ('Ccy="CNY"', 'Ccy="龙游甲子"'),
    ],
)
def test_what_operators_read_of_a_spoilt_file_tells_nobody_and_no_amount(
    stage: Stage, right: str, spoilt: str
):
    chosen = given.chosen(stage.lot, stage.three[0])
    at = stage.lot.deadline_at
    paid = chosen.pays(PART)
    if right.startswith("<IBAN>"):
        paid = replace(paid, payer_account="GB29NWBK60161331926819")
    header = writing.Header("M1", at, given_banking.MAIN_ACCOUNT, given_banking.BANK)
    content = writing.notice(header, [paid]).decode()
    assert right in content
    stored(content.replace(right, spoilt).encode(), at=at)

    page = bare(visiting(stage.watchers["operator"]).get("/operator/bank-files/").content.decode())

    assert "第1条" in page
    secrets = ("23456", "23,456", "23'456", "龙游甲子", "33050168620800000111", chosen.account)
    assert [secret for secret in secrets if secret in page] == []


def reported(*entries, at: datetime) -> None:
    """Let the bank's file take the whole way: stored, read, booked."""
    header = writing.Header(uuid4().hex[:20], at, given_banking.MAIN_ACCOUNT, given_banking.BANK)
    stored(writing.notice(header, entries), at=at)


def reported_wrong(account: str, *, at: datetime) -> None:
    stored(f"<Document><Acct>{account}</Acct>23456.78".encode(), at=at)


def stored(content: bytes, *, at: datetime) -> None:
    given_banking.stored(content, at=at)
    assert sweeps.read_files(at) == 1
