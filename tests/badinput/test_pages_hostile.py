"""Markup and words without an end in every text that people type, on every page that shows them later.

In a real browser, phone and desktop: nothing runs, nothing becomes an element, no page scrolls sideways.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from linli.foundation.accounts.models import Grant
from linli.foundation.bodies.models import Body
from linli.foundation.core import outbox
from linli.foundation.core.context import work_in
from linli.foundation.messaging.models import Message
from linli.foundation.notices.actions import publish_now
from linli.foundation.places.models import Place
from linli.work.cases import actions
from linli.work.cases.tests.builders import PASSWORD, Desk, open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HERE = (140403, "luzhou", "Asia/Shanghai")
RUNS = (
    "<img src=x onerror=window.__ran=1><script>window.__ran=1</script>\"'><svg onload=window.__ran=1>{{7*7}}"
)
WIDE = "W" * 200
SHORT = '<i id=bad>"W' + "W" * 60
STAFF = {
    "community.clerk": ["/desk/", "/desk/cases/", "/desk/cases/?queue=all", "/desk/cases/{case}", "/desk/messages/", "/desk/notices/", "/desk/notices/{notice}/", "/desk/cases/record"],
    "property.handler": ["/desk/", "/desk/cases/", "/desk/cases/{case}", "/desk/messages/"],
    "callback.clerk": ["/desk/cases/callbacks", "/desk/cases/{case}"],
    "district.admin": ["/desk/places/", "/desk/bodies/", "/desk/"],
}  # fmt: skip
PUBLIC = (
    "/", "/c/{case}", "/follow", "/report/{case}/sent", "/notices/", "/notices/{notice}/", "/notices/{notice}/sheet/",
     "/report", "/notices/library/",
)  # fmt: skip


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_message(self, *args: object) -> None:
        """Nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each request."""

    daemon_threads = True


@dataclass(slots=True)
class Site:
    """A served district whose every text is hostile."""

    address: str
    case: str
    notice: str
    number: str
    code: str


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    connections.close_all()  # as in the accounts room: no connection may outlive a replaced database
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield running
        running.close()


def _spoiled(desk: Desk) -> None:
    """Names of place, body and office as somebody could have entered them."""
    district = desk.cast.district
    Place.objects.filter(district=district, id=desk.cast.places["compound"].id).update(name=SHORT)
    Body.objects.filter(district=district, id=desk.cast.bodies["company"].id).update(name=SHORT)
    Grant.objects.filter(district=district).update(label_zh=SHORT, label_en=SHORT)


def _written(desk: Desk) -> actions.Receipt:
    """A case with every text that caller and staff may write, brought to its answer."""

    def act(login: str, verb: str, **more: Any) -> None:
        getattr(actions, verb)(actor=desk.actor(login), context=desk.context, case=receipt.public_id, **more)

    text = f"{RUNS} {WIDE}"
    receipt = desk.report(text=text, name=RUNS[:60])
    case = desk.case(receipt)
    company = desk.cast.bodies["company"].public_id
    act("community.clerk", "dispatch", body=company, note=text)
    act("community.clerk", "recall", note=text)
    act("community.clerk", "dispatch", body=company, note=text)
    act("property.handler", "sign")
    act("property.handler", "contact", note=text)
    act("property.handler", "progress", text=text)
    actions.add_by_caller(actor=desk.system, context=desk.context, case=case, text=text, key="add")
    actions.urge_by_caller(actor=desk.system, context=desk.context, case=case, key="urge")
    act("property.handler", "answer", text=text)
    return receipt


@pytest.fixture
def site(browser: Browser, committed: object) -> Iterator[Site]:
    with work_in(*HERE) as work:
        desk = open_desk(work)
        _spoiled(desk)
        receipt = _written(desk)
        notice = publish_now(
            actor=desk.system, context=desk.context, rule="announcement", place=desk.cast.places["compound"],
            title=WIDE[:40] + "<i id=bad>", text=f"{RUNS}\n{WIDE}", basis=RUNS,
        )  # fmt: skip
    with work_in(*HERE) as (context, _system):
        claimed = outbox.claim(HERE[0], limit=500)
    for row in claimed:
        outbox.run(row, HERE[1], context.zone)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(
        f"http://localhost:{server.server_port}", receipt.public_id, notice.public_id, receipt.number, receipt.code
    )  # fmt: skip
    server.shutdown()
    server.server_close()


def _opened(browser: Browser, site: Site, client: Client, width: int) -> Page:
    """A window with the cookies of a test client, which passed the form on its behalf."""
    context = browser.new_context(viewport={"width": width, "height": 844})
    context.add_cookies(
        [{"name": n, "value": m.value, "url": site.address} for n, m in client.cookies.items()]
    )
    return context.new_page()


def _problems(page: Page, site: Site, path: str) -> list[str]:
    """What is wrong with one page; that it shows our texts the caller checks."""
    answer = page.goto(site.address + path.format(case=site.case, notice=site.notice))
    found = page.evaluate(
        """() => ({ran: window.__ran === 1, made: document.querySelectorAll('#bad, img[src="x"], svg[onload]').length,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        who: [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
             .slice(0, 4).map(e => e.tagName + '.' + e.className)})"""
    )
    bad = [] if answer is not None and answer.status == 200 else [f"status {answer and answer.status}"]
    bad += ["a script ran"] if found["ran"] else []
    bad += ["markup became an element"] if found["made"] else []
    bad += [f"{found['wide']} px too wide: {found['who']}"] if found["wide"] > 1 else []
    return [f"{page.viewport_size['width']} {path}: {words}" for words in bad]  # type: ignore[index]  # always set


def test_nothing_runs_and_nothing_is_wider_than_the_window(browser: Browser, site: Site) -> None:
    problems: list[str] = []
    shown: set[str] = set()
    resident = Client()
    assert resident.post("/follow", {"number": site.number, "code": site.code}).status_code == 302
    clients = {"": resident}
    for login in STAFF:
        clients[login] = Client()
        assert clients[login].post("/sign-in", {"name": login, "password": PASSWORD}).status_code == 302
    for login, client in clients.items():
        for width in (390, 1280):
            page = _opened(browser, site, client, width)
            for path in STAFF.get(login, PUBLIC):
                problems += _problems(page, site, path)
                if "onerror" in page.inner_text("body") or "<i id=bad>" in page.inner_text("body"):
                    shown.add(path)
            page.context.close()
    assert not problems, "\n".join(problems)
    with work_in(*HERE):
        assert Message.objects.filter(district=HERE[0]).exists()
    # Not for nothing: these pages did show what was typed.
    assert {
        "/c/{case}",
        "/desk/cases/{case}",
        "/desk/cases/",
        "/notices/{notice}/",
        "/notices/{notice}/sheet/",
    } <= shown
