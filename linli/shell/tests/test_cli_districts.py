"""Enrolling, adopting, loading: what is written, what is printed, and that a refusal writes nothing."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linli.foundation.accounts.models import Grant, User
from linli.foundation.core import charter
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.errors import Refused
from linli.foundation.core.models import CalendarDay, CalendarYear, CharterVersion, District, Event
from linli.foundation.places.models import Place
from linli.shell.cli import calendars, charters, districts, words
from linli.shell.divisions import FILE

CREATE = ["district", "create", "--placement", "140405", "--slug", "changzi", "--name-zh", "长子县",
          "--name-en", "Changzi", "--charter", "luzhou"]  # fmt: skip


def parsed(*given: str) -> argparse.Namespace:
    return words.parser().parse_args(list(given))


def test_a_district_is_enrolled_with_charter_calendar_and_root(
    work: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert districts.create(parsed(*CREATE)) == 0
    district = District.objects.get(id=140405)
    assert charter.current(district.id, work[0].now + timedelta(minutes=1))["office.hotline"] == "12345"
    assert CalendarYear.objects.filter(district=140405, year=2026).exists()
    assert list(Place.objects.filter(district=140405).values_list("level", "name")) == [
        ("district", "长子县")
    ]
    assert "长子县 (changzi, 140405)" in capsys.readouterr().out


def test_the_first_administrator_gets_a_password_to_change(
    work: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert districts.create(parsed(*CREATE, "--first-admin", "chief")) == 0
    password = re.search(r"[a-z0-9]{5}(-[a-z0-9]{5}){3}", capsys.readouterr().out)
    user = User.objects.get(district=140405, login_name="chief")
    assert password is not None and user.check_password(password.group())
    assert user.must_change_password and not user.is_demonstration
    assert Grant.objects.get(district=140405, user=user).role == "district_admin"


def test_a_refused_administrator_leaves_no_district(committed: Any) -> None:
    with pytest.raises(Refused, match=r"login_name|account"):
        districts.create(parsed(*CREATE, "--first-admin", "1"))
    assert not District.objects.filter(id=140405).exists()
    assert not Event.objects.filter(district=140405).exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--slug", "Chang Zi", "Allowed: small letters"),
        ("--zone", "Asia/Nowhere", "IANA time zone"),
        ("--charter", "nowhere", "Allowed: luzhou"),
        ("--placement", "1404", "6 digits"),
        ("--divisions", "/nowhere.csv", "cannot be used"),
        ("--divisions", str(FILE), "not of the district 140405"),
    ],
)
def test_a_wrong_enrolment_is_refused(work: Any, option: str, value: str, said: str) -> None:
    with pytest.raises(CommandRefused, match=re.escape(said)):
        districts.create(parsed(*CREATE, option, value))
    assert not District.objects.filter(slug="changzi").exists()


def test_a_taken_code_is_refused(work: Any) -> None:
    with pytest.raises(Refused, match=r"district\.taken"):
        districts.create(parsed(*CREATE, "--placement", "140403"))
    assert District.objects.count() == 2


def test_passwords_are_long_and_never_alike() -> None:
    made = {districts.one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(set(one)) > 5 and not set("lo01") & set(one) for one in made)


def test_the_district_must_be_named_when_there_are_two(work: Any) -> None:
    with pytest.raises(CommandRefused, match="luzhou, qingshan"):
        districts.chosen(None)
    with pytest.raises(CommandRefused, match="--district"):
        districts.chosen("elsewhere")
    assert districts.chosen("qingshan").id == 140499


def test_list_names_every_district(work: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert districts.list_all(parsed("district", "list")) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["140403", "140499"]


def test_charter_show_prints_value_and_basis(work: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert charters.show(parsed("charter", "show", "office.hotline", "--district", "luzhou")) == 0
    output = capsys.readouterr().out
    assert 'office.hotline = "12345"' in output and "unverified: " in output
    with pytest.raises(CommandRefused, match="begins with 'nothing'"):
        charters.show(parsed("charter", "show", "nothing", "--district", "luzhou"))


def adopt(day: str) -> int:
    return charters.adopt(parsed("charter", "adopt", "--from", day, "--district", "luzhou"))


@pytest.fixture
def changed(settings: Any, tmp_path: Path) -> Path:
    """A charter folder in which the hotline of the district is another one."""
    for path in Path(settings.LINLI_CHARTERS).glob("*.toml"):
        (tmp_path / path.name).write_text(
            path.read_text("utf-8").replace('value = "12345"', 'value = "12349"')
        )
    settings.LINLI_CHARTERS = str(tmp_path)
    return tmp_path / "luzhou.toml"


def versions() -> int:
    return CharterVersion.objects.filter(district=140403).count()


def test_a_changed_charter_is_adopted_and_recorded(work: Any, changed: Path) -> None:
    assert adopt("now") == 0
    assert charter.current(140403, work[0].now + timedelta(minutes=1))["office.hotline"] == "12349"
    assert Event.objects.filter(district=140403, code="charter.adopted").count() == 1
    assert charter.current(140499, work[0].now)["office.hotline"] == "12345"


def test_an_unchanged_charter_is_not_adopted_again(work: Any) -> None:
    before = versions()
    with pytest.raises(CommandRefused, match="in force already"):
        adopt("now")
    assert versions() == before


@pytest.mark.parametrize(
    ("day", "said"), [("2020-01-01", "lies in the past"), ("1.1.2027", "Write it as 2027-01-01")]
)
def test_a_wrong_day_is_refused(work: Any, changed: Path, day: str, said: str) -> None:
    before = versions()
    with pytest.raises(CommandRefused, match=said):
        adopt(day)
    assert versions() == before


def test_a_wrong_charter_is_refused_with_file_and_line(work: Any, changed: Path) -> None:
    changed.write_text(changed.read_text("utf-8").replace('value = "12349"', "value = 12"))
    before = versions()
    with pytest.raises(CommandRefused, match=r"luzhou\.toml, line \d+, office\.hotline"):
        adopt("now")
    assert versions() == before


def load(path: Path, *more: str) -> int:
    return calendars.load(
        parsed("calendar", "load", str(path), "--source", "test", "--district", "luzhou", *more)
    )


def test_a_year_is_loaded_for_one_district(work: Any, tmp_path: Path) -> None:
    days = tmp_path / "2027.csv"
    days.write_text("date,name,kind\n2027-01-01,元旦,off\n")
    assert load(days) == 0
    assert CalendarDay.objects.get(district=140403, day__year=2027).name == "元旦"
    assert not CalendarYear.objects.filter(district=140499, year=2027).exists()


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("date,name,kind\n2027-01-01,元旦,holiday\n", (), "'off' or 'work'"),
        ("day\n", (), "date,name,kind"),
        ("date,name,kind\n", (), "names no day"),
    ],
)
def test_a_wrong_calendar_is_refused(
    work: Any, tmp_path: Path, text: str, more: tuple[str, ...], said: str
) -> None:
    (tmp_path / "x.csv").write_text(text)
    before = CalendarDay.objects.filter(district=140403).count()
    with pytest.raises(CommandRefused, match=re.escape(said)):
        load(tmp_path / "x.csv", *more)
    with pytest.raises(CommandRefused, match="cannot be read"):
        load(tmp_path / "missing.csv")
    assert CalendarDay.objects.filter(district=140403).count() == before
