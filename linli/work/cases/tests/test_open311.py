"""Open311 GeoReport v2 as its specification writes it: golden answers by hand, every error, once and only once."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from linli.foundation.core import charter
from linli.foundation.core.models import Event, IdempotencyKey, SecurityEvent, StoredFile
from linli.foundation.places.models import CompoundFile
from linli.work.cases import actions
from linli.work.cases.actions.keys import digest_of
from linli.work.cases.models import Answer, ApiKey, Case, HeldReport
from linli.work.cases.tests.builders import TEXT, Desk, open_desk

SECRET = "open-sesame"
ROOT = "/open311/v2"
DOOR = f"{ROOT}/requests"


@pytest.fixture
def desk(work) -> Desk:
    found = open_desk(work)
    ApiKey.objects.create(
        district=found.cast.district, label="partner", digest=digest_of(SECRET), created_at=work[0].now
    )
    return found


@pytest.fixture
def many_homes(desk: Desk) -> None:
    """The compound is large enough to be named."""
    CompoundFile.objects.update_or_create(
        district=desk.cast.district,
        place=desk.cast.places["compound"],
        defaults={"household_count": 120, "updated_at": desk.context.now},
    )


def body(desk: Desk, **changes: str) -> dict[str, str]:
    place = desk.cast.places["compound"]
    told = {
        "api_key": SECRET,
        "service_code": "gb_part_01037",
        "lat": str(place.latitude),
        "long": str(place.longitude),
        "description": TEXT,
        "phone": "13800138000",
        "first_name": "小明",
    }
    return {**told, **changes}


def post(desk: Desk, form: str = "json", **changes: str) -> Any:
    return Client().post(f"{DOOR}.{form}", body(desk, **changes))


def with_rules(monkeypatch: pytest.MonkeyPatch, **rules: object) -> None:
    """The charter with other values for some keys."""
    real = charter.current

    class Laid:
        def __init__(self, below: charter.Charter) -> None:
            self.below = below

        def __getitem__(self, key: str) -> object:
            return rules[key] if key in rules else self.below[key]

        def __getattr__(self, name: str) -> object:
            return getattr(self.below, name)

    monkeypatch.setattr(charter, "current", lambda district, now: Laid(real(district, now)))


# --- what is read ------------------------------------------------------------------------------------------------


def test_discovery_names_everything_that_the_standard_requires(desk: Desk) -> None:
    answer = Client().get("/open311/discovery.xml")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<discovery><changeset>')
    root = ElementTree.fromstring(answer.content)
    assert [e.tag for e in root] == ["changeset", "contact", "key_service", "endpoints"]
    (endpoint,) = root.findall("endpoints/endpoint")
    assert [e.tag for e in endpoint] == ["specification", "url", "changeset", "type", "formats"]
    assert endpoint.findtext("specification") == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint.findtext("url") == "http://testserver/open311/v2"
    assert endpoint.findtext("type") == "test"
    assert [f.text for f in endpoint.findall("formats/format")] == ["text/xml", "application/json"]
    told = Client().get("/open311/discovery.json").json()
    assert told["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    assert datetime.fromisoformat(told["changeset"]).tzinfo is not None
    assert "Connected systems" in Client().get("/open311/discovery.json?lang=en").json()["key_service"]


SERVICE_XML = (
    "<service><service_code>gb_part_01037</service_code><service_name>路灯异常</service_name>"
    "<description>路灯异常 · GB/T 47678.5-2026 01037</description><metadata>true</metadata><type>realtime</type>"
    "<keywords>Street lamp out, 01037</keywords><group>市政公用设施</group></service>"
)


def test_service_list_is_golden(desk: Desk) -> None:
    answer = Client().get(f"{ROOT}/services.xml")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<services><service>')
    assert SERVICE_XML in text and text.endswith("</service></services>")
    assert "xmlns" not in text
    rows = Client().get(f"{ROOT}/services.json")
    assert rows["Content-Type"] == "application/json; charset=utf-8"
    by_code = {row["service_code"]: row for row in rows.json()}
    assert by_code["gb_part_01037"] == {
        "service_code": "gb_part_01037",
        "service_name": "路灯异常",
        "description": "路灯异常 · GB/T 47678.5-2026 01037",
        "metadata": True,
        "type": "realtime",
        "keywords": "Street lamp out, 01037",
        "group": "市政公用设施",
    }
    assert by_code["gb_event_06010"]["metadata"] is False
    english = Client().get(f"{ROOT}/services.json?lang=en").json()
    assert (
        next(r for r in english if r["service_code"] == "gb_part_01037")["service_name"] == "Street lamp out"
    )


def test_service_definition_is_golden(desk: Desk) -> None:
    text = Client().get(f"{ROOT}/services/gb_part_01037.xml").content.decode()
    assert text == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        "<service_definition><service_code>gb_part_01037</service_code><attributes>"
        "<attribute><variable>true</variable><code>lamp_where</code><datatype>string</datatype>"
        "<required>false</required><datatype_description/><order>1</order>"
        "<description>哪盏灯？靠近哪里？</description><values></values></attribute>"
        "<attribute><variable>true</variable><code>lamp_count</code><datatype>number</datatype>"
        "<required>false</required><datatype_description>1 – 200</datatype_description><order>2</order>"
        "<description>几盏不亮？</description><values></values></attribute></attributes></service_definition>"
    )
    told = Client().get(f"{ROOT}/services/gb_event_06028.json").json()
    when = next(row for row in told["attributes"] if row["code"] == "noise_when")
    assert when["datatype"] == "singlevaluelist" and when["values"][0] == {"key": "day", "name": "白天"}
    without = Client().get(f"{ROOT}/services/gb_event_06010.json").json()
    assert without == {"service_code": "gb_event_06010", "attributes": []}
    assert Client().get(f"{ROOT}/services/nothing.json").status_code == 404


def test_one_request_is_golden(desk: Desk, many_homes: None) -> None:
    case = desk.case(desk.report())
    place = desk.cast.places["compound"]

    def at(moment: datetime) -> str:
        return moment.astimezone(desk.context.zone).isoformat(timespec="seconds")

    assert case.promised_at is not None
    text = Client().get(f"{DOOR}/{case.public_id}.xml").content.decode()
    assert text == (
        '<?xml version="1.0" encoding="utf-8"?>\n<service_requests><request>'
        f"<service_request_id>{case.public_id}</service_request_id><status>open</status><status_notes>已收到</status_notes>"
        "<service_name>路灯异常</service_name><service_code>gb_part_01037</service_code><description>路灯异常</description>"
        f"<agency_responsible/><service_notice/><requested_datetime>{at(case.received_at)}</requested_datetime>"
        f"<updated_datetime>{at(case.received_at)}</updated_datetime>"
        f"<expected_datetime>{at(case.promised_at)}</expected_datetime><address>{place.name}</address>"
        f"<address_id>{place.public_id}</address_id><zipcode/><lat>{place.latitude}</lat><long>{place.longitude}</long>"
        "<media_url/></request></service_requests>"
    )
    (row,) = Client().get(f"{DOOR}/{case.public_id}.json").json()
    assert row == {
        "service_request_id": case.public_id,
        "status": "open",
        "status_notes": "已收到",
        "service_name": "路灯异常",
        "service_code": "gb_part_01037",
        "description": "路灯异常",
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": at(case.received_at),
        "updated_datetime": at(case.received_at),
        "expected_datetime": at(case.promised_at),
        "address": place.name,
        "address_id": place.public_id,
        "zipcode": None,
        "lat": place.latitude,
        "long": place.longitude,
        "media_url": None,
    }
    assert at(case.received_at).endswith("+08:00")


def test_a_small_compound_shows_its_community(desk: Desk) -> None:
    """The cast's compounds have fewer homes than the charter asks for."""
    receipt = desk.report()
    (row,) = Client().get(f"{DOOR}/{receipt.public_id}.json").json()
    community = desk.cast.places["community"]
    assert (row["address"], row["address_id"]) == (community.name, community.public_id)
    assert (row["lat"], row["long"]) == (community.latitude, community.longitude)
    compound = desk.cast.places["compound"]
    assert compound.name not in str(row) and compound.public_id not in str(row)


