"""Writes the generated parts of docs/: the flow of a case, the charter's keys, who may do what.

`python -m linli.shell.docs write` brings the pages up to date, `check` fails when one differs. A generated part
stands between `<!-- begin NAME -->` and `<!-- end NAME -->`; everything outside is written by hand.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from itertools import groupby
from pathlib import Path
from typing import Any

from linli.work.cases.rules.flow import FLOW

ROOT = Path(__file__).resolve().parents[2]
REFRESH = "python -m linli.shell.docs write"
LANGUAGES = {"zh", "en"}

Rule = Mapping[str, Any]


def rules_of(name: str) -> dict[str, Rule]:
    """The rules of a charter file as they are written, in the file's order."""
    text = (ROOT / "charters" / f"{name}.toml").read_text("utf-8")
    found: dict[str, Rule] = tomllib.loads(text).get("rules", {})
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _both(text: Mapping[str, str]) -> str:
    return f"{text['en']}<br>{text['zh']}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join([_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)])


def value_words(value: Any) -> str:
    """A value of the charter as a reader wants it: periods in words, texts in both languages, lists in one line."""
    if isinstance(value, dict):
        return _record_words(value)
    if isinstance(value, list):
        return _list_words(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)


def _record_words(value: Mapping[str, Any]) -> str:
    if set(value) == LANGUAGES:
        return _both(value)
    if set(value) == {"amount", "unit"}:
        return f"{value['amount']} {value['unit'].replace('_', ' ')}"
    if set(value) == {"burst", "per_hour"}:
        return f"{value['burst']} at once, then {value['per_hour']} an hour"
    if "verbs" in value:
        return f"{_both(value['name'])}<br>{len(value['verbs'])} verbs, see permissions.md"
    return ", ".join(f"{name} {value_words(one)}" for name, one in value.items())


def _list_words(value: list[Any]) -> str:
    if not value:
        return "(none)"
    if all(isinstance(one, list) for one in value):
        return ", ".join("–".join(value_words(end) for end in one) for one in value)
    if all(isinstance(one, dict) and "code" in one for one in value):
        return "<br>".join(_line_words(one) for one in value)
    return ", ".join(value_words(one) for one in value)


def _line_words(row: Mapping[str, Any]) -> str:
    told = row.get("name") or row.get("question")
    words = f"`{row['code']}`" + (f" {told['en']} {told['zh']}" if told else "")
    marks = [row["class"], "public" if row["public"] else "not public"] if "class" in row else []
    marks += [", ".join(f"`{kind}`" for kind in row["kinds"])] if "kinds" in row else []
    return words + (f" ({', '.join(marks)})" if marks else "")


def _validity(rule: Rule) -> str:
    ends = rule.get("valid_to")
    return f"{rule['valid_from']}" + (f" to {ends}" if ends else "")


def charter_keys() -> str:
    """Every key of the national file, room by room."""
    parts = []
    for room, group in groupby(sorted(rules_of("national").items()), key=lambda item: item[0].split(".")[0]):
        rows = [
            [
                f"`{key}`",
                value_words(rule["value"]),
                rule["status"],
                rule["differ"],
                _both(rule["basis"]),
                _validity(rule),
            ]
            for key, rule in group
        ]
        parts.append(
            f"### {room}\n\n" + _table(["key", "value", "status", "a district", "basis", "from"], rows)
        )
    return "\n\n".join(parts)


def district_keys() -> str:
    """What the demonstration district's file decides itself."""
    rows = [
        [f"`{key}`", value_words(rule["value"]), rule["status"], _both(rule["basis"]), _validity(rule)]
        for key, rule in sorted(rules_of("luzhou").items())
    ]
    return _table(["key", "value", "status", "basis", "from"], rows)


def roles() -> dict[str, Rule]:
    """The roles of the national file by code, in the file's order."""
    return {
        key.split(".", 1)[1]: rule["value"]
        for key, rule in rules_of("national").items()
        if key.startswith("role.")
    }


def role_list() -> str:
    """The roles: code, names, level, second factor."""
    rows = [
        [
            f"`{code}`",
            role["name"]["zh"],
            role["name"]["en"],
            role["level"],
            "yes" if role["second_factor"] else "no",
        ]
        for code, role in roles().items()
    ]
    return _table(["role", "中文", "English", "level", "second factor"], rows)


def role_matrix() -> str:
    """Role by verb: one line a verb, one column a role."""
    known = roles()
    verbs = sorted({verb for role in known.values() for verb in role["verbs"]})
    rows = [
        [f"`{verb}`", *("●" if verb in role["verbs"] else "" for role in known.values())] for verb in verbs
    ]
    return _table(["verb", *(_both(role["name"]) for role in known.values())], rows)


def flow_diagram() -> str:
    """The case table as Mermaid."""
    return "```mermaid\n" + FLOW.diagram() + "\n```"


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "flow.md": {"diagram": flow_diagram, "table": FLOW.table},
    "charter.md": {"keys": charter_keys, "district": district_keys},
    "permissions.md": {"roles": role_list, "matrix": role_matrix},
}


def renewed(page: str, text: str) -> str:
    """A page's text with its generated parts made anew. Raises LookupError when a part has no place on it."""
    for name, make in PARTS[page].items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        place = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        if len(place.findall(text)) != 1:
            raise LookupError(f"docs/{page} needs {begin} and {end} exactly once.")
        whole = f"{begin}\n{make()}\n{end}"
        text = place.sub(lambda _found, whole=whole: whole, text)  # type: ignore[misc]  # a default binds the loop's value
    return text


def stale(folder: Path = ROOT / "docs") -> Iterator[tuple[Path, str]]:
    """(page, what it should say) for every page that differs."""
    for page in PARTS:
        path = folder / page
        text = path.read_text("utf-8")
        wanted = renewed(page, text)
        if wanted != text:
            yield path, wanted


def main(words: list[str]) -> int:
    """`write` or `check`; 1 when check found a page that differs."""
    if words not in (["write"], ["check"]):
        print("linli.shell.docs knows two words: write, check.", file=sys.stderr)
        return 2
    differing = list(stale())
    for path, wanted in differing:
        if words == ["write"]:
            path.write_text(wanted, "utf-8")
            print(f"docs/{path.name} was brought up to date.")
        else:
            print(f"docs/{path.name} does not say what the code says. Refresh it: {REFRESH}", file=sys.stderr)
    return 1 if differing and words == ["check"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
