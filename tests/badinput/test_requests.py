"""What no browser sends: bytes without a meaning, bodies without an end, cursors without a sense. Never a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation.core.models import Event, StoredFile
from linli.foundation.core.rules.typed import is_printable, printable, whole_number
from linli.work.cases.models import Case, Entry
from linli.work.cases.tests.builders import PASSWORD, TEXT, Desk, open_desk
from tests.badinput import pictures

NASTY = (
    "\x00", "a\x00b", "~", "²", "~²", "2026-01-01T00:00:00+00:00~²", "9" * 40, "~" + "9" * 40, "9" * 5000, "2026-01-01~5",
    "0001-01-01T00:00:00+23:59~1", "9999-12-31T23:59:59+00:00~1", "9999-12-31", "0001-01-01", "²:x", "1:\x00", "²-²", "1-²",
    "9" * 17 + "-1", "nan", "1e999", "{% now 'Y' %}", "\u202e", "🔥", "W1siXHUwMDAwIl1d", "W" * 3000, "2026-13", "0000-00", "/../", "\r\nX: 1",
)  # fmt: skip
NAMES = (
    "after",
    "before",
    "q",
    "queue",
    "place",
    "spot",
    "spot_id",
    "month",
    "week",
    "kind",
    "body",
    "lang",
    "next",
    "level",
    "format",
    "code",
)


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def signed_in(login: str) -> Client:
    client = Client(raise_request_exception=False)
    assert client.post("/sign-in", {"name": login, "password": PASSWORD}).status_code == 302
    return client


def _routes(patterns: list[URLPattern | URLResolver], front: str = "") -> Iterator[str]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, front + str(entry.pattern))
        else:
            yield front + str(entry.pattern)


def addresses(fill: str) -> list[str]:
    """Every address of the site, its variable parts filled."""
    return sorted(
        {
            "/" + re.sub(r"<[^>]+>", fill, route)
            for route in _routes(get_resolver().url_patterns)
            if not route.startswith("^")
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("login", ["", "district.clerk", "property.handler", "auditor", "district.admin"])
def test_no_query_and_no_address_makes_a_fault(desk: Desk, login: str) -> None:
    receipt = desk.report()
    client = signed_in(login) if login else Client(raise_request_exception=False)
    faults = []
    for number, address in enumerate(
        [*addresses(receipt.public_id), *addresses("a%00b"), *addresses("x" * 300)]
    ):
        for step in range(3):
            at = number * 3 + step
            query = {NAMES[at % len(NAMES)]: NASTY[(at * 7) % len(NASTY)]}
            status = client.get(address.replace("%00", "\x00"), query).status_code
            if status >= 500:
                faults.append((address, query, status))
    assert not faults


@pytest.mark.parametrize("value", NASTY)
def test_cursors_of_every_list_bear_anything(desk: Desk, value: str) -> None:
    client = signed_in("district.admin")
    clerk = signed_in("district.clerk")
    officer = signed_in("data.officer") if "data.officer" in desk.cast.users else client
    for who, address, name in (
        (clerk, "/desk/cases/", "after"), (clerk, "/desk/cases/?queue=all", "after"), (client, "/desk/places/", "after"),
        (client, "/desk/places/", "before"), (client, "/desk/bodies/", "after"), (officer, "/desk/people/openings/", "after"),
        (officer, "/desk/people/openings/", "week"), (client, "/desk/messages/", "after"), (client, "/notices/", "after"),
    ):  # fmt: skip
        sign = "&" if "?" in address else "?"
        assert (
            who.get(
                f"{address}{sign}", {name: value} if sign == "?" else {name: value, "queue": "all"}
            ).status_code
            < 500
        ), (address, value)


def test_larger_type_never_leads_away(client: Client, work) -> None:
    for wanted in (
        "https://evil.example/",
        "//evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "shell:desk",
        "24:00",
        "",
        "/\\evil.example",
        "a\x00b",
    ):
        assert client.post("/elder", {"next": wanted})["Location"] == "/", wanted
    assert client.post("/elder", {"next": "/follow"})["Location"] == "/follow"


def test_unprintable_characters_are_taken_out_before_anything_is_kept(desk: Desk, client: Client) -> None:
    page = client.get("/report").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)
    fields = {
        "key": key,
        "place": desk.cast.places["compound"].public_id,
        "kind": "gb_part_01037",
        "text": f"\x00{TEXT}\x1b[31m🔥\u202e",
    }
    sent = client.post(
        "/report",
        {
            **fields,
            "step": "contact",
            "go": "send",
            "name": "王\x00",
            "spot_id": "²",
            "longitude": "nan",
            "latitude": "inf",
        },
    )
    assert sent.status_code == 303
    assert Case.objects.get().text.startswith("三号楼") and "🔥" in Case.objects.get().text


def test_an_answer_of_nothing_is_refused_and_writes_nothing(desk: Desk) -> None:
    receipt, clerk = desk.report(), signed_in("district.clerk")
    events = Event.objects.count()
    for verb in ("answer", "progress", "recall", "refuse", "transfer_petition"):
        status = clerk.post(
            f"/desk/cases/{receipt.public_id}/{verb}", {"text": "\x00", "note": "\x00", "reason": "\x00"}
        ).status_code
        assert 400 <= status < 500, verb
    assert Event.objects.count() == events and not Entry.objects.exists()


def test_a_cookie_with_nul_is_only_a_cookie(client: Client, work) -> None:
    client.cookies.load({"linli_place": "x"})
    assert (
        client.get("/report", headers={"cookie": 'linli_place="\\000"; linli_cases="\\000"'}).status_code
        == 200
    )


def _picture_page(desk: Desk, client: Client, **more: object):
    page = client.get("/report").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)
    place = desk.cast.places["compound"].public_id
    return client.post(
        "/report?lang=en",
        {
            "step": "picture",
            "go": "next",
            "key": key,
            "place": place,
            "kind": "gb_part_01037",
            "text": TEXT,
            **more,
        },
    )


def test_fifty_megabytes_are_refused_and_what_was_typed_stays(desk: Desk, client: Client) -> None:
    huge = SimpleUploadedFile("a.jpg", b"\xff\xd8" + b"x" * 50_000_000, "image/jpeg")
    # The file stands before the text in the body: fields behind it are read too.
    page = client.get("/report").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)
    answer = client.post(
        "/report?lang=en", {"photo": huge, "step": "picture", "go": "next", "key": key, "text": TEXT}
    )
    html = answer.content.decode()
    assert answer.status_code == 413
    assert "MB, the limit" in html and TEXT in html and key in html
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("data", "status"),
    [(pictures.jpeg() + b"\0" * 13_000_000, 413), (pictures.png(10_000, 10_000), 413), (b"<svg/>", 422)],
)
def test_a_refused_picture_keeps_the_words(desk: Desk, client: Client, data: bytes, status: int) -> None:
    answer = _picture_page(desk, client, photo=SimpleUploadedFile("../../etc/a\x00.jpg", data, "image/jpeg"))
    assert answer.status_code == status
    assert TEXT in answer.content.decode()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b"text=" + b"x" * 3_000_000, "application/x-www-form-urlencoded", 413, "2 MB of text"),
        (b"&".join(b"f%d=x" % n for n in range(10_000)), "application/x-www-form-urlencoded", 413, "500 fields"),
        (b"no multipart at all", "multipart/form-data; boundary=x", 200, ""),
        (b"x", "multipart/form-data", 400, ""),
        (b'{"a": 1}', "application/json", 422, ""),
    ],
    ids=["long", "many fields", "empty parts", "no boundary", "json"],
)  # fmt: skip
def test_bodies_that_are_none(client: Client, work, body: bytes, kind: str, status: int, words: str) -> None:
    answer = client.generic("POST", "/report?lang=en", body, kind)
    assert answer.status_code == status or (status != 413 and 200 <= answer.status_code < 500)
    assert words in answer.content.decode()


def test_a_body_far_beyond_the_limit_is_not_read(client: Client, work, settings) -> None:
    settings.LINLI_MAX_DRAINED = 1000
    answer = client.post("/report?lang=en", {"photo": SimpleUploadedFile("a.jpg", b"x" * 2000)})
    assert answer.status_code == 413
    assert "16 MB with pictures" in answer.content.decode()


@given(st.text(st.characters(exclude_categories=()), max_size=50))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_printable_is_what_the_database_keeps(text: str) -> None:
    clean = printable(text)
    assert is_printable(clean) and "\x00" not in clean
    assert clean.encode("utf-8").decode("utf-8") == clean


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("", None),
        ("²", None),
        ("１", None),
        ("-1", None),
        ("9" * 19, None),
        ("9" * 18, 10**18 - 1),
        ("1\n", None),
    ],
)
def test_whole_numbers_are_plain_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("address", ["/", "/report", "/follow", "/notices/", "/privacy"])
def test_a_look_ahead_gets_the_head_of_a_page(client: Client, work, address: str) -> None:
    answer = client.head(address)
    assert answer.status_code == 200 and not answer.content


def test_reloading_a_refused_form_shows_a_page(client: Client, work) -> None:
    answer = client.get("/elder?lang=en")
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert "Only a form leads here" in answer.content.decode()
