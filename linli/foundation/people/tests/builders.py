"""People and actors for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.people.actions import keep_contact
from linli.foundation.people.models import Person

NAME, PHONE, ID_NUMBER, DWELLING = "欧阳测试", "13912345678", "140403199903159972", "3号楼2单元502"
CANARIES = (NAME, PHONE, ID_NUMBER, "502")


def person(context: Any, **changes: Any) -> Person:
    """A kept contact with all four sealed fields."""
    values = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "dwelling": DWELLING, **changes}
    return keep_contact(actor=system(context.district), now=context.now, **values)


def clerk(
    context: Any, *verbs: str, scope: str = "1.", user: int | None = None, district: int | None = None
) -> Actor:
    """A signed-in clerk with some verbs; `user` defaults to an id of the district."""
    district = context.district if district is None else district
    return Actor(
        district=district, kind="staff", user=user or (district << 33 | 7), grant=1, appointment=district << 33 | 9,
        role="community_clerk", scope=scope, verbs=frozenset(verbs),
    )  # fmt: skip


@contextmanager
def refused(error: type[Exception]) -> Iterator[Any]:
    """A refusal inside a savepoint, as the request's rollback would do it; the test reads on afterwards."""
    with pytest.raises(error) as caught, transaction.atomic():
        yield caught
