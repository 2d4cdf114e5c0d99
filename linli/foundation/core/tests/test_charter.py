"""A wrong charter file is refused with file, line, key and the allowed values."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from linli.foundation.core import actions, charter
from linli.foundation.core.errors import Invalid, NotAllowed
from linli.foundation.core.models import CharterVersion, District, Event
from linli.foundation.core.rules import charter as rules
from linli.foundation.core.rules.actor import public

KEYS = (
    rules.Key("a.hours", rules.integer(1, 24)),
    rules.Key("a.*.span", rules.SPAN, required=False),
    rules.Key("a.text", rules.TEXT, required=False),
    rules.Key("a.word", rules.choice("red", "green"), required=False),
    rules.Key("a.rows", rules.table({"code": rules.Column(rules.WORD), "n": rules.Column(rules.integer(0, 9), required=False)}, unique="code"), required=False),
)  # fmt: skip
HEAD = 'basis = { zh = "依据", en = "basis" }\nstatus = "ours"\nvalid_from = 2020-01-01\n'
GOOD = f'[rules."a.hours"]\nvalue = 8\n{HEAD}differ = "lower"\n'


def read(national: str = GOOD, district: str = "") -> rules.Charter:
    return rules.read_charter(("national.toml", national), ("own.toml", district), KEYS, date(2026, 1, 1))


def test_good_files_give_typed_values_and_a_digest() -> None:
    read_one = read(GOOD, f'[rules."a.b.span"]\nvalue = {{ amount = 2, unit = "hours" }}\n{HEAD}')
    assert read_one["a.hours"] == 8
    assert read_one["a.b.span"].amount == 2
    assert len(read_one.digest) == 64
    again = rules.from_content(read_one.content(), KEYS)
    assert (again["a.hours"], again.digest) == (8, read_one.digest)


WRONG = [
    ("not toml", "[rules.", "", "national.toml", 1, "TOML"),
    ("unknown key", GOOD + f'\n[rules."a.hour"]\nvalue = 1\n{HEAD}differ = "any"\n', "", "national.toml", 8, "a.hours"),
    ("wrong value", GOOD.replace("= 8", "= 25"), "", "national.toml", 2, "1 to 24"),
    ("boolean is no number", GOOD.replace("= 8", "= true"), "", "national.toml", 2, "1 to 24"),
    ("missing basis", GOOD.replace('basis = { zh = "依据", en = "basis" }\n', ""), "", "national.toml", 1, "basis"),
    ("missing language", GOOD.replace(', en = "basis"', ""), "", "national.toml", 3, "zh"),
    ("empty language", GOOD.replace('"依据"', '" "'), "", "national.toml", 3, "zh"),
    ("wrong status", GOOD.replace('"ours"', '"sure"'), "", "national.toml", 4, "law"),
    ("wrong date", GOOD.replace("2020-01-01", '"2020"'), "", "national.toml", 5, "day"),
    ("wrong differ", GOOD.replace('"lower"', '"down"'), "", "national.toml", 6, "fixed"),
    ("missing rule", f'[rules."a.word"]\nvalue = "red"\n{HEAD}differ = "any"\n', "", "national.toml", 1, "1 to 24"),
    ("district goes the wrong way", GOOD, f'[rules."a.hours"]\nvalue = 9\n{HEAD}', "own.toml", 2, "lower than or equal to 8"),
    ("district may not say differ", GOOD, GOOD, "own.toml", 6, "value"),
    ("unknown unit", GOOD + f'[rules."a.b.span"]\nvalue = {{ amount = 2, unit = "weeks" }}\n{HEAD}differ = "any"\n', "", "national.toml", 8, "working_days"),
    ("row twice", GOOD + f'[rules."a.rows"]\nvalue = [{{ code = "x" }}, {{ code = "x" }}]\n{HEAD}differ = "any"\n', "", "national.toml", 8, "rows of"),
    ("unknown column", GOOD + f'[rules."a.rows"]\nvalue = [{{ code = "x", m = 1 }}]\n{HEAD}differ = "any"\n', "", "national.toml", 8, "code"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("national", "district", "file", "line", "allowed"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_wrong_files_are_refused(national: str, district: str, file: str, line: int, allowed: str) -> None:
    with pytest.raises(rules.CharterError) as caught:
        read(national, district)
    problem = caught.value
    assert (problem.file, problem.line) == (file, line)
    assert allowed in problem.allowed or allowed in problem.problem


def test_a_refusal_keeps_its_traceback_through_a_context_manager() -> None:
    @contextmanager
    def wrapped() -> Iterator[None]:
        try:
            yield
        finally:
            pass

    with pytest.raises(rules.CharterError) as caught, wrapped():
        raise rules.CharterError("own.toml", 3, "a.word", "it is empty.", "a word")
    assert str(caught.value) == "own.toml, line 3, a.word: it is empty. Allowed: a word."
    assert pickle.loads(pickle.dumps(caught.value)).line == 3


def test_a_verb_that_no_room_declares_is_named() -> None:
    now = datetime.now(UTC)
    read_one = charter.read_files("luzhou", now)
    role = next(k for k in read_one.rules if k.startswith("role."))
    for verb in ("cases.fly", "nowhere.read"):
        rule = read_one.rules[role]
        wrong = replace(rule, value={**rule.value, "verbs": (*rule.value["verbs"], verb)})
        (problem,) = charter.unknown_verbs(rules.Charter({**read_one.rules, role: wrong}))
        assert verb in problem and role in problem


def test_fixed_rule_may_be_repeated_but_not_changed() -> None:
    fixed = GOOD.replace('"lower"', '"fixed"')
    own = f'[rules."a.hours"]\nvalue = 8\n{HEAD}'
    assert read(fixed, own)["a.hours"] == 8
    with pytest.raises(rules.CharterError, match="may not differ"):
        read(fixed, own.replace("= 8", "= 7"))


def test_rules_out_of_force_are_left_out() -> None:
    with pytest.raises(rules.CharterError, match="missing"):
        read(GOOD.replace("valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2025-12-31"))


def test_the_files_of_this_repository_are_in_order() -> None:
    assert charter.check_files() == []


def test_adoption_is_recorded_and_takes_effect_at_its_moment(work) -> None:
    context, actor = work
    district = District.objects.get(id=context.district)
    first = charter.current(district.id, context.now)
    changed = dict(first.rules)
    changed.pop("office.hotline")
    fresh = rules.Charter(changed, rules.digest_of(rules.Charter(changed).content()))
    later = context.now + timedelta(days=1)
    actions.adopt_charter(actor=actor, district=district, adopted=fresh, valid_from=later, now=context.now)
    assert charter.current(district.id, context.now).digest == first.digest
    assert charter.current(district.id, later).digest == fresh.digest
    assert Event.objects.filter(code="charter.adopted", data__digest=fresh.digest).count() == 1


def test_adoption_refusals_write_nothing(work) -> None:
    context, actor = work
    district = District.objects.get(id=context.district)
    now_charter = charter.current(district.id, context.now)
    before = (CharterVersion.objects.count(), Event.objects.count())
    with pytest.raises(Invalid), transaction.atomic():
        actions.adopt_charter(
            actor=actor,
            district=district,
            adopted=now_charter,
            valid_from=datetime(2020, 1, 1, tzinfo=UTC),
            now=context.now,
        )
    with pytest.raises(NotAllowed), transaction.atomic():
        actions.adopt_charter(
            actor=public(district.id),
            district=district,
            adopted=now_charter,
            valid_from=context.now,
            now=context.now,
        )
    assert (CharterVersion.objects.count(), Event.objects.count()) == before


def test_keys_that_an_older_charter_lacks_are_named(work) -> None:
    context, _actor = work
    held = charter.current(context.district, context.now)
    assert charter.missing_keys(held) == []
    older = {key: rule for key, rule in held.rules.items() if key != "office.hours"}
    assert charter.missing_keys(rules.Charter(older)) == ["office.hours"]
