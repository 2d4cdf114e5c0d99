"""`/api/v1`: what its document says is what its addresses do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from linli.foundation.core.models import Event, SecurityEvent
from linli.work.cases import actions
from linli.work.cases.api import openapi
from linli.work.cases.models import Answer, ApiKey, Case
from linli.work.cases.queries import changes
from linli.work.cases.queries.changes import changed_since
from linli.work.cases.tests.builders import TEXT, Desk, open_desk

ROOT = "/api/v1"


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def secret(desk: Desk) -> str:
    made = actions.create_key(
        actor=desk.actor("district.admin"),
        context=desk.context,
        label="City app",
        scopes=["read_public", "report"],
    )
    return made.secret


def get(path: str, secret: str, **query: str) -> Any:
    return Client().get(f"{ROOT}{path}", query, headers={"Authorization": f"Bearer {secret}"})


def send(desk: Desk, secret: str, key: str = "1", **changes: Any) -> Any:
    told = {
        "place": desk.cast.places["compound"].public_id, "kind": "gb_part_01037", "text": TEXT, "phone": "13800138000",
        "name": "王小明", "answers": {"lamp_count": 2},
    }  # fmt: skip
    return Client().post(
        f"{ROOT}/cases", json.dumps({**told, **changes}), content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": key},
    )  # fmt: skip


def test_document_and_addresses_are_the_same() -> None:
    patterns = {
        "/" + re.sub(r"<str:(\w+)>", r"{\1}", str(p.pattern)).removeprefix("api/v1/")
        for r in get_resolver().url_patterns
        for p in getattr(r, "url_patterns", [])
        if str(p.pattern).startswith("api/v1/")
    }
    assert patterns - {"/", "/openapi.json"} == set(openapi.document("x")["paths"])


def test_every_reference_of_the_document_is_there() -> None:
    text = json.dumps(openapi.document("x"), default=str)
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(
        openapi.document("x")["components"]["schemas"]
    )


def test_document_and_page_are_open_to_everybody(desk: Desk) -> None:
    told = Client().get(f"{ROOT}/openapi.json").json()
    assert told["openapi"] == "3.1.0" and told["servers"] == [{"url": "http://testserver/api/v1"}]
    for language, words in (("zh-hans", "报送一件诉求"), ("en", "Send a report")):
        page = Client().get(f"{ROOT}/?lang={language}").content.decode()
        assert words in page and "/api/v1/cases/{public_id}/entries" in page


def shape(schema: dict[str, Any], value: Any, where: str = "") -> None:
    """A value has the fields that the document promises and no others."""
    schemas = openapi.document("x")["components"]["schemas"]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("type") == "object" and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), where
        for name, one in value.items():
            shape(schema["properties"][name], one, f"{where}.{name}")
    elif schema.get("type") == "array":
        for one in value:
            shape(schema["items"], one, where)


def answer_of(path: str, method: str = "get", status: str = "200") -> dict[str, Any]:
    responses = openapi.document("x")["paths"][path][method]["responses"]
    return responses[status]["content"]["application/json"]["schema"]


def test_answers_have_the_shape_of_the_document(
    desk: Desk, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "SETTLED", timedelta(0))
    made = send(desk, secret)
    assert made.status_code == 201, made.content
    shape(answer_of("/cases", "post", "201"), made.json())
    id_ = made.json()["id"]
    for path, address, query in (
        ("/kinds", "/kinds", {}),
        ("/places", "/places", {"q": desk.cast.places["compound"].name}),
        ("/places", "/places", {"lat": "36.1912", "long": "113.1187"}),
        ("/cases", "/cases", {}),
        ("/cases/{public_id}", f"/cases/{id_}", {}),
        ("/cases/{public_id}/entries", f"/cases/{id_}/entries", {}),
    ):
        answer = get(address, secret, **query)
        assert answer.status_code == 200, answer.content
        shape(answer_of(path), answer.json(), path)
        assert "13800138000" not in answer.content.decode() and TEXT not in answer.content.decode()
    assert get("/kinds", secret).json()["kinds"] and get("/cases", secret).json()["cases"][0]["id"] == id_


def test_a_report_is_taken_once(desk: Desk, secret: str) -> None:
    first, again = send(desk, secret).json(), send(desk, secret).json()
    assert (again["id"], again["replay"], first["replay"]) == (first["id"], True, False)
    other = send(desk, secret, text="别的")
    assert other.status_code == 422 and Case.objects.count() == 1
    assert SecurityEvent.objects.filter(code="idempotency.reused").count() == 1
    assert Answer.objects.get().value == "2"


def test_what_somebody_looks_at_first_has_a_token(desk: Desk, secret: str) -> None:
    answer = send(desk, secret, text="低价贷款")
    assert answer.status_code == 202 and Case.objects.count() == 0
    shape(answer_of("/cases", "post", "202"), answer.json())
    token = answer.json()["token"]
    assert get(f"/reports/{token}", secret).json() == {"token": token, "state": "held", "id": None}
    stranger = actions.create_key(
        actor=desk.actor("district.admin"), context=desk.context, label="Other", scopes=["report"]
    ).secret
    assert get(f"/reports/{token}", stranger).status_code == 404


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"place": "nothing"}, {"place"}), ({"kind": "nothing", "phone": "1"}, {"kind", "phone"}), ({"text": " "}, {"text"}),
        ({"text": ["x"]}, {"text"}), ({"lat": 91}, {"lat"}), ({"answers": [1]}, {"answers"}), ({"text": "x" * 5001}, {"text"}),
        ({"kind_of_request": "wish"}, {"kind_of_request"}), ({"answers": {"lamp_count": "many"}}, {"answer_lamp_count"}),
        ({"name": True}, {"name"}),
    ],
)  # fmt: skip
def test_refused_reports_say_which_field_and_write_nothing(
    desk: Desk, secret: str, changes: dict, fields: set
) -> None:
    before = Event.objects.count()
    answer = send(desk, secret, **changes)
    assert answer.status_code == 422 and set(answer.json()["fields"]) == fields, answer.content
    assert Event.objects.count() == before


def test_without_a_key_or_with_a_wrong_one(desk: Desk, secret: str) -> None:
    assert Client().get(f"{ROOT}/kinds").status_code == 401
    assert get("/kinds", "wrong").status_code == 403
    assert send(desk, "wrong").status_code == 403
    assert get("/cases/nothing", secret).status_code == 404
    assert get("/cases", secret, cursor="x~1").status_code == 400
    assert get("/cases", secret, limit="0").status_code == 400
    assert get("/cases", secret, updated_since="soon").status_code == 400


@pytest.mark.parametrize(("scope", "reads", "sends"), [("read_public", 200, 403), ("report", 403, 201)])
def test_a_key_does_what_its_scope_says(desk: Desk, secret: str, scope: str, reads: int, sends: int) -> None:
    ApiKey.objects.update(scopes=scope)
    assert get("/cases", secret).status_code == reads
    assert send(desk, secret).status_code == sends


def test_an_ended_key_ends_at_once(desk: Desk, secret: str) -> None:
    key = ApiKey.objects.get()
    assert get("/kinds", secret).status_code == 200
    assert ApiKey.objects.get().last_used_on == desk.context.now.astimezone(desk.context.zone).date()
    actions.end_key(actor=desk.actor("district.admin"), context=desk.context, key=key.public_id)
    assert get("/kinds", secret).status_code == 403
    assert send(desk, secret).status_code == 403
    assert Case.objects.count() == 0


def test_sealed_and_hidden_cases_are_nobody_elses_business(desk: Desk, secret: str) -> None:
    later = replace(desk.context, now=desk.context.now + timedelta(hours=1))
    hidden, sealed = desk.report(kind="local_neighbours"), desk.report(key="2", kind_of_request="misconduct")
    shown = desk.report(key="3")
    for receipt in (hidden, sealed):
        assert get(f"/cases/{receipt.public_id}", secret).status_code == 404
        assert get(f"/cases/{receipt.public_id}/entries", secret).status_code == 404
    assert [c.public_id for c in changed_since(later, "", None, 100).cases] == [shown.public_id]


def test_the_cursor_walks_every_change_once(desk: Desk) -> None:
    later = replace(desk.context, now=desk.context.now + timedelta(hours=1))
    receipts = [desk.report(key=str(n)) for n in range(7)]
    actions.urge_by_caller(actor=desk.system, context=desk.context, case=desk.case(receipts[0]), key="urge")
    cursor, seen, pages = "", [], 0
    while True:
        found = changed_since(later, cursor, None, 3)
        seen += [case.public_id for case in found.cases]
        cursor, pages = found.cursor, pages + 1
        if not found.more:
            break
    assert set(seen) == {r.public_id for r in receipts} and pages == 3
    assert seen.count(receipts[0].public_id) == 2 and seen[-1] == receipts[0].public_id
    assert changed_since(later, cursor, None, 3) == changes.Changes([], cursor, False)
    assert changed_since(desk.context, "", None, 3).cases == []  # not settled yet
