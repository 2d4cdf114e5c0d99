"""Reads: masks for screens and upper rooms, exact finding, the list of reveals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation.accounts.models import User
from linli.foundation.core import charter
from linli.foundation.core.errors import NotAllowed
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.people import vault
from linli.foundation.people.access import may_audit, visible_to, whole_district
from linli.foundation.people.models import KeptText, Person, Reveal
from linli.foundation.people.rules import check_id_number, name_key, normal_phone


@dataclass(frozen=True, slots=True)
class MaskedPerson:
    """A person as anybody with a reason may see one: 张*, 138****5678."""

    id: int
    public_id: str
    name: str
    phone: str
    erased: bool


def masked(district: int, ids: Iterable[int]) -> dict[int, MaskedPerson]:
    """Masks of many persons in one statement, by id. Unknown ids are left out."""
    rows = Person.objects.filter(district=district, id__in=list(ids))
    return {p.id: shown(p) for p in rows}


def shown(person: Person) -> MaskedPerson:
    """The mask of one person."""
    return MaskedPerson(
        person.id, person.public_id, person.name_mask, person.phone_mask, person.erased_at is not None
    )


def _by_index(actor: Actor, field: str, value: str) -> QuerySet[Person]:
    columns = {"name": "name_index", "phone": "phone_index", "id_number": "id_index"}
    return (
        visible_to(actor)
        .filter(**{columns[field]: vault.index(field, value, actor.district)})
        .order_by("-created_at", "-id")
    )


def by_phone(actor: Actor, phone: str) -> list[Person]:
    """Persons with exactly this phone within the actor's scope, newest first; nobody for a number that is none."""
    number = normal_phone(phone)
    if number.kind not in ("mobile", "landline"):
        return []
    return list(_by_index(actor, "phone", number.value)[:50])


def by_exact(
    actor: Actor, *, name: str = "", phone: str = "", id_number: str = "", now: datetime
) -> list[Person]:
    """Persons by exact phone, exact number or exact full name within scope; never by part."""
    if phone:
        return by_phone(actor, phone)
    if id_number:
        checked = check_id_number(id_number, now.date())
        return list(_by_index(actor, "id_number", checked.value)[:50]) if checked else []
    whole = name_key(name)
    return list(_by_index(actor, "name", whole)[:50]) if len(whole) >= 2 else []


def phone_is(district: int, person: int, phone: str) -> bool:
    """Whether this is the phone the person is known by. For doors that ask for it: limit their tries."""
    number = normal_phone(phone)
    if number.kind not in ("mobile", "landline"):
        return False
    index = vault.index("phone", number.value, district)
    return Person.objects.filter(district=district, id=person, phone_index=index).exists()


def of_account(district: int, account: int) -> Person | None:
    """The person an account belongs to."""
    return Person.objects.filter(district=district, account=account).first()


def texts_of(district: int, subject: tuple[str, int]) -> QuerySet[KeptText]:
    """Kept originals of one subject; empty unless the vault is open."""
    return KeptText.objects.filter(
        district=district, subject_type=subject[0], subject_id=subject[1]
    ).order_by("at", "id")


def reveals_between(actor: Actor, since: datetime, until: datetime) -> QuerySet[Reveal]:
    """The log of reveals within the actor's scope, newest first. Raises NotAllowed without `people.audit`."""
    if not may_audit(actor):
        raise NotAllowed("people.audit", _("Only who checks the use of personal data reads this list."))
    rows = Reveal.objects.filter(district=actor.district, at__gte=since, at__lt=until).select_related(
        "person"
    )
    if actor.kind != "system":
        reach = Q(place_path__startswith=actor.scope) if actor.scope else Q(pk__in=[])
        if whole_district(actor):
            reach |= Q(place_path="")
        rows = rows.filter(reach)
    return rows.order_by("-at", "-id")


def weekly_reveals(actor: Actor, week: datetime) -> QuerySet[Reveal]:
    """The list of one week from its Monday, as the community and the data protection officer get it."""
    return reveals_between(actor, week, week + timedelta(days=7))


def reveals_of(district: int, person: int) -> QuerySet[Reveal]:
    """Every reveal of one person: told to that person on request."""
    return Reveal.objects.filter(district=district, person=person).order_by("-at", "-id")


@dataclass(frozen=True, slots=True)
class RevealPage:
    """One page of the log and the cursor of the next, empty at the end."""

    rows: list[Reveal]
    next: str


def page_of(rows: QuerySet[Reveal], after: str, size: int) -> RevealPage:
    """Up to `size` rows after a cursor `<microseconds>-<id>`; a cursor that is none begins at the start."""
    at, _dash, id_ = after.partition("-")
    since, number = whole_number(at[:17]), whole_number(id_)
    if since is not None and number is not None:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=since)
        rows = rows.filter(Q(at__lt=moment) | Q(at=moment, id__lt=number))
    found = list(rows[: size + 1])
    more = len(found) > size
    return RevealPage(found[:size], _cursor(found[size - 1]) if more else "")


def _cursor(row: Reveal) -> str:
    since = row.at - datetime.fromtimestamp(0, UTC)
    return f"{since // timedelta(microseconds=1)}-{row.id}"


def sign_in_names(district: int, rows: Iterable[Reveal]) -> dict[int, str]:
    """Sign-in names of the accounts of log rows, in one statement."""
    ids = {r.actor for r in rows if r.actor is not None}
    return dict(User.objects.filter(district=district, id__in=ids).values_list("id", "login_name"))


def week_before(week: datetime) -> datetime:
    """The Monday before a Monday."""
    return week - timedelta(days=7)


def week_after(week: datetime, now: datetime) -> datetime | None:
    """The next Monday, unless it lies in the future."""
    following = week + timedelta(days=7)
    return following if following <= now else None


def purposes(district: int, now: datetime) -> dict[str, Text]:
    """Purposes that may be stated for a reveal outside a task, by code."""
    return {row["code"]: row["name"] for row in charter.current(district, now)["people.purposes"]}
