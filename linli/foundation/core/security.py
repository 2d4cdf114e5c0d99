"""Security events: written after a refusal, in a transaction of their own, so that they survive its rollback."""

from __future__ import annotations

from django.db import transaction

from linli.foundation.core.context import begin
from linli.foundation.core.models import SecurityEvent


def notice(
    code: str,
    *,
    district: int,
    actor: int | None = None,
    door: str = "",
    who: str = "",
    data: dict[str, int | str] | None = None,
) -> None:
    """Write one security event. Call it outside the refused transaction; `who` is a keyed hash."""
    with transaction.atomic():
        now = begin(district)
        SecurityEvent.objects.create(
            district=district, code=code, actor=actor, door=door[:120], who=who, data=data or {}, at=now
        )
