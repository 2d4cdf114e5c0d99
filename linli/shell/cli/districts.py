"""`linli district`: enrol a district and its first administrator. Imported when Django is set up."""

from __future__ import annotations

import argparse
import re
import secrets
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection, transaction

from linli.foundation.accounts import actions as accounts
from linli.foundation.bodies import actions as bodies
from linli.foundation.core import actions, charter
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.context import work_in
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import actions as places
from linli.foundation.places.models import Place
from linli.foundation.places.rules.divisions import DivisionRow, parse_divisions
from linli.shell.world import load_known_years

OFFICE = "平台管理办公室"
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no letters that are read as another


def one_time_password() -> str:
    """Four groups of five: about 99 bits, easy to read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))


def create(arguments: argparse.Namespace) -> int:
    """Enrol a district with its tree; with --first-admin print a one-time password. All of it or nothing."""
    rows = check(arguments)
    password = one_time_password()
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
        with work_in(district.id, district.slug, district.zone) as (context, actor):
            plant(actor, rows, context.now)
            if arguments.first_admin:
                first_admin(actor, arguments.first_admin, password, context.now)
    print(
        f"The district {district.name_zh} ({district.slug}, {district.id}) is enrolled; its charter is in force."
    )
    if arguments.first_admin:
        print(f"First administrator: {arguments.first_admin}")
        print(f"One-time password, shown only now, to be changed at the first sign-in: {password}")
    return 0


def plant(actor: Actor, rows: tuple[DivisionRow, ...], now: datetime) -> Place:
    """The tree of divisions; returns the district's own node."""
    places.load_divisions(actor=actor, rows=rows, now=now)
    return Place.objects.get(district=actor.district, level="district", valid_to__isnull=True)


def first_admin(actor: Actor, login_name: str, password: str, now: datetime) -> None:
    """An account in the office of the administrator, whose password must be changed."""
    root = Place.objects.get(district=actor.district, level="district", valid_to__isnull=True)
    user = accounts.create_account(
        actor=actor, login_name=login_name, password=password, now=now, must_change=True
    )
    body = bodies.found_body(actor=actor, kind="district_department", name=OFFICE, place=root, now=now)
    bodies.appoint(actor=actor, body=body, user=user, role="district_admin", place=root, now=now)


def check(arguments: argparse.Namespace) -> tuple[DivisionRow, ...]:
    """The rows of the tree. Raises CommandRefused for a name, zone, charter or list that cannot be used."""
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
    return divisions(arguments)


def divisions(arguments: argparse.Namespace) -> tuple[DivisionRow, ...]:
    """The list of --divisions, or the district's own node alone. Raises CommandRefused."""
    code = str(arguments.placement)
    if not arguments.divisions:
        if len(code) != 6:
            raise CommandRefused(f"--placement {code} is not a division code. It has 6 digits, as in 140403.")
        return (DivisionRow(code, arguments.name_zh, "district", ""),)
    try:
        rows = parse_divisions(Path(arguments.divisions).read_text("utf-8").splitlines()).rows
    except (OSError, ValueError, KeyError) as problem:
        raise CommandRefused(f"The list {arguments.divisions} cannot be used: {problem}") from problem
    if not any(row.level == "district" and row.code == code for row in rows):
        raise CommandRefused(
            f"The list {arguments.divisions} is not of the district {code}. Nothing was enrolled."
        )
    return rows


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
