"""The tree: add, rename, recode, close. Dated, never deleted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.db.blocks import COUNTER_BITS, next_id
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import pinyin
from linli.foundation.places.access import MANAGE, require
from linli.foundation.places.models import GridPlace, Place, PlaceCode, PlaceName
from linli.foundation.places.rules import codes, geo, plates, words

ABOVE = {"subdistrict": "district", "community": "subdistrict", "compound": "community"}
NAME_SIZE = 80
BATCH = 2000
SUBJECT = "place"


def search_text(names: Sequence[str], all_codes: Sequence[str]) -> str:
    """Names present and past, their pinyin and initials, and codes."""
    entries = [entry for name in names for entry in (name, *pinyin.readings(name))]
    return words.search_text([*entries, *all_codes])


def clean_name(name: str, *, field: str = "name", size: int = NAME_SIZE) -> str:
    """A name without stray blanks. Raises Invalid when it is empty or too long."""
    plain = " ".join(name.split())
    if not plain or len(plain) > size:
        raise Invalid(
            "place.name",
            _("The name needs 1 to %(size)d characters. Nothing was stored. Correct the name and send again.")
            % {"size": size},
            fields={field: _("Write 1 to %(size)d characters.") % {"size": size}},
        )
    return plain


def check_position(longitude: float | None, latitude: float | None) -> None:
    """Both or neither, in degrees. Raises Invalid."""
    if longitude is None and latitude is None:
        return
    if longitude is None or latitude is None or not geo.is_position(longitude, latitude):
        sentence = _("Longitude and latitude are written together, in degrees such as 113.12 and 36.19.")
        raise Invalid("place.position", sentence, fields={"longitude": sentence})


def refuse_code(refusal: codes.CodeRefused) -> Invalid:
    """The sentence for a code that cannot be used."""
    sentence = code_sentence(refusal.reason)
    return Invalid(f"place.code.{refusal.reason}", sentence, fields={"code": sentence})


def code_sentence(reason: str) -> str:
    """What is wrong with a code and what to do, in words."""
    return {
        "empty": _("The code is missing."),
        "number": _("A spreadsheet has turned this code into a number and lost digits. Format the column as text and type the code again."),
        "characters": _("The code holds characters that do not belong there. A code is digits, with X only as the last one."),
        "length": _("The code has the wrong length: divisions have 6, 9 or 12 digits, compounds 16 characters."),
        "check": _("The last character of the code does not fit the others: a digit was mistyped."),
    }[reason]  # fmt: skip


def locked(actor: Actor, place: Place, verb: str = MANAGE) -> Place:
    """The place's row, locked for the rest of the action, after the check of scope and verb."""
    require(actor, verb, place)
    row = Place.objects.of(actor.district).select_for_update().filter(id=place.id).first()
    if row is None:
        raise OutOfScope("place.gone", _("This place does not exist within your reach. Choose another one."))
    return row


def require_open(place: Place) -> None:
    """Raises WrongStage for a closed place."""
    if place.valid_to is not None:
        raise WrongStage(
            "place.closed", _("This place is closed; nothing can be added or changed. Choose an open place.")
        )


def _next_compound_code(community: Place) -> str:
    """The next running number of a community, past ones counted; the community's row is locked."""
    used = PlaceCode.objects.filter(district=community.district, code__startswith=community.code)
    highest = max(
        (code[12:15] for code in used.values_list("code", flat=True) if len(code) == 16), default="000"
    )
    try:
        return codes.compound_code(community.code, int(highest) + 1)
    except codes.CodeRefused as refusal:
        raise place_full() from refusal


def place_full() -> Invalid:
    """The refusal when a community has no code or no number left."""
    return Invalid(
        "place.code.full",
        _(
            "This community has no free compound number left (999 are used up), or no 12-digit code. Nothing was stored. Ask the district's platform office."
        ),
    )


def _checked_code(level: str, parent: Place | None, code: str) -> str:
    """A given code in normal form and fitting its level and parent, or the next free one of a compound."""
    if not code and level == "compound" and parent is not None:
        return _next_compound_code(parent)
    if not code:
        return ""
    try:
        normal = codes.normal_compound_code(code) if level == "compound" else codes.normal_division_code(code)
    except codes.CodeRefused as refusal:
        raise refuse_code(refusal) from refusal
    if codes.level_of(normal) != level:
        raise refuse_code(codes.CodeRefused("length"))
    if parent is not None and parent.code and not normal.startswith(parent.code):
        sentence = _("The code does not begin with the code of the place above it (%(code)s).") % {
            "code": parent.code
        }
        raise Invalid("place.code.parent", sentence, fields={"code": sentence})
    return normal


