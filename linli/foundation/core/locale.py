"""Catalogues without gettext: `python -m linli.foundation.core.locale extract|check|compile [ROOM ...]`.

Source strings are English; each room keeps its Chinese in `locale/zh_Hans/LC_MESSAGES/django.po`. Extraction
reads Python by its syntax tree and templates by Django's own lexer, keeps every translation, leaves new
strings empty (never a guess) and drops what no source has any more. The binary files are compiled at start
and are never committed.
"""

from __future__ import annotations

import ast
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polib  # type: ignore[import-untyped]  # ships no types
from django.utils.translation.template import templatize

log = logging.getLogger("linli.locale")
ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "linli"
CATALOGUE = Path("locale") / "zh_Hans" / "LC_MESSAGES" / "django.po"
# Function -> positions of (context, text, plural) among its arguments.
PLAIN, PLURAL, WITH_CONTEXT, PLURAL_WITH_CONTEXT = (None, 0, None), (None, 0, 1), (0, 1, None), (0, 1, 2)
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": PLAIN,
    "gettext_lazy": PLAIN,
    "gettext_noop": PLAIN,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": WITH_CONTEXT,
    "pgettext_lazy": WITH_CONTEXT,
    "npgettext": PLURAL_WITH_CONTEXT,
    "npgettext_lazy": PLURAL_WITH_CONTEXT,
}
# Translations that rightly hold no Chinese character: separators and words that stay as they are.
WITHOUT_CHINESE = frozenset({", ", "%(label)s: %(error)s"})
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


class LocaleRefused(SystemExit):
    """A source or a catalogue cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """One translatable text as a source has it."""

    text: str
    file: str
    plural: str = ""
    context: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.text


# --- reading sources ---------------------------------------------------------------------------------------


def rooms(root: Path = PACKAGE) -> list[Path]:
    """Every folder that is a Django app."""
    return sorted(path.parent for path in root.rglob("apps.py"))


def _names(tree: ast.AST) -> dict[str, str]:
    """Local name -> translating function, as the module imports it."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            known = [alias for alias in node.names if alias.name in FUNCTIONS]
            names.update({alias.asname or alias.name: alias.name for alias in known})
    return names


def _function(call: ast.Call, names: dict[str, str]) -> str | None:
    match call.func:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=ast.Name(id="translation"), attr=name) if name in FUNCTIONS:
            return name
    return None


def _constant(call: ast.Call, position: int | None, file: str) -> str | None:
    """The literal text of an argument; None for a variable. A text built on the spot is refused."""
    if position is None or position >= len(call.args):
        return None
    argument = call.args[position]
    if isinstance(argument, (ast.JoinedStr, ast.BinOp)):
        raise LocaleRefused(
            f"{file}, line {argument.lineno}: a text put together inside gettext has no translation. "
            "Translate a whole sentence with %(name)s in it, then fill it."
        )
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None


def _from_tree(tree: ast.AST, names: dict[str, str], file: str) -> Iterator[Found]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or (function := _function(node, names)) is None:
            continue
        context, text, plural = (_constant(node, position, file) for position in FUNCTIONS[function])
        if text:
            yield Found(text, file, plural or "", context)


def in_python(source: str, file: str) -> list[Found]:
    """Texts of one Python file. Raises LocaleRefused for a text that is put together inside the call."""
    tree = ast.parse(source, file)
    return list(_from_tree(tree, _names(tree), file))


_CALL = re.compile(r"(?<!\w)(_|gettext|ngettext|pgettext|npgettext)\(")
_IN_TEMPLATES = {name: name for name in FUNCTIONS} | {"_": "gettext"}


def in_template(source: str, file: str) -> list[Found]:
    """Texts of one template: translate, blocktranslate (with plural and context) and _("...") in tags."""
    pseudo = templatize(source, origin=file)
    found: list[Found] = []
    for match in _CALL.finditer(pseudo):
        for end in re.finditer(r"\)", pseudo[match.start() :]):
            try:
                tree = ast.parse(pseudo[match.start() : match.start() + end.end()], mode="eval")
            except SyntaxError:
                continue
            found += _from_tree(tree, _IN_TEMPLATES, file)
            break
    return found


