"""The pages of core in a real browser: accessible, nothing runs off a phone, scripts do what they promise."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.utils import timezone, translation
from playwright.sync_api import Browser, Page, Route, sync_playwright

from linli.foundation.core.tests.test_templates import NOW, SampleForm, page, request_of

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[4]
STATIC = ROOT / "linli" / "foundation" / "core" / "static"
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'"
SAMPLE = """{% extends skeleton %}{% block title %}工单{% endblock %}{% block main %}<h1>工单</h1>
{% banner "late" %}<p>已超过答复期限。</p>{% endbanner %}{% status_chip "soon" "即将到期" %}{% stepper 1 3 "地点" %}
<ol class="queue">{% for n in "123" %}<li class="queue-row" data-row><a class="queue-link" href="/cases/{{ n }}/">
<span class="queue-what">电梯异响</span><span class="queue-where">城建雅园</span><span class="queue-who">物业</span>
<span class="queue-due">{% due at now %}</span></a>{% due_bar started at now %}</li>{% endfor %}</ol>
<form method="post" action="/sent/" class="form" data-keep="sample">{% csrf_token %}{{ form }}
<div class="actions"><button class="button button-primary" id="send">提交</button></div></form>
<button class="button" type="button" data-verb-key="1" id="verb">派给物业</button>
<button class="button" type="button" data-dialog="sure" id="ask">撤回</button>
{% include "core/parts/dialog.html" with id="sure" title="撤回" text="撤回后不再办理。" %}
{% include "core/parts/empty.html" with title="没有等您的事" text="派给您的会在这里。" %}
<div class="tiles"><a class="tile tile-primary" href="/r/">{% icon "camera" %}<span class="tile-word">报一件事</span></a></div>
{% endblock %}"""


def sample(skeleton: str, language: str = "zh-hans", elder: bool = False) -> str:
    context = {
        "skeleton": skeleton,
        "form": SampleForm({"phone": "1"}),
        "at": NOW + timedelta(days=-2),
        "started": NOW - timedelta(days=4),
        "now": NOW,
        "hotline": "0830-12345",
    }
    with translation.override(language), timezone.override("Asia/Shanghai"):
        template = engines["django"].from_string(SAMPLE)
        return template.render(context, request=request_of(language=language, elder=elder))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield running
        running.close()


def shown(browser: Browser, html: str, width: int = 390) -> Page:
    """The page in a window, static files from the folder, everything under the policy of production."""
    opened = browser.new_context(viewport={"width": width, "height": 844}).new_page()

    def answer(route: Route) -> None:
        path = route.request.url.split("linli.test", 1)[1].split("?")[0]
        headers = {"Content-Security-Policy": POLICY}
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            route.fulfill(body=file.read_bytes(), content_type=kind, headers=headers)
        elif path == "/page/":
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
        else:
            # Nothing to show: the page with its form stays, as after a download or a slow line.
            sent.append(route.request.method + " " + path)
            route.fulfill(status=204)

    sent: list[str] = []
    opened.sent = sent  # type: ignore[attr-defined]  # noted on the page for the test
    opened.route("**/*", answer)
    opened.set_default_timeout(5000)
    opened.goto("http://linli.test/page/")
    return opened


def serious(opened: Page) -> list[Any]:
    """Findings of axe; injected over the debugging protocol because the policy lets no other script in."""
    session = opened.context.new_cdp_session(opened)
    run = "axe.run().then(r => JSON.stringify(r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.html)])))"
    answer = session.send(
        "Runtime.evaluate", {"expression": f"{AXE};{run}", "awaitPromise": True, "returnByValue": True}
    )
    return [found for found in json.loads(answer["result"]["value"]) if found[1] in ("serious", "critical")]


def overflow(opened: Page) -> int:
    return int(opened.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("skeleton", ["core/public.html", "core/desk.html"])
def test_pages_are_accessible_and_fit_the_window(
    browser: Browser, skeleton: str, language: str, width: int
) -> None:
    opened = shown(browser, sample(skeleton, language), width)
    assert serious(opened) == []
    assert overflow(opened) <= 0


def test_elder_mode_is_accessible_and_fits_a_phone(browser: Browser) -> None:
    opened = shown(browser, sample("core/public.html", elder=True))
    assert opened.evaluate("getComputedStyle(document.body).fontSize") == "20px"
    assert opened.evaluate("getComputedStyle(document.body).lineHeight") == "32px"
    assert serious(opened) == []
    assert overflow(opened) <= 0


@pytest.mark.parametrize("name", ["404", "429", "form_token", "session_expired"])
def test_error_pages_are_accessible_and_fit_a_phone(browser: Browser, name: str) -> None:
    opened = shown(browser, page(f"core/errors/{name}.html"))
    assert serious(opened) == []
    assert overflow(opened) <= 0


def test_the_policy_stops_nothing_of_ours(browser: Browser) -> None:
    complaints: list[str] = []
    opened = shown(browser, sample("core/desk.html"), 1440)
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.reload()
    assert complaints == []
    assert opened.evaluate("typeof htmx") == "object"


def test_a_form_is_sent_once(browser: Browser) -> None:
    opened = shown(browser, sample("core/public.html"))
    opened.evaluate("document.querySelectorAll('[required]').forEach(e => e.removeAttribute('required'))")
    opened.evaluate("document.getElementById('send').click(); document.getElementById('send').click()")
    opened.wait_for_timeout(200)
    opened.evaluate("document.getElementById('send').click()")
    opened.wait_for_timeout(200)
    assert opened.sent.count("POST /sent/") == 1  # type: ignore[attr-defined]  # noted on the page for the test
    assert opened.get_attribute("#send", "aria-busy") == "true"


def test_unsent_words_survive_a_reload(browser: Browser) -> None:
    opened = shown(browser, sample("core/public.html"))
    opened.fill("#id_text", "电梯停在 5 楼")
    opened.reload()
    assert opened.input_value("#id_text") == "电梯停在 5 楼"


def test_the_summary_of_errors_has_the_focus(browser: Browser) -> None:
    opened = shown(browser, sample("core/public.html"))
    assert opened.evaluate("document.activeElement.hasAttribute('data-summary')") is True


def test_keys_walk_the_queue_and_press_verbs(browser: Browser) -> None:
    opened = shown(browser, sample("core/desk.html"), 1440)
    at = "Array.from(document.querySelectorAll('[data-row] a')).indexOf(document.activeElement)"
    opened.evaluate(
        "document.getElementById('verb').addEventListener('click', () => { document.title = 'done' })"
    )
    opened.keyboard.press("j")
    opened.keyboard.press("j")
    assert opened.evaluate(at) == 1
    opened.keyboard.press("k")
    assert opened.evaluate(at) == 0
    opened.keyboard.press("1")
    assert opened.title() == "done"


def test_keys_rest_in_fields_and_while_chinese_is_composed(browser: Browser) -> None:
    opened = shown(browser, sample("core/desk.html"), 1440)
    opened.evaluate(
        "document.getElementById('verb').addEventListener('click', () => { document.title = 'done' })"
    )
    opened.focus("#id_phone")
    opened.keyboard.press("1")
    opened.evaluate(
        "document.body.focus(); document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', isComposing: true}));"
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', keyCode: 229}))"
    )
    assert opened.title() != "done"
    opened.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1'}))")
    assert opened.title() == "done"


def test_help_opens_by_key_and_a_dialog_by_its_button(browser: Browser) -> None:
    opened = shown(browser, sample("core/desk.html"), 1440)
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("?")
    assert opened.is_visible("#keyboard-help")
    opened.keyboard.press("Escape")
    opened.click("#ask")
    assert opened.is_visible("#sure")


def test_the_menu_of_the_desk_folds_on_a_phone(browser: Browser) -> None:
    opened = shown(browser, sample("core/desk.html"))
    assert not opened.is_visible("#desk-side")
    opened.click(".desk-menu")
    assert opened.evaluate("document.getElementById('desk-side').classList.contains('is-open')") is True
    assert opened.get_attribute(".desk-menu", "aria-expanded") == "true"
