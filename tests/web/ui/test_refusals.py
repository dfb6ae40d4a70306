"""What the domain refuses becomes a page that says what, why and what now."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from biaobao.web.ui.middleware import Refusals, way_back

PAGES = ["", "workbench", "product", "desk", "document"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("theme", ["", "?theme=light", "?theme=dark"])
def test_the_showcase_asks_no_database(client: Client, page: str, theme: str) -> None:
    response = client.get(f"/ui/{page}{theme}")

    assert response.status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "refused", "pages/500"])
def test_nothing_is_inline(client: Client, page: str) -> None:
    html = client.get(f"/ui/{page}").content.decode()

    assert re.findall(r"\sstyle=|\son\w+=|<style|javascript:", html) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


@pytest.mark.parametrize(
    ("page", "status", "heading"),
    [
        ("refused", 422, "这一步没有办成"),
        ("not-allowed", 403, "您没有办理此事项的权限"),
        ("not-found", 404, "没有找到这个页面"),
    ],
)
def test_each_no_has_its_status_and_page(
    client: Client, page: str, status: int, heading: str
) -> None:
    response = client.get(f"/ui/{page}")

    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in response.content.decode()


def test_a_refusal_explains_each_objection(client: Client) -> None:
    html = client.get("/ui/refused").content.decode()

    assert re.findall(r'class="refused-what">([^<]+)<', html) == ["没有办理。", "没有发布。"]
    assert "保证金 ¥350,000.00 超过估算价 ¥15,000,000.00 的 2 %，即 ¥300,000.00。" in html
    assert "依据 《招标投标法实施条例》第二十六条" in html


def test_a_refusal_leads_back_to_where_the_person_was(client: Client) -> None:
    html = client.get("/ui/refused", headers={"referer": "http://testserver/ui/desk"}).content

    assert 'href="http://testserver/ui/desk">返回上一页</a>' in html.decode()


def test_nobody_is_led_to_another_site() -> None:
    request = RequestFactory().get("/", headers={"referer": "https://elsewhere.example/"})

    assert way_back(request) == "/"


@pytest.mark.parametrize(
    ("page", "status"), [("refused", 422), ("not-allowed", 403), ("not-found", 404)]
)
def test_a_part_of_a_page_gets_a_part(client: Client, page: str, status: int) -> None:
    response = client.get(f"/ui/{page}", headers={"hx-request": "true"})

    assert response.status_code == status
    assert response["HX-Retarget"] == "#notices"
    assert "<html" not in response.content.decode()


def test_any_other_exception_is_left_to_be_found() -> None:
    refusals = Refusals(lambda _: HttpResponse())

    assert refusals.process_exception(RequestFactory().get("/"), ValueError("a bug")) is None


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_no_context(name: str) -> None:
    html = render_to_string(f"{name}.html")

    assert "0570-3811136" in html
    assert html.count("<h1>") == 1


def test_a_forged_form_is_told_in_the_house_s_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/ui/", {})

    assert response.status_code == 403
    assert "<h1>页面停留太久，请重新提交</h1>" in response.content.decode()
