"""Opening sealed fields: for an assigned task, or for a typed purpose with fresh sign-in and quota; always logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.foundation.core import charter, context, ledger, ratelimit
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.db.together import Together
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, TooMany
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import registry, vault
from linli.foundation.people.access import person_in_scope
from linli.foundation.people.models import KeptText, Person, Reveal
from linli.foundation.people.queries import by_exact, purposes
from linli.foundation.people.rules import FIELDS, Task, day_start
from linli.foundation.people.sealed import TEXT, open_fields

FRESH_MINUTES = 15
TASK_PURPOSE = "task"


@dataclass(frozen=True, slots=True)
class Dial:
    """A number for one task: shown or dialled now, stored nowhere else."""

    number: str

    @property
    def href(self) -> str:
        """What a link dials."""
        return f"tel:{self.number.replace('-', '')}"


def _day(now: datetime) -> datetime:
    running = context.current_or_none()
    return day_start(now, running.zone if running else ZoneInfo("Asia/Shanghai"))


def _take_quota(actor: Actor, now: datetime, *, task: bool) -> None:
    """Count today's reveals of this actor under a lock of its own; the limit for tasks is another one.

    The system opens only what a registered task of its own needs (delivering a message): no quota stops it.
    Raises TooMany; the door then writes a security event, which outlives the rollback.
    """
    if actor.kind == "system" and task:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))",
            [f"people.reveal:{actor.district}:{actor.user}"],
        )
    rules = charter.current(actor.district, now)
    limit: int = rules["people.quota.task" if task else "people.quota.purpose"]
    today = Reveal.objects.filter(district=actor.district, actor=actor.user, at__gte=_day(now))
    used = today.exclude(task_kind="").count() if task else today.filter(task_kind="").count()
    if used >= limit:
        ends = _day(now) + timedelta(days=1)
        raise TooMany(
            "people.quota",
            _("Today's number of openings of personal data is used up. Nothing was shown. It begins anew at midnight; for an urgent matter ask your superior."),
            security=True, retry_after=max(1, int((ends - now).total_seconds())),
        )  # fmt: skip


def _check_purpose(actor: Actor, purpose: str, now: datetime, *, fresh: bool) -> None:
    if not actor.may("people.reveal"):
        raise NotAllowed(
            "people.reveal",
            _(
                "Your appointment may not open personal data. Work through the task you were assigned, or ask the clerk."
            ),
            security=True,
        )
    if purpose not in purposes(actor.district, now):
        raise Invalid(
            "people.purpose",
            _("Choose the purpose for which you open the data; the charter lists the allowed ones."),
            fields={"purpose": _("Choose a purpose from the list.")},
        )
    if not fresh and actor.kind != "system":
        raise NotAllowed(
            "people.fresh",
            _(
                "Opening personal data needs a sign-in within the last 15 minutes. Confirm that it is you, then open again."
            ),
        )


def _checked_fields(fields: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(f for f in FIELDS if f in fields)
    if not wanted or set(fields) - set(FIELDS):
        raise Invalid(
            "people.fields",
            _("Choose what you need to see: name, phone, ID number or dwelling."),
            fields={"fields": _("Choose at least one field.")},
        )
    return wanted


def _person_for(
    actor: Actor, person: Person, purpose: str, now: datetime, task: Task | None, fresh: bool
) -> tuple[Person, str]:
    """The person and the purpose to log, after every check. A task that is not the actor's is no task."""
    if task is None:
        _check_purpose(actor, purpose, now, fresh=fresh)
        return person_in_scope(actor, person.id), purpose
    if person.district != actor.district or not registry.task_holds(actor, task, person.id):
        raise OutOfScope(
            "people.task",
            _("This is not a task of yours, or it is finished. Open the task from your list."),
            security=True,
        )
    return Person.objects.get(district=actor.district, id=person.id), TASK_PURPOSE


def _log(
    actor: Actor, now: datetime, *, purpose: str, task: Task | None, fields: Sequence[str],
    person: Person | None = None, text: KeptText | None = None, path: str = "",
) -> Reveal:  # fmt: skip
    at_once = Together()
    row = Reveal(
        id=next_id(actor.district, Reveal._meta.db_table), district=actor.district, actor=actor.user, appointment=actor.appointment, role=actor.role, person=person,
        text_id=text.id if text else None, fields=list(fields), purpose=purpose, task_kind=task.kind if task else "",
        task_id=task.id if task else None, place_path=path, at=now,
    )  # fmt: skip
    at_once.add(row)
    subject = ("person", person.id) if person else ("text", text.id if text else 0)
    ledger.record(
        "people.revealed", actor=actor, subject=subject, now=now, together=at_once,
        data={
            "reveal": row.id, "person": person.id if person else None, "fields": list(fields), "purpose": purpose,
            "task_kind": task.kind if task else None, "task": task.id if task else None,
        },
    )  # fmt: skip
    at_once.write()
    return row


