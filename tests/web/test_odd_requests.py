"""Requests that no page of ours makes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.given import guarantees, parties
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

SEARCHES = [
    (parties.bidder, "/bidder/", "q"),
    (parties.bidder, "/bidder/", "region"),
    (parties.bidder, "/bidder/", "kind"),
    (parties.bidder, "/bidder/", "page"),
    (parties.agency, "/agency/", "q"),
    (parties.supervisor, "/supervisor/", "q"),
    (guarantees.desk, "/guarantor/calendar/", "q"),
    (guarantees.desk, "/guarantor/products/", "q"),
    (guarantees.desk, "/guarantor/products/", "state"),
    (parties.operator, "/operator/organisations/", "q"),
    (parties.operator, "/operator/organisations/check-code/", "uscc"),
    (parties.operator, "/operator/people/", "q"),
]


@pytest.mark.parametrize("asked", ["\0", "%", "\\", "9" * 5000, "１２"])
@pytest.mark.parametrize(("who", "url", "name"), SEARCHES)
def test_whatever_is_searched_for_is_answered(who, url, name, asked):
    assert visiting(who()).get(url, {name: asked}).status_code == 200


def test_a_page_asked_for_under_another_host_is_not_given():
    answer = Client().get("/", headers={"host": "elsewhere.example"})

    assert answer.status_code == 400


def test_no_page_is_shown_inside_anothers():
    answer = Client(HTTP_HOST="localhost").get("/sign-in/")

    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "onward", ["//elsewhere.example/", "https://elsewhere.example", "/\\else.example"]
)
def test_nobody_is_led_elsewhere_after_signing_in(onward: str):
    browser = visiting(parties.bidder())

    answer = browser.get(reverse("public:sign-in"), {"next": onward})

    assert answer["Location"] == "/bidder/"


def test_a_press_without_its_token_changes_nothing():
    actor = parties.bidder()
    browser = Client(enforce_csrf_checks=True, HTTP_HOST="localhost")
    browser.cookies = visiting(actor).cookies

    answer = browser.post(reverse("public:sign-out"))

    assert answer.status_code == 403
    assert browser.get("/bidder/").status_code == 200
