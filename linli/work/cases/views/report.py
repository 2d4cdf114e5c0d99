"""随手拍: one question a page, at most four steps, no account. What was typed travels in the form itself."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.foundation.core import charter, files
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, Refused
from linli.foundation.core.middleware import address_of
from linli.foundation.core.models import StoredFile
from linli.foundation.core.ratelimit import Limit, take, who_is
from linli.foundation.core.requests import context_of, too_large
from linli.foundation.core.rules.actor import public
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases.actions.intake import ANSWER_PROBLEMS, PHOTO_DOOR, Report, receive, usable_phone
from linli.work.cases.actions.sorting import join
from linli.work.cases.models import REQUEST_KINDS
from linli.work.cases.rules.kinds import read_answers
from linli.work.cases.views.caller import answer_joined, answer_sent
from linli.work.cases.views.sorting import answers_in, case_of, more_of

STEPS = ("where", "what", "picture", "contact")
MAX_FIELD = 6000


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has said so far; every field is a hidden input of the next page."""

    key: str = ""
    place: str = ""
    spot: str = ""
    spot_id: str = ""
    longitude: str = ""
    latitude: str = ""
    kind: str = ""
    kind_of_request: str = "complaint"
    text: str = ""
    photos: str = ""
    name: str = ""
    phone: str = ""
    answers: str = ""
    join: str = ""

    def given(self) -> dict[str, str]:
        """Answers to the kind's own questions."""
        return dict(parse_qsl(self.answers))

    def photo_ids(self) -> list[str]:
        return [p for p in self.photos.split(",") if p]


@dataclass(slots=True)
class Screen:
    """One rendered step."""

    step: str
    draft: Draft
    errors: dict[str, Any] = field(default_factory=dict)
    found: list[Place] = field(default_factory=list)
    query: str = ""
    danger: bool = False
    more: bool = False
    status: int = 422