def test_the_company_of_a_small_compound_is_not_named(desk: Desk) -> None:
    receipt = desk.report()
    actions.dispatch(
        actor=desk.actor("community.clerk"), context=desk.context, case=receipt.public_id,
        body=desk.cast.bodies["company"].public_id,
    )  # fmt: skip
    assert Client().get(f"{DOOR}/{receipt.public_id}.json").json()[0]["agency_responsible"] is None


def test_the_reporters_spot_is_never_shown(desk: Desk, many_homes: None) -> None:
    place = desk.cast.places["compound"]
    spot = (place.latitude + 0.0007, place.longitude + 0.0007)
    (made,) = post(desk, lat=f"{spot[0]:.6f}", long=f"{spot[1]:.6f}").json()
    case = Case.objects.get(public_id=made["service_request_id"])
    assert case.latitude == pytest.approx(spot[0], abs=1e-5)
    (row,) = Client().get(f"{DOOR}/{case.public_id}.json").json()
    assert (row["lat"], row["long"]) == (place.latitude, place.longitude)


def test_only_approved_words_and_pictures_are_public(desk: Desk, many_homes: None) -> None:
    receipt, clerk = desk.report(), desk.actor("community.clerk")
    case = desk.case(receipt)
    files = [
        StoredFile.objects.create(
            district=case.district, public_id=f"picture{n}", name=f"x{n}", sha256=b"0" * 32, media_type="image/webp",
            size=1, door="cases.photo", subject_type="case", subject_id=case.id, at=desk.context.now,
        )
        for n in (1, 2)
    ]  # fmt: skip
    url = f"{DOOR}/{receipt.public_id}.json"
    assert TEXT not in Client().get(url).content.decode()
    actions.approve_public(
        actor=clerk,
        context=desk.context,
        case=receipt.public_id,
        text="东侧路灯不亮。",
        answer="已换灯。",
        photos=["picture2"],
    )
    (row,) = Client().get(url).json()
    assert (row["description"], row["status_notes"]) == ("东侧路灯不亮。", "已收到：已换灯。")
    assert row["media_url"] == "http://testserver/open311/v2/media/picture2"
    assert files[0].public_id not in str(row)
    assert Client().get(f"{ROOT}/media/picture1").status_code == 404
    actions.hide_public(actor=clerk, context=desk.context, case=receipt.public_id)
    (row,) = Client().get(url).json()
    assert (row["description"], row["media_url"]) == ("路灯异常", None)
    assert Client().get(f"{ROOT}/media/picture2").status_code == 404


