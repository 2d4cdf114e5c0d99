"""Signed-in desks for page tests."""

from __future__ import annotations

from types import SimpleNamespace

from django.test import Client

from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.tests.builders import sign_in
from linli.foundation.bodies.models import Body
from linli.foundation.bodies.tests.builders import Town
from linli.foundation.places.models import Place


def desk(town: Town, body: Body, role: str, at: Place | None = None, login_name: str = "") -> SimpleNamespace:
    """A client acting under a new office of a body: `.client`, `.office`, `.grant`, `.user`."""
    office = town.office(body, login_name or f"{role}.desk", role=role, at=at)
    office.user.is_demonstration = True
    office.user.save(update_fields=["is_demonstration"])
    grant = Grant.objects.get(district=town.district_id, appointment=office.id)
    client = sign_in(Client(), office.user, grant, now=town.now, factor=True)
    return SimpleNamespace(client=client, office=office, grant=grant, user=office.user)


def words(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]  # any response
