"""Who may look after accounts and grants."""

from __future__ import annotations

from django.db.models import QuerySet

from linli.foundation.accounts.models import SignedIn, User
from linli.foundation.core.rules.actor import Actor

MANAGE = "accounts.manage"
# Filing a grant belongs to appointing: bodies do it, and whoever looks after the accounts.
FILE_GRANT = ("bodies.appoint", MANAGE)


def may_manage(actor: Actor, user: User) -> bool:
    """Accounts are looked after for a whole district by those who hold the verb."""
    return actor.district == user.district and actor.may(MANAGE)


def visible_to(actor: Actor) -> QuerySet[User]:
    """All accounts of the district for those who look after them, otherwise one's own."""
    users = User.objects.filter(district=actor.district)
    if actor.may(MANAGE):
        return users
    return users.filter(id=actor.user) if actor.user is not None else users.none()


def may_see(actor: Actor, user: User) -> bool:
    """One's own account, or any of the district with the verb."""
    return may_manage(actor, user) or (actor.district == user.district and actor.user == user.id)


def may_file_grant(actor: Actor, user: User, scope_path: str) -> bool:
    """Within one's own place and never to oneself: nobody appoints themselves."""
    if actor.district != user.district or actor.user == user.id:
        return False
    return any(actor.may(verb) for verb in FILE_GRANT) and actor.covers(scope_path)


def sign_ins_visible_to(actor: Actor) -> QuerySet[SignedIn]:
    """One's own open sign-ins; nobody looks at another person's devices."""
    rows = SignedIn.objects.filter(district=actor.district, ended_at__isnull=True)
    return rows.filter(user=actor.user) if actor.user is not None else rows.none()


def may_end_sign_in(actor: Actor, row: SignedIn) -> bool:
    """Only one's own."""
    return row.district == actor.district and row.user_id == actor.user and row.ended_at is None