def _require_free(district: int, parent: Place | None, level: str, name: str, code: str) -> None:
    if code and Place.objects.of(district).filter(code=code, valid_to__isnull=True).exists():
        sentence = _("Another open place carries this code already. Nothing was stored.")
        raise Conflict("place.code.taken", sentence, fields={"code": sentence})
    if level == "compound" and parent is not None:
        twins = Place.objects.of(district).filter(parent=parent, name=name, valid_to__isnull=True)
        if twins.exists():
            sentence = _(
                "This community already has an open compound of this name. Nothing was stored. Add what tells them apart."
            )
            raise Conflict("place.name.taken", sentence, fields={"name": sentence})


def new_place(
    district: int, *, level: str, parent: Place | None, name: str, code: str, valid_from: datetime,
    longitude: float | None = None, latitude: float | None = None,
) -> tuple[Place, PlaceCode | None, PlaceName]:  # fmt: skip
    """Unsaved rows of a place with its id and path; bulk loads write many at once."""
    id_ = next_id(district, Place._meta.db_table)
    row = Place(
        id=id_, district=district, public_id=plates.new_public_id(secrets.randbelow), level=level, parent=parent,
        path=f"{parent.path if parent else ''}{id_ & ((1 << COUNTER_BITS) - 1)}.", name=name,
        pinyin=pinyin.sort_key(name), search_text=search_text([name], [code] if code else []), code=code,
        longitude=longitude, latitude=latitude, valid_from=valid_from,
    )  # fmt: skip
    dated_code = PlaceCode(district=district, place=row, code=code, valid_from=valid_from) if code else None
    return row, dated_code, PlaceName(district=district, place=row, name=name, valid_from=valid_from)


def save_all(made: Sequence[tuple[Place, PlaceCode | None, PlaceName]]) -> None:
    """Write many new places with their codes and names: three statements."""
    Place.objects.bulk_create([place for place, _code, _name in made], batch_size=BATCH)
    PlaceCode.objects.bulk_create(
        [code for _place, code, _name in made if code is not None], batch_size=BATCH
    )
    PlaceName.objects.bulk_create([name for _place, _code, name in made], batch_size=BATCH)


def _above(actor: Actor, level: str, parent: Place | None) -> Place | None:
    """The locked, open parent of a place to come; None for a district's own node, which the system makes."""
    if parent is None:
        if level != "district" or actor.kind != "system":
            raise NotAllowed("place.root", _("Only enrolment makes a district's own node."))
        return None
    above = locked(actor, parent)
    require_open(above)
    if ABOVE.get(level) != above.level:
        raise Invalid(
            "place.level",
            _("A place of this level does not stand below the chosen one. Nothing was stored."),
        )
    return above


def add_place(
    *, actor: Actor, level: str, parent: Place | None, name: str, now: datetime, code: str = "",
    longitude: float | None = None, latitude: float | None = None, valid_from: datetime | None = None,
) -> Place:  # fmt: skip
    """Add a place below `parent`; a compound without a code gets its community's next one.

    Raises Invalid (name, code, position, level), Conflict (code or name taken), WrongStage (closed parent),
    OutOfScope or NotAllowed.
    """
    with transaction.atomic(savepoint=False):
        above = _above(actor, level, parent)
        plain = clean_name(name)
        check_position(longitude, latitude)
        begins = valid_from or now
        if begins > now:
            raise Invalid(
                "place.future", _("The day lies in the future. Enter the change on that day or later.")
            )
        normal = _checked_code(level, above, code)
        _require_free(actor.district, above, level, plain, normal)
        row, dated_code, dated_name = new_place(
            actor.district, level=level, parent=above, name=plain, code=normal, valid_from=begins,
            longitude=longitude, latitude=latitude,
        )  # fmt: skip
        row.save(force_insert=True)
        if dated_code is not None:
            dated_code.save(force_insert=True)
        dated_name.save(force_insert=True)
        ledger.record(
            "place.added", actor=actor, subject=(SUBJECT, row.id), place=row.id, now=now, seq=1,
            data={"level": level, "parent": above.id if above else None, "code": normal or None},
        )  # fmt: skip
    return row


