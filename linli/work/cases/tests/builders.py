"""Sample district, actors and reports for the case room's tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linli.foundation.accounts.actions import create_account
from linli.foundation.accounts.models import Grant
from linli.foundation.bodies.actions import appoint
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor, public
from linli.shell.cast import Cast, build
from linli.shell.divisions import load as load_divisions
from linli.work.cases import actions
from linli.work.cases.actions.intake import Report
from linli.work.cases.models import Case

PASSWORD = "correct horse battery staple"
TEXT = "三号楼东侧路灯不亮已经一周，晚上回家看不清路，请尽快修。"


@dataclass(slots=True)
class Desk:
    """The cast at work: contexts and actors by sign-in name."""

    cast: Cast
    context: Context
    system: Actor

    def actor(self, login: str) -> Actor:
        grant = Grant.objects.get(district=self.cast.district, user=self.cast.users[login], valid_to=None)
        return acting(grant, self.context)

    def report(self, key: str = "k-1", **changes: Any) -> actions.Receipt:
        told = {
            "place": self.cast.places["compound"].public_id,
            "text": TEXT,
            "kind": "gb_part_01037",
            "phone": "13800138000",
            "name": "王小明",
        }
        return actions.receive(
            actor=public(self.cast.district),
            context=self.context,
            report=Report(**{**told, **changes}),
            key=key,
            door="cases.report",
        )

    def case(self, receipt: actions.Receipt) -> Case:
        return Case.objects.select_related("place", "handling_body").get(
            district=self.cast.district, public_id=receipt.public_id
        )


def acting(grant: Grant, context: Context) -> Actor:
    """The actor of a grant, by the charter's role."""
    role = charter.current(context.district, context.now)[f"role.{grant.role}"]
    return Actor(
        district=context.district, kind="staff", user=grant.user_id, grant=grant.id, appointment=grant.appointment,
        body=grant.body, role=grant.role, scope=grant.scope_path, verbs=frozenset(role["verbs"]),
    )  # fmt: skip


def open_desk(work: tuple[Context, Actor]) -> Desk:
    """Divisions and cast in the running test transaction."""
    context, system = work
    load_divisions(system, context.now)
    cast = build(system, context.now, lambda _login: PASSWORD)
    return Desk(cast, context, system)


def department_handler(desk: Desk) -> Actor:
    """Somebody who works for the department of the district, where a whistle is answered."""
    user = create_account(
        actor=desk.system, login_name="department.handler", password=PASSWORD, now=desk.context.now, is_demonstration=True
    )  # fmt: skip
    held = appoint(
        actor=desk.system, body=desk.cast.bodies["department"], user=user, role="handler",
        place=desk.cast.places["district"], now=desk.context.now,
    )  # fmt: skip
    return acting(
        Grant.objects.get(district=desk.cast.district, appointment=held.id, valid_to=None), desk.context
    )
