"""Pages: masks only, opening after fresh sign-in and purpose, keys, the weekly list; nothing of another district."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.foundation.accounts.sessions import SessionStore
from linli.foundation.accounts.tests.builders import staff
from linli.foundation.core.keys import read_keyring
from linli.foundation.core.models import Event, SecurityEvent
from linli.foundation.people import actions, queries, vault
from linli.foundation.people.models import Person, Reveal
from linli.foundation.people.rules import week_start
from linli.foundation.people.tests.builders import CANARIES, ID_NUMBER, NAME, PHONE, person

FULL = re.compile(r"1[3-9][0-9]{9}|[0-9]{17}[0-9X]")


@pytest.fixture
def clerk(work):
    return staff(work[0], "community_clerk", scope="1.")


@pytest.fixture
def officer(work):
    return staff(work[0], "data_officer", scope="1.")


@pytest.fixture
def own_keys():
    path = Path(settings.LINLI_KEYS)
    before = path.read_bytes()
    yield path
    path.write_bytes(before)
    vault.ring()


def _stale(client: Client) -> None:
    """The password was given long ago."""
    store = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)
    store["linli_confirmed"] = 1.0
    store.save()


PAGES = ["/desk/people/", "/desk/people/keys/", "/desk/people/openings/", "/desk/people/nobody/"]


@pytest.mark.parametrize("url", PAGES)
def test_the_public_is_sent_to_sign_in(work, url: str) -> None:
    answer = Client().get(url)
    assert answer.status_code == 302 and "sign-in" in answer["Location"]


@pytest.mark.parametrize(
    ("role", "codes"),
    [
        ("community_clerk", (200, 403, 403, 404)),
        ("district_clerk", (200, 403, 403, 404)),
        ("data_officer", (200, 200, 200, 404)),
        ("auditor", (403, 403, 200, 403)),
        ("district_admin", (403, 200, 403, 403)),
        ("handler", (403, 403, 403, 403)),
    ],
)
def test_who_opens_which_page(work, role: str, codes: tuple[int, ...]) -> None:
    one = staff(work[0], role, scope="1.")
    assert tuple(one.client.get(url).status_code for url in PAGES) == codes


def test_search_shows_masks_and_never_puts_the_number_into_an_address(work, clerk) -> None:
    kept = person(work[0], scope_path="1.3.")
    answer = clerk.client.post("/desk/people/", {"phone": PHONE})
    page = answer.content.decode()
    assert answer.status_code == 200 and "欧阳*" in page and "139****5678" in page and kept.public_id in page
    assert not [c for c in CANARIES[:1] if c in page] and "no-store" in answer["Cache-Control"]
    shown = clerk.client.get(f"/desk/people/{kept.public_id}/").content.decode()
    assert not FULL.search(shown) and NAME not in shown
    assert Event.objects.filter(district=work[0].district, code="people.searched").count() == 1


def test_search_for_nothing_or_two_things_is_refused_with_a_sentence(work, clerk) -> None:
    assert clerk.client.post("/desk/people/", {}).status_code == 422
    answer = clerk.client.post("/desk/people/", {"phone": PHONE, "name": NAME})
    assert answer.status_code == 422 and "一次只能" in answer.content.decode()


def test_opening_needs_a_fresh_sign_in(work, clerk) -> None:
    kept = person(work[0])
    _stale(clerk.client)
    answer = clerk.client.post(
        f"/desk/people/{kept.public_id}/open/", {"fields_wanted": "phone", "purpose": "emergency"}
    )
    assert PHONE not in answer.content.decode() and Reveal.objects.count() == 0


def test_opening_shows_the_chosen_fields_once_and_is_listed(work, clerk, officer) -> None:
    kept = person(work[0])
    url = f"/desk/people/{kept.public_id}/open/"
    assert clerk.client.get(url).status_code == 405
    assert clerk.client.post(url, {"purpose": "emergency"}).status_code == 422
    assert clerk.client.post(url, {"fields_wanted": "phone", "purpose": "curiosity"}).status_code == 422
    assert Reveal.objects.count() == 0
    answer = clerk.client.post(url, {"fields_wanted": ["phone", "name"], "purpose": "emergency"})
    page = answer.content.decode()
    assert answer.status_code == 200 and PHONE in page and NAME in page and ID_NUMBER not in page
    assert "no-store" in answer["Cache-Control"]
    listed = officer.client.get("/desk/people/openings/").content.decode()
    assert (
        "欧阳*" in listed
        and "紧急救助" in listed
        and clerk.user.login_name in listed
        and not FULL.search(listed)
    )


def test_over_quota_is_429_with_a_security_event(work, clerk) -> None:
    kept = person(work[0])
    for _n in range(20):
        actions.reveal(
            actor=clerk.actor, person=kept, fields=["name"], purpose="emergency", now=work[0].now, fresh=True
        )
    answer = clerk.client.post(
        f"/desk/people/{kept.public_id}/open/", {"fields_wanted": "phone", "purpose": "emergency"}
    )
    assert (
        answer.status_code == 429 and PHONE not in answer.content.decode() and int(answer["Retry-After"]) > 0
    )
    assert (
        SecurityEvent.objects.filter(
            district=work[0].district, code="people.quota", actor=clerk.user.id
        ).count()
        == 1
    )
    assert Reveal.objects.count() == 20


def test_a_person_of_another_place_is_not_there(work) -> None:
    kept = person(work[0], scope_path="1.5.")
    near = staff(work[0], "community_clerk", scope="1.3.")
    assert near.client.get(f"/desk/people/{kept.public_id}/").status_code == 404
    answer = near.client.post(
        f"/desk/people/{kept.public_id}/open/", {"fields_wanted": "phone", "purpose": "emergency"}
    )
    assert answer.status_code == 404 and Reveal.objects.count() == 0


def test_a_person_of_another_district_is_not_there(work, clerk) -> None:
    kept = person(work[0])
    assert clerk.client.get(f"/d/qingshan/desk/people/{kept.public_id}/").status_code in (302, 404)
    assert clerk.client.get(f"/desk/people/{kept.public_id}/").status_code == 200


def test_erasing_asks_for_reason_and_confirmation(work, officer) -> None:
    kept = person(work[0])
    url = f"/desk/people/{kept.public_id}/erase/"
    assert officer.client.post(url, {"reason": "own_request"}).status_code == 422
    assert Person.objects.get(id=kept.id).erased_at is None
    assert officer.client.post(url, {"reason": "own_request", "sure": "on"}).status_code == 302
    page = officer.client.get(f"/desk/people/{kept.public_id}/").content.decode()
    assert "已删除" in page and "139" not in page
    assert Person.objects.get(id=kept.id).erased_at is not None


def test_who_keeps_keys_sees_them_counted_and_starts_a_rotation(work, officer, clerk, own_keys) -> None:
    person(work[0])
    old = read_keyring(own_keys).active
    assert (
        f'<td class="number">{old}</td><td class="number">1</td>'
        in officer.client.get("/desk/people/keys/").content.decode()
    )
    assert clerk.client.post("/desk/people/keys/rotate/").status_code == 403
    assert read_keyring(own_keys).active == old
    assert officer.client.post("/desk/people/keys/rotate/").status_code == 302
    assert read_keyring(own_keys).active == old + 1
    assert "正在轮换" in officer.client.get("/desk/people/keys/").content.decode()
    assert officer.client.post("/desk/people/keys/rotate/").status_code == 409


def _statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as run:
        assert client.get(url).status_code == 200
    return len(run)


def test_the_list_takes_as_many_statements_for_one_row_as_for_twenty(work, officer) -> None:
    context, system = work
    kept = person(context)

    def open_once() -> None:
        actions.reveal(actor=system, person=kept, fields=["name"], purpose="emergency", now=context.now)

    open_once()
    officer.client.get("/desk/people/openings/")
    one = _statements(officer.client, "/desk/people/openings/")
    for _n in range(19):
        open_once()
    assert _statements(officer.client, "/desk/people/openings/") == one


def test_the_list_goes_on_by_cursor_without_gap_or_double(work, officer) -> None:
    context, system = work
    people = [person(context, name=f"王{chr(0x4E00 + n)}", phone="") for n in range(60)]
    for one in people[:12]:
        actions.reveal(actor=system, person=one, fields=["name"], purpose="emergency", now=context.now)
    seen: list[int] = []
    after = ""
    while True:
        page = _paged(officer.actor, context, after)
        seen += [row.id for row in page.rows]
        after = page.next
        if not after:
            break
    assert len(seen) == len(set(seen)) == 12
    assert officer.client.get("/desk/people/openings/?after=x-y&week=nonsense").status_code == 200


def _paged(actor, context, after: str):
    return queries.page_of(queries.weekly_reveals(actor, week_start(context.now, context.zone)), after, 5)
