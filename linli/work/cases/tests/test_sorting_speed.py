"""The same-issue hint among a quarter of a million cases."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from linli.foundation.core.context import work_in
from linli.foundation.core.db.blocks import reserve
from linli.foundation.places.models import Place
from linli.shell.demo.situations import SITUATIONS
from linli.work.cases import queries
from linli.work.cases.models import Case
from linli.work.cases.tests.builders import Desk, open_desk

CASES, COMPOUNDS, ASKED = 250_000, 400, 200
REACH_MS = 100


def compounds(desk: Desk) -> list[Place]:
    """Compounds of a town, about a hundred metres from one another."""
    first = desk.cast.places["compound"]
    base = Place.objects.get(id=desk.cast.places["community"].id)
    ids = reserve(base.district, Place._meta.db_table, COMPOUNDS)
    rows = [
        Place(
            id=id_, district=base.district, public_id=f"speed-{n}", level="compound", parent=base, path=f"{base.path}{9000 + n}.",
            name=f"小区{n}", longitude=first.longitude + (n % 20) * 0.0011, latitude=first.latitude + (n // 20) * 0.0009,
            valid_from=first.valid_from,
        )
        for n, id_ in enumerate(ids)
    ]  # fmt: skip
    return Place.objects.bulk_create(rows)


def fill(desk: Desk, places: list[Place]) -> None:
    """All open, spread over a year, places, kinds and words: copies of one real row, made by the database."""
    model = desk.case(desk.report())
    texts = [t for s in SITUATIONS for t in s.texts]
    kinds = [s.kind for s in SITUATIONS for _t in s.texts]
    first = reserve(model.district, Case._meta.db_table, CASES)[0]
    changed = {
        "id": "%(first)s + n", "public_id": "'speed-' || n", "number": "'S' || n", "place_id": "(%(places)s::bigint[])[1 + n %% %(count)s]",
        "kind": "(%(kinds)s::text[])[1 + n %% %(said)s]", "text": "(%(texts)s::text[])[1 + n %% %(said)s] || n",
        "received_at": "received_at - make_interval(mins => n * 2)", "contact_id": "NULL", "text_original_id": "NULL",
    }  # fmt: skip
    columns = [f.column for f in Case._meta.concrete_fields]
    values = ", ".join(changed.get(c, c) for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(columns)}) SELECT {values} FROM cases_case, generate_series(0, %(last)s) AS n WHERE id = %(id)s",
            {
                "first": first, "places": [p.id for p in places], "count": len(places), "kinds": kinds, "texts": texts,
                "said": len(texts), "last": CASES - 1, "id": model.id,
            },
        )  # fmt: skip


@pytest.fixture
def town(committed) -> Iterator[tuple[Desk, list[Place]]]:
    """The rows stand and the database knows its tables, as it does where cases come in one by one."""
    with work_in(140403, "luzhou", "Asia/Shanghai") as work:
        desk = open_desk(work)
        places = compounds(desk)
        fill(desk, places)
    name = connection.settings_dict["NAME"]
    with psycopg.connect(committed.owner_url(name), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE cases_case, places_place")
    with work_in(140403, "luzhou", "Asia/Shanghai") as work:
        desk.context = work[0]
        yield desk, places


@pytest.mark.slow
def test_the_hint_is_quick_among_a_quarter_of_a_million_open_cases(town: tuple[Desk, list[Place]]) -> None:
    desk, places = town
    assert Case.objects.count() > CASES
    rng = random.Random(1)
    clerk = desk.actor("community.clerk")
    told = [(s.kind, t) for s in SITUATIONS for t in s.texts]
    found, spent = 0, []
    for number in range(ASKED):
        kind, text = rng.choice(told)
        began = time.perf_counter()
        same = queries.same_open(
            desk.context, rng.choice(places), kind, text + "请尽快处理", actor=clerk if number % 2 else None
        )
        spent.append(1000 * (time.perf_counter() - began))
        found += bool(same)
    spent.sort()
    _p50, p95 = spent[len(spent) // 2], spent[int(len(spent) * 0.95)]
    assert found > ASKED // 2
    assert p95 <= REACH_MS
