"""The charter as text and as value: parse, check, lay a district's file over the national one. Pure.

A rule is `[rules."key"]` with `value`, `basis`, `status`, `valid_from`, `valid_to`; national rules also say in
which direction a district may `differ`. Rooms declare which keys exist and of what kind their values are.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Literal

import rfc8785

from linli.foundation.core.rules.clocks import OpeningHours, Span

Differ = Literal["fixed", "shorter", "longer", "lower", "higher", "any"]
STATUSES = ("law", "standard", "local", "unverified", "ours")
DIFFERS = ("fixed", "shorter", "longer", "lower", "higher", "any")
LANGUAGES = ("zh", "en")


class CharterError(Exception):
    """A charter file that must not be used: where it is wrong and what would be right."""

    def __init__(self, file: str, line: int, key: str, problem: str, allowed: str) -> None:
        super().__init__(file, line, key, problem, allowed)
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.key}: {self.problem} Allowed: {self.allowed}."


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is checked. `read` returns the typed value or raises ValueError; `allowed` says what fits."""

    name: str
    allowed: str
    read: Callable[[Any], Any]
    size: Callable[[Any], float] | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key that some room reads; `*` stands for one dotted part (`cases.class.*.finish`)."""

    pattern: str
    kind: Kind
    required: bool = True

    def matches(self, key: str) -> bool:
        parts, wanted = key.split("."), self.pattern.split(".")
        return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


# --- kinds of values -------------------------------------------------------------------------------------------


def _text(value: Any) -> Text:
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise ValueError("a text needs zh and en and nothing else")
    if not all(isinstance(value[lang], str) and value[lang].strip() for lang in LANGUAGES):
        raise ValueError("zh and en must both be written")
    return Text(value["zh"], value["en"])


def _span(value: Any) -> Span:
    if not isinstance(value, dict):
        raise ValueError("a period is written { amount = 5, unit = ... }")
    return Span.parse(value)


def _span_size(value: Span) -> float:
    per_unit = {
        "minutes": 1, "hours": 60, "working_minutes": 3, "working_hours": 180, "working_days": 2016, "calendar_days": 1440,
    }  # fmt: skip
    return value.amount * per_unit.get(value.unit, 43200)


def _hours(value: Any) -> OpeningHours:
    if not isinstance(value, list) or not value:
        raise ValueError("opening hours are a list of [opens, closes]")
    periods = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(x, time) for x in pair):
            raise ValueError("each period is [08:00:00, 12:00:00]")
        periods.append((pair[0], pair[1]))
    return OpeningHours(tuple(periods))


def integer(low: int, high: int) -> Kind:
    """A whole number within [low, high]."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"{value!r} is not a whole number from {low} to {high}")
        return value

    return Kind("integer", f"a whole number from {low} to {high}", read, float)


def choice(*options: str) -> Kind:
    """One of the given words."""

    def read(value: Any) -> str:
        if value not in options:
            raise ValueError(f"{value!r} is not one of them")
        return str(value)

    return Kind("choice", ", ".join(options), read)


def codes(*options: str) -> Kind:
    """A list of words; of the given ones when there are any."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(x, str) and x for x in value):
            raise ValueError("a list of codes is needed")
        strangers = [x for x in value if options and x not in options]
        if strangers:
            raise ValueError(f"{strangers[0]!r} is not known")
        if len(set(value)) != len(value):
            raise ValueError("a code stands twice in the list")
        return tuple(value)

    return Kind("codes", f"a list of {', '.join(options) or 'codes'}", read)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text in quotation marks")
    return value


TEXT = Kind("text", '{ zh = "...", en = "..." }', _text)
SPAN = Kind(
    "span",
    "{ amount = a whole number, unit = minutes|hours|working_minutes|working_hours|working_days|calendar_days|months }",
    _span,
    _span_size,
)
HOURS = Kind("hours", "[[08:00:00, 12:00:00], ...] in order and without overlap", _hours)
FLAG = Kind("flag", "true, false", _flag)
WORD = Kind("word", "a text in quotation marks", _word)


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a record or of a table's row."""

    kind: Kind
    required: bool = True


