"""What a person may ask for the own data: everything held, and its erasure (Personal Information Protection Law arts. 45, 47)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import registry, vault
from linli.foundation.people.access import may_erase
from linli.foundation.people.models import (
    DataKey,
    KeptText,
    Ownership,
    Person,
    PersonSecret,
    Residence,
    Reveal,
)
from linli.foundation.people.queries import phone_is, reveals_of
from linli.foundation.people.rules import ERASURE_REASONS, FIELDS, OwnProof
from linli.foundation.people.sealed import TEXT, open_fields

OWN_PURPOSE = "own_export"


def _proven(actor: Actor, person: Person, proof: OwnProof | None) -> bool:
    """Whether somebody showed to hold the phone the person is known by."""
    return (
        proof is not None
        and proof.code_checked is True
        and person.district == actor.district
        and phone_is(actor.district, person.id, proof.phone)
    )


def _locked(actor: Actor, person: Person) -> Person:
    locked = Person.objects.select_for_update().get(district=actor.district, id=person.id)
    if locked.erased_at is not None:
        raise Conflict("people.erased", _("The data of this person were erased. Keep a new contact instead."))
    return locked


def _texts_of(person: Person) -> QuerySet[KeptText]:
    """Originals that are the person's: kept with the person, or of subjects that a room above names."""
    mine = Q(person=person)
    for holding in registry.holdings():
        for kind, id_ in holding.subjects(person.district, person.id):
            mine |= Q(subject_type=kind, subject_id=id_)
    return KeptText.objects.filter(mine, district=person.district, erased_at__isnull=True).order_by(
        "at", "id"
    )


def _opened_texts(person: Person) -> list[dict[str, str]]:
    opened = []
    for text in _texts_of(person).select_related("data_key"):
        key = vault.unwrap(text.data_key.wrapped, text.data_key_id)
        words = vault.open_field(key, text.sealed, TEXT, text.id, "text")
        opened.append({"about": text.subject_type, "at": text.at.isoformat(), "text": words})
    return opened


def _dated(rows: QuerySet[Any]) -> list[dict[str, str]]:
    return [
        {
            "compound": row.compound.name,
            "from": row.valid_from.isoformat(),
            "to": row.valid_to.isoformat() if row.valid_to else "",
        }
        for row in rows.filter().select_related("compound").order_by("valid_from", "id")
    ]


def _openings(person: Person) -> list[dict[str, str]]:
    return [
        {"at": r.at.isoformat(), "role": r.role, "purpose": r.purpose, "fields": ", ".join(r.fields)}
        for r in reveals_of(person.district, person.id)[:1000]
    ]


def export_own(*, actor: Actor, person: Person, proof: OwnProof, now: datetime) -> dict[str, Any]:
    """Everything held about one person, as plain data for JSON or a page; logged like any other opening.

    `proof` says that a one-time code sent to the person's phone was given back: the door that sent it checks and
    limits the tries. Raises NotAllowed when the proof is not this person's, Conflict when erased.
    """
    if not _proven(actor, person, proof):
        raise NotAllowed(
            "people.proof",
            _(
                "This phone is not the one these data are kept under. Use the phone you left with the request."
            ),
            security=True,
        )
    with transaction.atomic(savepoint=False):
        locked = _locked(actor, person)
        Reveal.objects.create(
            district=actor.district, actor=actor.user, appointment=actor.appointment, role=actor.role, person=locked,
            fields=[*FIELDS, "text"], purpose=OWN_PURPOSE, place_path=locked.scope_path, at=now,
        )  # fmt: skip
        with vault.opened():
            fields, texts = open_fields(locked), _opened_texts(locked)
        ledger.record(
            "people.exported", actor=actor, subject=("person", locked.id), now=now, data={"person": locked.id}
        )
    own = {"district": locked.district, "person": locked.id}
    return {
        "person": {**fields, "kept_since": locked.created_at.isoformat(), "kept_through": locked.source},
        "residence": _dated(Residence.objects.filter(**own)),
        "ownership": _dated(Ownership.objects.filter(**own)),
        "texts": texts,
        "openings": _openings(locked),
        "held_by_rooms": {h.name: list(h.rows(locked.district, locked.id)) for h in registry.holdings()},
    }