def test_kinds_that_are_not_public_are_not_told(desk: Desk) -> None:
    hidden = desk.report(kind="local_neighbours")
    secret = desk.report(key="2", kind_of_request="misconduct")
    for receipt in (hidden, secret):
        assert Client().get(f"{DOOR}/{receipt.public_id}.json").status_code == 404
        asked = Client().get(f"{DOOR}.json", {"service_request_id": receipt.public_id})
        assert asked.status_code == 404
    assert Client().get(f"{DOOR}.json").json() == []


def test_list_filters(desk: Desk) -> None:
    lamp, bins = desk.report(key="1"), desk.report(key="2", kind="gb_event_06010")
    ended = desk.report(key="3")
    actions.withdraw_by_caller(
        actor=desk.system, context=desk.context, case=desk.case(ended), key="withdraw-it"
    )

    def ids(**query: str) -> set[str]:
        answer = Client().get(f"{DOOR}.json", query)
        assert answer.status_code == 200, answer.content
        return {row["service_request_id"] for row in answer.json()}

    everything = {lamp.public_id, bins.public_id, ended.public_id}
    empty = {"service_code": "", "start_date": "", "end_date": "", "status": "", "page": "", "page_size": ""}
    assert ids() == ids(**empty, service_request_id="", jurisdiction_id="") == everything
    assert ids(service_code="gb_event_06010") == {bins.public_id}
    assert ids(service_code="gb_event_06010,gb_part_01037") == everything
    assert ids(status="open") == {lamp.public_id, bins.public_id}
    assert ids(status="closed") == {ended.public_id}
    assert ids(status="closed,open") == everything
    assert ids(jurisdiction_id="luzhou") == ids(jurisdiction_id="140403") == everything
    # Ids override the rest; unknown ones among known ones are left out.
    assert ids(service_request_id=f"{lamp.public_id},nothing,{ended.public_id}", status="open") == {
        lamp.public_id,
        ended.public_id,
    }
    pages = [ids(page=str(n), page_size="2") for n in (1, 2, 3)]
    assert [len(p) for p in pages] == [2, 1, 0] and pages[0] | pages[1] == everything