def record(columns: Mapping[str, Column]) -> Kind:
    """A value with named fields."""

    def read(value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("named fields are needed")
        for name in value:
            if name not in columns:
                raise ValueError(f"there is no field {name!r}")
        result: dict[str, Any] = {}
        for name, column in columns.items():
            if name not in value:
                if column.required:
                    raise ValueError(f"the field {name!r} is missing")
                result[name] = None
                continue
            try:
                result[name] = column.kind.read(value[name])
            except ValueError as problem:
                raise ValueError(f"field {name!r}: {problem} (allowed: {column.kind.allowed})") from problem
        return result

    return Kind("record", "{ " + ", ".join(columns) + " }", read)


def table(columns: Mapping[str, Column], *, unique: str) -> Kind:
    """A list of rows; `unique` names the column that tells them apart."""
    row = record(columns)

    def read(value: Any) -> tuple[Mapping[str, Any], ...]:
        if not isinstance(value, list):
            raise ValueError("a list of rows is needed")
        rows = []
        for number, item in enumerate(value, 1):
            try:
                rows.append(row.read(item))
            except ValueError as problem:
                raise ValueError(f"row {number}: {problem}") from problem
        names = [r[unique] for r in rows]
        double = next((n for n in names if names.count(n) > 1), None)
        if double is not None:
            raise ValueError(f"{unique} {double!r} stands twice")
        return tuple(rows)

    return Kind("table", f"rows of {row.allowed}", read)


# --- the parsed thing ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in force: its typed value, its raw value and where it comes from."""

    key: str
    value: Any
    raw: Any
    basis: Text
    status: str
    valid_from: date
    valid_to: date | None
    source: str
    differ: str = "any"

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Charter:
    """A checked set of rules with its digest. Look a rule up by key; an unknown key raises KeyError."""

    rules: Mapping[str, Rule]
    digest: str = field(default="")

    def __getitem__(self, key: str) -> Any:
        return self.rules[key].value

    def rule(self, key: str) -> Rule:
        return self.rules[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self.rules[key].value if key in self.rules else default

    def under(self, prefix: str) -> dict[str, Any]:
        """Values of all keys below a dotted prefix, by the rest of the key."""
        cut = len(prefix) + 1
        return {k[cut:]: r.value for k, r in self.rules.items() if k.startswith(prefix + ".")}

    def content(self) -> dict[str, Any]:
        """What is stored and digested: plain JSON values only."""
        return {
            key: {
                "value": plain(rule.raw),
                "basis": {"zh": rule.basis.zh, "en": rule.basis.en},
                "status": rule.status,
                "valid_from": rule.valid_from.isoformat(),
                "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
                "source": rule.source,
            }
            for key, rule in sorted(self.rules.items())
        }


def plain(value: Any) -> Any:
    """TOML values as JSON values: times and dates become ISO texts."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value


def _times_back(value: Any) -> Any:
    """Undo `plain` for opening hours: texts like 08:00:00 become times again."""
    if isinstance(value, list):
        return [_times_back(v) for v in value]
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d:\d\d", value):
        return time.fromisoformat(value)
    return value


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over the RFC 8785 bytes of a charter's content, as 64 hex digits."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


def from_content(content: Mapping[str, Any], keys: Iterable[Key]) -> Charter:
    """Read back what `content()` stored. Rules whose key no room reads any more are kept out."""
    known = tuple(keys)
    rules: dict[str, Rule] = {}
    for name, entry in content.items():
        declared = next((k for k in known if k.matches(name)), None)
        if declared is None:
            continue
        raw = _times_back(entry["value"]) if declared.kind is HOURS else entry["value"]
        rules[name] = Rule(
            key=name,
            value=declared.kind.read(raw),
            raw=raw,
            basis=_text(entry["basis"]),
            status=entry["status"],
            valid_from=date.fromisoformat(entry["valid_from"]),
            valid_to=date.fromisoformat(entry["valid_to"]) if entry["valid_to"] else None,
            source=entry["source"],
        )
    return Charter(rules, digest_of(content))


# --- reading files ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    file: str
    lines: tuple[str, ...]

    def line_of(self, key: str, part: str = "") -> int:
        """Line of `[rules."key"]`, or of `part = ` below it; 1 when it cannot be found."""
        wanted = re.escape(key)
        head = re.compile(rf'\s*\[rules\.(?:"{wanted}"|{wanted})\]')
        start = next((i for i, text in enumerate(self.lines) if head.match(text)), None)
        if start is None:
            return 1
        for offset, text in enumerate(self.lines[start + 1 :], start + 1):
            if text.lstrip().startswith("[rules."):
                break
            if part and re.match(rf"\s*{re.escape(part)}\s*=", text):
                return offset + 1
        return start + 1

    def wrong(self, key: str, part: str, problem: str, allowed: str) -> CharterError:
        return CharterError(
            self.file, self.line_of(key, part), f"{key}.{part}" if part else key, problem, allowed
        )


def _load(file: str, text: str) -> tuple[_Source, dict[str, Any]]:
    source = _Source(file, tuple(text.splitlines()))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        found = re.search(r"line (\d+)", str(problem))
        line = int(found.group(1)) if found else len(source.lines)
        raise CharterError(file, line, "the file", f"it is not TOML: {problem}.", "TOML 1.0") from problem
    rules = data.get("rules", {})
    if not isinstance(rules, dict) or set(data) - {"rules", "charter"}:
        raise CharterError(
            file, 1, "the file", "it has sections that a charter does not have.", "charter, rules"
        )
    return source, rules


_PARTS = ("value", "basis", "status", "valid_from", "valid_to", "differ")


def _entry(source: _Source, key: str, entry: Any, declared: Key, *, national: bool) -> Rule:
    if not isinstance(entry, dict):
        raise source.wrong(key, "", "it is not a rule.", ", ".join(_PARTS))
    for part in entry:
        if part not in _PARTS or (part == "differ" and not national):
            raise source.wrong(
                key, part, "this part is not known here.", ", ".join(_PARTS[: 6 if national else 5])
            )
    for part in ("value", "basis", "status", "valid_from", *(("differ",) if national else ())):
        if part not in entry:
            raise source.wrong(key, "", f"the part {part!r} is missing.", ", ".join(_PARTS))
    try:
        value = declared.kind.read(entry["value"])
    except ValueError as problem:
        raise source.wrong(key, "value", f"{problem}.", declared.kind.allowed) from problem
    try:
        basis = _text(entry["basis"])
    except ValueError as problem:
        raise source.wrong(key, "basis", f"{problem}.", TEXT.allowed) from problem
    _one_of(source, key, "status", entry["status"], STATUSES)
    if national:
        _one_of(source, key, "differ", entry["differ"], DIFFERS)
    for part in ("valid_from", "valid_to"):
        if part in entry and type(entry[part]) is not date:
            raise source.wrong(key, part, f"{entry[part]!r} is not a day.", "a day such as 2026-01-01")
    return Rule(
        key=key, value=value, raw=entry["value"], basis=basis, status=entry["status"],
        valid_from=entry["valid_from"], valid_to=entry.get("valid_to"), source=source.file,
        differ=entry.get("differ", "any"),
    )  # fmt: skip


def _one_of(source: _Source, key: str, part: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise source.wrong(key, part, f"{value!r} is not one of the words.", ", ".join(allowed))


def _read_rules(
    file: str, text: str, keys: tuple[Key, ...], *, national: bool
) -> tuple[_Source, dict[str, Rule]]:
    source, raw = _load(file, text)
    rules: dict[str, Rule] = {}
    for key, entry in raw.items():
        declared = next((k for k in keys if k.matches(key)), None)
        if declared is None:
            near = difflib.get_close_matches(key, [k.pattern for k in keys], n=3, cutoff=0.3)
            raise source.wrong(key, "", "no room reads this key.", ", ".join(near) or "see docs/charter.md")
        rules[key] = _entry(source, key, entry, declared, national=national)
    return source, rules


_DIRECTION: dict[str, Callable[[float, float], bool]] = {
    "shorter": lambda own, base: own <= base,
    "lower": lambda own, base: own <= base,
    "longer": lambda own, base: own >= base,
    "higher": lambda own, base: own >= base,
}


def _check_direction(source: _Source, own: Rule, base: Rule, declared: Key) -> None:
    if base.differ == "any" or own.raw == base.raw:
        return
    if base.differ == "fixed":
        raise source.wrong(own.key, "value", "a district may not differ here.", f"{plain(base.raw)}")
    size = declared.kind.size
    if size is None or not _DIRECTION[base.differ](size(own.value), size(base.value)):
        allowed = f"{base.differ} than or equal to {plain(base.raw)}"
        raise source.wrong(
            own.key, "value", "the national rule does not let a district differ this way.", allowed
        )


def read_charter(
    national: tuple[str, str], district: tuple[str, str], keys: Iterable[Key], on: date
) -> Charter:
    """Lay a district's file over the national one and keep the rules in force on a day.

    Each file is (name, text). Raises CharterError with file, line, key and what is allowed.
    """
    known = tuple(keys)
    base_source, base = _read_rules(*national, known, national=True)
    own_source, own = _read_rules(*district, known, national=False)
    for key, rule in own.items():
        if key in base:
            _check_direction(own_source, rule, base[key], next(k for k in known if k.matches(key)))
    rules = {k: r for k, r in {**base, **own}.items() if r.holds_on(on)}
    for declared in known:
        if declared.required and not any(declared.matches(k) for k in rules):
            raise base_source.wrong(
                declared.pattern, "", "a rule that the software needs is missing.", declared.kind.allowed
            )
    charter = Charter(rules)
    return Charter(rules, digest_of(charter.content()))
