"""Keeping and revealing: one statement, masks, purpose, task, quota, log; refusals write nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, TooMany
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import public, system
from linli.foundation.people import actions, queries, registry
from linli.foundation.people.models import Person, Reveal
from linli.foundation.people.rules import Task
from linli.foundation.people.tests.builders import DWELLING, ID_NUMBER, NAME, PHONE, clerk, person, refused

ALL = ("name", "phone", "id_number", "dwelling")


@pytest.fixture
def tasks(monkeypatch):
    """A registry of its own, with one kind of task that is open for one (task, person)."""
    open_tasks: set[tuple[int, int, int]] = set()
    monkeypatch.setattr(registry, "_tasks", {})
    registry.register_task("callback", lambda actor, task, who: (actor.user, task, who) in open_tasks)
    return open_tasks


def _state() -> tuple[int, int]:
    return Event.objects.count(), Reveal.objects.count()


def test_keep_contact_is_one_statement_and_shows_masks(work) -> None:
    context, _ = work
    person(context)  # ids are reserved in blocks
    with CaptureQueriesContext(
        connection,
    ) as queries_run:
        kept = person(context)
    assert len(queries_run) == 1
    assert queries_run[0]["sql"].lstrip().startswith("WITH r0 AS (INSERT INTO people_person")
    stored = Person.objects.get(district=context.district, id=kept.id)
    assert (stored.name_mask, stored.phone_mask) == ("欧阳*", "139****5678")
    assert stored.name_index and stored.phone_index and stored.id_index
    assert queries.masked(context.district, [kept.id])[kept.id].name == "欧阳*"


def test_keep_text_is_one_statement(work) -> None:
    context, actor = work
    actions.keep_text(actor=actor, subject=("case", 1), text="x", now=context.now)
    with CaptureQueriesContext(connection) as queries_run:
        kept = actions.keep_text(actor=actor, subject=("case", 2), text="我叫欧阳测试", now=context.now)
    assert len(queries_run) == 1
    assert (
        actions.reveal_text(actor=actor, text=kept.id, purpose="emergency", now=context.now) == "我叫欧阳测试"
    )


def test_public_keeps_a_contact_with_nothing_but_a_name(work) -> None:
    context, _ = work
    kept = actions.keep_contact(actor=public(context.district), name="张三", now=context.now)
    assert (kept.name_mask, kept.phone_mask, kept.phone_index) == ("张*", "", None)


def test_two_rows_of_equal_content_share_nothing_but_their_indexes(work) -> None:
    context, _ = work
    one, two = person(context), person(context)
    assert one.phone_index == two.phone_index and one.public_id != two.public_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12345678901"),
        ("phone", "1380013800"),
        ("id_number", "140403199903159973"),
        ("id_number", "140402800101999"),
        ("name", "张" * 61),
        ("dwelling", "楼" * 121),
    ],
)
def test_wrong_fields_are_refused_with_a_sentence_and_nothing_is_written(
    work, field: str, value: str
) -> None:
    context, _ = work
    before = Person.objects.count()
    with refused(Invalid) as refusal:
        person(context, **{field: value})
    assert list(refusal.value.fields) == [field] and len(str(refusal.value.fields[field])) > 10
    assert Person.objects.count() == before


def test_reveal_for_a_purpose_opens_logs_and_records(work) -> None:
    context, _ = work
    kept = person(context)
    actor = clerk(context, "people.reveal")
    opened = actions.reveal(
        actor=actor, person=kept, fields=ALL, purpose="emergency", now=context.now, fresh=True
    )
    assert opened == {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "dwelling": DWELLING}
    row = Reveal.objects.get(district=context.district, person=kept)
    assert (row.actor, row.appointment, row.fields, row.purpose) == (
        actor.user,
        actor.appointment,
        list(ALL),
        "emergency",
    )
    event = Event.objects.get(district=context.district, code="people.revealed", subject_id=kept.id)
    assert event.data["fields"] == list(ALL) and NAME not in str(event.data)


@pytest.mark.parametrize(
    ("verbs", "purpose", "fresh", "scope", "error"),
    [
        ((), "emergency", True, "1.", NotAllowed),
        (("people.search",), "emergency", True, "1.", NotAllowed),
        (("people.reveal",), "curiosity", True, "1.", Invalid),
        (("people.reveal",), "", True, "1.", Invalid),
        (("people.reveal",), "emergency", False, "1.", NotAllowed),
        (("people.reveal",), "emergency", True, "1.2.", OutOfScope),
        (("people.reveal",), "emergency", True, "", OutOfScope),
    ],
)
def test_reveal_is_refused_and_nothing_is_logged(work, verbs, purpose, fresh, scope, error) -> None:
    context, _ = work
    kept = person(context, scope_path="1.3.")
    before = _state()
    with refused(error):
        actions.reveal(
            actor=clerk(context, *verbs, scope=scope),
            person=kept,
            fields=["phone"],
            purpose=purpose,
            now=context.now,
            fresh=fresh,
        )
    assert _state() == before


@pytest.mark.parametrize("fields", [[], ["salary"], ["name", "salary"]])
def test_unknown_fields_are_refused(work, fields) -> None:
    context, actor = work
    kept = person(context)
    before = _state()
    with refused(Invalid):
        actions.reveal(actor=actor, person=kept, fields=fields, purpose="emergency", now=context.now)
    assert _state() == before


def test_an_assigned_task_is_its_own_purpose(work, tasks) -> None:
    context, _ = work
    kept = person(context, scope_path="1.3.")
    actor = clerk(context, scope="")
    tasks.add((actor.user, 5, kept.id))
    dial = actions.click_to_dial(actor=actor, person=kept, task=Task("callback", 5), now=context.now)
    assert (dial.number, dial.href) == (PHONE, f"tel:{PHONE}")
    row = Reveal.objects.get(district=context.district, person=kept)
    assert (row.purpose, row.task_kind, row.task_id, row.fields) == ("task", "callback", 5, ["phone"])


@pytest.mark.parametrize("task", [Task("callback", 6), Task("unknown", 5)])
def test_somebody_elses_task_is_no_purpose(work, tasks, task) -> None:
    context, _ = work
    kept = person(context)
    actor = clerk(context, "people.reveal")
    tasks.add((actor.user, 5, kept.id))
    before = _state()
    with refused(OutOfScope):
        actions.reveal(actor=actor, person=kept, fields=["phone"], purpose="task", now=context.now, task=task)
    other = person(context)
    with refused(OutOfScope):
        actions.click_to_dial(actor=actor, person=other, task=Task("callback", 5), now=context.now)
    assert _state() == before


def test_quota_counts_a_day_and_tasks_count_apart(work, tasks) -> None:
    context, _ = work
    kept = person(context)
    actor = clerk(context, "people.reveal")
    tasks.add((actor.user, 5, kept.id))
    for _n in range(20):
        actions.reveal(
            actor=actor, person=kept, fields=["name"], purpose="emergency", now=context.now, fresh=True
        )
    before = _state()
    with refused(TooMany) as refusal:
        actions.reveal(
            actor=actor, person=kept, fields=["name"], purpose="emergency", now=context.now, fresh=True
        )
    assert refusal.value.facts["security"] and 0 < refusal.value.facts["retry_after"] <= 86400
    assert _state() == before
    assert (
        actions.click_to_dial(actor=actor, person=kept, task=Task("callback", 5), now=context.now).number
        == PHONE
    )
    tomorrow = context.now + timedelta(days=1)
    assert actions.reveal(
        actor=actor, person=kept, fields=["name"], purpose="emergency", now=tomorrow, fresh=True
    ) == {"name": NAME}


def test_a_person_without_phone_cannot_be_dialled(work, tasks) -> None:
    context, _ = work
    kept = person(context, phone="")
    actor = clerk(context)
    tasks.add((actor.user, 5, kept.id))
    with refused(Invalid):
        actions.click_to_dial(actor=actor, person=kept, task=Task("callback", 5), now=context.now)


def test_amend_changes_the_sealed_value_the_mask_and_the_index(work) -> None:
    context, actor = work
    kept = person(context)
    actions.amend(
        actor=actor, person=kept, changes={"phone": "0355-1234567", "dwelling": ""}, now=context.now
    )
    stored = Person.objects.get(district=context.district, id=kept.id)
    assert (
        stored.phone_mask == "0355-***4567"
        and stored.phone_index != kept.phone_index
        and stored.name_mask == "欧阳*"
    )
    opened = actions.reveal(actor=actor, person=kept, fields=ALL, purpose="correction", now=context.now)
    assert opened == {"name": NAME, "phone": "0355-1234567", "id_number": ID_NUMBER, "dwelling": ""}


@pytest.mark.parametrize(
    ("verbs", "changes", "error"),
    [
        ((), {"phone": PHONE}, NotAllowed),
        (("people.reveal",), {"phone": "1"}, Invalid),
        (("people.reveal",), {}, Invalid),
        (("people.reveal",), {"age": "3"}, Invalid),
    ],
)
def test_amend_is_refused_and_nothing_changes(work, verbs, changes, error) -> None:
    context, _ = work
    kept = person(context)
    before = Event.objects.count()
    with refused(error):
        actions.amend(actor=clerk(context, *verbs), person=kept, changes=changes, now=context.now)
    assert Event.objects.count() == before
    assert Person.objects.get(district=context.district, id=kept.id).phone_mask == "139****5678"


def test_search_finds_exact_values_within_scope_only(work) -> None:
    context, _ = work
    near, far = person(context, scope_path="1.3.4."), person(context, scope_path="1.5.")
    actor = clerk(context, "people.search", scope="1.3.")
    assert [p.id for p in actions.search_exact(actor=actor, phone="139 1234 5678", now=context.now)] == [
        near.id
    ]
    assert [p.id for p in actions.search_exact(actor=actor, name=NAME, now=context.now)] == [near.id]
    assert [p.id for p in actions.search_exact(actor=actor, id_number=ID_NUMBER, now=context.now)] == [
        near.id
    ]
    for part in ({"name": "欧阳"}, {"name": "测试"}, {"phone": "1391234567"}, {"id_number": ID_NUMBER[:17]}):
        assert actions.search_exact(actor=actor, now=context.now, **part) == []
    assert far.id not in {p.id for p in queries.by_phone(actor, PHONE)}
    assert {near.id, far.id} <= {p.id for p in queries.by_phone(system(context.district), PHONE)}
    assert queries.by_phone(public(context.district), PHONE) == []


def test_search_is_limited_and_needs_the_verb(work) -> None:
    context, _ = work
    with refused(NotAllowed):
        actions.search_exact(actor=clerk(context), phone=PHONE, now=context.now)
    actor = clerk(context, "people.search")
    with refused(Invalid):
        actions.search_exact(actor=actor, phone=PHONE, name=NAME, now=context.now)
    with refused(TooMany):
        for _n in range(12):
            actions.search_exact(actor=actor, phone=PHONE, now=context.now)


def test_one_account_belongs_to_one_person(work) -> None:
    context, actor = work
    one, two = person(context), person(context)
    actions.link_account(actor=actor, person=one, account=77, now=context.now)
    assert queries.of_account(context.district, 77).id == one.id
    with refused(Conflict):
        actions.link_account(actor=actor, person=two, account=77, now=context.now)
    with refused(Conflict):
        actions.link_account(actor=actor, person=one, account=78, now=context.now)


def test_phone_is_compares_exactly(work) -> None:
    context, _ = work
    kept = person(context)
    assert queries.phone_is(context.district, kept.id, "+86 139 1234 5678")
    assert not queries.phone_is(context.district, kept.id, "13912345679")
    assert not queries.phone_is(context.district, kept.id, "12345")
