"""Fill a fresh database: `python -m linli.shell.proof.prepare FILE CASES` in the environment of the harness.

Two districts with the cast, and CASES cases that wait for their callers' judgement, made by the rooms' own
actions. FILE gets what the clients need: the place, a kind, and each caller's cookie.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from linli.shell.cli.installation import set_up_django, write_private

FIRST = 140403
TOGETHER = 20  # cases made in one transaction


def main(arguments: list[str]) -> int:
    """Build the world and write FILE."""
    file, wanted = Path(arguments[0]), int(arguments[1])
    set_up_django()
    world = import_module("linli.shell.world")
    context_module = import_module("linli.foundation.core.context")
    district_model = import_module("linli.foundation.core.models").District
    world.two_districts(datetime.now(UTC))
    casts = {}
    for district in district_model.objects.order_by("id"):
        with context_module.work_in(district.id, district.slug, district.zone) as (context, actor):
            import_module("linli.shell.divisions").load(actor, context.now)
            casts[district.id] = import_module("linli.shell.cast").build(
                actor, context.now, lambda _: "correct horse"
            )
    district = district_model.objects.get(id=FIRST)
    waiting: list[dict[str, str]] = []
    for start in range(0, wanted, TOGETHER):
        with context_module.work_in(district.id, district.slug, district.zone) as (context, _actor):
            desk = Desk(casts[FIRST], context)
            waiting += [desk.waiting(number) for number in range(start, min(wanted, start + TOGETHER))]
    with context_module.work_in(district.id, district.slug, district.zone) as (context, _actor):
        kind = import_module("linli.foundation.core.charter").current(district.id, context.now)[
            "cases.kinds"
        ][0]["code"]
    told = {
        "district": FIRST,
        "place": casts[FIRST].places["compound"].public_id,
        "kind": kind,
        "waiting": waiting,
    }
    write_private(file, json.dumps(told))
    return 0


class Desk:
    """The staff of the cast, who bring a case to the stage in which its caller judges."""

    def __init__(self, cast: Any, context: Any) -> None:
        self.cast, self.context = cast, context
        self.actions = import_module("linli.work.cases.actions")
        self.intake = import_module("linli.work.cases.actions.intake")
        self.actors = import_module("linli.foundation.core.rules.actor")
        self.clerk, self.handler = self._acting("community.clerk"), self._acting("property.handler")
        charter = import_module("linli.foundation.core.charter").current(context.district, context.now)
        self.kind = charter["cases.kinds"][0]["code"]

    def _acting(self, login: str) -> Any:
        grant_model = import_module("linli.foundation.accounts.models").Grant
        charter = import_module("linli.foundation.core.charter").current(
            self.context.district, self.context.now
        )
        grant = grant_model.objects.get(
            district=self.cast.district, user=self.cast.users[login], valid_to=None
        )
        return self.actors.Actor(
            district=self.cast.district, kind="staff", user=grant.user_id, grant=grant.id, appointment=grant.appointment,
            body=grant.body, role=grant.role, scope=grant.scope_path, verbs=frozenset(charter[f"role.{grant.role}"]["verbs"]),
        )  # fmt: skip

    def waiting(self, number: int) -> dict[str, str]:
        """A case from report to answer; gives its public id and the cookie of its caller's device."""
        caller = import_module("linli.work.cases.views.caller")
        signing = import_module("django.core.signing")
        report = self.intake.Report(
            place=self.cast.places["compound"].public_id,
            text=f"路灯不亮 prepared {letters(number)}",
            kind=self.kind,
            phone="13800138000",
        )
        told = {"context": self.context}
        receipt = self.actions.receive(
            actor=self.actors.public(self.cast.district),
            report=report,
            key=f"prepared-{number}",
            door="proof.prepared",
            **told,
        )
        told["case"] = receipt.public_id
        self.actions.dispatch(actor=self.clerk, body=self.cast.bodies["company"].public_id, **told)
        self.actions.sign(actor=self.handler, **told)
        self.actions.contact(actor=self.handler, **told)
        self.actions.answer(actor=self.handler, text="已修好，请查看。", **told)
        cookie = signing.dumps([(self.cast.district, receipt.public_id)], salt=caller.SALT)
        return {"case": receipt.public_id, "name": caller.COOKIE, "cookie": cookie}


def letters(number: int) -> str:
    """A number in letters: nothing in the text looks like a person's number and gets masked."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