def test_window_is_the_last_ninety_days(desk: Desk) -> None:
    now = desk.context.now
    old = desk.report(key="1", received_at=now - timedelta(days=91))
    edge = desk.report(key="2", received_at=now - timedelta(days=89, hours=23))
    fresh = desk.report(key="3")

    def ids(start: str = "", end: str = "") -> list[str]:
        rows = Client().get(f"{DOOR}.json", {"start_date": start, "end_date": end}).json()
        return [row["service_request_id"] for row in rows]

    def at(days: float) -> str:
        return (now - timedelta(days=days)).isoformat(timespec="seconds")

    assert ids() == [fresh.public_id, edge.public_id]
    assert ids(end=at(80)) == [edge.public_id, old.public_id]
    assert ids(start=at(95)) == [edge.public_id, old.public_id]
    assert ids(start=at(95), end=at(90.5)) == [old.public_id]
    assert ids(start=at(95).replace("+", " ")) == [edge.public_id, old.public_id]


def test_list_costs_the_same_for_one_and_for_twenty(desk: Desk) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert Client().get(f"{DOOR}.json").status_code == 200
        return len(seen)

    desk.report(key="k0")
    Client().get(f"{DOOR}.json")
    first = statements()
    for n in range(1, 20):
        desk.report(key=f"k{n}")
    assert statements() == first <= 12


# --- what is sent ------------------------------------------------------------------------------------------------


def test_post_makes_a_case_and_get_reads_it(desk: Desk) -> None:
    answer = post(desk)
    assert answer.status_code == 201
    (row,) = answer.json()
    assert set(row) == {"service_request_id", "service_notice", "account_id"}
    case = Case.objects.get(public_id=row["service_request_id"])
    assert case.number in row["service_notice"] and case.channel == "open311"
    assert isinstance(row["service_request_id"], str)
    got = Client().get(f"{DOOR}/{row['service_request_id']}.json").json()[0]
    assert (got["status"], got["service_code"]) == ("open", "gb_part_01037")
    assert got["expected_datetime"].endswith("+08:00")
    assert "13800138000" not in str(got) and "小明" not in str(got) and TEXT not in str(got)


def test_xml_answer_of_a_post_is_golden(desk: Desk) -> None:
    answer = post(desk, "xml", description="<b>&灯</b>")
    (case,) = Case.objects.all()
    notice = ElementTree.fromstring(answer.content).findtext("request/service_notice")
    assert answer.content.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n<service_requests><request>'
        f"<service_request_id>{case.public_id}</service_request_id><service_notice>{notice}</service_notice>"
        "<account_id/></request></service_requests>"
    )
    assert case.number in (notice or "")
    assert case.text == "<b>&灯</b>"


def test_json_body_says_the_same_as_a_form(desk: Desk) -> None:
    told = body(desk) | {
        "lat": desk.cast.places["compound"].latitude,
        "attribute": {"lamp_where": "3号楼东", "lamp_count": 2},
    }
    answer = Client().post(f"{DOOR}.json", json.dumps(told), content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert dict(Answer.objects.values_list("question", "value")) == {
        "lamp_where": "3号楼东",
        "lamp_count": "2",
    }


def test_answers_to_questions_are_kept_with_the_case(desk: Desk) -> None:
    told = {"attribute[noise_when]": "night", "attribute[unasked]": "x", "service_code": "gb_event_06028"}
    assert post(desk, **told).status_code == 201
    assert list(Answer.objects.values_list("question", "value")) == [("noise_when", "night")]
    wrong = post(desk, **{**told, "attribute[noise_when]": "blue"})
    assert wrong.status_code == 400 and "noise_when" in wrong.json()[0]["description"]
    several = Client().post(
        f"{DOOR}.json",
        body(desk, service_code="gb_event_06028") | {"attribute[noise_when][]": ["night", "day"]},
    )
    assert several.status_code == 400


def test_nothing_comes_twice_or_in_another_encoding(desk: Desk) -> None:
    twice = Client().post(f"{DOOR}.json", body(desk) | {"description": ["甲", "乙"]})
    assert twice.status_code == 400 and "description" in twice.json()[0]["description"]
    foreign = "api_key=x&description=" + "%C2%B7%CC"
    odd = Client().post(f"{DOOR}.json", foreign, content_type="application/x-www-form-urlencoded")
    assert odd.status_code == 400 and "UTF-8" in odd.json()[0]["description"]


def test_without_description_the_kind_says_what_it_is_about(desk: Desk) -> None:
    assert post(desk, description="").status_code == 201
    assert Case.objects.get().text == "路灯异常"


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 90, 30)).save(out, "JPEG")
    out.seek(0)
    out.name = "lamp.jpg"
    return out


