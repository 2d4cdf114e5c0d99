"""The rates as the people it names meet them: clerk and call-back clerk on the desk, a resident on the phone."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOTH = pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])


@BOTH
def test_a_clerk_goes_from_a_figure_to_its_cases_and_proposes_one(people, language: str, width: int) -> None:
    clerk = people("subdistrict.clerk", language, width)
    clerk.sign_in()
    page = clerk.page
    clerk.open("/desk/rates/?span=year&by=community")
    clerk.check("rates of a year", shot="rates")
    assert page.locator("table tbody tr").count() >= 2
    page.locator("tbody tr").first.locator("td.number a").first.click()
    page.wait_for_load_state()
    clerk.check("cases behind a figure", shot="rates-cases")
    assert page.locator(".queue-row").count() > 0
    # Each language proposes its own case: a case is proposed once.
    rows = page.locator(".queue-row a.button")
    rows.nth(0 if language == "en" else 1).click()
    page.wait_for_load_state()
    clerk.check("propose")
    page.select_option("#id_reason", index=1)
    page.fill("#id_text", "暴雨停工三天")
    page.locator("main form button").click()
    page.wait_for_load_state()
    clerk.check("exclusions", shot="rates-exclusions")
    assert "暴雨停工三天" in page.inner_text("main")
    for path in (
        "/desk/rates/?by=body",
        "/desk/rates/?by=kind&sort=act",
        "/desk/rates/print?span=year&by=compound",
    ):
        clerk.open(path)
        clerk.check(path)


@BOTH
def test_a_call_back_clerk_reads_the_samples(people, language: str, width: int) -> None:
    person = people("callback.clerk", language, width)
    person.sign_in()
    person.open("/desk/rates/samples")
    person.check("samples", shot="samples")
    assert person.page.locator("h1").count() == 1


@BOTH
def test_a_resident_reads_how_it_went(people, language: str, width: int) -> None:
    resident = people("resident", language, width)
    resident.open("/rates")
    resident.check("public rates", shot="rates-public")
    assert resident.page.locator("section.card").count() >= 1
