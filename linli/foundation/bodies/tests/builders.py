"""Small worlds for tests: a tree of places, accounts, actors of every level."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linli.foundation.accounts.models import User
from linli.foundation.bodies import actions
from linli.foundation.bodies.models import Appointment, Body
from linli.foundation.core import charter
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.places.models import Place

BEGAN = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
USCC = "91330106673959654P"


def place(district: int, level: str, parent: Place | None, name: str, now: datetime) -> Place:
    """A place under its parent, written straight into the table: the tree's own actions are another room's."""
    count = Place.objects.filter(district=district).count() + 1
    path = f"{parent.path if parent else ''}{count}."
    return Place.objects.create(
        district=district,
        public_id=f"p{count}{level[:3]}",
        level=level,
        parent=parent,
        path=path,
        name=name,
        valid_from=now,
    )


class Town:
    """District > two subdistricts > community > two compounds each."""

    def __init__(self, district: int, now: datetime) -> None:
        self.district_id, self.now = district, now
        self.root = place(district, "district", None, "区", now)
        self.north = place(district, "subdistrict", self.root, "北街道", now)
        self.south = place(district, "subdistrict", self.root, "南街道", now)
        self.elm = place(district, "community", self.north, "榆社区", now)
        self.oak = place(district, "community", self.south, "栎社区", now)
        self.elm_one = place(district, "compound", self.elm, "榆苑一区", now)
        self.elm_two = place(district, "compound", self.elm, "榆苑二区", now)
        self.oak_one = place(district, "compound", self.oak, "栎苑", now)

    def user(self, login_name: str) -> User:
        return User.objects.create(
            district=self.district_id, login_name=login_name, created_at=self.now, password="!"
        )

    def body(
        self,
        kind: str = "community_committee",
        name: str = "榆社区居委会",
        at: Place | None = None,
        **more: Any,
    ) -> Body:
        return actions.found_body(
            actor=system(self.district_id), kind=kind, name=name, place=at or self.elm, now=self.now, **more
        )

    def office(
        self, body: Body, login_name: str, role: str = "community_clerk", at: Place | None = None, **more: Any
    ) -> Appointment:
        return actions.appoint(
            actor=system(self.district_id), body=body, user=self.user(login_name), role=role, place=at or body.place,
            now=self.now, **more,
        )  # fmt: skip

    def actor(
        self,
        role: str,
        at: Place,
        *,
        user: int | None = None,
        body: int | None = None,
        appointment: int | None = None,
    ) -> Actor:
        """Somebody acting in a role at a place."""
        verbs = charter.current(self.district_id, self.now)[f"role.{role}"]["verbs"]
        return Actor(
            district=self.district_id, kind="staff", user=user, grant=1, appointment=appointment, body=body, role=role,
            scope=at.path, verbs=frozenset(verbs),
        )  # fmt: skip
