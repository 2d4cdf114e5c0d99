"""Words of stages, verbs, ratings and channels in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.models import Clock
from linli.foundation.core.rules.clocks import Span
from linli.foundation.places.rules import codes
from linli.work.cases.models import Case, Link
from linli.work.cases.outside_words import message_words, problem_words

register = template.Library()

STAGES: dict[str, str | Promise] = {
    "received": _("Received"),
    "dispatched": _("Given to the responsible body"),
    "signed": _("Signed for"),
    "contacted": _("Caller contacted"),
    "handling": _("In hand"),
    "submitted": _("Answered, waiting for judgement"),
    "callback": _("Being called back"),
    "closed": _("Closed"),
    "not_judged": _("Ended without judgement"),
    "not_accepted": _("Not accepted"),
    "withdrawn": _("Withdrawn"),
    "transferred_emergency": _("Handed to the emergency services"),
    "transferred_petition": _("Handed to the petition channel"),
    "answered_at_intake": _("Answered at once"),
    "merged": _("Merged with another case"),
}
SENTENCES: dict[str, str | Promise] = {
    "received": _("The community is finding out who is responsible."),
    "dispatched": _("The responsible body has it and will sign for it."),
    "signed": _("The responsible body has signed for it."),
    "contacted": _("The responsible body has been in touch."),
    "handling": _("Work is under way."),
    "submitted": _("Read the answer below and say whether it is solved."),
    "callback": _("Somebody from another body will call you and ask whether it is solved."),
    "closed": _("Closed after your judgement."),
    "not_judged": _("It ended without a judgement."),
    "not_accepted": _("It could not be accepted; the right channel stands below."),
    "withdrawn": _("You withdrew it."),
    "transferred_emergency": _("It was handed to the emergency services."),
    "transferred_petition": _("It was handed to the petition channel."),
    "answered_at_intake": _("It was answered while you waited; the answer stands below."),
    "merged": _("The same matter is already being handled; you are told how it goes on."),
}
CHIPS = {
    "received": "wait", "dispatched": "wait", "signed": "info", "contacted": "info", "handling": "info",
    "submitted": "soon", "callback": "soon", "closed": "done", "not_judged": "plain", "not_accepted": "plain",
    "withdrawn": "plain", "transferred_emergency": "plain", "transferred_petition": "plain",
    "answered_at_intake": "done", "merged": "plain",
}  # fmt: skip
RATINGS: dict[str, str | Promise] = {
    "very": _("Very satisfied"),
    "satisfied": _("Satisfied"),
    "basic": _("Satisfied on the whole"),
    "dissatisfied": _("Dissatisfied"),
    "very_dissatisfied": _("Very dissatisfied"),
}
CHANNELS: dict[str, str | Promise] = {
    "public": _("Public form"),
    "hotline": _("Hotline"),
    "staff": _("At the counter"),
    "paper": _("On paper"),
    "open311": _("Another system"),
    "import": _("Imported"),
    "city": _("City hotline 12345"),
}
REQUESTS: dict[str, str | Promise] = {
    "question": _("Question"),
    "help": _("Request for help"),
    "complaint": _("Complaint"),
    "misconduct": _("Report of misconduct"),
    "suggestion": _("Suggestion"),
    "praise": _("Praise"),
}
CLOCKS: dict[str, str | Promise] = {
    "dispatch": _("give out"),
    "sign_in": _("sign for"),
    "contact": _("contact the caller"),
    "finish": _("answer"),
    "starts": _("when it begins"),
    "judge": _("judgement"),
    "whistle_ack": _("acknowledge the call"),
}
SPANS = {
    "minutes": _("%(n)d minutes"),
    "hours": _("%(n)d hours"),
    "working_days": _("%(n)d working days"),
    "working_hours": _("%(n)d working hours"),
    "working_minutes": _("%(n)d working minutes"),
    "calendar_days": _("%(n)d calendar days"),
    "months": _("%(n)d months"),
}
STARTS: dict[str, str | Promise] = {
    "at_once": _("runs day and night"),
    "next_opening": _("from the next opening of the office"),
}
CLOCK_STATES: dict[str, tuple[str, str | Promise]] = {
    "running": ("wait", _("running")),
    "paused": ("plain", _("held")),
    "met": ("done", _("in time")),
    "late_met": ("late", _("late")),
    "breached": ("late", _("overdue")),
    "awaiting_calendar": ("plain", _("waits for the calendar")),
    "stopped": ("plain", _("ended")),
}


@register.filter
def stage_words(case: Case) -> str:
    return str(STAGES[case.stage])


@register.filter
def stage_sentence(case: Case) -> str:
    return str(SENTENCES[case.stage])


@register.filter
def stage_chip(case: Case) -> str:
    return CHIPS[case.stage]


@register.filter
def rating_words(rating: str) -> str:
    return str(RATINGS.get(rating, rating))


@register.filter
def channel_words(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


@register.filter
def request_words(kind: str) -> str:
    return str(REQUESTS.get(kind, kind))


@register.filter
def clock_words(kind: str) -> str:
    return str(CLOCKS.get(kind, kind))


@register.filter
def rule_words(value: object) -> str:
    """A span of the charter, or when a clock begins, in words."""
    if isinstance(value, Span):
        return SPANS[value.unit] % {"n": value.amount}
    return str(STARTS.get(str(value), value))


@register.filter
def clock_chip(state: str) -> str:
    return CLOCK_STATES[state][0]


@register.filter
def clock_state_words(state: str) -> str:
    return str(CLOCK_STATES[state][1])


@register.filter
def in_order(clocks: Sequence[Clock]) -> list[Clock]:
    """Clocks in the order in which their work happens, round by round."""
    places = {kind: n for n, kind in enumerate(CLOCKS)}
    return sorted(clocks, key=lambda clock: (clock.round, places.get(clock.kind, len(places))))


@register.filter
def place_code(code: str) -> str:
    """The code of a place as people read it."""
    return codes.shown(code)


@register.filter
def words(text: str) -> list[str]:
    """A list written as words in a template."""
    return text.split()


@register.filter
def capped(n: int) -> str:
    """A count that is not counted to its end."""
    return "999+" if n > 999 else str(n)


@register.filter
def link_words(link: Link, case: Case) -> str:
    """How the other case of a link stands to this one."""
    if link.kind == "related":
        return str(_("belongs to the same matter"))
    words = {
        ("merged", True): _("this one was merged into it"),
        ("merged", False): _("was merged into this one"),
        ("split", True): _("this one was split off it"),
        ("split", False): _("was split off this one"),
    }
    return str(words[link.kind, link.case_id == case.id])


LEVELS: dict[str, str | Promise] = {
    "compound": _("In the compound"),
    "community": _("Community"),
    "subdistrict": _("Subdistrict"),
    "district": _("District"),
}


@register.filter
def level_words(level: str) -> str:
    return str(LEVELS[level])


@register.filter
def held(case: Case, waits: list[Any]) -> bool:
    """Whether the promise does not run because the case is parked."""
    return any(wait.kind == "parked" for wait in waits or [])


@register.filter
def exchange_words(kind: str) -> str:
    return message_words(kind)


@register.filter
def exchange_problem(code: str) -> str:
    return problem_words(code)
