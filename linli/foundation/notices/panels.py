"""Panels that this room puts on pages of lower rooms."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from linli.foundation.notices import queries
from linli.foundation.places.models import Place

SHOWN = 5


def running(request: HttpRequest, subject: Any) -> dict[str, Any] | None:
    """Notices running for a compound and the places above it; nothing when there are none."""
    if not isinstance(subject, Place):
        return None
    notices = queries.running_for(subject.district, subject.path, SHOWN)
    return {"notices": notices, "place": subject} if notices else None
