"""Keeping personal data: sealing at intake, amending, tying an account to a person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.db.together import Together
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import vault
from linli.foundation.people.access import person_in_scope
from linli.foundation.people.models import DataKey, KeptText, Person
from linli.foundation.people.rules import (
    FIELDS,
    check_id_number,
    mask_name,
    mask_phone,
    name_key,
    normal_name,
    normal_phone,
)
from linli.foundation.people.sealed import SECRET, TEXT, open_secret
from linli.foundation.people.sentences import id_number_problem, phone_problem

KEY = DataKey._meta.db_table
MAX_NAME = 60
MAX_DWELLING = 120
MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class _Contact:
    """Normalised personal fields with what is shown and found of them."""

    plain: Mapping[str, str]
    name_mask: str
    phone_mask: str
    name_index: str | None
    phone_index: str | None
    id_index: str | None


def _normal(district: int, now: datetime, name: str, phone: str, id_number: str, dwelling: str) -> _Contact:
    """Raises Invalid with one sentence per wrong field."""
    problems: dict[str, Any] = {}
    number = normal_phone(phone)
    if phone.strip() and not number:
        problems["phone"] = phone_problem()
    checked = check_id_number(id_number, now.date())
    if id_number.strip() and not checked:
        problems["id_number"] = id_number_problem(checked.problem)
    whole = normal_name(name)
    if len(whole) > MAX_NAME:
        problems["name"] = _(
            "A name has at most 60 characters. Enter the name alone, without address or remark."
        )
    if len(dwelling) > MAX_DWELLING:
        problems["dwelling"] = _("A dwelling has at most 120 characters. Put the rest into the description.")
    if problems:
        raise Invalid(
            "people.contact",
            _("Some fields need correcting. Nothing was stored; what you typed stays on the page."),
            fields=problems,
        )
    shared = number.kind == "short"
    return _Contact(
        plain={
            "name": whole,
            "phone": number.value,
            "id_number": checked.value,
            "dwelling": dwelling.strip(),
        },
        name_mask=mask_name(whole),
        phone_mask=mask_phone(number.value),
        name_index=vault.index("name", name_key(whole), district) if whole else None,
        phone_index=vault.index("phone", number.value, district) if number.value and not shared else None,
        id_index=vault.index("id_number", checked.value, district) if checked.value else None,
    )


def keep_contact(
    *, actor: Actor, name: str = "", phone: str = "", now: datetime, id_number: str = "", dwelling: str = "",
    source: str = "report", scope_path: str = "", together: Together | None = None,
) -> Person:  # fmt: skip
    """Seal a contact and return what is shown of it. ONE statement, or part of `together`; on the path of every report.

    Records no event of its own: the caller's event carries the person's id, and a second leaf per report would
    double the cost of intake without telling anything more. `source` is the code of the door it came through;
    `scope_path` the path of the place it belongs to. Raises Invalid with a sentence per wrong field.
    """
    district = actor.district
    contact = _normal(district, now, name, phone, id_number, dwelling)
    row, key = next_id(district, "people_person"), next_id(district, "people_datakey")
    fresh = vault.fresh_key(key)
    person = Person(
        id=row, district=district, public_id=secrets.token_urlsafe(12), name_mask=contact.name_mask,
        phone_mask=contact.phone_mask, name_index=contact.name_index, phone_index=contact.phone_index,
        id_index=contact.id_index, source=source, scope_path=scope_path, created_at=now,
    )  # fmt: skip
    at_once = together or Together()
    at_once.add(person)
    at_once.insert(KEY, _key_row(district, key, fresh))
    sealed = {f"sealed_{f}": vault.seal_field(fresh.plain, contact.plain[f], SECRET, row, f) for f in FIELDS}
    at_once.insert(SECRET, {"id": row, "district": district, "data_key_id": key, **sealed})
    if together is None:
        at_once.write()
    return person


def _key_row(district: int, key: int, fresh: vault.FreshKey) -> dict[str, Any]:
    return {
        "id": key,
        "district": district,
        "key_id": fresh.key_id,
        "wrapped": fresh.wrapped,
        "destroyed_at": None,
    }


def keep_text(
    *, actor: Actor, subject: tuple[str, int], text: str, now: datetime, person: Person | None = None,
    together: Together | None = None,
) -> KeptText:  # fmt: skip
    """Seal the original of a free text. ONE statement. The caller stores `rules.mask_text(text)` with its subject.

    Records no event of its own, for the reason given at `keep_contact`. With `person`, export and erasure of
    that person reach the text. Raises Invalid for a text of more than 20,000 characters.
    """
    if len(text) > MAX_TEXT:
        raise Invalid(
            "people.text",
            _("A text has at most 20,000 characters. Nothing was stored. Shorten it or attach a file."),
        )
    district = actor.district
    row, key = next_id(district, TEXT), next_id(district, "people_datakey")
    fresh = vault.fresh_key(key)
    kept = KeptText(
        id=row, district=district, subject_type=subject[0], subject_id=subject[1],
        person_id=person.id if person else None, data_key_id=key, at=now,
        sealed=vault.seal_field(fresh.plain, text, TEXT, row, "text"),
    )  # fmt: skip
    at_once = together or Together()
    at_once.insert(KEY, _key_row(district, key, fresh))
    at_once.add(kept)
    if together is None:
        at_once.write()
    return kept


def amend(*, actor: Actor, person: Person, changes: Mapping[str, str], now: datetime) -> Person:
    """Correct fields of a person: `changes` maps name, phone, id_number or dwelling to the new value.

    Needs the verb `people.reveal` and the person in scope, or the system. Raises NotAllowed, OutOfScope, Invalid,
    and Conflict when the person was erased.
    """
    if not actor.may("people.reveal"):
        raise NotAllowed(
            "people.amend",
            _("Your appointment may not correct personal data. Ask the clerk of the community."),
        )
    strangers = sorted(set(changes) - set(FIELDS))
    if strangers or not changes:
        raise Invalid(
            "people.fields", _("Name, phone, ID number and dwelling can be corrected, nothing else.")
        )
    with transaction.atomic(savepoint=False):
        locked = person_in_scope(actor, person.id, lock=True)
        if locked.erased_at is not None:
            raise Conflict(
                "people.erased", _("The data of this person were erased. Keep a new contact instead.")
            )
        contact = _normal(actor.district, now, *(changes.get(f, "") for f in FIELDS))
        _write_amended(locked, contact, changes)
        ledger.record(
            "people.amended", actor=actor, subject=("person", locked.id), now=now,
            data={"person": locked.id, "fields": sorted(changes)},
        )  # fmt: skip
    return locked


def _write_amended(person: Person, contact: _Contact, changes: Mapping[str, str]) -> None:
    with vault.opened():
        secret, key = open_secret(person)
        for field in changes:
            setattr(
                secret,
                f"sealed_{field}",
                vault.seal_field(key, contact.plain[field], SECRET, secret.id, field),
            )
        secret.save(update_fields=[f"sealed_{f}" for f in changes])
    shown = {
        "name": ("name_mask", "name_index"),
        "phone": ("phone_mask", "phone_index"),
        "id_number": ("id_index",),
    }
    columns = [column for field in changes for column in shown.get(field, ())]
    for column in columns:
        setattr(person, column, getattr(contact, column))
    if columns:
        person.save(update_fields=columns)


def link_account(*, actor: Actor, person: Person, account: int, now: datetime) -> Person:
    """Say which person an account belongs to. System, or the verb `people.reveal` with the person in scope."""
    if not actor.may("people.reveal"):
        raise NotAllowed(
            "people.link", _("Your appointment may not tie accounts to persons. Ask the district's office.")
        )
    with transaction.atomic(savepoint=False):
        locked = person_in_scope(actor, person.id, lock=True)
        if locked.account not in (None, account):
            raise Conflict(
                "people.account", _("This person has another account already. End that one first.")
            )
        locked.account = account
        try:
            with transaction.atomic():
                locked.save(update_fields=["account"])
        except IntegrityError as problem:
            raise Conflict(
                "people.account", _("This account belongs to another person already.")
            ) from problem
        ledger.record(
            "people.linked", actor=actor, subject=("person", locked.id), now=now,
            data={"person": locked.id, "account": account},
        )  # fmt: skip
    return locked
