"""Generated requests over both documents, as everybody: no answer of 5xx, and no answer that the document does not know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from schemathesis import GenerationMode

from linli.foundation.core import charter
from linli.foundation.core.rules.actor import public
from linli.shell.cast import OFFICES
from linli.work.cases import actions
from linli.work.cases.actions.intake import Report
from linli.work.cases.api import openapi
from linli.work.cases.models import ApiKey, Case
from linli.work.cases.tests import open311_openapi
from linli.work.cases.tests.builders import PASSWORD, TEXT, Desk, open_desk

EXAMPLES = {"with a key": 12, "public": 4, "with an ended key": 4}
FEW = 1
# What Django's own doors answer before a view is reached: no such address, a broken body.
BEFORE_THE_VIEW = {400, 404, 405, 413}


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def secrets(desk: Desk) -> dict[str, str]:
    """A living key and an ended one."""
    admin, made = desk.actor("district.admin"), {}
    for name in ("living", "ended"):
        key = actions.create_key(
            actor=admin, context=desk.context, label=name, scopes=["read_public", "report"]
        )
        made[name] = key.secret
    actions.end_key(actor=admin, context=desk.context, key=ApiKey.objects.get(label="ended").public_id)
    return made


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated requests come faster than any partner's: the limits have their own tests."""
    monkeypatch.setattr("linli.foundation.core.ratelimit.take", lambda *_a, **_k: None)
    monkeypatch.setattr("linli.foundation.core.middleware.take", lambda *_a, **_k: None)
    monkeypatch.setattr("linli.work.cases.api.answers.take", lambda *_a, **_k: None)


class Asker:
    """Sends generated requests as one caller and keeps what was answered."""

    def __init__(self, name: str, client: Client, headers: dict[str, str], root: str) -> None:
        self.name, self.client, self.headers, self.root = name, client, headers, root
        self.statuses: Counter[int] = Counter()

    def __call__(self, case: Any) -> None:
        query = urlencode([(k, _text(v)) for k, v in (case.query or {}).items()], errors="replace")
        path = (
            self.root
            + quote(case.formatted_path, safe="/%", errors="replace")
            + (f"?{query}" if query else "")
        )
        given_headers = {k: v for k, v in (case.headers or {}).items() if _sendable(k, v)}
        body, content_type = _body(case)
        answer = self.client.generic(
            case.method, path, body, content_type=content_type, headers={**given_headers, **self.headers}
        )
        self.statuses[answer.status_code] += 1
        known = {int(status) for status in case.operation.definition.raw["responses"]}
        assert answer.status_code < 500, (self.name, case.method, path, body)
        assert answer.status_code in known | BEFORE_THE_VIEW, (
            self.name,
            case.method,
            path,
            answer.status_code,
        )
        _readable(answer, path)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _sendable(name: str, value: Any) -> bool:
    """Whether a server would let the header through at all."""
    return (
        isinstance(value, str)
        and f"{name}{value}".isascii()
        and f"{name}{value}".isprintable()
        and "_" not in name
    )


def _body(case: Any) -> tuple[bytes, str]:
    if case.method == "GET" or type(case.body).__name__ == "NotSet":
        return b"", case.media_type or "application/octet-stream"
    kind = case.media_type
    if isinstance(case.body, bytes):
        return case.body, kind
    if kind == "application/json" or not isinstance(case.body, dict):
        return json.dumps(case.body, default=str).encode(), kind
    if kind == "multipart/form-data":
        return _multipart(case.body)
    return urlencode([(k, _text(v)) for k, v in case.body.items()], errors="replace").encode(), kind


def _multipart(fields: dict[str, Any]) -> tuple[bytes, str]:
    parts = []
    for name, value in fields.items():
        data = getattr(value, "data", value)
        raw = data if isinstance(data, bytes) else _text(data).encode(errors="replace")
        file = '; filename="x.jpg"' if isinstance(data, bytes) else ""
        head = f'--line\r\nContent-Disposition: form-data; name="{quote(name)}"{file}\r\n\r\n'.encode(
            errors="replace"
        )
        parts.append(head + raw + b"\r\n")
    return b"".join(parts) + b"--line--\r\n", "multipart/form-data; boundary=line"


