"""Words of the desk's list: its queues, its filters, each as a sentence's part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.rules.actor import Actor
from linli.work.cases.rules.desk import TOTAL_LIMIT, Filters
from linli.work.cases.templatetags.cases import CHANNELS, STAGES

Words = Mapping[str, str | Promise]

DUE: Words = {
    "overdue": _("overdue"),
    "today": _("due today"),
    "week": _("due this week"),
}
HOLDS: Words = {
    "any": _("held by anything"),
    "return": _("return asked for"),
    "conference": _("before a conference"),
    "extension": _("more time asked for"),
    "park_asked": _("parking asked for"),
    "parked": _("parked until a date"),
    "whistle": _("other bodies called in"),
    "question": _("question to the caller open"),
}
NOT_GIVEN: Words = {
    "gone": _("not within your reach any more"),
    "not_allowed": _("the appointment may not give it out"),
    "stage": _("not waiting to be given out: it has moved on"),
    "does_not_serve": _("the body does not serve this place"),
    "not_on_list": _("the kind is not on the body's duty list"),
    "assist_only": _("the body only assists with this kind"),
    "not_a_handler": _("this body handles no cases"),
    "kind": _("the kind is not in the charter"),
    "changed": _("it changed meanwhile; open it to see how it stands"),
}
JUDGED: Words = {
    "solved": _("judged: solved"),
    "unsolved": _("judged: not solved"),
    "not_judged": _("nobody judged"),
}


def queues(actor: Actor) -> list[tuple[str, str]]:
    """The queues an acting appointment has work in."""
    rows = [
        ("due", _now("Open, by next due")),
        ("all", _now("All, newest first")),
        ("ended", _now("Ended cases")),
    ]
    if actor.may("cases.dispatch"):
        rows.insert(0, ("new", _now("New, to be given out")))
    if actor.may("cases.callback"):
        rows.insert(1, ("callback", _now("Answered, to be called back")))
    return rows


def total_words(n: int | None) -> str:
    """A total that is not counted to its end; None is one that is not counted at all."""
    if n is None:
        return _now("a great many")
    return f"{TOTAL_LIMIT:,}+" if n > TOTAL_LIMIT else f"{n:,}"


def condition(name: str, filters: Filters, named: Mapping[str, str]) -> str:
    """One condition of a list in words. `named` holds the names of kind, place and body where they are known."""
    value: Any = getattr(filters, name)
    words: dict[str, Words] = {
        "stage": STAGES, "channel": CHANNELS, "due": DUE, "hold": HOLDS, "judged": JUDGED,
    }  # fmt: skip
    if name in words:
        return str(words[name].get(value, value))
    if name == "since":
        return _now("received from %(day)s") % {"day": value.isoformat()}
    if name == "until":
        return _now("received until %(day)s") % {"day": value.isoformat()}
    if name == "q":
        return _now("with the words “%(words)s”") % {"words": value}
    if name == "case_class":
        return _now("class %(code)s") % {"code": value}
    return named.get(name) or _now("something that is not within your reach")
