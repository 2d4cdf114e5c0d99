"""Bodies and appointments: what is written, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from linli.foundation.accounts.actions import end_account
from linli.foundation.accounts.models import Grant
from linli.foundation.bodies import actions, queries
from linli.foundation.bodies.models import Appointment, Body, BodyPlace, DutyItem
from linli.foundation.bodies.reactions import end_offices
from linli.foundation.bodies.tests.builders import USCC, Town
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import public, system
from linli.foundation.people.tests.builders import person


def written() -> tuple[int, ...]:
    tables = (Body, BodyPlace, Appointment, DutyItem, Grant, Event)
    return tuple(table.objects.count() for table in tables)


def refused(kind: type[Refused], code: str, act, /, *args, **more) -> Refused:
    before = written()
    # A refusal rolls the request's transaction back; here a savepoint stands for it.
    with pytest.raises(kind) as caught, transaction.atomic():
        act(*args, **more)
    assert caught.value.code == code
    assert str(caught.value.message).endswith(("。", "."))
    assert written() == before
    return caught.value


def test_founded_body_serves_its_seat(town: Town) -> None:
    clerk = town.actor("subdistrict_clerk", town.north)
    body = actions.found_body(
        actor=clerk, kind="community_committee", name=" 榆社区居委会 ", place=town.elm, now=town.now
    )
    assert (body.name, body.level, body.valid_to) == ("榆社区居委会", "community", None)
    assert [p.id for p in queries.places_of(body)] == [town.elm.id]
    event = Event.objects.get(subject_type="body", subject_id=body.id)
    assert event.code == "body.founded" and event.data["places"] == [town.elm.id]


def test_company_serves_several_compounds(town: Town) -> None:
    company = town.body("property_company", "安居物业", town.north, uscc=USCC, serves=[town.elm_one])
    assert queries.handling_bodies(town.district_id, town.elm_two) == []
    actions.add_place(actor=system(town.district_id), body=company, place=town.elm_two, now=town.now)
    assert queries.handling_bodies(town.district_id, town.elm_two) == [company]
    refused(
        Conflict,
        "body.serves",
        actions.add_place,
        actor=system(town.district_id),
        body=company,
        place=town.elm_two,
        now=town.now,
    )
    actions.end_place(actor=system(town.district_id), body=company, place=town.elm_one, now=town.now)
    assert [p.id for p in queries.places_of(company)] == [town.elm_two.id]


def test_founding_is_refused(town: Town, other_work) -> None:
    clerk = town.actor("subdistrict_clerk", town.north)
    found = lambda **more: actions.found_body(  # noqa: E731  # short for the table below
        **{"actor": clerk, "kind": "volunteer_team", "name": "红马甲", "place": town.elm, "now": town.now}
        | more
    )
    refused(NotAllowed, "bodies.manage", found, actor=town.actor("community_clerk", town.elm))
    refused(NotAllowed, "bodies.manage", found, actor=public(town.district_id))
    refused(OutOfScope, "bodies.place", found, place=town.oak)
    refused(OutOfScope, "bodies.place", found, serves=[town.oak_one])
    refused(Invalid, "body.kind", found, kind="club")
    refused(Invalid, "body.level", found, kind="community_committee", place=town.elm_one)
    refused(Invalid, "body.name", found, name="甲")
    assert "uscc" in refused(Invalid, "body.uscc", found, uscc=USCC[:-1] + "A").fields
    refused(Invalid, "body.phone", found, phone="call me")
    found()
    refused(Conflict, "body.exists", found)
    found(name="物业甲", uscc=USCC)
    refused(Conflict, "body.uscc_taken", found, name="物业乙", uscc=USCC)
    other = Town(other_work[0].district, town.now)
    refused(OutOfScope, "bodies.place", found, actor=system(town.district_id), place=other.elm)


def test_changing_saves_only_what_differs(town: Town) -> None:
    body = town.body()
    actor = system(town.district_id)
    actions.change_body(actor=actor, body=body, name=body.name, uscc="", phone="0355-2031234", now=town.now)
    event = Event.objects.get(code="body.changed", subject_id=body.id)
    assert event.data == {"fields": ["phone"]}
    actions.change_body(actor=actor, body=body, name=body.name, uscc="", phone="0355-2031234", now=town.now)
    assert Event.objects.filter(code="body.changed", subject_id=body.id).count() == 1


def test_body_ends_after_its_offices(town: Town) -> None:
    body = town.body()
    office = town.office(body, "wang.elm")
    actor = system(town.district_id)
    refused(WrongStage, "body.offices", actions.end_body, actor=actor, body=body, now=town.now)
    actions.end_appointment(actor=actor, appointment=office, reason="body_ended", now=town.now)
    actions.end_body(actor=actor, body=body, now=town.now)
    assert queries.handling_bodies(town.district_id, town.elm) == []
    refused(
        WrongStage,
        "body.ended",
        actions.change_body,
        actor=actor,
        body=body,
        name="新名字",
        uscc="",
        phone="",
        now=town.now,
    )


def test_appointing_files_one_grant(town: Town) -> None:
    body = town.body()
    clerk = town.actor("subdistrict_clerk", town.north, user=town.user("boss").id)
    user = town.user("li.elm")
    made = actions.appoint(
        actor=clerk, body=body, user=user, role="community_clerk", place=town.elm, now=town.now, title="clerk",
        valid_to=town.now + timedelta(days=365),
    )  # fmt: skip
    grant = Grant.objects.get(appointment=made.id)
    assert (grant.user_id, grant.role, grant.scope_path, grant.body, grant.valid_to) == (
        user.id, "community_clerk", town.elm.path, body.id, None,
    )  # fmt: skip
    event = Event.objects.get(code="appointment.made", subject_id=made.id)
    assert event.data["user"] == user.id and event.data["title"] == "clerk"


def test_appointing_is_refused(town: Town, other_work) -> None:
    body, user = town.body(), town.user("li.elm")
    boss = town.user("boss")
    clerk = town.actor("subdistrict_clerk", town.north, user=boss.id)
    appoint = lambda **more: actions.appoint(  # noqa: E731  # short for the table below
        **{
            "actor": clerk,
            "body": body,
            "user": user,
            "role": "community_clerk",
            "place": town.elm,
            "now": town.now,
        }
        | more
    )
    refused(NotAllowed, "appoint.self", appoint, user=boss)
    refused(NotAllowed, "bodies.appoint", appoint, actor=town.actor("community_clerk", town.elm))
    refused(NotAllowed, "appoint.level", appoint, role="district_clerk")
    refused(OutOfScope, "bodies.place", appoint, actor=town.actor("subdistrict_clerk", town.south))
    refused(OutOfScope, "bodies.place", appoint, place=town.oak)
    refused(Invalid, "appoint.place", appoint, place=town.north)
    refused(Invalid, "appoint.role", appoint, role="emperor")
    refused(Invalid, "appoint.title", appoint, title="emperor")
    refused(Invalid, "appoint.term", appoint, valid_to=town.now)
    refused(Invalid, "appoint.nobody", appoint, user=None)
    other = Town(other_work[0].district, town.now)
    refused(OutOfScope, "appoint.account", appoint, user=other.user("li.elm"))
    refused(OutOfScope, "bodies.place", appoint, body=other.body())
    appoint()
    refused(Conflict, "appoint.twice", appoint)
    appoint(role="handler")


def test_ended_account_cannot_hold_an_office(town: Town) -> None:
    body, user = town.body(), town.user("gone")
    user.ended_at = town.now
    user.save()
    refused(
        Invalid, "appoint.ended_account", actions.appoint, actor=system(town.district_id), body=body, user=user,
        role="community_clerk", place=town.elm, now=town.now,
    )  # fmt: skip


def test_office_without_account_gives_no_rights(town: Town, work) -> None:
    body = town.body("owners_committee", "业委会", town.elm_one)
    made = actions.appoint(
        actor=system(town.district_id),
        body=body,
        user=None,
        person=person(work[0]).id,
        role="handler",
        place=town.elm_one,
        now=town.now,
    )
    assert not Grant.objects.filter(appointment=made.id).exists()
    assert actions.end_appointment(
        actor=system(town.district_id), appointment=made, reason="resigned", now=town.now
    ).ended_at


def test_ending_ends_the_grant(town: Town) -> None:
    office = town.office(town.body(), "li.elm")
    later = town.now + timedelta(hours=1)
    clerk = town.actor("subdistrict_clerk", town.north, user=1)
    refused(
        Invalid,
        "appointment.reason",
        actions.end_appointment,
        actor=clerk,
        appointment=office,
        reason="bored",
        now=later,
    )
    own = town.actor("subdistrict_clerk", town.north, user=office.user_id)
    refused(
        NotAllowed,
        "appointment.own",
        actions.end_appointment,
        actor=own,
        appointment=office,
        reason="resigned",
        now=later,
    )
    away = town.actor("subdistrict_clerk", town.south, user=1)
    refused(
        OutOfScope,
        "bodies.place",
        actions.end_appointment,
        actor=away,
        appointment=office,
        reason="resigned",
        now=later,
    )
    actions.end_appointment(actor=clerk, appointment=office, reason="resigned", now=later)
    assert Grant.objects.get(appointment=office.id).valid_to == later
    refused(
        WrongStage,
        "appointment.ended",
        actions.end_appointment,
        actor=clerk,
        appointment=office,
        reason="resigned",
        now=later,
    )


def test_term_over_ends_by_the_job(town: Town) -> None:
    body = town.body()
    short = town.office(body, "short", valid_to=town.now + timedelta(days=1))
    long = town.office(body, "long", valid_to=town.now + timedelta(days=3))
    later = town.now + timedelta(days=1)
    assert actions.end_terms(actor=system(town.district_id), now=later) == 1
    short.refresh_from_db()
    long.refresh_from_db()
    assert (short.end_reason, long.ended_at) == ("term_over", None)
    assert Grant.objects.filter(appointment=short.id, valid_to__isnull=True).count() == 0
    assert actions.end_terms(actor=system(town.district_id), now=later) == 0


def test_duty_list_decides_who_may_be_assigned(town: Town) -> None:
    body, actor = town.body(), system(town.district_id)
    assert queries.may_be_assigned(body, "noise") == (True, "no_list")
    actions.set_duty(
        actor=actor,
        level="community",
        kind_code="sanitation",
        role="main",
        now=town.now,
        basis="职责清单第3项",
    )
    actions.set_duty(actor=actor, level="community", kind_code="demolition", role="assist", now=town.now)
    assert queries.may_be_assigned(body, "sanitation") == (True, "on_list")
    assert queries.may_be_assigned(body, "demolition") == (False, "assist_only")
    assert queries.may_be_assigned(body, "noise") == (False, "not_on_list")
    actions.set_duty(actor=actor, body=body, kind_code="noise", role="main", now=town.now)
    assert queries.may_be_assigned(body, "noise") == (True, "on_list")
    actions.remove_duty(actor=actor, level="community", kind_code="sanitation", now=town.now)
    assert queries.may_be_assigned(body, "sanitation") == (False, "not_on_list")
    school = town.body("school", "一小", town.elm)
    assert queries.may_be_assigned(school, "sanitation") == (False, "not_a_handler")


def test_duty_list_keeps_history_and_writes_once(town: Town) -> None:
    actor = system(town.district_id)
    first = actions.set_duty(actor=actor, level="community", kind_code="noise", role="main", now=town.now)
    assert (
        actions.set_duty(actor=actor, level="community", kind_code="noise", role="main", now=town.now).id
        == first.id
    )
    second = actions.set_duty(actor=actor, level="community", kind_code="noise", role="assist", now=town.now)
    first.refresh_from_db()
    assert first.valid_to == town.now and second.id != first.id
    assert Event.objects.filter(code="duty.set").count() == 2


def test_duty_list_is_refused(town: Town) -> None:
    clerk, body = town.actor("subdistrict_clerk", town.north), town.body()
    set_duty = lambda **more: actions.set_duty(  # noqa: E731  # short for the table below
        **{"actor": clerk, "level": "community", "kind_code": "noise", "role": "main", "now": town.now} | more
    )
    refused(NotAllowed, "duty.level", set_duty)
    refused(NotAllowed, "bodies.manage", set_duty, actor=town.actor("community_clerk", town.elm))
    refused(
        OutOfScope, "bodies.place", set_duty, actor=town.actor("subdistrict_clerk", town.south), body=body
    )
    refused(Invalid, "duty.kind", set_duty, body=body, kind_code="噪声")
    refused(Invalid, "duty.role", set_duty, body=body, role="both")
    refused(Invalid, "duty.unknown_level", set_duty, actor=system(town.district_id), level="street")
    refused(
        OutOfScope, "duty.none", actions.remove_duty, actor=clerk, body=body, kind_code="noise", now=town.now
    )


def test_an_unknown_person_holds_no_office(town: Town) -> None:
    body = town.body("owners_committee", "业委会", town.elm_one)
    refused(
        OutOfScope, "appoint.person", actions.appoint, actor=system(town.district_id), body=body, user=None, person=77,
        role="handler", place=town.elm_one, now=town.now,
    )  # fmt: skip


def test_an_ended_account_leaves_its_offices(town: Town, work) -> None:
    context, actor = work
    office = town.office(town.body(), "leaving")
    end_account(actor=actor, user=office.user, now=town.now)
    end_offices(Event.objects.get(code="account.ended"), context)
    end_offices(Event.objects.get(code="account.ended"), context)
    office.refresh_from_db()
    assert office.end_reason == "account_ended"
    assert Event.objects.filter(code="appointment.ended").count() == 1