def _sources(folder: Path, inner: Sequence[Path]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix not in (".py", ".html", ".txt") or {"tests", "migrations", "static"} & set(parts):
            continue
        if path.suffix != ".py" and "templates" not in parts:
            continue
        if not any(path.is_relative_to(other) for other in inner):
            yield path


def found_in(room: Path) -> list[Found]:
    """All texts of a room, in the order of its files."""
    inner = [other for other in rooms() if other != room and other.is_relative_to(room)]
    found: list[Found] = []
    for path in _sources(room, inner):
        read = in_python if path.suffix == ".py" else in_template
        found += read(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())
    return found


# --- catalogues --------------------------------------------------------------------------------------------


def catalogue(room: Path) -> polib.POFile:
    """A room's Chinese; an empty one when there is no file yet."""
    path = room / CATALOGUE
    if path.exists():
        return polib.pofile(str(path), wrapwidth=110)
    return polib.POFile(wrapwidth=110)


def _key(entry: polib.POEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


def _entry(first: Found, files: Iterable[str], known: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=first.text, msgctxt=first.context, occurrences=[(file, "") for file in sorted(set(files))]
    )
    if first.plural:
        old = known.msgstr_plural.get(0) or known.msgstr if known else ""
        entry.msgid_plural, entry.msgstr_plural = first.plural, {0: old}
    elif known:
        entry.msgstr = known.msgstr or known.msgstr_plural.get(0, "")
    if known:
        entry.tcomment = known.tcomment
    return entry


def _elsewhere() -> dict[tuple[str | None, str], polib.POEntry]:
    """The same text in another room already has its Chinese: exactly equal texts share it."""
    return {_key(entry): entry for room in rooms() for entry in catalogue(room) if entry.translated()}


def extract(wanted: Iterable[Path] | None = None) -> dict[str, int]:
    """Write each room's catalogue anew from its sources; returns room -> texts still without Chinese."""
    shared = _elsewhere()
    left: dict[str, int] = {}
    for room in wanted if wanted is not None else rooms():
        grouped: dict[tuple[str | None, str], list[Found]] = {}
        for found in found_in(room):
            grouped.setdefault(found.key, []).append(found)
        if not grouped:
            continue
        known = {_key(entry): entry for entry in catalogue(room)}
        fresh = polib.POFile(wrapwidth=110)
        fresh.metadata = {
            "Language": "zh_Hans",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": "nplurals=1; plural=0;",
        }
        for key, group in grouped.items():
            first = next((found for found in group if found.plural), group[0])
            fresh.append(_entry(first, (found.file for found in group), known.get(key) or shared.get(key)))
        path = room / CATALOGUE
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.save(str(path))
        left[room.name] = len(fresh.untranslated_entries())
    return left


def _places(text: str) -> set[str]:
    return {a or b for a, b in _PLACE.findall(text)}


def _wrong_in(entry: polib.POEntry) -> str:
    chinese = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
    if entry.obsolete:
        return "no source has it any more"
    if entry.fuzzy:
        return "is marked as a guess"
    if not chinese.strip():
        return "has no Chinese"
    if not _CHINESE.search(chinese) and entry.msgid not in WITHOUT_CHINESE:
        return "has a translation without a Chinese character"
    if _places(chinese) != _places(entry.msgid) | _places(entry.msgid_plural):
        return f"has other places to fill than its source: {chinese!r}"
    return ""


def flaws_of(room: Path) -> list[str]:
    """One sentence per flaw of a room's catalogue: what is missing, left over, guessed or filled wrongly."""
    sources = {found.key: found for found in found_in(room)}
    kept = {_key(entry): entry for entry in catalogue(room)}
    flaws = [f"{f.file}: {f.text!r} is not in the catalogue" for k, f in sources.items() if k not in kept]
    flaws += [f"{room.name}: {k[1]!r} has no source any more" for k in kept if k not in sources]
    for entry in kept.values():
        if wrong := _wrong_in(entry):
            flaws.append(f"{room.name}: {entry.msgid!r} {wrong}")
    return flaws


def disagreements() -> list[str]:
    """Equal texts with different Chinese in two rooms: a page would show whichever room comes first."""
    seen: dict[tuple[str | None, str], tuple[str, str]] = {}
    flaws: list[str] = []
    for room in rooms():
        for entry in catalogue(room):
            chinese = entry.msgstr or entry.msgstr_plural.get(0, "")
            other, theirs = seen.setdefault(_key(entry), (room.name, chinese))
            if chinese and theirs and theirs != chinese:
                flaws.append(f"{room.name}: {entry.msgid!r} is {chinese!r} here and {theirs!r} in {other}")
    return flaws


def check(wanted: Iterable[Path] | None = None) -> list[str]:
    """Every flaw of the wanted rooms' catalogues, then where rooms disagree; empty is what the tests want."""
    return [
        flaw for room in (wanted if wanted is not None else rooms()) for flaw in flaws_of(room)
    ] + disagreements()


# --- compiling ---------------------------------------------------------------------------------------------


def compile_all() -> int:
    """Write each .mo that is missing or older than its .po; returns how many were written."""
    written = 0
    for path in sorted(PACKAGE.rglob("locale/*/LC_MESSAGES/django.po")):
        goal = path.with_suffix(".mo")
        if goal.exists() and goal.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        # Several processes may start at once: each writes its own file, the last one stays.
        part = goal.with_name(f".{goal.name}.{os.getpid()}")
        polib.pofile(str(path)).save_as_mofile(str(part))
        part.replace(goal)
        written += 1
    return written


def ensure_compiled() -> None:
    """Called when the apps are ready, before any text is read, by server, command line and tests alike.

    An installation whose folder may not be written must have been compiled when it was installed; otherwise
    pages would be English, so the log says what to run.
    """
    try:
        compile_all()
    except OSError as error:
        log.warning(
            "Catalogues are not compiled (%s): run python -m linli.foundation.core.locale compile", error
        )


def main(words: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    verb, chosen = (words[0] if words else ""), set(words[1:])
    wanted = [room for room in rooms() if not chosen or room.name in chosen]
    if verb not in ("extract", "check", "compile") or (chosen and not wanted):
        names = ", ".join(room.name for room in rooms())
        raise LocaleRefused(f"Say extract, check or compile, then rooms if you like: {names}.")
    if verb == "extract":
        for name, count in extract(wanted).items():
            sys.stdout.write(f"{name}: {count} without Chinese\n")
        return 0
    if verb == "compile":
        sys.stdout.write(f"{compile_all()} written\n")
        return 0
    flaws = check(wanted)
    sys.stdout.write("".join(f"{flaw}\n" for flaw in flaws))
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
