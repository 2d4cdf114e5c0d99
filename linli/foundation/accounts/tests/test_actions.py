"""What accounts writes, and what it refuses without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client

from linli.foundation.accounts import access, actions, jobs, queries
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.accounts.tests.builders import (
    PASSWORD,
    account,
    actor_for,
    grant,
    refused,
    sign_in,
    staff,
)
from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import District, Event
from linli.foundation.core.rules.actor import public
from linli.foundation.core.rules.charter import Text


def filed(context, actor, user, **changes):
    options = {
        "appointment": 7000, "body": 1, "role": "handler", "place": 1, "scope_path": "1/2/", "label": ("经办", "Handler"),
        "valid_from": context.now, "now": context.now,
    }  # fmt: skip
    return actions.file_grant(actor=actor, user=user, **{**options, **changes})


def test_an_account_is_opened_with_one_event_of_codes_only(work):
    context, _ = work
    admin = actor_for(context)
    user = actions.create_account(
        actor=admin,
        login_name="  Wang.Fang",
        password=PASSWORD,
        phone="13600136000",
        now=context.now,
        must_change=True,
    )
    assert user.login_name == "wang.fang" and user.check_password(PASSWORD) and user.must_change_password
    events = list(ledger.history(context.district, ("account", user.id)))
    assert [(e.code, e.data, e.actor) for e in events] == [
        ("account.created", {"demonstration": False}, admin.user)
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login_name": "王芳"}, "account.login_name"),
        ({"login_name": "13600136000"}, "account.login_name"),
        ({"phone": "0355-2053000"}, "account.phone"),
        ({"password": "short"}, "account.password"),
        ({"password": "password12"}, "account.password"),
        ({"password": "1357924680135"}, "account.password"),
    ],
)
def test_names_phones_and_passwords_have_rules(work, changes, code):
    context, actor = work
    options = {"login_name": "new.one", "password": PASSWORD, "phone": "", **changes}
    with refused(Invalid, code):
        actions.create_account(actor=actor, now=context.now, **options)


def test_only_the_office_opens_accounts(work):
    context, _ = work
    for actor in (actor_for(context, "handler"), public(context.district)):
        with refused(NotAllowed, "accounts.manage"):
            actions.create_account(actor=actor, login_name="new.one", password=PASSWORD, now=context.now)


def test_a_name_and_a_phone_sign_in_to_one_account_of_a_district(work, other_work):
    context, actor = work
    other, _ = other_work
    user = account(context, "same.name", phone="13500135000")
    with refused(Conflict, "account.name_taken"):
        account(context, "Same.Name")
    with refused(Conflict, "account.phone_taken"):
        account(context, "other.name", phone="+8613500135000")
    assert account(other, "same.name", phone="13500135000").id != user.id
    actions.end_account(actor=actor, user=user, now=context.now)
    with refused(Conflict, "account.name_taken"):
        account(context, "same.name")
    assert account(context, "other.name", phone="13500135000").phone_index == user.phone_index


def test_demonstration_accounts_live_only_in_a_demonstration(work, settings):
    context, _ = work
    settings.LINLI_MODE = "production"
    with refused(Invalid, "account.demonstration"):
        account(context)
    settings.LINLI_MODE = "demo"
    District.objects.filter(id=context.district).update(is_demonstration=False)
    with refused(Invalid, "account.demonstration"):
        account(context)


def test_an_ended_account_loses_grants_and_sessions_and_stays_ended(work):
    context, _ = work
    admin = actor_for(context)
    one = staff(context, "handler")
    later = grant(context, one.user, "auditor", valid_from=context.now + timedelta(days=3))
    actions.end_account(actor=admin, user=one.user, now=context.now)
    assert queries.grants_of(one.user, context.now + timedelta(days=5)) == []
    later.refresh_from_db()
    assert later.valid_to == later.valid_from
    event = ledger.history(context.district, ("account", one.user.id)).last()
    assert event.data == {"sessions": 1, "grants": 2}
    with refused(Invalid, "account.over"):
        actions.end_account(actor=admin, user=one.user, now=context.now)
    with refused(Invalid, "account.over"):
        actions.reset_password(actor=admin, user=one.user, password=PASSWORD, now=context.now)


def test_nobody_of_the_office_does_their_own_account(work):
    context, _ = work
    admin = actor_for(context)
    own = User.objects.get(id=admin.user)
    for step in (
        lambda: actions.end_account(actor=admin, user=own, now=context.now),
        lambda: actions.reset_password(actor=admin, user=own, password=PASSWORD, now=context.now),
        lambda: actions.reset_factors(actor=admin, user=own, now=context.now),
        lambda: actions.link_subject(actor=admin, user=own, subject="abc", now=context.now),
    ):
        with refused(Invalid, "account.own"):
            step()


def test_an_account_of_another_district_is_not_there(work, other_work):
    context, _ = work
    other, _ = other_work
    admin, foreign = actor_for(context), account(other)
    for step in (
        lambda: actions.end_account(actor=admin, user=foreign, now=context.now),
        lambda: actions.reset_password(actor=admin, user=foreign, password=PASSWORD, now=context.now),
        lambda: actions.reset_factors(actor=admin, user=foreign, now=context.now),
        lambda: actions.link_subject(actor=admin, user=foreign, subject="abc", now=context.now),
        lambda: actions.unlink_subject(actor=admin, user=foreign, now=context.now),
    ):
        with refused(OutOfScope, "account.none"):
            step()
    with refused(OutOfScope, "grant.account"):
        filed(context, admin, foreign)


def test_a_reset_password_must_be_changed_and_ends_sessions(work):
    context, _ = work
    admin, one = actor_for(context), staff(context, "handler")
    actions.reset_password(actor=admin, user=one.user, password="another-first-word-9", now=context.now)
    fresh = User.objects.get(id=one.user.id)
    assert fresh.must_change_password and fresh.check_password("another-first-word-9")
    assert one.client.get("/desk/accounts/own").status_code == 302


def test_a_changed_password_ends_all_other_sessions(work):
    context, _ = work
    one = staff(context, "handler")
    other = sign_in(Client(), one.user, one.grant, now=context.now)
    keep = SignedIn.objects.get(
        key_hash=Session.objects.order_by("expire_date", "session_key").first().session_key
    )
    with refused(Invalid, "account.old"):
        actions.change_password(
            actor=one.actor, user=one.user, old="wrong", new="brand-new-words-1", keep=keep, now=context.now
        )
    with refused(Invalid, "account.new"):
        actions.change_password(
            actor=one.actor, user=one.user, old=PASSWORD, new=PASSWORD, keep=keep, now=context.now
        )
    with refused(Invalid, "account.new"):
        actions.change_password(
            actor=one.actor, user=one.user, old=PASSWORD, new="short", keep=keep, now=context.now
        )
    with refused(OutOfScope, "account.none"):
        stranger = replace(one.actor, user=1)
        actions.change_password(
            actor=stranger, user=one.user, old=PASSWORD, new="brand-new-words-1", keep=None, now=context.now
        )
    actions.change_password(
        actor=one.actor, user=one.user, old=PASSWORD, new="brand-new-words-1", keep=keep, now=context.now
    )
    alive = {client.get("/desk/accounts/own").status_code for client in (one.client, other)}
    assert alive == {200, 302}


def test_a_grant_is_filed_with_its_label_and_becomes_an_actor(work):
    context, _ = work
    admin = actor_for(context, scope="1/")
    user = account(context)
    made = filed(
        context, admin, user, label=Text("城建科 科长", "Head of works"), kinds=("water", "heat", "water")
    )
    assert (made.label_zh, made.label_en, made.kinds) == ("城建科 科长", "Head of works", ["heat", "water"])
    actor = queries.actor_of(user, made, context.now)
    assert actor.may("cases.answer") and not actor.may("accounts.manage") and actor.covers("1/2/3/")
    assert not actor.covers("1/3/") and actor.kinds == {"heat", "water"} and actor.appointment == 7000
    event = ledger.history(context.district, ("grant", made.id)).get()
    assert event.code == "grant.filed" and event.data["role"] == "handler" and event.place == 1


def test_a_change_of_an_appointment_ends_the_old_grant_and_its_sessions(work):
    context, _ = work
    admin, user = actor_for(context, scope="1/"), account(context)
    first = filed(context, admin, user)
    client = sign_in(Client(), user, first, now=context.now)
    second = filed(context, admin, user, role="auditor")
    first.refresh_from_db()
    assert first.valid_to == context.now and second.valid_to is None
    assert client.get("/desk/accounts/own").status_code == 302
    assert ledger.history(context.district, ("grant", second.id)).get().data["replaces"] == first.id
    assert (
        Grant.objects.filter(district=context.district, appointment=7000, valid_to__isnull=True).count() == 1
    )


def test_who_may_not_file_a_grant(work):
    context, _ = work
    user = account(context)
    district = actor_for(context, scope="1/")
    sub = actor_for(context, "subdistrict_clerk", scope="1/2/")
    cases = (
        (actor_for(context, "handler"), user, {}, NotAllowed, "grant.file"),
        (public(context.district), user, {}, NotAllowed, "grant.file"),
        (sub, user, {"scope_path": "1/3/"}, OutOfScope, "grant.scope"),
        (sub, user, {"scope_path": "1/"}, OutOfScope, "grant.scope"),
        (sub, user, {"role": "district_admin"}, NotAllowed, "grant.level"),
        (sub, User.objects.get(id=sub.user), {}, NotAllowed, "grant.self"),
        (district, user, {"role": "emperor"}, Invalid, "grant.role"),
    )
    for actor, whom, changes, kind, code in cases:
        with refused(kind, code):
            filed(context, actor, whom, **changes)
    assert filed(context, sub, user, role="community_clerk").role == "community_clerk"


def test_no_grant_for_an_ended_account(work):
    context, actor = work
    user = account(context)
    actions.end_account(actor=actor, user=user, now=context.now)
    with refused(Invalid, "grant.account_ended"):
        filed(context, actor, user)


def test_who_may_not_end_a_grant(work):
    context, _ = work
    made = filed(context, actor_for(context, scope="1/"), account(context))
    near, far = (
        actor_for(context, "handler", scope="1/"),
        actor_for(context, "subdistrict_clerk", scope="1/9/"),
    )
    for actor in (near, far):
        with refused(NotAllowed, "grant.end"):
            actions.end_grant(actor=actor, appointment=made.appointment, now=context.now)
    with refused(OutOfScope, "grant.none"):
        actions.end_grant(actor=actor_for_admin(context), appointment=999_999, now=context.now)


def actor_for_admin(context):
    return next(
        queries.actor_of(g.user, g, context.now)
        for g in Grant.objects.filter(district=context.district, role="district_admin").select_related("user")
    )


def test_a_grant_ends_once_and_tells_how_many_sessions_died(work):
    context, actor = work
    one = staff(context, "handler")
    sign_in(Client(), one.user, one.grant, now=context.now)
    ended = actions.end_grant(actor=actor, appointment=one.grant.appointment, now=context.now)
    assert ended.valid_to is not None and queries.grants_of(one.user, context.now) == []
    event = ledger.history(context.district, ("grant", one.grant.id)).last()
    assert event.code == "grant.ended" and event.data["sessions"] == 2
    with refused(OutOfScope, "grant.none"):
        actions.end_grant(actor=actor, appointment=one.grant.appointment, now=context.now)


def test_the_same_appointment_number_in_another_district_is_another_grant(work, other_work):
    context, actor = work
    other, other_actor = other_work
    here, there = filed(context, actor, account(context)), filed(other, other_actor, account(other))
    actions.end_grant(actor=actor, appointment=7000, now=context.now)
    there.refresh_from_db()
    assert there.valid_to is None and here.appointment == there.appointment


def test_acting_under_a_grant_that_is_not_ones_own_is_refused(work):
    context, _ = work
    one, two = staff(context, "handler"), staff(context, "handler")
    row = SignedIn.objects.select_related("user").get(district=context.district, user=one.user)
    with refused(OutOfScope, "grant.none"):
        actions.act_under(actor=one.actor, row=row, grant=two.grant, now=context.now)
    with refused(OutOfScope, "grant.none"):
        actions.act_under(actor=two.actor, row=row, grant=two.grant, now=context.now)
    future = grant(context, one.user, "auditor", valid_from=context.now + timedelta(days=1))
    with refused(OutOfScope, "grant.none"):
        actions.act_under(actor=one.actor, row=row, grant=future, now=context.now)


def test_a_grant_that_needs_a_factor_is_not_acted_under_without_one(work):
    context, _ = work
    user = account(context, demonstration=False)
    low, high = grant(context, user, "handler"), grant(context, user, "district_admin")
    sign_in(Client(), user, low, now=context.now)
    row = SignedIn.objects.select_related("user").get(district=context.district, user=user)
    with refused(NotAllowed, "factor.missing"):
        actions.act_under(
            actor=queries.actor_of(user, low, context.now), row=row, grant=high, now=context.now
        )


def test_a_subject_is_linked_to_one_account_and_carries_nothing_else(work):
    context, actor = work
    one, two = account(context), account(context)
    actions.link_subject(actor=actor, user=one, subject=" s-1 ", now=context.now)
    with refused(Conflict, "account.subject_taken"):
        actions.link_subject(actor=actor, user=two, subject="s-1", now=context.now)
    with refused(Invalid, "account.subject"):
        actions.link_subject(actor=actor, user=two, subject="a\nb", now=context.now)
    assert SocialAccount.objects.get(user_id=one.id).extra_data == {}
    actions.unlink_subject(actor=actor, user=one, now=context.now)
    with refused(Invalid, "account.not_linked"):
        actions.unlink_subject(actor=actor, user=one, now=context.now)
    codes = (
        Event.objects.filter(district=context.district, subject_id=one.id)
        .order_by("seq")
        .values_list("code", flat=True)
    )
    assert list(codes) == ["account.created", "account.linked", "account.unlinked"]


def test_a_factor_is_reset_only_where_there_is_one(work):
    context, actor = work
    user = account(context)
    with refused(Invalid, "factor.none"):
        actions.reset_factors(actor=actor, user=user, now=context.now)


def test_access_of_one_row_and_of_the_list_agree(work, other_work):
    context, _ = work
    other, _ = other_work
    users = [account(context) for _n in range(3)] + [account(other)]
    actors = [
        actor_for(context), actor_for(context, "handler"), actor_for(other), public(context.district),
        replace(actor_for(context, "handler"), user=users[0].id),
    ]  # fmt: skip
    for actor in actors:
        seen = set(access.visible_to(actor).values_list("id", flat=True))
        assert seen == {u.id for u in User.objects.all() if access.may_see(actor, u)}
    one = staff(context, "handler")
    for actor in [*actors, one.actor]:
        rows = set(access.sign_ins_visible_to(actor).values_list("id", flat=True))
        assert rows == {r.id for r in SignedIn.objects.all() if access.may_end_sign_in(actor, r)}


def test_another_persons_sign_in_cannot_be_ended(work):
    context, _ = work
    one, two = staff(context, "handler"), staff(context, "district_admin")
    row = SignedIn.objects.get(district=context.district, user=one.user)
    with refused(OutOfScope, "signedin.none"):
        actions.end_sign_in(actor=two.actor, row=row, now=context.now)


def test_old_sign_ins_are_forgotten_after_the_charters_period(work):
    context, _ = work
    old, young, idle = staff(context), staff(context), staff(context)
    mine = SignedIn.objects.filter(district=context.district)
    mine.filter(user=old.user).update(ended_at=context.now - timedelta(days=184))
    mine.filter(user=young.user).update(ended_at=context.now - timedelta(days=182))
    mine.filter(user=idle.user).update(last_seen=context.now - timedelta(days=3))
    jobs.forget_old({}, context)
    assert not mine.filter(user=old.user).exists() and mine.filter(user=young.user).exists()
    assert mine.get(user=idle.user).ended_at == context.now
