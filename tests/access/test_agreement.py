"""The question about one row and the filter over many give the same answer, for everybody and every row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from linli.foundation.accounts import access as accounts
from linli.foundation.accounts.models import SignedIn, User
from linli.foundation.bodies import access as bodies
from linli.foundation.bodies.models import Body
from linli.foundation.bodies.queries import places_of
from linli.foundation.core.context import begin
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.messaging import access as messaging
from linli.foundation.messaging.models import Message
from linli.foundation.notices import access as notices
from linli.foundation.notices.models import Notice, Objection
from linli.foundation.people import access as people
from linli.foundation.people.models import Person
from linli.foundation.places import access as places
from linli.foundation.places.models import ImportRun, Place
from linli.shell.cast import OFFICES
from linli.work.cases import access as cases
from linli.work.cases.models import Case
from tests.access.running import Runner
from tests.access.stage import Stage

Question = Callable[[Actor, Any], bool]
PAIRS: dict[str, tuple[Any, Question, Callable[[Actor], Iterable[Any]]]] = {
    "cases": (Case, cases.may_read, cases.visible_to),
    "places": (Place, places.may_read, places.visible_to),
    "places reached": (Place, places.reaches, places.in_scope),
    "imports": (ImportRun, places.may_see_run, places.runs_visible_to),
    "bodies": (Body, lambda a, b: bodies.may_see(a, b, [p.path for p in places_of(b)]), bodies.visible_to),
    "messages": (Message, messaging.may_read, messaging.visible_to),
    "notices": (Notice, notices.may_read, notices.visible_to),
    "notices managed": (Notice, lambda a, n: n.district == a.district and notices.may_publish(a, n.place_path), notices.managed_by),
    "objections": (Objection, notices.may_answer, notices.objections_visible_to),
    "accounts": (User, accounts.may_see, accounts.visible_to),
    "sign-ins": (SignedIn, accounts.may_end_sign_in, accounts.sign_ins_visible_to),
    "persons to open": (Person, people.may_reveal, lambda a: people.visible_to(a) if a.may("people.reveal") else Person.objects.none()),
    "persons to erase": (Person, people.may_erase, lambda a: people.visible_to(a) if a.may("people.erase") else Person.objects.none()),
}  # fmt: skip
JOINED = {Case: "place", Body: "place", Objection: "notice"}


def _actors(stage: Stage) -> list[Actor]:
    return [public(stage.district), *(stage.actor(office.login) for office in OFFICES)]


@pytest.mark.parametrize("name", PAIRS)
def test_question_and_filter_agree(stages: tuple[Stage, Stage], runner: Runner, name: str) -> None:
    model, may, visible = PAIRS[name]
    asked = 0
    for stage in stages:
        begin(stage.district)
        rows = model.objects.select_related(JOINED[model]) if model in JOINED else model.objects.all()
        every = list(rows)
        for actor in _actors(stage):
            seen = {row.pk for row in visible(actor)}
            asked += len(every)
            differ = [row.pk for row in every if may(actor, row) != (row.pk in seen)]
            assert not differ, f"{actor.role or actor.kind} and {model.__name__} {differ[:5]}"
    assert asked > 0


def test_nobody_sees_a_row_of_the_other_district(stages: tuple[Stage, Stage]) -> None:
    for stage in stages:
        begin(stage.district)
        for name, (_model, _may, visible) in PAIRS.items():
            for actor in _actors(stage):
                assert {row.district for row in visible(actor)} <= {stage.district}, name


def test_no_callers_name_or_number_is_stored_in_the_clear(stages: tuple[Stage, Stage]) -> None:
    """Every table as text, messages as sent, ledger, outbox and answers too: sealed fields are bytes."""
    secrets = {secret for stage in stages for secret in stage.secrets}
    tables = sorted({m._meta.db_table for m in apps.get_models() if m._meta.managed})
    for stage in stages:
        begin(stage.district)
        with connection.cursor() as cursor:
            present = set(connection.introspection.table_names(cursor))
            for table in tables:
                if table in present:
                    cursor.execute(
                        f"SELECT string_agg(t::text, '\n') FROM {table} t WHERE t::text ~ 'CANARY|1991[0-9]'"
                    )
                    text = cursor.fetchone()[0] or ""
                    assert not [secret for secret in secrets if secret in text], table