def reveal(
    *, actor: Actor, person: Person, fields: Sequence[str], purpose: str, now: datetime, task: Task | None = None,
    fresh: bool = False,
) -> dict[str, str]:  # fmt: skip
    """Open fields of a person and log it; returns field -> value.

    With `task` the actor's assigned task is the purpose, with its own daily limit. Without one: the verb
    `people.reveal`, the person in scope, a purpose from the charter, `fresh` (signed in within 15 minutes; the
    view says so) and the daily quota. Raises NotAllowed, OutOfScope, Invalid, TooMany; Conflict when erased.
    """
    wanted = _checked_fields(fields)
    with transaction.atomic(savepoint=False):
        found, logged = _person_for(actor, person, purpose, now, task, fresh)
        if found.erased_at is not None:
            raise Conflict(
                "people.erased", _("The data of this person were erased. Keep a new contact instead.")
            )
        _take_quota(actor, now, task=task is not None)
        Person.objects.select_for_update().get(district=actor.district, id=found.id)
        _log(actor, now, purpose=logged, task=task, fields=wanted, person=found, path=found.scope_path)
        with vault.opened():
            return open_fields(found, wanted)


def click_to_dial(*, actor: Actor, person: Person, task: Task, now: datetime) -> Dial:
    """The person's number for this task only, logged as the task's. Raises Invalid when there is no number."""
    number = reveal(actor=actor, person=person, fields=("phone",), purpose=TASK_PURPOSE, now=now, task=task)[
        "phone"
    ]
    if not number:
        raise Invalid("people.no_phone", _("This person left no phone number. Answer in writing or visit."))
    return Dial(number)


def reveal_text(
    *, actor: Actor, text: int, purpose: str, now: datetime, person: Person | None = None, task: Task | None = None,
    fresh: bool = False, path: str = "",
) -> str:  # fmt: skip
    """Open the original of a kept text by its id, under the rules of `reveal`.

    The room above has checked that the actor reaches the subject; `path` is the subject's place for the weekly
    list. With a task, the checker is asked about `person` (0 when nobody left a contact).
    """
    with transaction.atomic(savepoint=False):
        if task is None:
            _check_purpose(actor, purpose, now, fresh=fresh)
            if not actor.covers(path):
                raise OutOfScope("people.text_scope", _("There is no such text within your reach."))
        elif not registry.task_holds(actor, task, person.id if person else 0):
            raise OutOfScope(
                "people.task",
                _("This is not a task of yours, or it is finished. Open the task from your list."),
                security=True,
            )
        _take_quota(actor, now, task=task is not None)
        with vault.opened():
            kept = (
                KeptText.objects.select_related("data_key").filter(district=actor.district, id=text).first()
            )
            if kept is None or kept.erased_at is not None:
                raise OutOfScope("people.text", _("There is no such text, or it was erased."))
            key = vault.unwrap(kept.data_key.wrapped, kept.data_key_id)
            _log(
                actor,
                now,
                purpose=TASK_PURPOSE if task else purpose,
                task=task,
                fields=("text",),
                text=kept,
                path=path,
            )
            return vault.open_field(key, kept.sealed, TEXT, kept.id, "text")


def search_exact(
    *, actor: Actor, now: datetime, name: str = "", phone: str = "", id_number: str = ""
) -> list[Person]:
    """Find persons by one exact identifier within scope; limited per account and logged without what was typed.

    Raises NotAllowed without `people.search` (or `people.erase`), Invalid unless exactly one identifier is given, TooMany.
    """
    if not (actor.may("people.search") or actor.may("people.erase")):
        raise NotAllowed("people.search", _("Your appointment may not search for persons."), security=True)
    given = [
        kind for kind, value in (("name", name), ("phone", phone), ("id_number", id_number)) if value.strip()
    ]
    if len(given) != 1:
        raise Invalid(
            "people.search_one",
            _("Search by one thing at a time: the whole phone number, the whole ID number or the full name."),
        )
    rules = charter.current(actor.district, now)
    wish = rules["limit.people.search"]
    limit = ratelimit.Limit(wish["burst"], wish["per_hour"])
    with transaction.atomic(savepoint=False):
        ratelimit.take(
            "people.search", ratelimit.who_is("user", str(actor.user)), limit, district=actor.district
        )
        found = by_exact(actor, name=name, phone=phone, id_number=id_number, now=now)
        ledger.record(
            "people.searched", actor=actor, subject=("account", actor.user or 0), now=now,
            data={"by": given[0], "found": [p.id for p in found]},
        )  # fmt: skip
    return found
