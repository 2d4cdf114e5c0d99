"""Every page and part of core renders, in both languages, and gives back what was typed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError, engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from linli.foundation.core import ui
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text
from linli.foundation.core.templatetags import linli as tags

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # Monday 17:30 in Shanghai
PAGES = ["base", "public", "desk", "print"]
ERRORS = [
    "400",
    "403",
    "404",
    "405",
    "409",
    "413",
    "422",
    "429",
    "500",
    "503",
    "form_token",
    "session_expired",
]
TYPED = [("text", "电梯停在 5 楼\n<b>请来看</b>"), ("where", "2 栋")]


def request_of(
    path: str = "/cases/?state=open", language: str = "zh-hans", elder: bool = False
) -> HttpRequest:
    request = RequestFactory().get(path)
    request.LANGUAGE_CODE = language
    request.linli_district = SimpleNamespace(id=1, slug="jiangyang", name_zh="江阳区", name_en="Jiangyang")
    request.linli_actor = Actor(district=1, kind="staff", user=7, verbs=frozenset({"core.sample"}))
    request.linli_acting = SimpleNamespace(label="忠山社区 · 书记")
    if elder:
        request.COOKIES["linli_elder"] = "1"
    return request


def page(name: str, language: str = "zh-hans", elder: bool = False, **context: Any) -> str:
    filled = {
        "hotline": "0830-12345",
        "message": "说明。",
        "status": 400,
        "typed": TYPED,
        "again": "/cases/new/",
    }
    with translation.override(language):
        return render_to_string(name, filled | context, request=request_of(language=language, elder=elder))


def tag(source: str, language: str = "zh-hans", **context: Any) -> str:
    with translation.override(language), timezone.override("Asia/Shanghai"):
        return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "name", [f"core/{n}.html" for n in PAGES] + [f"core/errors/{n}.html" for n in ERRORS]
)
def test_every_page_renders_in_both_languages(name: str, language: str) -> None:
    html = page(name, language)
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in html
    assert 'href="#main"' in html and html.count('id="main"') == 1
    assert "{%" not in html and "{{" not in html


def test_every_template_of_core_is_rendered_by_these_tests() -> None:
    """Pages above, parts below: a new template without a test is seen here."""
    tested = {f"core/{n}.html" for n in [*PAGES, "form", "field"]} | {
        f"core/errors/{n}.html" for n in [*ERRORS, "page"]
    }
    tested |= {f"core/parts/{n}.html" for n in PARTS} | {f"core/parts/{n}.html" for n in BY_TAG}
    present = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    assert present == tested


@pytest.mark.parametrize("name", ERRORS)
def test_error_pages_say_one_thing_show_the_hotline_and_lose_nothing(name: str) -> None:
    html = page(f"core/errors/{name}.html")
    assert html.count("<h1") == 1
    assert "tel:0830-12345" in html
    assert "电梯停在 5 楼" in html and "&lt;b&gt;请来看" in html and "<b>" not in html


def test_an_expired_form_offers_to_send_the_same_again() -> None:
    html = page("core/errors/form_token.html", resend=[("where", "2 栋"), ("key", "k-1")])
    assert '<form method="post" action="/cases/new/">' in html
    assert '<input type="hidden" name="where" value="2 栋">' in html
    assert '<input type="hidden" name="key" value="k-1">' in html
    assert "csrfmiddlewaretoken" in html and "再次提交" in html


def test_an_expired_form_without_words_offers_no_empty_sending() -> None:
    assert "再次提交" not in page("core/errors/form_token.html", resend=[])


def test_an_ended_session_leads_back_to_the_step() -> None:
    assert "?next=/cases/new/" in page("core/errors/session_expired.html")


def test_elder_mode_shows_the_number_first_and_fewer_choices() -> None:
    plain, elder = page("core/public.html"), page("core/public.html", elder=True)
    assert "data-elder" in elder and "data-elder" not in plain
    assert "打电话：0830-12345" in elder and 'aria-pressed="true"' in elder
    assert "elder-hide" in elder


def test_the_other_language_is_one_link_that_keeps_the_query() -> None:
    assert "?state=open&amp;lang=en" in page("core/public.html")
    assert "?state=open&amp;lang=zh-hans" in page("core/public.html", "en")


def test_the_desk_names_the_appointment_on_every_page() -> None:
    assert "以 <strong>忠山社区 · 书记</strong> 身份办理" in page("core/desk.html")
    assert "Acting as <strong>忠山社区 · 书记</strong>" in page("core/desk.html", "en")


def test_the_desk_shows_only_entries_of_the_role_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "_entries", [])
    ui.desk_entry(ui.DeskEntry("可见", "core:healthz", "core.sample", 1, "list"))
    ui.desk_entry(ui.DeskEntry("无权", "core:healthz", "core.other", 2))
    ui.desk_entry(ui.DeskEntry("无页", "core:nowhere", "core.sample", 3))
    monkeypatch.setattr(
        tags, "reverse", lambda name, **kwargs: {"core:healthz": "/x/"}.get(name) or _no_url()
    )
    html = page("core/desk.html")
    assert "可见" in html and "无权" not in html and "无页" not in html


def _no_url() -> str:
    raise tags.NoReverseMatch


def test_htmx_evaluates_nothing_and_adds_no_style() -> None:
    html = page("core/desk.html")
    assert '"allowEval":false' in html and '"includeIndicatorStyles":false' in html
    assert re.search(r'hx-headers=\'{"X-CSRFToken": "\w+"}\'', html)


# --- parts ----------------------------------------------------------------------------------------------------

FILE = {"url": "/files/1/", "name": "照片 1", "is_image": True}
PARTS: dict[str, dict[str, Any]] = {
    "acting": {"acting": SimpleNamespace(label="书记")},
    "dialog": {"id": "sure", "title": "撤回", "text": "撤回后不再办理。"},
    "empty": {"title": "没有等您的事", "text": "派给您的会在这里。", "href": "/x/", "action": "看全部"},
    "keyboard_help": {},
    "messages": {
        "messages": [SimpleNamespace(level_tag=tag, __str__=str) for tag in ("success", "error", "info")]
    },
    "pages": {"next_cursor": "b", "previous_cursor": "a"},
    "photos": {"files": [FILE, {"url": "/files/2/", "name": "录音", "is_image": False}]},
    "seal_place": {"body": "忠山街道办事处", "day": "2026年11月23日"},
    "sheet_foot": {"number": "12", "digest": "9f3a"},
    "story": {
        "events": [
            {
                "at": NOW,
                "words": "已受理",
                "who": "受理员",
                "text": "请稍候",
                "state": "done",
                "files": [FILE],
            }
        ]
    },
    "tabs": {"tabs": [{"url": "/a/", "label": "在办", "current": True}], "label": "工单"},
    "tools": {"other_language": "en"},
    "typed": {"typed": TYPED},
}
BY_TAG = {"banner", "due", "due_bar", "status_chip", "stepper"}


@pytest.mark.parametrize("name", PARTS)
def test_every_part_renders_its_values(name: str) -> None:
    html = page(f"core/parts/{name}.html", **PARTS[name])
    assert html.strip()
    shown = [v for v in PARTS[name].values() if isinstance(v, str) and not v.isascii()]
    assert all(value in html for value in shown)


def test_a_list_without_further_pages_shows_no_paging() -> None:
    assert page("core/parts/pages.html", next_cursor="", previous_cursor="").strip() == ""


def test_no_seal_is_ever_drawn() -> None:
    html = page("core/parts/seal_place.html", **PARTS["seal_place"])
    assert "（盖章处）" in html
    assert "<svg" not in html and "<img" not in html


def test_a_status_is_word_icon_and_colour_together() -> None:
    html = tag('{% status_chip "late" "已超期" %}')
    assert "chip-late" in html and "#warn" in html and "已超期" in html


@pytest.mark.parametrize("kind", ["info", "wait", "soon", "done", "late"])
def test_a_banner_is_word_icon_and_colour_together(kind: str) -> None:
    html = tag("{% banner kind %}<p>{{ text }}</p>{% endbanner %}", kind=kind, text="<i>")
    assert f"banner-{kind}" in html and "<use href=" in html and "<p>&lt;i&gt;</p>" in html
    assert re.search(r'banner-word">[\u4e00-\u9fff]+<', html)


def test_steps_are_said_in_words() -> None:
    html = tag('{% stepper 2 4 "地点" %}')
    assert "第 2 步，共 4 步：地点" in html
    assert html.count("<li") == 4 and html.count("is-now") == 1 and html.count("is-done") == 1
    assert "Step 2 of 4" in tag("{% stepper 2 4 %}", "en")


def test_panels_of_upper_rooms_fill_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "_panels", {})
    filled = {"title": "三件在办"}
    ui.fill("core.sample", order=1, template="core/parts/empty.html", source=lambda request, subject: filled)
    ui.fill("core.sample", order=2, template="core/parts/empty.html", source=lambda request, subject: None)
    html = tag('{% render_panels "core.sample" 5 %}', request=request_of())
    assert html.count('class="empty"') == 1 and "三件在办" in html


# --- addresses and words --------------------------------------------------------------------------------------


def test_a_page_that_does_not_exist_has_no_address() -> None:
    assert tag('{% url_or "nowhere:at_all" %}') == ""


@pytest.mark.parametrize(
    ("shown", "url", "here"),
    [
        ("/cases/", "/cases/", True),
        ("/cases/7/", "/cases/", True),
        ("/cases/", "/", False),
        ("/notices/", "/cases/", False),
    ],
)
def test_the_current_page_is_marked(shown: str, url: str, here: bool) -> None:
    html = tag("{% is_here url %}", request=request_of(shown), url=url)
    assert html == ('aria-current="page"' if here else "")


def test_a_vendored_file_has_its_version_in_the_address() -> None:
    assert re.fullmatch(
        r"/static/vendor/leaflet-\d+\.\d+\.\d+/leaflet\.js", tag('{% vendor "leaflet" "leaflet.js" %}')
    )


def test_charter_texts_follow_the_reader() -> None:
    assert tag("{{ t|charter_text }}", t=Text("热线", "Hotline")) == "热线"
    assert tag("{{ t|charter_text }}", "en", t=Text("热线", "Hotline")) == "Hotline"
    assert tag("{{ t|charter_text }}", t="12345") == "12345"
    assert tag("{{ t|charter_text }}", t=None) == ""


def test_lists_use_the_separator_of_the_language() -> None:
    assert tag("{{ v|names }}", v=["甲", "乙"]) == "甲、乙"
    assert tag("{{ v|names }}", "en", v=["a", "b"]) == "a, b"


def test_get_reads_a_key_or_nothing() -> None:
    assert tag('{{ m|get:"a" }}{{ m|get:"b" }}{{ none|get:"a" }}', m={"a": 1}, none=None) == "1"


# --- moments and promises -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "chinese", "english"),
    [
        ("{{ v|moment }}", "2026年11月23日 周一 17:30", "Mon 23 Nov 2026, 17:30"),
        ("{{ v|moment_full }}", "2026年11月23日 周一 17:30", "Mon 23 Nov 2026, 17:30"),
        ("{{ v|day }}", "2026年11月23日 周一", "Mon 23 Nov 2026"),
        ("{{ v|day_full }}", "2026年11月23日 周一", "Mon 23 Nov 2026"),
    ],
)
def test_moments_carry_their_weekday(source: str, chinese: str, english: str) -> None:
    assert tag(source, v=NOW) == chinese
    assert tag(source, "en", v=NOW) == english
    assert tag(source, v=None) == ""


def test_the_year_is_left_out_within_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    running = SimpleNamespace(now=NOW, zone=timezone.get_default_timezone())
    monkeypatch.setattr(tags, "current_or_none", lambda: running)
    assert tag("{{ v|moment }}", v=NOW) == "11月23日 周一 17:30"
    assert tag("{{ v|moment }}", "en", v=NOW) == "Mon 23 Nov, 17:30"
    assert tag("{{ v|day }}", v=date(2027, 1, 1)) == "2027年1月1日 周五"
    assert tag("{{ v|day_full }}", v=NOW) == "2026年11月23日 周一"


@pytest.mark.parametrize(
    ("later", "chinese", "english"),
    [
        (timedelta(hours=3), "今天 20:30 前", "due today 20:30"),
        (timedelta(days=1), "明天 17:30 前", "due tomorrow 17:30"),
        (timedelta(hours=7), "明天 00:30 前", "due tomorrow 00:30"),
        (timedelta(days=4), "11月27日 周五 17:30 前", "due Fri 27 Nov, 17:30"),
        (timedelta(days=60), "2027年1月22日 周五 17:30 前", "due Fri 22 Jan 2027, 17:30"),
        (timedelta(seconds=-40), "刚刚到期（应于 今天 17:29）", "due just now (today 17:29)"),
        (timedelta(minutes=-5), "已超期 5 分钟（应于 今天 17:25）", "5 minutes overdue (since today 17:25)"),
        (
            timedelta(days=-2),
            "已超期 2 天（应于 11月21日 周六 17:30）",
            "2 days overdue (since Sat 21 Nov, 17:30)",
        ),
    ],
)
def test_a_promise_is_said_as_at_the_counter(later: timedelta, chinese: str, english: str) -> None:
    assert chinese in tag("{% due at now %}", at=NOW + later, now=NOW)
    assert english in tag("{% due at now %}", "en", at=NOW + later, now=NOW)


def test_a_promise_without_a_moment_is_refused_not_guessed() -> None:
    with pytest.raises(TemplateSyntaxError, match="needs `now`"):
        tag("{% due at %}", at=NOW)
    assert tag("{% due at %}", at=None) == ""


@pytest.mark.parametrize(
    ("passed", "kind", "filled"),
    [(0.0, "wait", 2), (0.5, "wait", 50), (0.75, "soon", 75), (1.5, "late", 100)],
)
def test_the_bar_fills_and_turns(passed: float, kind: str, filled: int) -> None:
    start, end = NOW, NOW + timedelta(days=8)
    html = tag("{% due_bar start end now %}", start=start, end=end, now=start + passed * (end - start))
    assert f"due-bar-{kind}" in html and f'width="{filled}"' in html


def test_a_finished_matter_has_a_full_pine_bar_and_none_without_promise() -> None:
    assert "due-bar-done" in tag("{% due_bar v v v True %}", v=NOW)
    assert tag("{% due_bar none none v %}", none=None, v=NOW) == ""


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=59), "59 分钟"),
        (timedelta(hours=47), "47 小时"),
        (timedelta(days=3, hours=5), "3 天"),
    ],
)
def test_lengths_use_their_largest_fitting_unit(length: timedelta, words: str) -> None:
    assert tag("{{ v|span_words }}", v=length) == words


# --- forms ----------------------------------------------------------------------------------------------------


class SampleForm(forms.Form):
    kind = forms.ChoiceField(
        label="是什么事", widget=forms.RadioSelect, choices=[("a", "电梯"), ("b", "路灯")]
    )
    text = forms.CharField(label="请说一说", help_text="什么地方、什么样子。", widget=forms.Textarea)
    phone = forms.CharField(label="电话", required=False)
    agree = forms.BooleanField(label="我同意", help_text="只用于本件事。", required=False)
    key = forms.CharField(widget=forms.HiddenInput)


def form_html(data: dict[str, str] | None = None) -> str:
    with translation.override("zh-hans"):
        return str(SampleForm(data))


def test_a_field_has_label_hint_and_no_error_at_first() -> None:
    html = form_html()
    assert '<label class="label" for="id_text">请说一说</label>' in html
    assert 'id="id_text_helptext">什么地方、什么样子。' in html
    assert 'aria-describedby="id_text_helptext"' in html
    assert "（选填）" in html and html.count("（选填）") == 1
    assert 'class="error"' not in html and "data-summary" not in html


def test_an_error_is_a_sentence_above_its_field_and_described() -> None:
    html = form_html({"phone": "1", "key": "k"})
    assert 'role="alert"' in html and 'href="#id_text">请说一说：请填写这一项。</a>' in html
    assert 'aria-describedby="id_text_helptext id_text_error"' in html
    assert html.index('id="id_text_error"') < html.index("<textarea")
    assert 'aria-invalid="true"' in html
    assert '<input type="hidden" name="key" value="k"' in html


def test_choices_are_one_group_of_cards() -> None:
    html = form_html()
    assert "<fieldset" in html and "<legend>是什么事" in html and 'class="choices"' in html
    assert html.count('type="radio"') == 2


def test_an_error_of_a_hidden_field_is_shown_at_the_top() -> None:
    assert "key" in form_html({"kind": "a", "text": "x"}).split("</ul>")[0]


def test_a_key_of_nothing_is_empty_also_inside_with() -> None:
    page = engines["django"].from_string(
        '{% with a=missing|get:"x" b=held|get:"x" c=held|get:"y" %}[{{ a }}|{{ b }}|{{ c }}]{% endwith %}'
    )
    assert page.render({"held": {"x": "1"}}) == "[|1|]"
    assert page.render({"held": None}) == "[||]"
