"""What a clerk does while a caller is on the line: look for earlier cases, note what is said about one of them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, idempotency, ledger, ratelimit
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import queries as people
from linli.work.cases import access
from linli.work.cases.actions.intake import usable_phone
from linli.work.cases.actions.steps import caller_step, done, need_text
from linli.work.cases.models import Case
from linli.work.cases.rules.hotline import SAID_BY_PHONE

TEXT_LIMIT = 2000
EARLIER = 8


def _may_record(actor: Actor) -> None:
    if not actor.may("cases.record"):
        raise NotAllowed(
            "cases.record",
            _("Your appointment does not take reports. Switch appointment or use the public form."),
        )


def need_phone(typed: str, *, required: bool = False) -> str:
    """The caller's number as stored, empty when none was given. Raises Invalid."""
    phone = usable_phone(typed)
    if phone is None or (required and not phone):
        words = _("This is not a phone number. Write the 11 digits of a mobile, or leave the field empty.")
        raise Invalid("case.phone", words, fields={"phone": words})
    return phone


def of_caller(actor: Actor, phone: str, limit: int = EARLIER) -> list[Case]:
    """Cases within reach whose caller has exactly this phone, open ones first, newest first. Two statements.

    A sealed report is not among them for whoever may not open sealed reports.
    """
    persons = [person.id for person in people.by_phone(actor, phone)]
    if not persons:
        return []
    rows = access.visible_to(actor).filter(contact__in=persons).select_related("place", "contact")
    found = list(rows.order_by("-received_at", "-id")[:50])
    return sorted(found, key=lambda case: case.ended_at is not None)[:limit]


def look_up_caller(*, actor: Actor, context: Context, phone: str) -> list[Case]:
    """Earlier cases of the number that is calling; the call is the purpose, and the look is logged.

    Raises NotAllowed without `cases.record`, Invalid for what is no number, TooMany beyond the charter's limit.
    """
    _may_record(actor)
    number = need_phone(phone, required=True)
    rule = charter.current(context.district, context.now)["limit.cases.caller"]
    with transaction.atomic(savepoint=False):
        ratelimit.take(
            "cases.caller", ratelimit.who_is("account", str(actor.user)), ratelimit.Limit(rule["burst"], rule["per_hour"]),
            district=context.district,
        )  # fmt: skip
        found = of_caller(actor, number)
        ledger.record(
            "cases.caller_found", actor=actor, subject=("call", next_id(context.district, "cases_call")), now=context.now, seq=1,
            data={"found": [case.id for case in found]},
        )  # fmt: skip
        return found


def said_by_phone(
    *, actor: Actor, context: Context, case: str, phone: str, verb: str, text: str = "", key: str
) -> Case:
    """The caller urges, adds to or takes back an earlier case; recorded as said by phone.

    Only the number the case was reported with opens this: raises OutOfScope for any other, WrongStage when
    the case has ended meanwhile, Invalid when the words are missing.
    """
    _may_record(actor)
    if verb not in SAID_BY_PHONE:
        raise Invalid(
            "case.said", _("Choose what the caller wants: to urge, to add something or to withdraw.")
        )
    number = need_phone(phone, required=True)
    words = need_text(text, TEXT_LIMIT) if verb == "add" or text.strip() else ""
    with transaction.atomic(savepoint=False):
        row = _own(actor, context, case, number)
        answer = idempotency.Answer(200, row.public_id)
        body = idempotency.digest("said", verb, row.public_id, words)
        slot = idempotency.take(
            district=context.district, door="cases.said", key=key, body=body, now=context.now, answer=answer
        )
        if slot.replay is not None:
            return row
        with caller_step(verb, case_id=row.id, actor=actor, context=context) as at:
            if verb == "urge":
                at.set(urged=at.case.urged + 1)
            done(at, EVENTS[verb], data={"by": "phone"}, text=words, public=True, entry_kind=EVENTS[verb])
            return at.case


EVENTS = {"urge": "urged", "add": "added", "withdraw": "withdrawn"}


def _own(actor: Actor, context: Context, public_id: str, phone: str) -> Case:
    row = access.visible_to(actor).filter(public_id=public_id).select_related("place").first()
    if (
        row is None
        or row.contact_id is None
        or not actor.covers(row.place.path)
        or not people.phone_is(context.district, row.contact_id, phone)
    ):
        raise OutOfScope(
            "case.other_caller",
            _("This case was not reported from this number. Record what the caller says as a new matter."),
        )
    return row
