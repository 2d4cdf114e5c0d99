"""Many persons and texts at once, sealed like single ones: for imports and the demonstration.

Row-level policies forbid COPY, so rows go in by unnest, some thousands a statement. Records no events: the
caller's load has its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from linli.foundation.core.db.blocks import reserve
from linli.foundation.people import vault
from linli.foundation.people.rules import mask_name, mask_phone, name_key, normal_phone
from linli.foundation.people.sealed import SECRET, TEXT

BATCH = 4000


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person to load; an empty phone is none."""

    name: str
    phone: str
    scope_path: str
    compound: int
    dwelling: int | None
    kind: str = "owner"


@dataclass(frozen=True, slots=True)
class TextRow:
    """One original text to keep for a subject."""

    subject_type: str
    subject_id: int
    text: str
    at: datetime
    person: int | None = None


_PERSON = """
INSERT INTO people_person (id, district, public_id, name_mask, phone_mask, name_index, phone_index, id_index, source,
                           scope_path, account, created_at, ended_at, erased_at)
SELECT id, %s, public_id, name_mask, phone_mask, name_index, phone_index, NULL, %s, scope_path, NULL, %s, NULL, NULL
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
  AS t(id, public_id, name_mask, phone_mask, name_index, phone_index, scope_path)
"""
_KEY = """
INSERT INTO people_datakey (id, district, key_id, wrapped, destroyed_at)
SELECT id, %s, key_id, wrapped, NULL FROM unnest(%s::bigint[], %s::int[], %s::bytea[]) AS t(id, key_id, wrapped)
"""
_SECRETS = """
INSERT INTO people_personsecret (id, district, data_key_id, sealed_name, sealed_phone, sealed_id_number, sealed_dwelling)
SELECT id, %s, key, name, phone, NULL, NULL
FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[]) AS t(id, key, name, phone)
"""
_RESIDENCE = """
INSERT INTO people_residence (id, district, person_id, household_id, compound_id, dwelling, kind, valid_from, valid_to)
SELECT id, %s, person, NULL, compound, dwelling, kind, %s, NULL
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS t(id, person, compound, dwelling, kind)
"""
_TEXT = """
INSERT INTO people_kepttext (id, district, subject_type, subject_id, person_id, data_key_id, sealed, at, erased_at)
SELECT id, %s, subject_type, subject_id, person, key, sealed, at, NULL
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bytea[], %s::timestamptz[])
  AS t(id, subject_type, subject_id, person, key, sealed, at)
"""


def load_people(district: int, rows: Sequence[PersonRow], *, source: str, now: datetime) -> list[int]:
    """Seal and store persons with their residence; returns their ids in order."""
    ids: list[int] = []
    for start in range(0, len(rows), BATCH):
        ids += _people(district, rows[start : start + BATCH], source, now)
    return ids


def _people(district: int, rows: Sequence[PersonRow], source: str, now: datetime) -> list[int]:
    ids = list(reserve(district, "people_person", len(rows)))
    keys = list(reserve(district, "people_datakey", len(rows)))
    homes = list(reserve(district, "people_residence", len(rows)))
    fresh = [vault.fresh_key(key) for key in keys]
    phones = [normal_phone(row.phone).value if row.phone else "" for row in rows]
    names = [
        vault.seal_field(f.plain, r.name, SECRET, i, "name") for f, r, i in zip(fresh, rows, ids, strict=True)
    ]
    numbers = [
        vault.seal_field(f.plain, p, SECRET, i, "phone") for f, p, i in zip(fresh, phones, ids, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEY, [district, keys, [f.key_id for f in fresh], [f.wrapped for f in fresh]])
        cursor.execute(
            _PERSON,
            [
                district, source, now, ids, [secrets.token_urlsafe(12) for _ in rows], [mask_name(r.name) for r in rows],
                [mask_phone(p) for p in phones], [vault.index("name", name_key(r.name), district) for r in rows],
                [vault.index("phone", p, district) if p else None for p in phones], [r.scope_path for r in rows],
            ],
        )  # fmt: skip
        cursor.execute(_SECRETS, [district, ids, keys, names, numbers])
        cursor.execute(
            _RESIDENCE,
            [
                district,
                now.date(),
                homes,
                ids,
                [r.compound for r in rows],
                [r.dwelling for r in rows],
                [r.kind for r in rows],
            ],
        )
    return ids


def load_texts(district: int, rows: Sequence[TextRow]) -> list[int]:
    """Seal and store original texts; returns their ids in order."""
    ids: list[int] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        fresh_ids = list(reserve(district, "people_kepttext", len(part)))
        keys = list(reserve(district, "people_datakey", len(part)))
        fresh = [vault.fresh_key(key) for key in keys]
        sealed = [
            vault.seal_field(f.plain, r.text, TEXT, i, "text")
            for f, r, i in zip(fresh, part, fresh_ids, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(_KEY, [district, keys, [f.key_id for f in fresh], [f.wrapped for f in fresh]])
            cursor.execute(
                _TEXT,
                [
                    district, fresh_ids, [r.subject_type for r in part], [r.subject_id for r in part], [r.person for r in part],
                    keys, sealed, [r.at for r in part],
                ],
            )  # fmt: skip
        ids += fresh_ids
    return ids
