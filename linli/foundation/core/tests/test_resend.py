"""A form whose token has expired is sent again whole, without secrets, and never for another site."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
FORM = {
    "text": "电梯停在5楼",
    "key": "sending-key-0001",
    "floor": "5",
    "photo": ["a1", "b2"],
    "empty": "",
    "csrfmiddlewaretoken": "old",
}


def resent(path: str, form: dict, **headers: str) -> list[tuple[str, str]]:
    answer = Client(enforce_csrf_checks=True, headers=headers).post(path, form)
    assert answer.status_code == 403
    found = HIDDEN.findall(answer.content.decode())
    return [(name, unescape(text)) for name, text in found if name != "csrfmiddlewaretoken"]


def test_every_field_is_sent_again_with_its_key(work) -> None:
    assert sorted(resent("/report", FORM)) == sorted(
        [
            ("text", "电梯停在5楼"),
            ("key", "sending-key-0001"),
            ("floor", "5"),
            ("photo", "a1"),
            ("photo", "b2"),
            ("empty", ""),
        ]
    )


def test_the_query_of_the_address_is_kept(work) -> None:
    answer = Client(enforce_csrf_checks=True).post("/report?place=abc", FORM)
    assert 'action="/report?place=abc"' in answer.content.decode()


def test_passwords_and_codes_valid_once_are_left_out(work) -> None:
    assert resent("/sign-in", {"login_name": "demo", "password": "geheim-geheim", "next": "/desk"}) == [
        ("login_name", "demo"),
        ("next", "/desk"),
    ]
    assert resent("/sign-in/factor", {"code": "123456", "next": "/desk"}) == [("next", "/desk")]
    assert resent("/follow", {"number": "26-0001042-9", "code": "ABCD2345"}) == [
        ("number", "26-0001042-9"),
        ("code", "ABCD2345"),
    ]


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_what_another_site_sent_is_not_offered(work, headers: dict[str, str]) -> None:
    assert resent("/report", FORM, **headers) == []
