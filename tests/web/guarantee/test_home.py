"""The front page: what it is, the way in, and back to it, for whoever comes."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from biaobao.domain.guarantees.types import IssuerClass
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
HERE = "/guarantee/"


def front(browser: Client) -> str:
    answer = browser.get(HERE)
    assert answer.status_code == 200
    return answer.content.decode()


def stranger() -> Client:
    return Client(HTTP_HOST="localhost")


def test_a_first_time_visitor_reads_what_it_is_and_who_issues():
    given.guarantor(name="示例银行", issuer_class=IssuerClass.BANK)

    page = front(stranger())

    for words in ("投标保函，在线申请，自动出函", "示例银行", "银行", "开标前保密"):
        assert words in page
    titles = re.findall(r'class="step-title">([^<]+)<', page)
    assert titles == [
        "选择标段",
        "选择产品",
        "填写授信信息",
        "材料签章",
        "保函支付",
        "保函生成",
    ]
    assert "立即申请" not in page
    assert "账户中心" not in page


@pytest.mark.parametrize("way", ["by-certificate", "by-password"])
def test_he_comes_in_by_certificate_or_password(way: str):
    browser = stranger()
    (address,) = re.findall(rf'href="(/sign-in/[^"#]*)#{way}"', front(browser))

    page = browser.get(address).content.decode()

    assert address == "/sign-in/?next=%2Fguarantee%2F"
    assert f'id="{way}"' in page
    # Both forms carry where to go afterwards.
    assert page.count('name="next" value="/guarantee/"') == 2


def test_signed_in_he_is_back_and_can_apply():
    company = given_parties.organisation()
    person = given_parties.person(company)
    browser = stranger()
    told = {"username": person.username, "password": given_parties.DEMO_PASSWORD, "next": HERE}

    answer = browser.post("/sign-in/", told)

    assert (answer.status_code, answer["Location"]) == (302, HERE)
    page = front(browser)
    assert 'href="/guarantee/lots/">立即申请' in page
    assert "账户中心" in page
    assert "证书登录" not in page


def test_others_verify_and_do_not_apply():
    page = front(visiting(given_parties.operator()))

    assert "立即申请" not in page
    assert 'href="/verify/"' in page


def test_every_page_has_the_face_and_its_way_through():
    browser = visiting(given.bidder())

    for path, current in (
        (HERE, "首页"),
        (f"{HERE}lots/", "投标保函"),
        (f"{HERE}applications/", "我的保函"),
        (f"{HERE}account/", "账户中心"),
    ):
        page = browser.get(path).content.decode()
        assert '<body class="product"' in page
        assert '<span class="brand-name">电子保函</span>' in page
        assert re.findall(r'aria-current="page"[^>]*>([^<]+)<', page) == [current]
