"""`linli district`: enrol a district and its first administrator. Imported when Django is set up."""

from __future__ import annotations

import argparse
import re
import secrets
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection, transaction

from linli.foundation.core import actions, charter
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.models import District
from linli.shell.world import load_known_years

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no letters that are read as another


def one_time_password() -> str:
    """Four groups of five: about 99 bits, easy to read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))


def create(arguments: argparse.Namespace) -> int:
    """Enrol an empty district; with --first-admin print a one-time password. All of it or nothing."""
    check(arguments)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            now = cursor.fetchone()[0]
        district = actions.enrol_district(
            placement=arguments.placement,
            slug=arguments.slug,
            name_zh=arguments.name_zh,
            name_en=arguments.name_en,
            charter_file=arguments.charter,
            host=arguments.web_host,
            zone=arguments.zone,
            now=now,
            is_demonstration=settings.LINLI_MODE == "demo",
        )
        load_known_years(district)
    print(
        f"The district {district.name_zh} ({district.slug}, {district.id}) is enrolled; its charter is in force."
    )
    return 0


def check(arguments: argparse.Namespace) -> None:
    """Raises CommandRefused for a name, zone or charter that cannot be used."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", arguments.slug):
        raise CommandRefused(
            f"--slug {arguments.slug!r} is refused. Allowed: small letters, digits and single hyphens, as in luzhou."
        )
    try:
        ZoneInfo(arguments.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise CommandRefused(
            f"--zone {arguments.zone!r} is not an IANA time zone. Example: Asia/Shanghai."
        ) from None
    names = sorted(path.stem for path in charter.folder().glob("*.toml") if path.stem != "national")
    if arguments.charter not in names:
        raise CommandRefused(f"There is no charter {arguments.charter!r}. Allowed: {', '.join(names)}.")
    wrong = charter.check_files()
    if wrong:
        raise CommandRefused(
            "A charter file is wrong; correct it first.\n" + "\n".join(f"  - {one}" for one in wrong)
        )


def list_all(_arguments: argparse.Namespace) -> int:
    """One line per district."""
    for district in District.objects.order_by("id"):
        kind = "demonstration" if district.is_demonstration else "real"
        print(
            f"{district.id}  {district.slug:20} {district.name_zh}  {district.host or '/d/' + district.slug + '/'}  {kind}"
        )
    return 0


def chosen(slug: str | None) -> District:
    """The district that a command means. Raises CommandRefused when it is unknown or not named."""
    known = list(District.objects.order_by("id"))
    if slug is None and len(known) == 1:
        return known[0]
    for district in known:
        if district.slug == slug:
            return district
    names = ", ".join(district.slug for district in known) or "none is enrolled yet"
    raise CommandRefused(f"Name the district with --district: {names}.")