def test_multipart_pictures_are_kept_with_the_case(desk: Desk) -> None:
    first = Client().post(f"{DOOR}.json", body(desk) | {"media": picture()})
    assert first.status_code == 201, first.content
    stored = StoredFile.objects.get()
    assert (stored.subject_type, stored.subject_id) == ("case", Case.objects.get().id)
    again = Client().post(f"{DOOR}.json", body(desk) | {"media": picture()})
    assert again.json() == first.json()
    assert (StoredFile.objects.count(), Case.objects.count()) == (1, 1)
    broken = io.BytesIO(b"no picture at all")
    broken.name = "x.jpg"
    refused = Client().post(f"{DOOR}.json", body(desk, description="另一件") | {"media": broken})
    assert refused.status_code == 400 and Case.objects.count() == 1


# --- once --------------------------------------------------------------------------------------------------------


def test_equal_body_within_ten_minutes_is_one_case(desk: Desk) -> None:
    answers = [post(desk).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert Case.objects.count() == 1


def test_ten_minutes_end_ten_minutes_later(desk: Desk) -> None:
    """Not at the next round ten of the clock: the row of the slot before still counts while it is young."""
    post(desk)
    row = IdempotencyKey.objects.get(door="open311")
    _body, slot, rest = row.key.split("-")
    before = f"body-{int(slot) - 1}-{rest}"
    IdempotencyKey.objects.filter(id=row.id).update(key=before, at=desk.context.now - timedelta(minutes=9))
    post(desk)
    assert Case.objects.count() == 1
    IdempotencyKey.objects.filter(id=row.id).update(at=desk.context.now - timedelta(minutes=11))
    post(desk)
    assert Case.objects.count() == 2


def test_key_of_the_sender_with_another_body_is_refused_and_noticed(desk: Desk) -> None:
    Client().post(f"{DOOR}.json", body(desk), headers={"Idempotency-Key": "same"})
    answer = Client().post(
        f"{DOOR}.json", body(desk, description="别的"), headers={"Idempotency-Key": "same"}
    )
    assert (answer.status_code, answer.json()[0]["code"]) == (400, "422")
    assert SecurityEvent.objects.filter(code="idempotency.reused").count() == 1
    assert Case.objects.count() == 1


def test_two_senders_may_use_the_same_number(desk: Desk) -> None:
    ApiKey.objects.create(
        district=desk.cast.district, label="other", digest=digest_of("another"), created_at=desk.context.now
    )
    for secret in (SECRET, "another"):
        told = body(desk, api_key=secret, description=f"由{secret}")
        assert Client().post(f"{DOOR}.json", told, headers={"Idempotency-Key": "1"}).status_code == 201
    assert Case.objects.count() == 2


# --- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": ""}, 403), ({"api_key": "wrong"}, 403), ({"service_code": "none"}, 404), ({"service_code": ""}, 400),
        ({"lat": "1", "long": "1"}, 400), ({"lat": "x", "long": ""}, 400), ({"lat": "nan", "long": "nan"}, 400),
        ({"lat": "", "long": ""}, 400), ({"address_id": "nothing"}, 400), ({"phone": "12345678901"}, 400),
        ({"description": "灯" * 4001}, 400), ({"description": "灯" * 5000}, 400), ({"jurisdiction_id": "elsewhere"}, 404),
        ({"lat": "36.19", "long": "1e999"}, 400), ({"lat": "91", "long": "113.1"}, 400),
    ],
)  # fmt: skip
def test_refusals_are_in_the_standards_form_and_write_nothing(desk: Desk, changes: dict, status: int) -> None:
    before = (Event.objects.count(), IdempotencyKey.objects.count(), Case.objects.count())
    answer = post(desk, **changes)
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json()[0]["code"] == str(status)
    assert answer.json()[0]["description"]
    in_xml = post(desk, "xml", **changes)
    assert (in_xml.status_code, in_xml["Content-Type"]) == (status, "text/xml; charset=utf-8")
    root = ElementTree.fromstring(in_xml.content)
    assert root.tag == "errors" and root.findtext("error/code") == str(status)
    assert root.findtext("error/description")
    assert (Event.objects.count(), IdempotencyKey.objects.count(), Case.objects.count()) == before


