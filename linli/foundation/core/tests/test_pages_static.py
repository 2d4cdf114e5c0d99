"""Sheets, scripts, icons, vendored files: tokens only, contrast, no inline code, the versions of the lock."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from linli.shell import vendor

ROOT = Path(__file__).resolve().parents[4]
CORE = ROOT / "linli" / "foundation" / "core"
SHEETS = sorted((CORE / "static" / "linli").glob("*.css"))
TEMPLATES = sorted((ROOT / "linli").rglob("templates/**/*.html"))
HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b")
COLOUR_FUNCTION = re.compile(r"\b(rgb|hsl|lab|oklch)a?\(")
TOKEN_BLOCK = re.compile(r'^(:root|\[data-look="cockpit"\]) \{\n(.*?)^\}', re.M | re.S)
INK_ON = ("paper", "card", "brick-tint", "pine-tint", "amber-tint", "slate-tint")
STATUS_ON = {
    "brick": ("paper", "card", "brick-tint"),
    "pine": ("paper", "card", "pine-tint"),
    "amber": ("card", "amber-tint"),
    "slate": ("paper", "card", "slate-tint"),
}


def tokens() -> dict[str, dict[str, str]]:
    sheet = (CORE / "static" / "linli" / "linli.css").read_text("utf-8")
    return {
        selector: dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6});", body))
        for selector, body in TOKEN_BLOCK.findall(sheet)
    }


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pairs() -> list[tuple[str, str]]:
    found = [(ink, ground) for ink in ("ink", "ink-soft") for ground in INK_ON]
    found += [(status, ground) for status, grounds in STATUS_ON.items() for ground in grounds]
    return [*found, ("on-brick", "brick"), ("on-brick", "brick-deep"), ("paper", "ink")]


def test_contrast_is_measured_as_the_guideline_says() -> None:
    assert round(contrast("#FFFFFF", "#000000"), 1) == 21.0
    assert round(contrast("#777777", "#FFFFFF"), 2) == 4.48


def test_both_looks_define_the_same_tokens() -> None:
    light, dark = tokens()[":root"], tokens()['[data-look="cockpit"]']
    assert set(light) == set(dark)
    assert light["paper"] == "#F7F6F2" and light["brick"] == "#B3361E" and dark["brick"] == "#FF8A66"


@pytest.mark.parametrize("look", [":root", '[data-look="cockpit"]'])
@pytest.mark.parametrize(("text", "ground"), pairs())
def test_text_is_legible_on_its_ground(look: str, text: str, ground: str) -> None:
    values = tokens()[look]
    assert contrast(values[text], values[ground]) >= 4.5


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_colours_live_in_tokens_only(sheet: Path) -> None:
    body = TOKEN_BLOCK.sub("", sheet.read_text("utf-8"))
    assert HEX.findall(body) == []
    # The veil behind a dialog is the one colour that needs to be translucent.
    veiled = [line for line in body.splitlines() if COLOUR_FUNCTION.search(line)]
    assert all("::backdrop" in line for line in veiled)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_token_that_is_used_is_defined(sheet: Path) -> None:
    defined = set(re.findall(r"--([\w-]+):", (CORE / "static" / "linli" / "linli.css").read_text("utf-8")))
    assert set(re.findall(r"var\(--([\w-]+)\)", sheet.read_text("utf-8"))) <= defined


def test_motion_is_short_and_can_be_switched_off() -> None:
    text = "\n".join(sheet.read_text("utf-8") for sheet in SHEETS)
    lengths = [
        int(ms) for line in re.findall(r"transition:([^;]*);", text) for ms in re.findall(r"(\d+)ms", line)
    ]
    assert lengths and max(lengths) <= 150
    assert "prefers-reduced-motion: reduce" in text


def test_elder_mode_sets_twenty_over_thirty_two() -> None:
    text = (CORE / "static" / "linli" / "linli.css").read_text("utf-8")
    assert "html[data-elder] { font-size: 125%; }" in text  # 16 px become 20
    assert "html[data-elder] body { line-height: 1.6; }" in text  # 20 * 1.6 = 32


INLINE = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.I),
    "inline style": re.compile(r"<style\b", re.I),
    "script address": re.compile(r"(href|src)\s*=\s*[\"']\s*javascript:", re.I),
    "foreign host": re.compile(r"<(script|link|img|iframe)[^>]*\b(src|href)\s*=\s*[\"'](https?:)?//", re.I),
    "evaluated htmx": re.compile(r"hx-(on|vals|headers)[^=]*=\s*[\"'](js|javascript):", re.I),
}


@pytest.mark.parametrize("name", INLINE)
def test_templates_hold_no_inline_code(name: str) -> None:
    guilty = {
        path.relative_to(ROOT).as_posix()
        for path in TEMPLATES
        if INLINE[name].search(path.read_text("utf-8"))
    }
    # The one list of exceptions, with their reasons; none of them is ever served as a page.
    listed = tomllib.loads((ROOT / "linli" / "shell" / "checks" / "exceptions.toml").read_text("utf-8"))[
        "inline"
    ]
    assert len(TEMPLATES) > 20
    assert guilty == (set(listed) if name == "style attribute" else set())


def test_the_search_for_inline_code_finds_it() -> None:
    samples = {
        "style attribute": '<p class="x" style="color:red">',
        "event attribute": '<button onclick="go()">',
        "inline script": "<script>go()</script>",
        "inline style": "<style>p{}</style>",
        "script address": '<a href="javascript:go()">',
        "foreign host": '<script src="https://cdn.example/x.js"></script>',
        "evaluated htmx": "<p hx-vals='js:{a:1}'>",
    }
    assert set(samples) == set(INLINE)
    assert all(INLINE[name].search(text) for name, text in samples.items())
    assert not INLINE["inline script"].search('<script src="{% static "linli/linli.js" %}" defer></script>')


def test_icons_named_in_templates_and_python_are_in_the_sprite() -> None:
    sprite = (CORE / "static" / "linli" / "icons.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    named = set()
    for path in TEMPLATES:
        named |= set(re.findall(r"{% icon [\"']([\w-]+)[\"']", path.read_text("utf-8")))
    for path in (ROOT / "linli").rglob("*.py"):
        named |= set(re.findall(r"DeskEntry\([^)]*icon=[\"']([\w-]+)[\"']", path.read_text("utf-8")))
    assert named <= drawn
    assert HEX.findall(sprite) == []


def test_our_scripts_evaluate_nothing_and_speak_no_language() -> None:
    for path in (CORE / "static" / "linli").glob("*.js"):
        text = path.read_text("utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text), path.name
        assert not re.search(r"[\u4e00-\u9fff]", text), path.name


def test_keys_never_fire_while_chinese_is_composed() -> None:
    text = (CORE / "static" / "linli" / "keyboard.js").read_text("utf-8")
    assert "event.isComposing" in text and "229" in text


def test_the_lock_names_no_registry() -> None:
    assert "http" not in (ROOT / "package-lock.json").read_text("utf-8")
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text("utf-8")


@pytest.mark.parametrize("package", vendor.PACKAGES, ids=lambda package: package.name)
def test_vendored_files_are_those_of_the_lock(package: vendor.Vendored) -> None:
    folder = vendor.target_of(package)
    version = vendor.locked_version(package.name)
    assert all((folder / name).is_file() for name in package.files.values())
    licence = folder / (f"{package.folder}-LICENSE" if package.tests_only else "LICENSE")
    assert len(licence.read_text("utf-8")) > 400
    scripts = "".join(
        (folder / name).read_text("utf-8") for name in package.files.values() if name.endswith(".js")
    )
    assert version in scripts
    assert "sourceMappingURL" not in scripts


def test_notice_and_manifest_say_what_is_copied() -> None:
    assert (ROOT / "NOTICE").read_text("utf-8") == vendor.notice_text()
    assert json.loads((vendor.SERVED / "manifest.json").read_text("utf-8")) == vendor.manifest()
    folders = {path.name for path in vendor.SERVED.iterdir() if path.is_dir()}
    assert folders == set(vendor.manifest().values())


def test_a_package_outside_the_lock_is_refused() -> None:
    with pytest.raises(vendor.VendorRefused, match=r"not in package-lock\.json"):
        vendor.locked_version("left-pad")
