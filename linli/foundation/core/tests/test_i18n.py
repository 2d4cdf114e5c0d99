"""The Chinese is complete: every text of every room has it, nothing is guessed or left over."""

from __future__ import annotations

import os
from pathlib import Path

import polib
import pytest
from django.utils import translation

from linli.foundation.core import locale

ROOMS = {room.name: room for room in locale.rooms()}


@pytest.mark.parametrize("name", ROOMS)
def test_the_chinese_of_a_room_is_complete(name: str) -> None:
    assert locale.flaws_of(ROOMS[name]) == []


def test_equal_texts_have_equal_chinese_in_all_rooms() -> None:
    assert locale.disagreements() == []


def test_core_is_among_the_rooms_and_has_texts() -> None:
    assert "core" in ROOMS
    assert len(locale.found_in(ROOMS["core"])) > 80


# --- extraction -----------------------------------------------------------------------------------------------


def test_python_texts_are_found_by_their_imported_names() -> None:
    source = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext as many, pgettext
from django.utils import translation
a = _("One " "sentence.")
b = gettext_lazy("Label")
c = many("%(count)d day", "%(count)d days", n)
d = pgettext("weekday", "Mon")
e = translation.gettext("By module")
f = other("Not ours")
g = _(variable)
"""
    found = {f.key: f for f in locale.in_python(source, "x.py")}
    assert set(found) == {
        (None, "One sentence."),
        (None, "Label"),
        (None, "%(count)d day"),
        ("weekday", "Mon"),
        (None, "By module"),
    }
    assert found[None, "%(count)d day"].plural == "%(count)d days"


@pytest.mark.parametrize("call", ['_(f"Hello {name}")', '_("Hello " + name)', '_("Hello %s" % name)'])
def test_a_text_put_together_inside_the_call_is_refused(call: str) -> None:
    source = f"from django.utils.translation import gettext as _\n{call}\n"
    with pytest.raises(locale.LocaleRefused, match=r"x\.py, line 2"):
        locale.in_python(source, "x.py")


def test_template_texts_are_found_with_plural_context_and_tag_arguments() -> None:
    source = """{% translate "Plain (with a bracket)" %}
{% translate "May" context "month" %}
{% blocktranslate trimmed with name=person.name %}
  Dear {{ name }},
  welcome
{% endblocktranslate %}
{% blocktranslate count n=items|length %}one thing{% plural %}{{ n }} things{% endblocktranslate %}
{% status_chip "done" _("Closed") %}
<p>not a text</p>{# translate "comment" #}"""
    found = {f.key: f for f in locale.in_template(source, "x.html")}
    assert set(found) == {
        (None, "Plain (with a bracket)"),
        ("month", "May"),
        (None, "Dear %(name)s, welcome"),
        (None, "one thing"),
        (None, "Closed"),
    }
    assert found[None, "one thing"].plural == "%(n)s things"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room of its own with one source, in a package of its own."""
    folder = tmp_path / "linli" / "sample"
    folder.mkdir(parents=True)
    (folder / "apps.py").write_text("", "utf-8")
    (folder / "views.py").write_text(
        "from django.utils.translation import gettext as _, ngettext\n"
        '_("Hello %(name)s")\nngettext("%(count)d day", "%(count)d days", 2)\n',
        "utf-8",
    )
    monkeypatch.setattr(locale, "ROOT", tmp_path)
    monkeypatch.setattr(locale, "PACKAGE", tmp_path / "linli")
    monkeypatch.setattr(locale.rooms, "__defaults__", (tmp_path / "linli",))
    return folder


def fill(room: Path, **chinese: str) -> None:
    catalogue = locale.catalogue(room)
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: chinese["plural"]}
        else:
            entry.msgstr = chinese["text"]
    catalogue.save(str(room / locale.CATALOGUE))


def test_a_text_that_is_not_extracted_yet_is_a_flaw(room: Path) -> None:
    assert len([flaw for flaw in locale.check([room]) if "is not in the catalogue" in flaw]) == 2


def test_new_texts_stay_empty_and_are_flaws_until_written(room: Path) -> None:
    assert locale.extract([room]) == {"sample": 2}
    assert [flaw for flaw in locale.check([room]) if "has no Chinese" in flaw]
    fill(room, text="您好，%(name)s", plural="%(count)d 天")
    assert locale.check([room]) == []


def test_extraction_keeps_what_is_written_and_drops_what_has_no_source(room: Path) -> None:
    locale.extract([room])
    fill(room, text="您好，%(name)s", plural="%(count)d 天")
    (room / "views.py").write_text(
        'from django.utils.translation import gettext as _\n_("Hello %(name)s")\n_("Hello %(name)s!")\n',
        "utf-8",
    )
    assert [flaw for flaw in locale.check([room]) if "has no source any more" in flaw]
    assert locale.extract([room]) == {"sample": 1}
    kept = {entry.msgid: entry.msgstr for entry in locale.catalogue(room)}
    assert kept == {"Hello %(name)s": "您好，%(name)s", "Hello %(name)s!": ""}


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("Hello %(name)s", "without a Chinese character"),
        ("您好", "other places to fill"),
        ("您好，%(nam)s", "other places to fill"),
    ],
)
def test_a_wrong_translation_is_named(room: Path, text: str, flaw: str) -> None:
    locale.extract([room])
    fill(room, text=text, plural="%(count)d 天")
    assert any(flaw in sentence for sentence in locale.check([room]))


def test_a_guess_is_named(room: Path) -> None:
    locale.extract([room])
    fill(room, text="您好，%(name)s", plural="%(count)d 天")
    catalogue = locale.catalogue(room)
    catalogue[0].flags.append("fuzzy")
    catalogue.save(str(room / locale.CATALOGUE))
    assert any("marked as a guess" in sentence for sentence in locale.check([room]))


def test_two_rooms_with_different_chinese_for_one_text_are_named(room: Path) -> None:
    other = room.parent / "second"
    other.mkdir()
    for name in ("apps.py", "views.py"):
        (other / name).write_text((room / name).read_text("utf-8"), "utf-8")
    locale.extract([room])
    fill(room, text="您好，%(name)s", plural="%(count)d 天")
    locale.extract([other])
    assert locale.check([room, other]) == []  # equal texts took over the Chinese that was there
    fill(other, text="欢迎，%(name)s", plural="%(count)d 天")
    assert [flaw for flaw in locale.disagreements() if "欢迎" in flaw and "您好" in flaw]


# --- compiling ------------------------------------------------------------------------------------------------


def test_compiling_writes_once_and_again_after_a_change(room: Path) -> None:
    locale.extract([room])
    fill(room, text="您好，%(name)s", plural="%(count)d 天")
    assert (locale.compile_all(), locale.compile_all()) == (1, 0)
    compiled = (room / locale.CATALOGUE).with_suffix(".mo")
    assert {entry.msgid: entry.msgstr for entry in polib.mofile(str(compiled))}[
        "Hello %(name)s"
    ] == "您好，%(name)s"
    newer = (room / locale.CATALOGUE).stat().st_mtime_ns + 10**9
    os.utime(room / locale.CATALOGUE, ns=(newer, newer))
    assert locale.compile_all() == 1
    assert [path.name for path in compiled.parent.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_may_not_be_written_does_not_stop_the_start(
    room: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> int:
        raise PermissionError("read-only")

    monkeypatch.setattr(locale, "compile_all", refuse)
    locale.ensure_compiled()
    assert "locale compile" in caplog.text


def test_pages_speak_chinese_and_english_after_the_start() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("My requests") == "我的诉求"
        assert translation.ngettext("%(count)d day", "%(count)d days", 3) % {"count": 3} == "3 天"
    with translation.override("en"):
        assert translation.gettext("My requests") == "My requests"
        assert translation.ngettext("%(count)d day", "%(count)d days", 3) % {"count": 3} == "3 days"


def test_the_command_line_names_what_it_knows() -> None:
    with pytest.raises(locale.LocaleRefused, match=r"extract, check or compile.*core"):
        locale.main(["translate"])
    with pytest.raises(locale.LocaleRefused, match="rooms if you like"):
        locale.main(["check", "nowhere"])
