"""The pages in docs/ say what the code says, and every link and picture on them exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from linli.shell import docs

PAGES = sorted([*docs.ROOT.glob("*.md"), *docs.ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"|<a[^>]*\bhref=\"([^\"]+)\"")
MOST_BYTES, MOST_WIDTH = 80 * 1024, 900


def test_generated_parts_are_up_to_date() -> None:
    late = [path.name for path, _wanted in docs.stale()]
    assert late == [], f"{', '.join(late)}: refresh with `{docs.REFRESH}`"


def test_a_changed_page_is_found(tmp_path: Path) -> None:
    for page in docs.PARTS:
        text = (docs.ROOT / "docs" / page).read_text("utf-8")
        (tmp_path / page).write_text(text, "utf-8")
    flow = tmp_path / "flow.md"
    flow.write_text(
        flow.read_text("utf-8").replace("received --> dispatched: dispatch", "received --> closed: dispatch"),
        "utf-8",
    )
    assert [path.name for path, _wanted in docs.stale(tmp_path)] == ["flow.md"]


def test_a_page_without_its_place_is_refused() -> None:
    with pytest.raises(LookupError, match="begin diagram"):
        docs.renewed("flow.md", "# A page without marks\n")


def test_values_are_said_in_words() -> None:
    assert docs.value_words({"amount": 5, "unit": "working_days"}) == "5 working days"
    assert docs.value_words({"zh": "其他", "en": "Something else"}) == "Something else<br>其他"
    assert docs.value_words({"burst": 30, "per_hour": 120}) == "30 at once, then 120 an hour"
    assert docs.value_words([]) == "(none)"
    assert docs.value_words(docs.rules_of("national")["office.hours"]["value"]) == "08:00–12:00, 14:30–18:00"


def test_every_verb_of_a_role_stands_in_the_matrix() -> None:
    matrix = docs.role_matrix()
    for role in docs.roles().values():
        for verb in role["verbs"]:
            assert f"`{verb}`" in matrix


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(docs.ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for groups in LINK.findall(page.read_text("utf-8")):
        target = next(group for group in groups if group).split("#")[0]
        if (
            target
            and "://" not in target
            and not target.startswith("mailto:")
            and not (page.parent / target).exists()
        ):
            lost.append(target)
    assert lost == []


def test_pictures_are_small_and_used() -> None:
    shown = (docs.ROOT / "README.md").read_text("utf-8")
    pictures = sorted((docs.ROOT / "docs" / "pictures").glob("*"))
    assert pictures
    for picture in pictures:
        assert picture.suffix == ".webp"
        assert f"docs/pictures/{picture.name}" in shown, f"{picture.name} is on no page"
        assert picture.stat().st_size <= MOST_BYTES, picture.name
        with Image.open(picture) as image:
            assert image.width <= MOST_WIDTH, picture.name
