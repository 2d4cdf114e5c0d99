"""Sign-in pages in a real browser: passkeys made and used by its own authenticator, accessible on a phone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from linli.foundation.accounts.tests.builders import PASSWORD, account, grant, staff
from linli.foundation.core.context import work_in

pytestmark = pytest.mark.browser
AXE = (Path(__file__).resolve().parents[4] / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
HERE = (140403, "luzhou", "Asia/Shanghai")


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    # The connection of the plain thread must not outlive the databases that these tests replace.
    connections.close_all()
    # The browser's driver keeps an event loop in this thread, and Django's guard takes the test for asynchronous.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield running
        running.close()


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_message(self, *args: object) -> None:
        """Nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each request."""

    daemon_threads = True


@pytest.fixture
def site(browser: Browser, committed: object) -> Iterator[str]:
    """The address of Linli, served on a free port of this machine."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A phone-sized window of its own."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def signed_in(page: Page, site: str, client: Client) -> None:
    """Give the window the session of a test client."""
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])


def with_authenticator(page: Page) -> None:
    """Give the window a built-in authenticator that says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in_by_page(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/sign-in?next=/signed-out")
    page.fill("#id_name", name)
    page.fill("#id_password", PASSWORD)
    page.click("main form button")
    page.wait_for_load_state()


def test_a_passkey_is_made_and_used_in_the_browser(site, window):
    with work_in(*HERE) as (context, _system):
        user = account(context, "key.holder", demonstration=False)
        grant(context, user)
    with_authenticator(window)
    sign_in_by_page(window, site, "key.holder")
    window.click('a[href$="/sign-in/setup/passkey"]')
    window.fill("#id_name", "office phone")
    window.click("form[data-passkey] button")
    window.wait_for_selector("ol.card li")
    assert Authenticator.objects.get(user_id=user.id, type="webauthn").data["name"] == "office phone"
    window.click("main form button.button-primary")
    window.wait_for_url("**/signed-out")
    window.context.clear_cookies()
    sign_in_by_page(window, site, "key.holder")
    window.click("form[data-passkey] button")
    window.wait_for_url("**/signed-out")
    window.goto(f"{site}/desk/accounts/own")
    assert window.locator("#factors").count() == 1 and window.locator(".desk-acting").count() == 1


def test_a_cut_line_says_so_and_keeps_the_name(site, window):
    with work_in(*HERE) as (context, _system):
        office = staff(context)
    signed_in(window, site, office.client)
    window.goto(f"{site}/sign-in/setup/passkey")
    window.fill("#id_name", "my phone")
    window.route("**/options", lambda route: route.abort())
    window.click("form[data-passkey] button")
    window.wait_for_selector("[data-passkey-failed]:not([hidden])")
    assert window.input_value("#id_name") == "my phone"


PATHS = (
    "/sign-in", "/sign-in/setup", "/sign-in/setup/app", "/sign-in/setup/passkey", "/desk/accounts/", "/desk/accounts/new",
    "/desk/accounts/own", "/desk/accounts/own/password", "/desk/accounts/switch", "/desk/accounts/confirm",
    "/desk/accounts/of/target/",
)  # fmt: skip


def test_pages_are_accessible_on_a_phone_and_run_under_the_policy(site, window):
    with work_in(*HERE) as (context, _system):
        office = staff(context)
        TOTP.activate(account(context, "target"), generate_totp_secret())
    complaints: list[str] = []
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    for path in PATHS:
        if path != "/sign-in":
            signed_in(window, site, office.client)
        window.goto(site + path)
        assert window.locator("h1").count() == 1, path
        assert window.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), path
        window.evaluate(AXE)
        found = window.evaluate("() => axe.run('main', {resultTypes: ['violations']})")
        serious = [
            (v["id"], v["nodes"][0]["html"])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], path
    assert [text for text in complaints if "Content Security Policy" in text] == []