def test_several_errors_are_told_at_once(desk: Desk) -> None:
    answer = post(desk, service_code="none", phone="x", lat="x")
    assert answer.status_code == 400
    assert sorted(row["code"] for row in answer.json()) == ["400", "400", "404"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"start_date": "2026-01-01", "end_date": "2026-04-02"}, 400), ({"start_date": "yesterday"}, 400),
        ({"start_date": "2026-01-01T00:00:00"}, 400), ({"end_date": "2026-13-01"}, 400), ({"status": "new"}, 400),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, 400), ({"page": "0"}, 400), ({"page_size": "1001"}, 400),
        ({"service_code": "none"}, 404), ({"service_request_id": "none"}, 404), ({"jurisdiction_id": "none"}, 404),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, 400), ({"page": "٣"}, 400),
    ],
)  # fmt: skip
def test_wrong_queries_are_told(desk: Desk, query: dict, status: int) -> None:
    answer = Client().get(f"{DOOR}.json", query)
    assert (answer.status_code, answer.json()[0]["code"]) == (status, str(status))


@pytest.mark.parametrize(
    "sent",
    [
        b"[]",
        b"{",
        b"\xff",
        b'"x"',
        b'{"lat": NaN}',
        b"[" * 100_000,
        b'{"service_code": {"a": 1}}',
        b"1" * 6000,
    ],
)
def test_bodies_that_are_no_json_object_are_told(desk: Desk, sent: bytes) -> None:
    answer = Client().post(f"{DOOR}.json", sent, content_type="application/json")
    assert answer.status_code == 400 and answer.json()[0]["description"]


def test_unknown_forms_and_ids(desk: Desk) -> None:
    assert Client().get(f"{DOOR}.csv").status_code == 404
    answer = Client().get(f"{DOOR}/nothing.xml")
    assert answer.status_code == 404
    assert ElementTree.fromstring(answer.content).findtext("error/code") == "404"
    assert Client().put(f"{DOOR}.json").status_code == 405


def test_many_wrong_keys_are_answered_429_and_the_right_one_still_works(desk: Desk) -> None:
    most = charter.current(desk.cast.district, desk.context.now)["limit.cases.wrong_key"]["per_hour"]
    codes = [post(desk, api_key=f"guess-{n}").status_code for n in range(most + 2)]
    assert codes == [403] * most + [429] * 2
    assert post(desk, api_key="guess").headers["Retry-After"] == "3600"
    assert post(desk).status_code == 201


def test_a_key_that_may_only_read_sends_nothing(desk: Desk) -> None:
    ApiKey.objects.update(scopes="read_public")
    assert post(desk).status_code == 403
    assert Case.objects.count() == 0


# --- held for a check --------------------------------------------------------------------------------------------


def test_words_of_the_hold_list_give_a_token(desk: Desk) -> None:
    answer = post(desk, description="低价贷款，联系13800138000")
    assert answer.status_code == 201
    (row,) = answer.json()
    assert "service_request_id" not in row and row["token"]
    held = HeldReport.objects.select_related("contact").get()
    assert (held.reason, Case.objects.count()) == ("words", 0)
    assert "13800138000" not in held.text and held.contact is not None
    assert post(desk, description="低价贷款，联系13800138000").json() == answer.json()
    token = f"{ROOT}/tokens/{row['token']}"
    assert Client().get(f"{token}.json").json() == [{"service_request_id": None, "token": row["token"]}]
    later = replace(desk.context, now=held.received_at + timedelta(minutes=5))
    receipt = actions.release_report(actor=desk.actor("community.clerk"), context=later, held=row["token"])
    text = Client().get(f"{token}.xml").content.decode()
    assert text.endswith(
        f"<service_requests><request><service_request_id>{receipt.public_id}</service_request_id>"
        f"<token>{row['token']}</token></request></service_requests>"
    )
    case = desk.case(receipt)
    assert (case.contact_id, case.text_original_id) == (held.contact_id, held.text_original_id)
    assert case.text == held.text and case.received_at == held.received_at


def test_without_a_key_a_district_may_hold_what_comes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rules(monkeypatch, **{"cases.open311.without_key": "hold"})
    (row,) = post(desk, api_key="").json()
    assert HeldReport.objects.get(public_id=row["token"]).reason == "no_key"
    actions.refuse_report(actor=desk.actor("community.clerk"), context=desk.context, held=row["token"])
    assert Client().get(f"{ROOT}/tokens/{row['token']}.json").status_code == 404
    assert Case.objects.count() == 0
    assert post(desk, api_key="wrong").status_code == 403
    codes = [post(desk, api_key="", description=f"第{n}件").status_code for n in range(6)]
    assert codes[-1] == 429


def test_danger_never_waits(desk: Desk) -> None:
    assert "token" not in post(desk, service_code="local_lift_stuck", description="去死，快来").json()[0]
