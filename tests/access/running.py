"""Asks every cell on the stage and says where the answer is not the expected one, or shows what it must not."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse, set_script_prefix

from linli.foundation.core.context import begin
from linli.foundation.core.keys import keyring
from linli.foundation.core.models import Event
from linli.work.cases.views.caller import COOKIE as CALLER_COOKIE
from tests.access.loading import COLUMNS, RELATIONS, STAFF, WITHIN, Cell, Expectations
from tests.access.stage import API_SECRET, LOGINS, PASSWORD, Stage, caller_cookie, end_former, sign_in

HOLDER = re.compile(r"\{([a-z_.0-9]+)\}")
NOBODY = "nosuchthing9"
# Written on every request or before a refusal on purpose: sessions, rate limits, security notices.
PASSING = {"django_session", "accounts_signedin", "core_securityevent", "core_idblock", "core_ratebucket"}
# What a token of the stage belongs to, and so who may meet it.
PRIVATE = {
    "case": "case",
    "exclusion": "case",
    "sample": "case",
    "person": "person",
    "message": "message",
    "photo": "case",
    "run": "run",
    "shift": "roster",
    "office": "roster",
}
PRIVATE |= {
    "case.received": "case_new",
    "case.ended": "case_new",
    "case.sealed": "case_sealed",
    "photo": "case_new",
    "draft": "notice",
    "held": "held",
}


@dataclass(slots=True)
class Outcome:
    """What a run found."""

    cells: int = 0
    patterns: set[str] = field(default_factory=set)
    surprises: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    @property
    def red(self) -> bool:
        return bool(self.surprises or self.leaks)


def grouped(lines: list[str]) -> str:
    """Equal findings of several roles and relations on one line."""
    groups: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        where, _sep, what = line.partition(": ")
        asked, _sep, who = where.rpartition(" as ")
        groups.setdefault((asked, what), []).append(who.replace(", ", "/"))
    return "\n".join(
        f"{asked}: {what} [{len(who)}] {' '.join(who[:24])}" for (asked, what), who in groups.items()
    )


class Heard(logging.Handler):
    """Every log record with its extra facts, as one text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")

    def take(self) -> str:
        lines, self.lines = self.lines, []
        return "\n".join(lines)