def _beginning(
    row: PlaceName | PlaceCode | Place | None, valid_from: datetime | None, now: datetime
) -> datetime:
    """The moment of a dated change: not in the future, not before what it replaces."""
    begins = valid_from or now
    if begins > now:
        raise Invalid("place.future", _("The day lies in the future. Enter the change on that day or later."))
    if row is not None and begins < row.valid_from:
        raise Invalid(
            "place.before", _("The day lies before the beginning of what it changes. Choose a later day.")
        )
    return begins


def _refreshed(row: Place) -> None:
    mine = {"district": row.district, "place": row}
    names = PlaceName.objects.filter(**mine).order_by("-valid_from").values_list("name", flat=True)
    all_codes = PlaceCode.objects.filter(**mine).order_by("-valid_from").values_list("code", flat=True)
    row.search_text = search_text([row.name, *names], list(all_codes))


def rename_place(
    *, actor: Actor, place: Place, name: str, now: datetime, valid_from: datetime | None = None
) -> Place:
    """Give a place a new name from a day on; the former one stays readable and findable."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, place)
        require_open(row)
        plain = clean_name(name)
        if plain == row.name:
            raise Invalid("place.name.same", _("This is already the name of the place. Nothing was stored."))
        _require_free(
            actor.district, Place(id=row.parent_id) if row.parent_id else None, row.level, plain, ""
        )
        held = PlaceName.objects.filter(district=actor.district, place=row, valid_to__isnull=True).first()
        begins = _beginning(held, valid_from, now)
        if held is not None:
            held.valid_to = begins
            held.save(update_fields=["valid_to"])
        fresh = PlaceName.objects.create(district=actor.district, place=row, name=plain, valid_from=begins)
        row.name, row.pinyin = plain, pinyin.sort_key(plain)
        _refreshed(row)
        row.save(update_fields=["name", "pinyin", "search_text"])
        ledger.record(
            "place.renamed", actor=actor, subject=(SUBJECT, row.id), place=row.id, now=now,
            data={"name": fresh.id, "former": held.id if held else None, "valid_from": ledger.moment(begins)},
        )  # fmt: skip
    return row


def recode_place(
    *, actor: Actor, place: Place, code: str, now: datetime, valid_from: datetime | None = None
) -> Place:
    """Give a place a new code from a day on (communities split, lists are corrected); the former one stays known."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, place)
        require_open(row)
        above = Place.objects.of(actor.district).filter(id=row.parent_id).first() if row.parent_id else None
        normal = _checked_code(row.level, above, code)
        if not normal or normal == row.code:
            raise Invalid(
                "place.code.same",
                _("This is already the code of the place, or it is missing. Nothing was stored."),
            )
        _require_free(actor.district, None, row.level, row.name, normal)
        held = PlaceCode.objects.filter(district=actor.district, place=row, valid_to__isnull=True).first()
        begins = _beginning(held, valid_from, now)
        former = row.code
        if held is not None:
            held.valid_to = begins
            held.save(update_fields=["valid_to"])
        PlaceCode.objects.create(district=actor.district, place=row, code=normal, valid_from=begins)
        row.code = normal
        _refreshed(row)
        row.save(update_fields=["code", "search_text"])
        ledger.record(
            "place.recoded", actor=actor, subject=(SUBJECT, row.id), place=row.id, now=now,
            data={"code": normal, "former": former or None, "valid_from": ledger.moment(begins)},
        )  # fmt: skip
    return row


def close_place(*, actor: Actor, place: Place, now: datetime, valid_to: datetime | None = None) -> Place:
    """End a place on a day; its code becomes free, its history stays. Refused while open places stand below it."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, place)
        require_open(row)
        ends = _beginning(row, valid_to, now)
        below = Place.objects.of(actor.district).filter(parent=row, valid_to__isnull=True).count()
        if below:
            raise WrongStage(
                "place.has_children",
                _(
                    "%(count)d open places still stand below this one. Nothing was stored. Close or move them first."
                )
                % {"count": below},
            )
        mine = {"district": actor.district, "place": row, "valid_to__isnull": True}
        PlaceName.objects.filter(**mine).update(valid_to=ends)
        PlaceCode.objects.filter(**mine).update(valid_to=ends)
        GridPlace.objects.filter(**mine).update(valid_to=ends)
        row.valid_to = ends
        row.save(update_fields=["valid_to"])
        ledger.record(
            "place.closed", actor=actor, subject=(SUBJECT, row.id), place=row.id, now=now,
            data={"valid_to": ledger.moment(ends)},
        )  # fmt: skip
    return row