def erase(
    *, actor: Actor, person: Person, reason: str, now: datetime, proof: OwnProof | None = None
) -> Person:
    """Destroy the data keys of a person and blank all that is sealed, shown or indexed; the empty row stays.

    Needs the verb `people.erase` with the person in scope, or the person's own proof. Raises NotAllowed, Invalid
    for an unknown reason, and Conflict while a legal hold stands (its sentence says which).
    """
    if not may_erase(actor, person) and not _proven(actor, person, proof):
        raise NotAllowed(
            "people.erase",
            _(
                "Only the data protection officer erases persons, or the person with a code sent to the own phone."
            ),
            security=True,
        )
    if reason not in ERASURE_REASONS:
        raise Invalid("people.reason", _("Say why the data are erased: choose one of the listed reasons."))
    with transaction.atomic(savepoint=False):
        locked = _locked(actor, person)
        held = registry.holds(locked.district, locked.id, now)
        if held:
            raise Conflict("people.held", " ".join(held.values()), holds=sorted(held))
        with vault.opened():
            texts = _erase_texts(list(_texts_of(locked)), now)
            _destroy(PersonSecret.objects.get(district=locked.district, id=locked.id), now)
        _blank(locked, now)
        ledger.record(
            "people.erased", actor=actor, subject=("person", locked.id), now=now,
            data={"person": locked.id, "reason": reason, "texts": texts},
        )  # fmt: skip
    return locked


def _destroy(secret: PersonSecret, now: datetime) -> None:
    for field in FIELDS:
        setattr(secret, f"sealed_{field}", None)
    secret.save(update_fields=[f"sealed_{f}" for f in FIELDS])
    _destroy_keys(secret.district, [secret.data_key_id], now)


def _destroy_keys(district: int, keys: Sequence[int], now: datetime) -> None:
    DataKey.objects.filter(district=district, id__in=keys, destroyed_at__isnull=True).update(
        wrapped=None, destroyed_at=now
    )


def _erase_texts(texts: Sequence[KeptText], now: datetime) -> int:
    if not texts:
        return 0
    district = texts[0].district
    KeptText.objects.filter(district=district, id__in=[t.id for t in texts]).update(
        sealed=None, erased_at=now
    )
    _destroy_keys(district, [t.data_key_id for t in texts], now)
    return len(texts)


_EMPTY: Mapping[str, Any] = {
    "name_mask": "", "phone_mask": "", "name_index": None, "phone_index": None, "id_index": None, "account": None,
}  # fmt: skip


def _blank(person: Person, now: datetime) -> None:
    """Masks and indexes go; dated rows end and lose the dwelling, which alone would tell who it was."""
    for column, value in _EMPTY.items():
        setattr(person, column, value)
    person.erased_at = now
    person.save(update_fields=[*_EMPTY, "erased_at"])
    own = {"district": person.district, "person": person}
    today = now.date()
    for rows in (Residence.objects.filter(**own), Ownership.objects.filter(**own)):
        rows.filter(valid_to__isnull=True, valid_from__lte=today).update(valid_to=today)
    Residence.objects.filter(**own).update(dwelling=None, household=None)
    Ownership.objects.filter(**own).update(dwelling=None)


def erase_texts(*, actor: Actor, subject: tuple[str, int], reason: str, now: datetime) -> int:
    """Erase the kept originals of one subject, e.g. when their retention ends. Returns how many.

    For the system and who has `people.erase`. The room above has checked holds of the subject.
    """
    if not actor.may("people.erase"):
        raise NotAllowed(
            "people.erase",
            _(
                "Only the data protection officer erases persons, or the person with a code sent to the own phone."
            ),
            security=True,
        )
    if reason not in ERASURE_REASONS:
        raise Invalid("people.reason", _("Say why the data are erased: choose one of the listed reasons."))
    with transaction.atomic(savepoint=False):
        with vault.opened():
            found = KeptText.objects.filter(
                district=actor.district,
                subject_type=subject[0],
                subject_id=subject[1],
                erased_at__isnull=True,
            )
            count = _erase_texts(list(found.select_for_update()), now)
        ledger.record(
            "people.text_erased",
            actor=actor,
            subject=subject,
            now=now,
            data={"reason": reason, "texts": count},
        )
    return count
