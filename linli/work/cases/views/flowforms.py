"""The small forms of a case page as data: one per verb, with what it asks for and why it is not possible now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.foundation.bodies.models import Body
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.work.cases import access, actions
from linli.work.cases.queries import Story

Words = str | Promise
Options = list[tuple[str, Words]]


@dataclass(frozen=True, slots=True)
class Input:
    """One field: `kind` is text, select, radio, checks, number or date."""

    name: str
    kind: str
    label: Words
    hint: Words = ""
    options: Options = field(default_factory=list)
    required: bool = True
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class VerbForm:
    """A verb as the page offers it. `first` stands open above the others; `why_not` shows it without a button."""

    verb: str
    title: Words
    button: Words
    inputs: tuple[Input, ...] = ()
    hint: Words = ""
    why_not: Words = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What the forms of one case for one acting person are made of."""

    actor: Actor
    context: Context
    rules: Any
    story: Story
    serving: list[Body]
    language: str

    @property
    def today(self) -> date:
        return self.context.now.astimezone(self.context.zone).date()

    def reasons(self, key: str) -> Options:
        """A reasons table of the charter in the reader's language."""
        zh = self.language.startswith("zh")
        return [(row["code"], row["name"].zh if zh else row["name"].en) for row in self.rules[key]]

    def same_body(self) -> Words:
        """Why the acting body may not decide, or nothing."""
        if self.actor.body in self.story.handled_by:
            return _("Your body takes part in this case, so another body decides.")
        return ""

    def not_above(self) -> Words:
        """Why this level may not decide about parking, or nothing."""
        if not access.is_one_level_up(self.actor, self.story.case):
            return _("Parking is decided at least one level above the body that has the case.")
        return self.same_body()


def note(label: Words = "", *, name: str = "note", required: bool = True, hint: Words = "") -> Input:
    """A text of some sentences."""
    return Input(name, "text", label or _("Explain it in a sentence"), hint, required=required)


def reason(options: Options) -> Input:
    return Input("reason", "select", _("Reason"), options=options)


def review_date(ground: Ground) -> Input:
    most = ground.rules["cases.parking_days"]
    low, high = ground.today + timedelta(days=1), ground.today + timedelta(days=most)
    hint = _("Within %(n)d days. On this day the clock runs on by itself.") % {"n": most}
    return Input("until", "date", _("Look at it again on"), hint, low=low.isoformat(), high=high.isoformat())


def bodies_of(found: Iterable[Body]) -> Options:
    return [(body.public_id, body.name) for body in found]


# --- one function per group of verbs -----------------------------------------------------------------------------


def _deciding(g: Ground) -> dict[str, VerbForm]:
    """What another body decides: extensions, parking, conferences."""
    same, above = g.same_body(), g.not_above()
    evidence = note(_("What proves it"), name="text")
    outcomes: Options = [("keep", _("The same body goes on")), ("reassign", _("Given to another body"))]
    if g.story.case.solved == "no" and "rule_close" in g.story.verbs:
        outcomes.append(("close", _("Nothing more can be done: ended as the caller judged")))
    ruling = (
        Input("outcome", "radio", _("What was decided"), options=outcomes),
        note(_("The ruling, as the caller reads it"), name="text"),
    )
    return {
        "grant_extension": VerbForm("grant_extension", _("More time was asked for"), _("Grant it"), hint=_("The caller is told the new promise."), why_not=same, first=True),
        "deny_extension": VerbForm("deny_extension", _("Refuse more time"), _("Refuse it"), (note(_("Why the promise stands")),), why_not=same),
        "approve_parking": VerbForm("approve_parking", _("Parking was asked for"), _("Park it"), hint=_("The clock is held until the review date, and the caller is told until when and why."), why_not=above, first=True),
        "deny_parking": VerbForm("deny_parking", _("Refuse to park it"), _("Refuse it"), (note(_("Why it is to be solved now")),), why_not=above),
        "renew_parking": VerbForm("renew_parking", _("Park it on after review"), _("Park it on"), (review_date(g), evidence), why_not=above),
        "end_parking": VerbForm("end_parking", _("It can go on now"), _("Let the clock run on"), (note(required=False),)),
        "rule_keep": VerbForm("rule_conference", _("Ruling of the conference"), _("Record the ruling"), ruling, _("After a ruling nobody returns this case any more."), same, first=True),
        "call_conference": VerbForm("call_conference", _("Bring it before a conference"), _("Call the conference"), (reason(g.reasons("cases.conference_reasons")), note(_("What is to be decided")))),
    }  # fmt: skip