def _readable(answer: Any, path: str) -> None:
    """JSON and XML that say so are so."""
    if answer.streaming or answer.status_code in (302, 405):
        return
    if "application/json" in answer.get("Content-Type", ""):
        answer.json()


def askers(desk: Desk, secrets: dict[str, str], root: str) -> Iterator[Asker]:
    """The public, both keys, and every staff role with its session."""
    yield Asker("public", Client(raise_request_exception=False), {}, root)
    for name, which in (("with a key", "living"), ("with an ended key", "ended")):
        told = {"Authorization": f"Bearer {secrets[which]}"}
        yield Asker(name, Client(raise_request_exception=False), told, root)
    for office in OFFICES:
        client = Client(raise_request_exception=False, REMOTE_ADDR=f"10.1.1.{len(office.login)}")
        assert client.post("/sign-in", {"name": office.login, "password": PASSWORD}).status_code == 302
        assert client.cookies[settings.SESSION_COOKIE_NAME]
        yield Asker(office.login, client, {}, root)


def ask(document: dict[str, Any], asker: Asker) -> None:
    """Every operation with requests that fit the document and requests that break it."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _run(found.ok().as_strategy(generation_mode=mode), asker, EXAMPLES.get(asker.name, FEW))


def _run(strategy: Any, asker: Callable[[Any], None], examples: int) -> None:
    @bounds(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def generated(case: Any) -> None:
        asker(case)

    generated()


@pytest.mark.slow
def test_api_v1_never_fails(desk: Desk, secrets: dict[str, str], unlimited: None) -> None:
    document = openapi.document("http://testserver/api/v1")
    place, kind = desk.cast.places["compound"].public_id, "gb_part_01037"
    case = desk.report().public_id
    report = document["components"]["schemas"]["Report"]
    report["properties"] |= {
        "place": {"enum": [place]}, "kind": {"enum": [kind, "local_other"]}, "phone": {"enum": ["", "13800138000"]},
        "text": {"type": "string", "pattern": "^[a-z灯路]{1,40}$"}, "answers": {"type": "object", "maxProperties": 0},
    }  # fmt: skip
    report["additionalProperties"] = False
    for path in ("/cases/{public_id}", "/cases/{public_id}/entries"):
        document["paths"][path]["get"]["parameters"][0]["schema"] = {
            "anyOf": [{"enum": [case]}, {"type": "string"}]
        }
    del document["servers"]
    total: Counter[int] = Counter()
    for asker in askers(desk, secrets, "/api/v1"):
        ask(document, asker)
        if asker.name == "with a key":
            assert {200, 201, 400, 404, 422} <= set(asker.statuses), asker.statuses
        total += asker.statuses
    print(f"\n/api/v1: {sum(total.values())} requests, answers {dict(sorted(total.items()))}")  # noqa: T201  # the figures of the run
    assert Case.objects.count() > 1


@pytest.mark.slow
def test_open311_never_fails(desk: Desk, secrets: dict[str, str], unlimited: None) -> None:
    place = desk.cast.places["compound"]
    held = actions.hold_report(
        actor=public(desk.cast.district), context=desk.context, place=place, reason="words", key=None,
        report=Report(place=place.public_id, text=TEXT, kind="gb_part_01037"),
    )  # fmt: skip
    ids = [desk.report().public_id, desk.report(key="2", kind_of_request="misconduct").public_id]
    codes = [row["code"] for row in charter.current(desk.cast.district, desk.context.now)["cases.kinds"]][:12]
    total: Counter[int] = Counter()
    for asker in askers(desk, secrets, ""):
        tried = {"with a key": [secrets["living"]], "with an ended key": [secrets["ended"]]}.get(
            asker.name, ["", "wrong"]
        )
        document = open311_openapi.document(
            codes=codes, secrets=tried, places=[place.public_id], ids=ids, tokens=[held.public_id]
        )
        ask(document, asker)
        if asker.name == "with a key":
            assert {200, 201, 400, 404} <= set(asker.statuses), asker.statuses
        else:
            assert 201 not in asker.statuses, asker.name
        total += asker.statuses
    print(f"\nOpen311: {sum(total.values())} requests, answers {dict(sorted(total.items()))}")  # noqa: T201  # the figures of the run
    assert Case.objects.count() > len(ids)
