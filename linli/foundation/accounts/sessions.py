"""Sessions in the database under a hash of their key: who reads the table cannot take a session over."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone


def key_hash(session_key: str) -> str:
    """What is stored in place of a session's key: 160 bits of SHA-256."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions with hashed keys."""

    def _get_session_from_db(self) -> Session | None:
        stored = key_hash(self.session_key or "")
        found = Session.objects.filter(session_key=stored, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=key_hash(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.session_key = key_hash(row.session_key)
        assert isinstance(row, Session)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            with contextlib.suppress(Session.DoesNotExist):
                Session.objects.get(session_key=key_hash(key)).delete()
