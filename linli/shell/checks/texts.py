"""Checks on words: what may not stand in code, templates and documents."""

from __future__ import annotations

import re

from linli.shell.checks.house import File, House

# Written so that a pattern does not find itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b")
FORBIDDEN = {
    "check-in": re.compile(r"(?<![a-z])(check|clock)[-_]?ins?(?![a-z])|打卡|签到", re.IGNORECASE),
    "location trail": re.compile(r"location_?trail|gps_?(track|trail|log)|track_?points?|movement_?(trail|log)|轨迹", re.IGNORECASE),
    "ranking of persons": re.compile(r"\brank(ing|ed|s)?\b|leaderboard|个人排名|排行榜|排名", re.IGNORECASE),
    "login counting": re.compile(r"(log|sign)_?ins?_?(count|number|total)|(count|number)_of_(log|sign)_?ins|登录次数|在线时长", re.IGNORECASE),
    "mandatory photo": re.compile(r"(photo|picture)_?(is_)?(required|mandatory)|require_?(photo|picture)|必须拍照|强制拍照|<input[^>]*type=.file.[^>]*\brequired\b", re.IGNORECASE),
}  # fmt: skip
INLINE = {
    "a script without src": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+=[\"']", re.IGNORECASE),
    "a script address": re.compile(r"java[s]cript:", re.IGNORECASE),
}
ADDRESSES = {
    "a path of a machine": re.compile(
        r"(?<![\w.])/(wor[k]|roo[t]|hom[e]/[a-z]+|Users/[a-z]+|tm[p]/(wt|notes|bash_jobs)|mn[t]/[a-z]+)/[\w.-]"
    ),
    "an address of a package registry": re.compile(
        r"--(extra-)?index-ur[l]|registr[y]\s*=\s*http|\bpyp[i]\.org|registry\.npm[j]s\.org|npmmirro[r]"
        r"|https?://[^\s\"'<>]*(artifactor[y]|/nexu[s]/|/pyp[i]/|/simpl[e]/|dev[p]i)",
        re.IGNORECASE,
    ),
}
MARKED = re.compile(r"#\s*(noq[a]|type:\s*ignor[e])\b")
WITHOUT_REASON = re.compile(
    r"#\s*(noq[a](:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)?|type:\s*ignor[e](\[[\w, -]+\])?)\s*$"
)


def _found(files: list[File], pattern: re.Pattern[str], what: str) -> list[str]:
    return [
        f"{file.path}:{number}: {what}: {match.group(0)[:60]!r}"
        for file in files
        for number, line in enumerate(file.lines, 1)
        if (match := pattern.search(line))
    ]


def unfinished(house: House) -> list[str]:
    """No note of unfinished work, in any text file."""
    files = [file for file in house.texts if file.parts[-1] not in ("LICENSE", "requirements.lock")]
    return _found([file for file in files if "vendor" not in file.parts], UNFINISHED, "an unfinished note")


def reasons(house: House) -> list[str]:
    """A rule that is switched off for a line says why on that line."""
    problems = []
    for file in house.code:
        before = False
        for number, line in enumerate(file.lines, 1):
            bare = WITHOUT_REASON.search(line) is not None
            if bare and not before:
                problems.append(f"{file.path}:{number}: a rule is ignored without a reason.")
            # Lines that follow each other with a mark share the reason of the first.
            if line.strip():
                before = (bare and before) or (not bare and MARKED.search(line) is not None)
    return problems


def words(house: House) -> list[str]:
    """What the product must never do has no field and no place on a page."""
    files = [file for file in house.code if file.parts[-1] == "models.py" or "models" in file.parts[:-1]]
    files = [file for file in files if not file.is_test] + house.templates
    files = [file for file in files if not house.excepted("words", file.path)]
    return [problem for what, pattern in FORBIDDEN.items() for problem in _found(files, pattern, what)]


def inline(house: House) -> list[str]:
    """Templates work under a strict content security policy: nothing inline."""
    files = [file for file in house.templates if not house.excepted("inline", file.path)]
    return [problem for what, pattern in INLINE.items() for problem in _found(files, pattern, what)]


def addresses(house: House) -> list[str]:
    """No path of somebody's machine and no address of a package registry."""
    files = [
        file
        for file in house.texts
        if "vendor" not in file.parts and not house.excepted("addresses", file.path)
    ]
    return [problem for what, pattern in ADDRESSES.items() for problem in _found(files, pattern, what)]


def compiled(house: House) -> list[str]:
    """Compiled catalogues are made at start, never stored."""
    return [
        f"{file.path}: a compiled catalogue is stored" for file in house.files if file.full.suffix == ".mo"
    ]


def links(house: House) -> list[str]:
    """No link to a place outside the repository: on another machine it would lead nowhere."""
    root = house.root.resolve()
    return [
        f"{file.path}: a link that leads out of the repository"
        for file in house.every
        if file.full.is_symlink() and not file.full.resolve().is_relative_to(root)
    ]


def exceptions(house: House) -> list[str]:
    """Every listed exception has a reason and names something that exists."""
    problems = []
    known = {file.path for file in house.files}
    for check, entries in house.exceptions.items():
        for what, reason in entries.items():
            path, _, name = what.partition(":")
            if path not in known or (
                name and name not in next(f for f in house.files if f.path == path).text
            ):
                problems.append(f"exceptions.toml, {check}: {what} does not exist any more; take it out.")
            if len(reason.split()) < 3:
                problems.append(f"exceptions.toml, {check}: {what} has no reason.")
    return problems
