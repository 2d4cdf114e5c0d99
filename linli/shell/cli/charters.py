"""`linli charter show` and `adopt`. Imported when Django is set up."""

from __future__ import annotations

import argparse
import json
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from linli.foundation.core import actions, charter
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.context import work_in
from linli.foundation.core.rules.charter import CharterError
from linli.shell.cli.districts import chosen


def show(arguments: argparse.Namespace) -> int:
    """The charter in force: key, value, status, basis, source."""
    district = chosen(arguments.district)
    with work_in(district.id, district.slug, district.zone) as (context, _actor):
        current = charter.current(district.id, context.now)
    print(f"{district.name_zh}: charter {current.digest}")
    shown = 0
    for key, rule in sorted(current.rules.items()):
        if not key.startswith(arguments.key):
            continue
        shown += 1
        value = json.dumps(rule.raw, ensure_ascii=False, default=str)
        print(
            f"\n{key} = {value}\n    {rule.status}: {rule.basis.zh} / {rule.basis.en}\n    {rule.source}, from {rule.valid_from}"
        )
    if not shown:
        raise CommandRefused(f"No key of this charter begins with {arguments.key!r}.")
    return 0


def adopt(arguments: argparse.Namespace) -> int:
    """Put the files in force from the beginning of a day in the district's zone, or at once with `now`."""
    district = chosen(arguments.district)
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        valid_from = context.now if arguments.from_ == "now" else begin_of(arguments.from_, context.zone)
        if valid_from < context.now:
            raise CommandRefused(
                f"{arguments.from_} lies in the past. A charter comes into force now (--from now) or later: decisions "
                "already taken keep theirs."
            )
        try:
            read = charter.read_files(district.charter_file, valid_from)
        except (CharterError, OSError) as problem:
            raise CommandRefused(f"The charter was not adopted. {problem}") from problem
        wrong = charter.unknown_verbs(read)
        if wrong:
            raise CommandRefused("The charter was not adopted. " + " ".join(wrong))
        before = charter.current_digest(district.id, context.now)
        if before == read.digest:
            raise CommandRefused("These files say exactly what is in force already; nothing was adopted.")
        actions.adopt_charter(
            actor=actor, district=district, adopted=read, valid_from=valid_from, now=context.now
        )
    print(f"{district.name_zh}: charter {read.digest[:12]} is in force from {valid_from:%Y-%m-%d %H:%M %Z}.")
    return 0


def begin_of(text: str, zone: ZoneInfo) -> datetime:
    """The first moment of a day in the district. Raises CommandRefused."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=zone)
    except ValueError:
        raise CommandRefused(f"--from {text!r} is not a day. Write it as 2027-01-01, or now.") from None