def _asking(g: Ground) -> dict[str, VerbForm]:
    """What the body that has the case asks for."""
    most = g.rules["cases.extension_limit"]
    days = Input(
        "amount",
        "number",
        _("How many working days more"),
        _("At most %(n)d, once, and before the time is over.") % {"n": most.amount},
        low="1",
        high=str(most.amount),
    )
    ruled = g.story.case.ruled and g.actor.body == g.story.case.handling_body_id
    return {
        "ask_caller": VerbForm("ask_caller", _("Ask the caller"), _("Send the question"), (note(_("Question, in plain words"), name="text", hint=_("It stands on the caller's page. You may answer without waiting for the reply.")),)),
        "ask_extension": VerbForm("ask_extension", _("Ask for more time"), _("Ask for more time"), (reason(g.reasons("cases.extension_reasons")), days, note())),
        "ask_parking": VerbForm("ask_parking", _("Ask to park it: it cannot be solved now"), _("Ask to park it"), (reason(g.reasons("cases.parking_reasons")), review_date(g), note(_("What proves it"), name="text")),
            _("One level up decides, and the caller is told.")),
        "climb": VerbForm(
            "climb", _("Hand it to the next level"), _("Hand it up"), (reason(g.reasons("cases.climb_reasons")), note()), _("The promise to the caller goes on."),
            _("A ruling gave this case to your body, so it may not hand it up.") if ruled else "",
        ),
    }  # fmt: skip


def _together(g: Ground) -> dict[str, VerbForm]:
    """Helpers and departments."""
    case, own = g.story.case, {g.actor.body, g.story.case.handling_body_id}
    helping = g.story.around.beside.joint
    helpers = [b for b in g.serving if b.id != case.handling_body_id and b.id not in helping]
    called = [b for b in g.serving if b.level == "district" and b.id not in own]
    accepted = any(
        t.body_id == g.actor.body and t.accepted_at for t in g.story.around.joint if t.ended_at is None
    )
    return {
        "add_joint": VerbForm("add_joint", _("Ask others to help"), _("Ask them"), (Input("helpers", "checks", _("Who serves this place"), options=bodies_of(helpers)), note(_("What they are to do"))),
            _("The body that has the case stays responsible."), "" if helpers else _("No other body serves this place.")),
        "accept_joint": VerbForm("accept_joint", _("Your body was asked to help"), _("We take part"), why_not=_("Your body has said that it takes part.") if accepted else "", first=not accepted),
        "joint_report": VerbForm("joint_report", _("Report what your body did"), _("Report it"), (note(_("What was done"), name="text"),)),
        "call_whistle": VerbForm("call_whistle", _("Whistle for a department"), _("Call it"), (Input("department", "radio", _("Department"), options=bodies_of(called)), note(_("What it is needed for"))),
            _("It reports within one working day. Afterwards both sides rate each other."), "" if called else _("No department of the district is registered for this place.")),
        "end_whistle": VerbForm("end_whistle", _("Take the call back"), _("Take it back"), (note(_("Why")),)),
    }  # fmt: skip


SCORES: Options = [("5", "5"), ("4", "4"), ("3", "3"), ("2", "2"), ("1", "1")]


def _called(g: Ground) -> dict[str, VerbForm]:
    """The steps of a department, one at a time, and the rating of both sides."""
    call = g.story.around.call
    steps = {
        "called": VerbForm("whistle_ack", _("The subdistrict calls you"), _("We come"), first=True),
        "acked": VerbForm("whistle_visit", _("On the spot together"), _("Record the visit"), (note(_("What was found"), name="text"),), first=True),
        "visited": VerbForm("whistle_plan", _("The plan"), _("Record the plan"), (note(_("Who does what until when"), name="text"),), first=True),
        "planned": VerbForm("whistle_done", _("Your part is done"), _("Record that it is done"), (note(_("What was done"), name="text"),), first=True),
    }  # fmt: skip
    found = {"rate_whistle": VerbForm(
        "rate_whistle", _("How did the other side take part?"), _("Send the rating"),
        (Input("score", "radio", _("From 5 (very well) to 1 (not at all)"), options=SCORES), note(_("Why (not required)"), required=False)),
        _("Each side rates once. Bodies are rated, not persons."), first=True,
    )}  # fmt: skip
    step = steps.get(call.stage) if call else None
    return {**found, step.verb: step} if step else found


