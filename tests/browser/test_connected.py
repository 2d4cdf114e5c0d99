"""Connected systems as the administrator, a partner's program, a clerk and everybody meet them."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOTH = pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])


@BOTH
def test_a_partner_is_connected_and_what_it_sends_is_checked(people, language: str, width: int) -> None:
    admin = people("district.admin", language, width)
    admin.sign_in()
    admin.open("/desk/connected/keys")
    admin.check("keys", shot="connected-keys")
    admin.page.fill("#id_label", f"城市App {language}")
    admin.page.locator("#new form button").click()
    admin.page.wait_for_load_state()
    admin.check("new key", shot="connected-secret")
    secret = admin.page.inner_text("#secret").strip()
    admin.open("/desk/connected/keys")
    admin.check("keys with one in use", shot="connected-keys-one")

    partner = people("partner", language, width)
    root = partner.demo.address
    found = partner.page.request.get(
        f"{root}/api/v1/places?q=xq", headers={"Authorization": f"Bearer {secret}"}
    ).json()["places"]
    if not found:
        found = partner.page.request.get(
            f"{root}/api/v1/places?q=小区", headers={"Authorization": f"Bearer {secret}"}
        ).json()["places"]
    sent = partner.page.request.post(
        f"{root}/open311/v2/requests.json",
        form={
            "api_key": secret, "service_code": "gb_part_01037", "address_id": found[0]["id"],
            "description": f"低价贷款（{language}）", "phone": "13800138000",
        },
    )  # fmt: skip
    assert sent.status == 201, sent.text()
    token = sent.json()[0]["token"]

    clerk = people("district.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/connected/held")
    clerk.check("reports to check", shot="connected-held")
    assert "13800138000" not in clerk.page.inner_text("main")
    clerk.page.locator(f'form[action$="{token}/release"] button').click()
    clerk.page.wait_for_load_state()
    answer = partner.page.request.get(f"{root}/open311/v2/tokens/{token}.json").json()[0]
    id_ = answer["service_request_id"]

    clerk.open(f"/desk/cases/{id_}")
    clerk.check("case with its link")
    clerk.page.locator(f'a[href$="/desk/connected/public/{id_}"]').click()
    clerk.page.wait_for_load_state()
    clerk.page.fill("#text", "请打13800138000")
    clerk.page.locator('button[value="show"]').click()
    clerk.page.wait_for_load_state()
    clerk.check("a text that names somebody", shot="connected-public-refused")
    clerk.page.fill("#text", "路灯不亮")
    clerk.page.locator('button[value="show"]').click()
    clerk.page.wait_for_load_state()
    clerk.check("shown to everybody", shot="connected-public")
    told = partner.page.request.get(f"{root}/open311/v2/requests/{id_}.json").json()[0]
    assert told["description"] == "路灯不亮"


@BOTH
def test_everybody_may_read_how_to_connect(people, language: str, width: int) -> None:
    reader = people("reader", language, width)
    reader.open("/api/v1/")
    reader.check("the document for people", shot="connected-api")
