"""Which charter is in force: adopted by a recorded act, picked up by running workers, digest on every event."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

from django.conf import settings

from linli.foundation.core.models import CharterVersion, District
from linli.foundation.core.rules.charter import Charter, CharterError, Key, from_content, read_charter

_keys: dict[str, Key] = {}
_cache: dict[int, tuple[float, list[tuple[datetime, Charter]]]] = {}
_lock = threading.Lock()

_verbs: set[str] = set()

REFRESH_SECONDS = 5.0


def declare(*keys: Key) -> None:
    """Make keys known that a room reads."""
    for key in keys:
        if key.pattern in _keys and _keys[key.pattern] is not key:
            raise RuntimeError(f"The charter key {key.pattern!r} is declared twice.")
        _keys[key.pattern] = key


def declare_verbs(*verbs: str) -> None:
    """Make verbs known that a room checks; a role of the charter may hold these and no others."""
    _verbs.update(verbs)


def verbs() -> frozenset[str]:
    """All declared verbs."""
    return frozenset(_verbs)


def unknown_verbs(charter: Charter) -> list[str]:
    """Sentences for verbs in the roles of a charter that no room knows."""
    return [
        f"{rule.source}, {key}: no room knows the verb {verb!r}. Allowed: {', '.join(sorted(_verbs))}."
        for key, rule in charter.rules.items()
        if key.startswith("role.")
        for verb in rule.value["verbs"]
        if verb not in _verbs
    ]


def missing_keys(charter: Charter) -> list[str]:
    """Required keys that an adopted charter does not have: it was adopted before this version read them."""
    return [
        key.pattern for key in keys() if key.required and not any(key.matches(name) for name in charter.rules)
    ]


def keys() -> tuple[Key, ...]:
    """All declared keys, exact ones before patterns so that they win."""
    return tuple(sorted(_keys.values(), key=lambda k: (k.pattern.count("*"), k.pattern)))


def folder() -> Path:
    return Path(settings.LINLI_CHARTERS)


def read_files(name: str, on: datetime) -> Charter:
    """The charter of a district's file laid over the national one. Raises CharterError."""
    pair = []
    for stem in ("national", name):
        path = folder() / f"{stem}.toml"
        pair.append((path.name, _text(path)))
    return read_charter(pair[0], pair[1], keys(), on.date())


def _text(path: Path) -> str:
    """A charter file's text. Raises CharterError when it is missing or not text."""
    try:
        return path.read_text("utf-8")
    except OSError as problem:
        words = f"it cannot be read from {path.parent}: {problem.strerror}."
        raise CharterError(path.name, 1, "the file", words, "a readable file in that folder") from problem
    except UnicodeDecodeError as problem:
        raise CharterError(
            path.name, 1, "the file", "it is not text in UTF-8.", "TOML 1.0 in UTF-8"
        ) from problem


def check_files() -> list[str]:
    """Read every district file in the charter folder; sentences for those that must not be used, each once."""
    files = [path for path in sorted(folder().glob("*.toml")) if path.stem != "national"]
    if not files:
        return [
            f"There is no charter of a district in {folder()}. Put national.toml and the district's file there, or "
            "name the right folder in LINLI_CHARTERS."
        ]
    problems: list[str] = []
    for path in files:
        try:
            problems += unknown_verbs(read_files(path.stem, datetime.now().astimezone()))
        except Exception as problem:
            problems.append(str(problem))
    return list(dict.fromkeys(problems))


def adopt_version(
    district: District, charter: Charter, *, valid_from: datetime, now: datetime, user: int | None
) -> CharterVersion:
    """Store a checked charter; the caller records the event. Equal content from the same moment is kept once."""
    version, _ = CharterVersion.objects.get_or_create(
        district=district.id,
        valid_from=valid_from,
        defaults={
            "digest": charter.digest, "content": charter.content(), "adopted_at": now, "adopted_by": user,
        },
    )  # fmt: skip
    forget(district.id)
    return version


def forget(district: int | None = None) -> None:
    """Read the adopted versions again at the next look-up."""
    with _lock:
        if district is None:
            _cache.clear()
        else:
            _cache.pop(district, None)


def _versions(district: int) -> list[tuple[datetime, Charter]]:
    held = _cache.get(district)
    if held is not None and time.monotonic() - held[0] < REFRESH_SECONDS:
        return held[1]
    known = {charter.digest: charter for _, charter in held[1]} if held else {}
    rows = CharterVersion.objects.filter(district=district).order_by("-valid_from")
    fresh: list[tuple[datetime, Charter]] = []
    for digest, valid_from in rows.values_list("digest", "valid_from"):
        charter = known.get(digest)
        if charter is None:
            content = CharterVersion.objects.get(district=district, valid_from=valid_from).content
            read = from_content(content, keys())
            charter = Charter(read.rules, digest)
            known[digest] = charter
        fresh.append((valid_from, charter))
    with _lock:
        _cache[district] = (time.monotonic(), fresh)
    return fresh


class NoCharter(LookupError):
    """No charter is in force: the district was enrolled without one, or the first begins later."""


def current(district: int, now: datetime) -> Charter:
    """The charter in force at a moment. Raises NoCharter."""
    for valid_from, charter in _versions(district):
        if valid_from <= now:
            return charter
    raise NoCharter(f"No charter is in force in district {district}. Adopt one: linli charter adopt.")


def current_digest(district: int, now: datetime) -> str:
    """Digest of the charter in force; empty before the first adoption (the adoption event itself)."""
    try:
        return current(district, now).digest
    except NoCharter:
        return ""
