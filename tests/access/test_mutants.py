"""One filter removed on purpose, and the matrix goes red: each of these would be a hole somebody could miss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linli.foundation.bodies import access as bodies_access
from linli.foundation.bodies.models import Body
from linli.foundation.messaging import access as messaging_access
from linli.foundation.messaging.models import Message
from linli.foundation.notices import access as notices_access
from linli.foundation.notices.models import Notice
from linli.foundation.people import views as people_views
from linli.foundation.people.models import Person
from linli.foundation.places import access as places_access
from linli.foundation.places.models import ImportRun, Place
from linli.foundation.places.queries import tree
from linli.work.cases import access as cases_access
from linli.work.cases import queries as cases_queries
from linli.work.cases.models import Case
from linli.work.cases.views import caller
from tests.access.loading import RELATIONS, Expectations, cells
from tests.access.running import Runner, grouped


def _district(model: Any) -> Callable[..., Any]:
    """The scope filter gone: everything of the district."""
    return lambda actor, *_more: model.objects.filter(district=actor.district)


def _everywhere(model: Any) -> Callable[..., Any]:
    """The district filter gone as well."""
    return lambda *_anything: model.objects.all()


pytestmark = pytest.mark.slow
WITHIN = RELATIONS[:4]
MUTANTS = [
    ("cases: a scope that ends nowhere", cases_access, "visible_to", _district(Case), "cases:case", WITHIN),
    ("cases: a list without scope", cases_access, "visible_to", _district(Case), "cases:queue", WITHIN),
    ("cases: the other district's cases", cases_access, "visible_to", _everywhere(Case), "cases:queue", ("own",)),
    ("cases: sealed reports for everybody who reads cases", cases_access, "SEALED", "cases.read", "cases:case", WITHIN),
    ("cases: every verb for everybody", cases_access, "may", lambda *_a: True, "cases:act", ("own",)),
    ("cases: the caller's mask for companies", cases_access, "may_see_contact", lambda *_a: True, "cases:case", ("own",)),
    ("cases: a caller's page without its code", caller, "held", lambda _r: _all_ids(), "cases:mine", ("own", "same_community")),
    ("cases: a status of the other district", cases_queries, "by_public_id", lambda _d, i: Case.objects.filter(public_id=i).first(), "cases:open311_request", ("other_district",)),
    ("places: files without scope", tree, "in_scope", _district(Place), "places:file", WITHIN),
    ("places: files of the other district", tree, "in_scope", _everywhere(Place), "places:file", ("other_district",)),
    ("places: imports of the other district", places_access, "runs_visible_to", _everywhere(ImportRun), "places:import_errors", ("other_district",)),
    ("bodies: bodies without scope", bodies_access, "visible_to", _district(Body), "bodies:detail", WITHIN),
    ("bodies: rosters by everybody", bodies_access, "may_roster", lambda *_a: True, "bodies:cover", ("own",)),
    ("people: persons without scope", people_views, "visible_to", _district(Person), "people:person", WITHIN),
    ("notices: drafts without scope", notices_access, "managed_by", _district(Notice), "notices:desk_notice", WITHIN),
    ("notices: drafts for everybody", notices_access, "visible_to", _district(Notice), "notices:detail", ("own",)),
    ("messaging: everybody's inbox", messaging_access, "visible_to", _district(Message), "messaging:inbox", ("own",)),
]  # fmt: skip


def _all_ids() -> list[str]:
    return list(Case.objects.values_list("public_id", flat=True))


@pytest.mark.parametrize(
    ("_name", "room", "what", "without", "url", "relations"), MUTANTS, ids=[m[0] for m in MUTANTS]
)
def test_a_missing_filter_is_seen(
    runner: Runner, expectations: Expectations, monkeypatch: pytest.MonkeyPatch, _name: str, room: Any, what: str, without: Any, url: str,
    relations: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setattr(room, what, without)
    outcome = runner.run(cells(expectations, only=url, relations=relations))
    assert outcome.red, "the matrix stayed green"
    monkeypatch.undo()


@pytest.mark.parametrize("url", sorted({m[4] for m in MUTANTS}))
def test_with_every_filter_the_same_cells_are_green(
    runner: Runner, expectations: Expectations, url: str
) -> None:
    outcome = runner.run(cells(expectations, only=url, relations=("own", "other_district")))
    assert not outcome.red, grouped([*outcome.leaks, *outcome.surprises])