def _draft(request: HttpRequest) -> Draft:
    values = {f.name: request.POST.get(f.name, "")[:MAX_FIELD].replace("\x00", "") for f in fields(Draft)}
    if values["kind_of_request"] not in REQUEST_KINDS:
        values["kind_of_request"] = "complaint"
    if request.POST.get("step") == "what":
        values["answers"] = urlencode(answers_in(request.POST))[:MAX_FIELD]
    return Draft(**values)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The whole report; `step` says which page was answered, `go` whether to go on, back or send."""
    context = context_of(request)
    if request.method != "POST":
        return _show(request, context, _first(request, context))
    draft = _draft(request)
    step = request.POST.get("step", "where")
    if step not in STEPS:
        step = "where"
    if request.POST.get("go") == "back":
        before = "what" if draft.join and step == "contact" else STEPS[max(0, STEPS.index(step) - 1)]
        return _show(request, context, Screen(before, draft))
    handlers = {"where": _where, "what": _what, "picture": _picture, "contact": _contact}
    outcome = handlers[step](request, context, draft)
    return _show(request, context, outcome) if isinstance(outcome, Screen) else outcome


def _first(request: HttpRequest, context: Context) -> Screen:
    draft = Draft(key=secrets.token_urlsafe(18))
    wanted = request.GET.get("place", "") or request.COOKIES.get("linli_place", "")
    found = places.place(context.district, wanted) if wanted else None
    if found is None or found.valid_to is not None:
        return Screen("where", draft)
    draft = replace(
        draft,
        place=found.public_id,
        spot=request.GET.get("spot", "")[:20],
        spot_id=request.GET.get("spot_id", "")[:20],
    )
    return Screen("what" if request.GET.get("place") else "where", draft)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -180 <= value <= 180 else None


def _where(request: HttpRequest, context: Context, draft: Draft) -> Screen:
    query = request.POST.get("q", "").strip()[:60]
    if request.POST.get("go") == "search":
        found = places.search(context.district, query, limit=12) if query else []
        missing = (
            {}
            if found or not query
            else {"q": _("Nothing by this name. Try fewer characters, or choose on the map.")}
        )
        return Screen("where", draft, missing, list(found), query)
    chosen = places.place(context.district, draft.place) if draft.place else None
    if chosen is not None and chosen.valid_to is None and chosen.level in ("compound", "community"):
        return Screen("what", draft)
    return _ask_place_again(context, draft, query, chosen)


def _ask_place_again(context: Context, draft: Draft, query: str, chosen: Place | None) -> Screen:
    """Unknown, closed or outside: ask again, keep what was typed, offer the nearest."""
    longitude, latitude = _number(draft.longitude), _number(draft.latitude)
    found: list[Place] = []
    if longitude is not None and latitude is not None:
        found = [near.place for near in places.nearest(context.district, longitude, latitude, limit=5)]
    elif chosen is not None and chosen.longitude is not None and chosen.latitude is not None:
        found = [
            near.place
            for near in places.nearest(context.district, chosen.longitude, chosen.latitude, limit=5)
        ]
    elif query:
        found = list(places.search(context.district, query, limit=12))
    if chosen is not None and chosen.valid_to is not None:
        words = _("This compound is closed in the register. Choose the one that took its place.")
    elif draft.place or found:
        words = _("This place is not known here. Choose the compound from the list or the map.")
    else:
        words = _("Choose where it is: type the compound's name, or find it on the map.")
    return Screen("where", replace(draft, place=""), {"place": words}, found, query)


def _what(request: HttpRequest, context: Context, draft: Draft) -> Screen:
    rules = charter.current(context.district, context.now)
    errors: dict[str, Any] = {}
    if draft.kind not in {row["code"] for row in rules["cases.kinds"]}:
        errors["kind"] = _("Choose what it is about from the list.")
    text = draft.text.strip()
    limit = rules["cases.text_limit"]
    if not text:
        errors["text"] = _("Say in a few words what happened.")
    elif len(text) > limit:
        errors["text"] = _("The text has %(n)d characters; %(limit)d fit. Shorten it a little.") % {
            "n": len(text),
            "limit": limit,
        }
    said, wrong = read_answers(draft.kind, rules["cases.questions"], draft.given())
    errors |= {f"answer_{code}": ANSWER_PROBLEMS[problem] for code, problem in wrong.items()}
    if errors:
        return Screen("what", draft, errors, more=True)
    draft = replace(draft, answers=urlencode({one.code: one.value for one in said}))
    danger = any(word in text for word in rules["cases.danger_words"])
    if danger and request.POST.get("danger_seen") != "1":
        return Screen("what", draft, danger=True, more=True)
    # A browser without scripts sees once what others see while they type.
    if request.POST.get("more_seen") != "1" and _has_more(context, draft):
        return Screen("what", draft, more=True)
    # Who joins a case has no picture to add to it.
    return Screen("contact" if draft.join else "picture", draft)


def _has_more(context: Context, draft: Draft) -> bool:
    shown = _more(context, Screen("what", draft))
    return bool(shown["same"] or shown["asked"])


def _more(context: Context, screen: Screen) -> dict[str, Any]:
    """Questions of the kind, open cases that may be the same, a proposed kind."""
    draft = screen.draft
    place = places.place(context.district, draft.place) if draft.place else None
    return more_of(
        context,
        place=place,
        kind=draft.kind,
        text=draft.text,
        given=draft.given(),
        join=draft.join,
        errors=screen.errors,
    )


def _picture(request: HttpRequest, context: Context, draft: Draft) -> Screen:
    rules = charter.current(context.district, context.now)
    remove = request.POST.get("remove", "")
    if remove:
        return Screen("picture", replace(draft, photos=",".join(p for p in draft.photo_ids() if p != remove)))
    if too_large(request):
        return Screen("picture", draft, {"photo": _too_large_words(rules["cases.photo_mb"])}, status=413)
    sent = request.FILES.getlist("photo")
    held = draft.photo_ids()
    if len(held) + len(sent) > rules["cases.photos"]:
        words = _("At most %(n)d pictures fit. Take one away first.") % {"n": rules["cases.photos"]}
        return Screen("picture", draft, {"photo": words})
    actor = public(context.district)
    for upload in sent:
        take("cases.photo", who_is(address_of(request)), _limit(context, "photo"), district=context.district)
        try:
            picture = files.read_picture(
                upload, size=upload.size or 0, max_bytes=rules["cases.photo_mb"] * files.MEGA
            )
        except Refused as refusal:
            kept = replace(draft, photos=",".join(held))
            return Screen("picture", kept, {"photo": refusal.message}, status=refusal.status)
        held.append(
            files.store(
                picture.data, picture.media_type, actor=actor, now=context.now, door=PHOTO_DOOR
            ).public_id
        )
    draft = replace(draft, photos=",".join(held))
    return Screen("picture" if request.POST.get("go") == "add" else "contact", draft)


def _too_large_words(limit: int) -> str:
    return _(
        "The picture is larger than %(limit)d MB, the limit for one picture. Nothing was stored. Send a smaller one or go on without it."
    ) % {"limit": limit}


def _limit(context: Context, door: str) -> Limit:
    rule = charter.current(context.district, context.now)[f"limit.cases.{door}"]
    return Limit(rule["burst"], rule["per_hour"])


def _contact(request: HttpRequest, context: Context, draft: Draft) -> Screen | HttpResponse:
    phone = usable_phone(draft.phone)
    if phone is None:
        return Screen(
            "contact",
            draft,
            {
                "phone": _(
                    "This is not a phone number. Write the 11 digits of a mobile, or leave the field empty."
                )
            },
        )
    if draft.join:
        return _joined(request, context, draft, phone)
    told = Report(
        place=draft.place, text=draft.text, kind=draft.kind, kind_of_request=draft.kind_of_request, name=draft.name.strip()[:60],
        phone=phone, photos=tuple(draft.photo_ids()), spot=draft.spot, spot_id=whole_number(draft.spot_id),
        longitude=_number(draft.longitude), latitude=_number(draft.latitude), answers=draft.given(),
    )  # fmt: skip
    try:
        receipt = receive(
            actor=public(context.district), context=context, report=told, key=draft.key, door="cases.report",
            who=who_is(address_of(request)), limit=_limit(context, "report"),
        )  # fmt: skip
    except Invalid as refusal:
        if not refusal.fields:
            raise
        # Nothing failed in the database, so the page may read; its 422 rolls everything back. A savepoint would
        # cost each report two statements.
        transaction.set_rollback(False)
        return _back_to(context, draft, refusal)
    return answer_sent(request, receipt)


def _joined(request: HttpRequest, context: Context, draft: Draft, phone: str) -> Screen | HttpResponse:
    """Support the chosen case; when it has ended meanwhile the report goes on as one of its own."""
    case = case_of(context, draft.join)
    if case is None:
        words = _(
            "The case you chose has ended meanwhile. Choose another one, or send yours as a report of its own."
        )
        return Screen("what", replace(draft, join=""), {"join": words}, more=True)
    receipt = join(
        actor=public(context.district), context=context, case=case, text=draft.text, name=draft.name.strip()[:60], phone=phone,
        key=draft.key, door="cases.join", who=who_is(address_of(request)), limit=_limit(context, "report"),
    )  # fmt: skip
    return answer_joined(request, receipt)


def _back_to(context: Context, draft: Draft, refusal: Invalid) -> Screen:
    """The page of the first field that was refused, with everything kept."""
    if "place" in refusal.fields:
        return _ask_place_again(context, draft, "", places.place(context.district, draft.place))
    asked_wrong = any(name.startswith("answer_") for name in refusal.fields)
    step = "what" if asked_wrong or {"text", "kind"} & set(refusal.fields) else "contact"
    return Screen(step, draft, dict(refusal.fields), more=asked_wrong)


def _show(request: HttpRequest, context: Context, screen: Screen) -> HttpResponse:
    rules = charter.current(context.district, context.now)
    chosen = places.place(context.district, screen.draft.place) if screen.draft.place else None
    held = screen.draft.photo_ids()
    photos = (
        list(
            StoredFile.objects.filter(
                district=context.district, public_id__in=held, door=PHOTO_DOOR, subject_id=None
            )
        )
        if held
        else []
    )
    shown = {
        "screen": screen,
        "draft": screen.draft,
        "hidden": [(k, v) for k, v in asdict(screen.draft).items() if v and k not in _VISIBLE[screen.step]],
        "number": STEPS.index(screen.step) + 1,
        "total": len(STEPS),
        "chosen": chosen,
        "kinds": rules["cases.kinds"],
        "families": _families(rules),
        "more": _more(context, screen)
        if screen.step == "what" and (screen.more or screen.draft.kind)
        else None,
        "joins": bool(screen.draft.join),
        "photos": photos,
        "max_photos": rules["cases.photos"],
        "text_limit": rules["cases.text_limit"],
        "privacy_notice": rules["cases.privacy_notice"],
        "hotline": rules["office.hotline"],
    }
    status = screen.status if screen.errors else 200
    return render(request, f"cases/report_{screen.step}.html", shown, status=status)


def _families(rules: Any) -> list[tuple[Any, list[Any]]]:
    """Kinds under the names of their families, as a choice of many is read."""
    by_code = {row["code"]: row for row in rules["cases.kinds"]}
    rows = [(f["name"], [by_code[k] for k in f["kinds"] if k in by_code]) for f in rules["cases.families"]]
    named = {k for f in rules["cases.families"] for k in f["kinds"]}
    rest = [row for code, row in by_code.items() if code not in named]
    return [row for row in [*rows, ("", rest)] if row[1]]


_VISIBLE = {
    "where": {"place", "longitude", "latitude"},
    "what": {"kind", "text", "kind_of_request", "answers", "join"},
    "picture": set(),
    "contact": {"name", "phone"},
}
