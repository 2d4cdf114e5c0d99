"""What this room shows on the pages of places."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from linli.foundation.bodies import queries, rules
from linli.foundation.places.models import Place


def responsible(request: HttpRequest, subject: Any) -> dict[str, Any] | None:
    """Who is responsible here: bodies with work numbers and offices, nobody's name. Two statements."""
    if not isinstance(subject, Place):
        return None
    bodies = queries.responsible(subject.district, subject)
    if not bodies:
        return None
    return {
        "rows": [
            {
                "body": body,
                "kind": rules.KINDS[body.kind].name,
                "level": rules.LEVEL_NAMES[body.level],
                "titles": [
                    rules.TITLES[code]
                    for code in dict.fromkeys(o.title for o in offices)
                    if code in rules.TITLES
                ],
            }
            for body, offices in bodies
        ]
    }