ORDER = (
    "rule_keep", "approve_parking", "deny_parking", "grant_extension", "deny_extension", "accept_joint", "joint_report",
    "whistle_ack", "whistle_visit", "whistle_plan", "whistle_done", "rate_whistle", "end_parking", "renew_parking",
    "ask_caller", "ask_extension", "ask_parking", "add_joint", "call_whistle", "end_whistle", "call_conference", "climb",
)  # fmt: skip


def forms(ground: Ground) -> list[VerbForm]:
    """The forms of what the acting person may do now, what waits for a decision first."""
    known: dict[str, VerbForm] = {}
    for group in (_deciding, _asking, _together, _called):
        known |= group(ground)
    return [known[verb] for verb in ORDER if verb in ground.story.verbs and verb in known]


# --- what was typed, as the actions take it ------------------------------------------------------------------------


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str) -> int:
    return whole_number(text) or 0


Act = Callable[[Actor, Context, str, Any], object]
ACTS: dict[str, Act] = {
    "ask_extension": lambda a, c, i, p: actions.ask_extension(actor=a, context=c, case=i, reason=p.get("reason", ""), amount=_number(p.get("amount", "")), note=p.get("note", "")),
    "grant_extension": lambda a, c, i, p: actions.grant_extension(actor=a, context=c, case=i, note=p.get("note", "")[:1000]),
    "deny_extension": lambda a, c, i, p: actions.deny_extension(actor=a, context=c, case=i, note=p.get("note", "")),
    "ask_parking": lambda a, c, i, p: actions.ask_parking(actor=a, context=c, case=i, reason=p.get("reason", ""), until=_day(p.get("until", "")), text=p.get("text", "")),
    "approve_parking": lambda a, c, i, p: actions.approve_parking(actor=a, context=c, case=i, note=p.get("note", "")[:1000]),
    "deny_parking": lambda a, c, i, p: actions.deny_parking(actor=a, context=c, case=i, note=p.get("note", "")),
    "renew_parking": lambda a, c, i, p: actions.renew_parking(actor=a, context=c, case=i, until=_day(p.get("until", "")), text=p.get("text", "")),
    "end_parking": lambda a, c, i, p: actions.end_parking(actor=a, context=c, case=i, note=p.get("note", "")[:1000]),
    "call_conference": lambda a, c, i, p: actions.call_conference(actor=a, context=c, case=i, reason=p.get("reason", ""), note=p.get("note", "")),
    "rule_conference": lambda a, c, i, p: actions.rule_conference(actor=a, context=c, case=i, outcome=p.get("outcome", ""), text=p.get("text", "")),
    "add_joint": lambda a, c, i, p: actions.add_joint(actor=a, context=c, case=i, helpers=p.getlist("helpers")[:20], note=p.get("note", "")),
    "accept_joint": lambda a, c, i, p: actions.accept_joint(actor=a, context=c, case=i),
    "joint_report": lambda a, c, i, p: actions.joint_report(actor=a, context=c, case=i, text=p.get("text", "")),
    "call_whistle": lambda a, c, i, p: actions.call_whistle(actor=a, context=c, case=i, department=p.get("department", ""), note=p.get("note", "")),
    "whistle_ack": lambda a, c, i, p: actions.whistle_ack(actor=a, context=c, case=i),
    "whistle_visit": lambda a, c, i, p: actions.whistle_visit(actor=a, context=c, case=i, text=p.get("text", "")),
    "whistle_plan": lambda a, c, i, p: actions.whistle_plan(actor=a, context=c, case=i, text=p.get("text", "")),
    "whistle_done": lambda a, c, i, p: actions.whistle_done(actor=a, context=c, case=i, text=p.get("text", "")),
    "end_whistle": lambda a, c, i, p: actions.end_whistle(actor=a, context=c, case=i, note=p.get("note", "")),
    "rate_whistle": lambda a, c, i, p: actions.rate_whistle(actor=a, context=c, case=i, score=_number(p.get("score", "")), note=p.get("note", "")),
    "climb": lambda a, c, i, p: actions.climb(actor=a, context=c, case=i, reason=p.get("reason", ""), note=p.get("note", "")),
    "ask_caller": lambda a, c, i, p: actions.ask_caller(actor=a, context=c, case=i, text=p.get("text", "")),
    "answer_at_intake": lambda a, c, i, p: actions.answer_at_intake(actor=a, context=c, case=i, text=p.get("text", "")),
}  # fmt: skip