class Runner:
    """One district is asked; the other one must never show."""

    def __init__(self, expectations: Expectations, home: Stage, away: Stage) -> None:
        self.expectations, self.home, self.away = expectations, home, away
        self.prefix, self.state = f"/d/{home.slug}", f"matrix_{home.slug}"
        self.cookies = self._sign_everybody_in()
        self.heard = Heard()
        self.secrets = [*home.secrets, *away.secrets]
        self.forbidden = {role: self._forbidden(role) for role in COLUMNS}
        with connection.cursor() as cursor:
            tables = sorted(m._meta.db_table for m in apps.get_models() if m._meta.managed)
            tables = [
                t for t in tables if t not in PASSING and t in connection.introspection.table_names(cursor)
            ]
        state = " UNION ALL ".join(
            f"SELECT '{t}', count(*), coalesce(max(xmin::text::bigint), 0) FROM {t}" for t in tables
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE {self.state} AS {state}")
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.key_file = Path(settings.LINLI_KEYS)
        self.keys = self.key_file.read_bytes()
        self.before = self._state()
        self.events = {stage.slug: self._events(stage) for stage in (home, away)}

    def _sign_everybody_in(self) -> dict[str, dict[str, str]]:
        session = settings.SESSION_COOKIE_NAME
        found = {
            role: {session: sign_in(self.home, LOGINS.get(role, role.replace("_", ".")))} for role in STAFF
        }
        found["without_office"] = {session: sign_in(self.home, "without.office")}
        found["ended"] = {session: sign_in(self.home, "former.clerk")}
        with transaction.atomic():
            begin(self.home.district)
            end_former(self.home)
        found["public"] = {}
        found["caller"] = {CALLER_COOKIE: caller_cookie(self.home)}
        for role, login in (
            ("foreign_admin", "district.admin"),
            ("foreign_clerk", "district.clerk"),
            ("foreign_handler", "property.handler"),
        ):
            found[role] = {session: sign_in(self.away, login)}
        found["foreign_clerk"][CALLER_COOKIE] = caller_cookie(self.away)
        return found

    def _forbidden(self, role: str) -> list[str]:
        """Names of things that this role must never meet, beyond what it asks for itself."""
        tokens = []
        for relation, things in self.home.things.items():
            for name, token in things.items():
                kind = PRIVATE.get(name.rpartition(".")[0], PRIVATE.get(name.split(".")[0]))
                if kind is None or name.endswith((".phone", ".name", ".code", ".mask")):
                    continue
                if role == "caller" and relation == "own" and kind.startswith("case"):
                    continue
                if not self.expectations.reaches(kind, role, relation):
                    tokens.append(token)
        for things in self.away.things.values():
            tokens += [
                t for n, t in things.items() if n.endswith((".public_id", ".tag", ".second", "plate.code"))
            ]
        if role.endswith("handler"):
            tokens += self.home.masks
        return sorted(set(tokens))

    def _state(self) -> list[tuple[str, int, int]]:
        begin(self.home.district)
        with connection.cursor() as cursor:
            cursor.execute(f"EXECUTE {self.state}")
            return [tuple(row) for row in cursor.fetchall()]

    def _events(self, stage: Stage) -> Counter[str]:
        return Counter(Event.objects.filter(district=stage.district).values_list("code", flat=True))

    def fill(self, text: str, relation: str) -> str:
        """A text of the expectations with the things of a relation."""
        more = {"now.password": PASSWORD, "api.secret": API_SECRET}
        if relation == "none":
            return HOLDER.sub(lambda m: more.get(m.group(1), NOBODY), text)
        things = self.away.things["own"] if relation == "other_district" else self.home.things[relation]
        return HOLDER.sub(lambda m: (things | more)[m.group(1)], text)

    def run(self, cells: Iterable[Cell]) -> Outcome:
        """Ask all cells; each is rolled back."""
        outcome = Outcome()
        with self._listening():
            for cell in cells:
                outcome.cells += 1
                outcome.patterns.add(cell.url)
                self._ask(cell, outcome)
        return outcome

    @contextmanager
    def _listening(self) -> Iterator[None]:
        root = logging.getLogger()
        standing = root.handlers[:]
        root.handlers[:] = [self.heard]
        try:
            yield
        finally:
            root.handlers[:] = standing

    def path(self, cell: Cell) -> str:
        """The address of a cell."""
        block = self.expectations.blocks[cell.block]
        args = {k: self.fill(str(v), cell.relation) for k, v in block.get("args", {}).items()}
        set_script_prefix("/")
        return self.prefix + reverse(cell.url, kwargs=args)

    def _send(self, cell: Cell) -> tuple[HttpResponseBase, str]:
        block = self.expectations.blocks[cell.block]
        path = self.path(cell)
        spec = cell.spec or next((block[m] for m in ("POST", "GET") if m in block), {})
        query = self.fill(spec.get("query", ""), cell.relation) if cell.spec else ""
        data: dict[str, Any] = {k: self._value(v, cell.relation) for k, v in spec.get("send", {}).items()}
        client = Client(raise_request_exception=False)
        client.handler = self.handler
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        for name, value in self.cookies[cell.role].items():
            client.cookies[name] = value
        address = path + (f"?{query}" if query else "")
        headers = {"Accept": "application/json"} if spec.get("json") else {}
        if cell.method == "GET":
            answer = client.get(address, headers=headers)
        elif cell.method == "POST":
            answer = client.post(address, data, headers=headers)
        else:
            answer = client.generic(cell.method, address, b"", headers=headers)
        return answer, f"{address} {data}"

    def _value(self, value: Any, relation: str) -> Any:
        if isinstance(value, list):
            return [self.fill(str(one), relation) for one in value]
        if isinstance(value, dict):
            return SimpleUploadedFile(value["name"], value["text"].encode(), content_type="text/csv")
        return self.fill(str(value), relation)

    def _ask(self, cell: Cell, outcome: Outcome) -> None:
        where = f"{cell.method} {cell.url} {cell.name} as {cell.role}, {cell.relation}".replace("  ", " ")
        self.heard.take()
        with transaction.atomic():
            answer, asked = self._send(cell)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            shown = body.decode("utf-8", "replace")
            outcome.surprises += [f"{where}: {words}" for words in self._judge(cell, answer, shown)]
            outcome.leaks += [f"{where}: {words}" for words in self._leaks(cell, answer, shown, asked)]
            transaction.set_rollback(True)
        if self.key_file.read_bytes() != self.keys:  # a rotation writes outside the database
            self.key_file.write_bytes(self.keys)
            keyring.cache_clear()

    def _judge(self, cell: Cell, answer: HttpResponseBase, shown: str) -> Iterator[str]:
        status = answer.status_code
        if status not in cell.statuses:
            yield f"{status}, not {'/'.join(map(str, sorted(cell.statuses)))}"
        target = answer.headers.get("Location", "")
        if (
            not cell.allowed
            and not cell.exception
            and status in (301, 302, 303)
            and not re.search(r"/(sign-in|desk/accounts/switch)(\?|$)", target)
        ):
            yield f"refused, but sent on to {target}"
        if cell.allowed and status in cell.statuses:
            yield from self._marked(cell, shown, target)
        if cell.writes and status in cell.statuses:
            yield from self._written(cell)
        elif (cell.method == "GET" and cell.relation == "own") or (status >= 300 and not cell.allowed):
            changed = [b[0] for b, a in zip(self.before, self._state(), strict=True) if a != b]
            if changed:
                yield f"wrote {changed}"

    def _marked(self, cell: Cell, shown: str, target: str) -> Iterator[str]:
        marker, to = (self.fill(cell.spec.get(k, ""), cell.relation) for k in ("marker", "to"))
        if marker and marker not in shown:
            yield f"the marker “{marker}” is missing"
        if to and to not in target:
            yield f"sent on to “{target}”, not “{to}”"
        for name in [cell.spec["lists"]] if "lists" in cell.spec else []:
            kind = cell.spec.get("reach", name.split(".")[0])
            for relation in WITHIN:
                there = self.fill("{" + name + "}", relation) in shown
                if (
                    there != self.expectations.reaches(kind, cell.role, relation)
                    and cell.spec.get("door") != "public"
                ):
                    yield f"{name} of {relation} is {'listed' if there else 'not listed'}"

    def _written(self, cell: Cell) -> Iterator[str]:
        codes = self._events(self.home) - self.events[self.home.slug]
        if cell.spec["event"] not in codes:
            yield f"recorded {sorted(codes)}, not {cell.spec['event']}"
        if self._events(self.away) != self.events[self.away.slug]:
            yield "wrote an event of the other district"

    def _leaks(self, cell: Cell, answer: HttpResponseBase, shown: str, asked: str) -> Iterator[str]:
        heads = f"{answer.headers} {answer.cookies}"  # type: ignore[attr-defined]  # every answer has cookies
        opened = (
            self.fill(cell.spec["opens"], cell.relation).split()
            if cell.allowed and "opens" in cell.spec
            else []
        )
        if cell.allowed:  # what the hand-written line asks to be there
            asked += " ".join(self.fill(cell.spec.get(k, ""), cell.relation) for k in ("to", "marker"))
        for place, text in (("answer", shown), ("headers", heads), ("log", self.heard.take())):
            if "CANARY" in text or "1991" in text:
                for secret in self.secrets:
                    if secret in text and not (place == "answer" and (secret in opened or secret in asked)):
                        yield f"{secret} in the {place}"
            for token in self.forbidden[cell.role]:
                if token in text and token not in asked and place != "log":
                    yield f"{token} in the {place}"


__all__ = ["RELATIONS", "Outcome", "Runner", "grouped"]
