"""Outside systems with values that no system should send: an answer in the standard's form, and nothing written."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

import pytest
from django.test import Client

from linli.foundation.core.models import Event, RateBucket
from linli.work.cases.models import ApiKey, Case
from linli.work.cases.tests.builders import TEXT, Desk, open_desk

SECRET, DOOR = "open-sesame", "/open311/v2/requests"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def desk(work) -> Desk:
    found = open_desk(work)
    for secret, ended in ((SECRET, None), ("ended", work[0].now)):
        digest = hashlib.sha256(secret.encode()).hexdigest()
        ApiKey.objects.create(
            district=found.cast.district, label="x", digest=digest, created_at=work[0].now, ended_at=ended
        )
    return found


def body(desk: Desk, **changes: str) -> dict[str, str]:
    place = desk.cast.places["compound"]
    told = {
        "api_key": SECRET,
        "service_code": "gb_part_01037",
        "address_id": place.public_id,
        "description": TEXT,
    }
    return {**told, **changes}  # fmt: skip


# GeoReport v2, POST requests; the first is the key.
PARAMETERS = (
    "api_key", "service_code", "description", "lat", "long", "address_id", "address_string", "phone", "first_name", "last_name",
)  # fmt: skip


def refused(answer, status: int) -> str:
    """The standard's error row; nothing was written."""
    (row,) = answer.json()
    assert (answer.status_code, row["code"]) == (status, str(status))
    assert not Case.objects.exists() and not Event.objects.filter(code="case.received").exists()
    assert len(row["description"]) < 400
    return row["description"]


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_ten_thousand_characters_in_any_parameter(desk: Desk, name: str, form: str) -> None:
    changes = {"address_id": "", "lat": "", "long": ""} if name == "address_string" else {}
    told = {**body(desk, **changes), name: "长<&" * 3334}
    answer = Client().post(f"{DOOR}.{form}", told)
    if name in ("first_name", "last_name"):  # shortened
        assert answer.status_code == 201 and Case.objects.count() == 1
        return
    assert answer.status_code in (400, 403, 404)
    assert answer.content.decode().count("长") == 0 and not Case.objects.exists()


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "1e999", "181", "９９９", "1_000"])
def test_coordinates_that_are_none_are_neither_used_nor_kept(desk: Desk, value: str) -> None:
    for place in ("", body(desk)["address_id"]):
        words = refused(
            Client().post(f"{DOOR}.json", body(desk, address_id=place, lat=value, long=value)), 400
        )
        assert "lat" in words and value not in words


def test_a_coordinate_of_nothing_equals_an_absent_one(desk: Desk) -> None:
    assert Client().post(f"{DOOR}.json", body(desk, lat="\x00", long="")).status_code == 201
    case = Case.objects.get()
    assert (case.longitude, case.latitude) == (None, None)


@pytest.mark.parametrize("name", PARAMETERS[1:])
def test_bytes_that_are_not_utf8_are_refused_by_name(desk: Desk, name: str) -> None:
    raw = urlencode({**body(desk), name: "路灯坏了".encode("gb18030")})
    words = refused(Client().post(f"{DOOR}.json", raw, content_type=FORM), 400)
    assert name in words and "UTF-8" in words


@pytest.mark.parametrize("name", PARAMETERS[1:])
def test_a_parameter_sent_twice_is_refused_by_name(desk: Desk, name: str) -> None:
    raw = urlencode([*body(desk).items(), (name, "甲"), (name, "乙")])
    assert name in refused(Client().post(f"{DOOR}.json", raw, content_type=FORM), 400)


@pytest.mark.parametrize("key", ["ended", "wrong", "钥匙" * 5000])
def test_an_ended_one_and_a_wrong_one_are_answered_alike(desk: Desk, key: str) -> None:
    words = refused(Client().post(f"{DOOR}.json", body(desk, api_key=key)), 403)
    assert words == refused(Client().post(f"{DOOR}.json", body(desk, api_key="other")), 403)


@pytest.mark.parametrize("key", ["", "\x00", " "])
def test_without_a_key_nothing_is_taken(desk: Desk, key: str) -> None:
    assert "api_key" in refused(Client().post(f"{DOOR}.json", body(desk, api_key=key)), 403)


def test_unknown_codes_long_keys_and_other_bodies(desk: Desk) -> None:
    client = Client()
    refused(client.post(f"{DOOR}.json", body(desk, service_code="../../etc/passwd")), 404)
    refused(client.post(f"{DOOR}.json", body(desk), headers={"Idempotency-Key": "k" * 10_000}), 400)
    assert (
        client.post(f"{DOOR}.json", '{"api_key": "open-sesame"}', content_type="application/json").status_code
        == 400
    )
    assert client.get(f"{DOOR}/{'x' * 10_000}.json").status_code == 404
    assert client.post(f"{DOOR}.exe", body(desk)).status_code == 404
    assert not Case.objects.exists()


def test_guessing_keys_ends_in_a_pause_for_that_address_only(desk: Desk) -> None:
    guesser, partner = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
    answers = [guesser.post(f"{DOOR}.json", {"api_key": f"guess {number}"}) for number in range(22)]
    assert [answer.status_code for answer in answers] == [403] * 20 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    assert not Case.objects.exists()
    assert RateBucket.objects.filter(door="cases.open311", who__contains="10.0").count() == 0
    assert partner.post(f"{DOOR}.json", body(desk)).status_code == 201
