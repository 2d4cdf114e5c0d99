"""Every word of the command line with its help and options. Pure argparse, so that help is instant."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable
from typing import NoReturn

from linli.shell.cli.installation import ROOT

Configure = Callable[[argparse.ArgumentParser], None]
HERE = "linli.shell.cli"
# These modules import models: they are imported when the database is reached and Django is set up.
WITH_DATABASE = {f"{HERE}.districts", f"{HERE}.charters", f"{HERE}.calendars"}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence with the nearest known word, not in argparse's shorthand."""

    def error(self, message: str) -> NoReturn:
        print(f"linli: {_sentence(message)} Help: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def _sentence(message: str) -> str:
    if "invalid choice: " in message:
        word = message.split("invalid choice: ")[1].split("'")[1]
        allowed = [part.strip(" ')") for part in message.split("(choose from ")[1].split(",")]
        near = difflib.get_close_matches(word, allowed, 1)
        meant = f" Did you mean {near[0]}?" if near else f" Known: {', '.join(allowed)}."
        return f"There is no {word!r} here.{meant}"
    if message.startswith("the following arguments are required: "):
        return f"Missing: {message.split(': ', 1)[1]}."
    return message[:1].upper() + message[1:] + "."


def belongs_to_room(word: str) -> bool:
    """Whether a first word is a room's own: the room has a `commands.py`."""
    return word in rooms_with_commands()


def rooms_with_commands() -> list[str]:
    """Names of rooms that add words, found by their file."""
    found = (ROOT / "linli").glob("*/*/commands.py")
    return sorted(path.parent.name for path in found if path.parent.name not in ("core", "cli"))


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="linli", description="Linli (邻里): neighbourhood governance of one urban district.")
    words = rooms_with_commands()
    if words:
        top.epilog = "Words of rooms: " + ", ".join(f"linli {word} --help" for word in words)
    top.set_defaults()
    groups = top.add_subparsers(metavar="WORD", parser_class=Parser)
    for name, help_, configure, module in SINGLE:
        one = groups.add_parser(name, help=help_, description=help_)
        one.set_defaults(module=module)
        configure(one)
    for group, help_, members in GROUPS:
        inner = groups.add_parser(group, help=help_, description=help_)
        inner_words = inner.add_subparsers(metavar="WORD", required=True, parser_class=Parser)
        for name, member_help, configure, module in members:
            one = inner_words.add_parser(name, help=member_help, description=member_help)
            one.set_defaults(module=module)
            configure(one)
    return top


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number between two bounds, or a sentence that names them."""

    def read(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return read


def _data(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--data", metavar="DIR", help="data folder (default: LINLI_DATA, else var/ beside the code)"
    )


def _address(one: argparse.ArgumentParser) -> None:
    one.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    one.add_argument("--port", type=whole(1, 65535), default=8000, help="port to listen on (default 8000)")
    one.add_argument("--workers", type=whole(1, 64), help="web processes (default: processor cores)")
    one.add_argument(
        "--threads", type=whole(1, 64), help="threads per web process (default LINLI_THREADS or 8)"
    )


def _demo(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--size", choices=("tiny", "small"), default="small", help="how much is made up (default small)"
    )
    one.add_argument("--anchor", metavar="DATE", help="the made-up past ends on this day (default: today)")
    one.add_argument("--fresh", action="store_true", help="delete the demonstration folder first")
    one.add_argument("--no-serve", action="store_true", help="prepare everything, then end")
    _data(one)
    _address(one)


def _serve(one: argparse.ArgumentParser) -> None:
    _data(one)
    _address(one)


def _worker(one: argparse.ArgumentParser) -> None:
    one.add_argument("--once", action="store_true", help="do everything that is due, then end")
    _data(one)


def _district(one: argparse.ArgumentParser) -> None:
    one.add_argument("--placement", required=True, type=whole(1, 2**20 - 1), metavar="CODE",
                     help="6-digit division code at enrolment; never changes")  # fmt: skip
    one.add_argument("--slug", required=True, help="short name for addresses, for instance luzhou")
    one.add_argument("--name-zh", required=True, help="name in Chinese")
    one.add_argument("--name-en", required=True, help="name in English")
    one.add_argument("--charter", required=True, metavar="FILE", help="file in charters/, without .toml")
    one.add_argument("--web-host", default="", metavar="NAME", help="host name that belongs to this district")
    one.add_argument("--zone", default="Asia/Shanghai", help="IANA time zone (default Asia/Shanghai)")
    one.add_argument("--divisions", metavar="FILE", help="list of divisions (CSV: code,name,level,parent)")
    one.add_argument("--first-admin", metavar="NAME", help="sign-in name of the first administrator")
    _data(one)


def _which_district(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--district",
        metavar="SLUG",
        help="short name of the district (may be left out when it is the only one)",
    )
    _data(one)


def _adopt(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--from",
        dest="from_",
        required=True,
        metavar="DATE",
        help="first day, for instance 2027-01-01, or now",
    )
    _which_district(one)


def _show(one: argparse.ArgumentParser) -> None:
    one.add_argument("key", nargs="?", default="", help="only keys that begin like this")
    _which_district(one)


def _calendar(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "file", help="spreadsheet text (CSV) with the columns date,name,kind (kind: off or work)"
    )
    one.add_argument(
        "--source", required=True, help="where the days come from, for instance the notice's number"
    )
    one.add_argument(
        "--year",
        type=whole(1990, 2200),
        action="append",
        help="year the file completes (default: years of its days)",
    )
    _which_district(one)


def _clock(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--received",
        required=True,
        metavar="DATE",
        help="day or moment of receipt: 2026-02-14 or 2026-02-14T09:30",
    )
    amount = one.add_mutually_exclusive_group(required=True)
    for unit in ("working-days", "working-hours", "working-minutes", "calendar-days", "months", "hours"):
        amount.add_argument(f"--{unit}", type=whole(0, 10000), metavar="N")
    one.add_argument(
        "--calendar", metavar="FILE", help="other list of holidays (default: the published years)"
    )


def _sheet(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "file", metavar="FILE", help="XLSX, or CSV in UTF-8 or GB18030, with a line of column names"
    )
    one.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def _suggester(one: argparse.ArgumentParser) -> None:
    _sheet(one)
    one.add_argument("--text", required=True, metavar="COLUMN", help="column with the texts")
    one.add_argument("--label", required=True, metavar="COLUMN", help="column with what people said they are")


def _same_issue(one: argparse.ArgumentParser) -> None:
    _sheet(one)
    one.add_argument("--text", required=True, metavar="COLUMN", help="column with the texts")
    one.add_argument("--cluster", required=True, metavar="COLUMN", help="column that names the same matter")


def _several(text: str) -> list[int]:
    found = [whole(1, 400)(part.strip()) for part in text.split(",")]
    return sorted(set(found))


def _replay(one: argparse.ArgumentParser) -> None:
    _sheet(one)
    one.add_argument("--received", required=True, metavar="COLUMN", help="column with the moment of receipt")
    one.add_argument(
        "--answered", required=True, metavar="COLUMN", help="column with the moment of the answer"
    )
    one.add_argument(
        "--working-days", required=True, type=_several, metavar="N,N", help="limits, for instance 5,10,15,30"
    )
    one.add_argument(
        "--district", metavar="SLUG", help="count by this district's calendar (default: the published years)"
    )
    _data(one)


def _path_out(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", metavar="FILE.tar", help="the backup to write")
    one.add_argument("--keys", metavar="FILE", help="copy the key file there, apart from the backup")
    _data(one)


def _path_in(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", metavar="FILE.tar", help="the backup to read")
    one.add_argument("--data", metavar="DIR", required=True, help="a new, empty folder")
    one.add_argument("--keys", metavar="FILE", help="the key file that was kept apart")


def _where(one: argparse.ArgumentParser) -> None:
    one.add_argument("word", help="a word of the glossary, a class, a function, an event or a charter key")


def _rest(_one: argparse.ArgumentParser) -> None:
    """What follows belongs to the tool; `main` hands it on before argparse could read it."""


def _keys(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", help="the key file to make; refused when it exists")


SINGLE: list[tuple[str, str, Configure, str]] = [
    ("demo", "Make the demonstration district once and serve it.", _demo, "linli.shell.demo.start:run"),
    ("serve", "Serve pages and do the jobs until stopped.", _serve, f"{HERE}.starting:serve"),
    ("worker", "Do jobs only (a second machine).", _worker, f"{HERE}.starting:worker"),
    ("migrate", "Bring the tables to this version, as the owner role.", _data, f"{HERE}.starting:migrate"),
    (
        "check-start",
        "Say what a start would refuse, without starting.",
        _serve,
        f"{HERE}.starting:check_start",
    ),
    ("clock", "Compute a due date by the working calendar.", _clock, f"{HERE}.clock:run"),
    (
        "clock-replay",
        "Share of past cases answered within working days (also: linli clock replay).",
        _replay,
        "linli.shell.trying:replay",
    ),
    (
        "backup",
        "Write database and files into one archive; keys stay apart.",
        _path_out,
        f"{HERE}.saving:backup",
    ),
    ("restore", "Bring a backup into a new folder and verify it.", _path_in, f"{HERE}.saving:restore"),
    ("where", "Find the room and file of a word.", _where, f"{HERE}.where:run"),
    ("bench", "Measure response times and loads.", _rest, f"{HERE}.passing:bench"),
    ("proof", "Print what is proven, with the evidence.", _rest, f"{HERE}.passing:proof"),
    ("locale", "Catalogues: extract, check or compile.", _rest, f"{HERE}.passing:locale"),
]
HANDED_ON = {"bench", "proof", "locale"}
GROUPS: list[tuple[str, str, list[tuple[str, str, Configure, str]]]] = [
    ("district", "Enrol districts.", [
        ("create", "Enrol a district with its first charter.", _district, f"{HERE}.districts:create"),
        ("list", "List the enrolled districts.", _data, f"{HERE}.districts:list_all"),
    ]),
    ("charter", "Read, check and adopt the charter.", [
        ("check", "Check every charter file.", _data, f"{HERE}.passing:charter_check"),
        ("show", "Print the charter in force, with the basis of each rule.", _show, f"{HERE}.charters:show"),
        ("adopt", "Put the district's charter files in force from a day on.", _adopt, f"{HERE}.charters:adopt"),
    ]),
    ("calendar", "The working calendar.", [
        ("load", "Load whole years of holidays and make-up days.", _calendar, f"{HERE}.calendars:load"),
    ]),
    ("suggester", "The suggester on your own texts.", [
        ("evaluate", "Five-fold macro-F1 and top-1 on a sheet.", _suggester, "linli.shell.trying:suggester"),
    ]),
    ("same-issue", "The same-issue hint on your own texts.", [
        ("evaluate", "Share of the 5 nearest texts in the same cluster.", _same_issue, "linli.shell.trying:same_issue"),
    ]),
    ("keys", "The key file.", [
        ("new", "Make a key file for a new installation.", _keys, f"{HERE}.saving:new_keys"),
    ]),
]  # fmt: skip
