"""The inbox in both languages and the inbound door: who sees what, same id twice, wrong secret."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.foundation.bodies.tests.builders import Town
from linli.foundation.bodies.tests.pages import desk, words
from linli.foundation.core import ledger
from linli.foundation.core.context import begin
from linli.foundation.core.models import Event, IdempotencyKey
from linli.foundation.core.rules.actor import system
from linli.foundation.messaging import access, actions, queries
from linli.foundation.messaging.models import InboundMessage, Message
from linli.foundation.people.tests.builders import PHONE, person

SECRET = "between-us-and-the-provider"


@pytest.fixture
def office(town: Town):
    town.committee = town.body()
    return desk(town, town.committee, "community_clerk")


def tell(context, *, number: int = 1, **to: int) -> Message:
    event = ledger.record(
        "calendar.loaded",
        actor=_system(context),
        subject=("calendar", 3000 + number),
        now=context.now,
        data={"year": 3000, "days": number},
    )
    return actions.send(
        context=context, template="roster_gap", event=event, subject=("body", to.get("to_body", 1)),
        data={"kind": {"zh": "值班人员", "en": "Officer on duty"}, "starts_at": "2026-11-24T10:00:00Z", "ends_at": "2026-11-24T16:00:00Z"},
        **to,
    )[0]  # fmt: skip


def _system(context):
    return system(context.district)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", "11月24日18:00至11月25日00:00无值班人员"),
        ("en", "nobody is on duty as Officer on duty from 24 November, 18:00"),
    ],
)
def test_the_inbox_speaks_both_languages(work, town: Town, office, language: str, said: str) -> None:
    tell(work[0], to_body=town.committee.id)
    page = words(office.client.get(f"/desk/messages/?lang={language}"))
    assert said in page and page.count("<h1") == 1
    assert f"/desk/messages/{Message.objects.get().public_id}/read/" in page


def test_an_empty_inbox_says_so(office) -> None:
    page = words(office.client.get("/desk/messages/"))
    assert "暂无消息" in page, page[page.index("<main") :]


def test_only_the_own_office_sees_a_message(work, town: Town, office, other_work) -> None:
    context, _ = work
    mine = [
        tell(context, to_body=town.committee.id),
        tell(context, number=2, to_appointment=office.office.id),
    ]
    colleague = desk(town, town.committee, "handler", login_name="colleague")
    away = desk(
        town, town.body("community_committee", "栎社区居委会", town.oak), "community_clerk", login_name="oak"
    )
    auditor = desk(town, town.body("district_department", "审计局", town.root), "auditor", login_name="audit")
    assert words(office.client.get("/desk/messages/")).count("data-row") == 2
    assert words(colleague.client.get("/desk/messages/")).count("data-row") == 1
    assert words(away.client.get("/desk/messages/")).count("data-row") == 0
    assert auditor.client.get("/desk/messages/").status_code == 403
    assert away.client.post(f"/desk/messages/{mine[0].public_id}/read/").status_code == 404
    assert colleague.client.post(f"/desk/messages/{mine[1].public_id}/read/").status_code == 404
    assert Client().get("/desk/messages/").status_code == 302
    assert not Message.objects.filter(state="read").exists()


def test_queryset_and_check_agree(work, town: Town, office) -> None:
    context, _ = work
    rows = [
        tell(context, to_body=town.committee.id),
        tell(context, number=2, to_appointment=office.office.id),
        tell(context, number=3, to_body=5),
    ]
    sent = actions.send(
        context=context,
        template="test_receipt",
        event=rows[0].event,
        subject=("case", 1),
        data={"code": "A"},
        to_person=person(context).id,
    )
    for actor in (
        town.actor("community_clerk", town.elm, body=town.committee.id, appointment=office.office.id),
        town.actor("handler", town.elm, body=town.committee.id, appointment=3),
        town.actor("auditor", town.root, body=town.committee.id),
        town.actor("community_clerk", town.elm),
        _system(context),
    ):
        seen = set(access.visible_to(actor).values_list("id", flat=True))
        assert seen == {m.id for m in rows + sent if access.may_read(actor, m)}


def test_opening_leads_to_the_roster_and_counts_down(work, town: Town, office) -> None:
    message = tell(work[0], to_body=town.committee.id)
    tell(work[0], number=2, to_appointment=office.office.id)
    assert '<span class="count">2</span>' in words(office.client.get("/desk/messages/"))
    answer = office.client.post(f"/desk/messages/{message.public_id}/read/")
    assert answer.url == f"/desk/bodies/{town.committee.public_id}/roster/"
    assert words(office.client.get("/desk/messages/?show=unread")).count("data-row") == 1
    assert office.client.post("/desk/messages/read/").status_code == 302
    assert "暂无消息" in words(office.client.get("/desk/messages/?show=unread"))


def test_a_long_inbox_is_paged_in_constant_statements(work, town: Town, office) -> None:
    context, _ = work
    tell(context, to_body=town.committee.id)
    office.client.get("/desk/messages/")

    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert office.client.get("/desk/messages/").status_code == 200
        return len(caught)

    one = count()
    for number in range(2, 24):
        tell(context, number=number, to_body=town.committee.id)
    assert count() == one
    first = office.client.get("/desk/messages/")
    assert words(first).count("data-row") == 20
    second = office.client.get("/desk/messages/", {"after": first.context["next_cursor"]})
    assert words(second).count("data-row") == 3
    ids = {line.message.id for page in (first, second) for line in page.context["lines"]}
    assert len(ids) == 23
    assert words(office.client.get("/desk/messages/?after=nonsense")).count("data-row") == 20
    reader = town.actor("community_clerk", town.elm, body=town.committee.id, appointment=office.office.id)
    with CaptureQueriesContext(connection) as caught:
        assert queries.unread(reader) == 23
    assert len(caught) == 1


def bring(client: Client, body: object, secret: str = SECRET):
    raw = body if isinstance(body, str) else json.dumps(body)
    return client.post(
        "/messages/inbound",
        raw,
        content_type="application/json",
        headers={"X-Linli-Secret": secret, "Accept": "application/json"},
    )


@pytest.fixture
def provider(settings) -> Client:
    settings.LINLI_INBOUND_SECRET = SECRET
    return Client(enforce_csrf_checks=True)


def test_an_answer_comes_in_once(work, town: Town, provider: Client) -> None:
    context, _ = work
    who = person(context)
    event = ledger.record(
        "calendar.loaded",
        actor=_system(context),
        subject=("calendar", 3000),
        now=context.now,
        data={"year": 3000, "days": 1},
    )
    asked = actions.send(
        context=context,
        template="test_judge",
        event=event,
        subject=("case", 9),
        data={"subject": "路灯"},
        to_person=who.id,
    )[0]
    actions.deliver(context=context, message=asked.id)
    body = {"id": "p-1", "from": PHONE, "text": "3"}
    first, again = bring(provider, body), bring(provider, body)
    assert (
        (first.status_code, first.json()) == (again.status_code, again.json()) == (200, {"state": "answered"})
    )
    assert InboundMessage.objects.get().answer == 3
    assert Event.objects.filter(code="message.answered").count() == 1
    assert bring(provider, {**body, "text": "1"}).status_code == 422
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        {"id": "1", "from": PHONE},
        {"id": "", "from": PHONE, "text": "1"},
        {"id": "1", "from": 5, "text": "1"},
        {"id": "1", "from": PHONE, "text": "x" * 2001},
    ],
)
def test_a_broken_delivery_stores_nothing(work, town: Town, provider: Client, body: object) -> None:
    assert bring(provider, body).status_code == 422
    assert (
        not InboundMessage.objects.exists()
        and not IdempotencyKey.objects.filter(door="messages.inbound").exists()
    )


def test_the_door_is_closed_without_or_with_a_wrong_secret(
    work, town: Town, provider: Client, settings
) -> None:
    body = {"id": "p-1", "from": PHONE, "text": "1"}
    assert bring(provider, body, secret="guess").status_code == 403
    assert bring(provider, body, secret="").status_code == 403
    settings.LINLI_INBOUND_SECRET = ""
    assert bring(provider, body, secret="").status_code == 404
    assert provider.get("/messages/inbound").status_code == 405
    assert not InboundMessage.objects.exists()


def test_an_answer_never_crosses_districts(work, town: Town, other_work, provider: Client) -> None:
    context, other = work[0], other_work[0]
    begin(context.district)
    who = person(context)
    event = ledger.record(
        "calendar.loaded",
        actor=_system(context),
        subject=("calendar", 3000),
        now=context.now,
        data={"year": 3000, "days": 1},
    )
    asked = actions.send(
        context=context,
        template="test_judge",
        event=event,
        subject=("case", 9),
        data={"subject": "路灯"},
        to_person=who.id,
    )[0]
    actions.deliver(context=context, message=asked.id)
    begin(other.district)
    assert actions.take_in(context=other, phone=PHONE, text="1", channel="provider").message_id is None
    assert queries.sent_to(other.district, who.id) == []
    begin(context.district)
    assert [row["template"] for row in queries.sent_to(context.district, who.id)] == ["test_judge"]
