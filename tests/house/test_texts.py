"""The checks on words find what they are for. Forbidden words are put together here, so that this file passes."""

from __future__ import annotations

import pytest

from linli.shell.checks import texts
from tests.house.conftest import Build

MODELS, PAGE = "linli/work/cases/models.py", "linli/work/cases/templates/cases/page.html"


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "XX" + "X"])
def test_an_unfinished_note_is_found(build: Build, word: str) -> None:
    assert len(texts.unfinished(build({"docs/a.md": f"Text. {word}: write.\n"}))) == 1
    assert texts.unfinished(build({"docs/a.md": f"{word.lower()}ber\n"})) == []


def test_a_switched_off_rule_needs_a_reason(build: Build) -> None:
    bare, kind = "import os  # noq" + "a: E402\n", "x = 1  # type: ignor" + "e[misc]\n"
    assert len(texts.reasons(build({"linli/a.py": bare + kind}))) == 2
    given = "import os  # noq" + "a: E402  # needs the settings\n"
    assert texts.reasons(build({"linli/a.py": given})) == []
    assert texts.reasons(build({"linli/a.py": given + "\n" + bare})) == []
    assert len(texts.reasons(build({"linli/a.py": given + "y = 2\n" + bare}))) == 1


@pytest.mark.parametrize(
    "word",
    [
        "check_in_at",
        "打卡",
        "签到",
        "location_trail",
        "行动轨迹",
        "ranking",
        "排行榜",
        "login_count",
        "登录次数",
        "photo_required",
        "必须拍照",
    ],
)
def test_a_forbidden_word_in_a_model_or_template_is_found(build: Build, word: str) -> None:
    assert len(texts.words(build({MODELS: f"{word} = 1\n"}))) == 1
    assert len(texts.words(build({MODELS: "", PAGE: f"<p>{word}</p>\n"}))) == 1
    assert texts.words(build({MODELS: "", PAGE: "", "docs/why.md": f"Never {word}.\n"})) == []


def test_a_required_picture_field_is_found(build: Build) -> None:
    assert len(texts.words(build({PAGE: '<input type="file" name="p" required>'}))) == 1
    assert texts.words(build({PAGE: '<input type="file" name="p">'})) == []


def test_ordinary_words_pass(build: Build) -> None:
    assert (
        texts.words(build({MODELS: "checked_in_order = 1\nfrank = 2\nchecking = 3\nsign_in_name = 4\n"}))
        == []
    )


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        '<p style="color: red">a</p>',
        '<button onclick="go()">a</button>',
        '<a href="java' + 'script:go()">a</a>',
    ],
)
def test_inline_script_and_style_are_found(build: Build, line: str) -> None:
    assert len(texts.inline(build({PAGE: line}))) == 1
    listed = f'[inline]\n"{PAGE}" = "Needed for a test."\n'
    assert texts.inline(build({PAGE: line, "linli/shell/checks/exceptions.toml": listed})) == []


def test_a_script_of_our_own_passes(build: Build) -> None:
    assert texts.inline(build({PAGE: '<script src="{% static "a.js" %}" defer></script>'})) == []


@pytest.mark.parametrize(
    "line",
    [
        "/ro" + "ot/secret",
        "see /wor" + "k/main/a",
        "pip install --index-ur" + "l x",
        "https://host/pyp" + "i/simple/",
        "registr" + "y = http://a",
    ],
)
def test_an_address_is_found(build: Build, line: str) -> None:
    assert len(texts.addresses(build({"docs/a.md": f"{line}\n"}))) == 1


def test_ordinary_paths_pass(build: Build) -> None:
    good = (
        "linli/wor" + "k/cases, /desk/notices/, /usr/lib/postgresql, https://example.org/registry of rules\n"
    )
    assert texts.addresses(build({"docs/a.md": good})) == []


def test_a_compiled_catalogue_is_found(build: Build) -> None:
    assert texts.compiled(build({"linli/a/locale/django.mo": ""})) == [
        "linli/a/locale/django.mo: a compiled catalogue is stored"
    ]


def test_a_link_out_of_the_repository_is_found(build: Build) -> None:
    house = build({"linli/a.py": ""})
    (house.root / "inside.py").symlink_to("linli/a.py")
    (house.root / "outside").symlink_to("/nowhere/at/all")
    assert texts.links(house) == ["outside: a link that leads out of the repository"]


def test_an_exception_without_use_or_reason_is_found(build: Build) -> None:
    listed = '[lazy]\n"linli/gone.py:f" = "It was needed once."\n"linli/a.py:g" = "because"\n'
    found = texts.exceptions(
        build({"linli/a.py": "def g(): pass\n", "linli/shell/checks/exceptions.toml": listed})
    )
    assert found == [
        "exceptions.toml, lazy: linli/gone.py:f does not exist any more; take it out.",
        "exceptions.toml, lazy: linli/a.py:g has no reason.",
    ]
