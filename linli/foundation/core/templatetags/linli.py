"""Template tags and filters of every room: addresses, icons, chips, moments and promises in words, panels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop, ngettext, pgettext
from django.utils.translation import gettext as _

from linli.foundation.core import ui
from linli.foundation.core.context import current_or_none
from linli.foundation.core.rules.charter import Text

register = template.Library()

# Status kinds are shown by word, icon and colour together, never by colour alone.
STATUS_ICONS = {
    "done": "done",
    "soon": "clock",
    "wait": "wait",
    "late": "warn",
    "info": "info",
    "plain": "list",
}
# Sentences of Django's forms that our catalogue says as one speaks at the counter.
SAID_OUR_WAY = (
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid date."),
    gettext_noop("Enter a whole number."),
    gettext_noop("Select a valid choice. %(value)s is not one of the available choices."),
    gettext_noop("Select a valid choice. That choice is not one of the available choices."),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# --- addresses ---------------------------------------------------------------------------------------------


@register.simple_tag
def url_or(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or "" when this installation has no such page."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@cache
def _vendored() -> dict[str, str]:
    manifest = files("linli.foundation.core") / "static" / "vendor" / "manifest.json"
    listed: dict[str, str] = json.loads(manifest.read_text("utf-8"))
    return listed


@register.simple_tag
def vendor(package: str, file: str) -> str:
    """The address of a vendored file, version in the folder. Raises KeyError for an unknown package."""
    return static(f"vendor/{_vendored()[package]}/{file}")


@register.simple_tag(takes_context=True)
def is_here(context: template.Context, url: str) -> SafeString:
    """`aria-current="page"` when the shown page is the given address or lies below it."""
    request = context.get("request")
    path = getattr(request, "path", "")
    below = url.strip("/") != "" and url.endswith("/") and path.startswith(url)
    return SafeString(' aria-current="page"' if url and (path == url or below) else "")


@register.simple_tag(takes_context=True)
def is_here_in_menu(context: template.Context, url: str, entries: Sequence[ui.DeskEntry]) -> SafeString:
    """`aria-current="page"` for the one entry of a menu whose address fits the shown page best."""
    shown = context.render_context
    if "menu_here" not in shown:  # found once for the whole menu: each entry asks
        path = getattr(context.get("request"), "path", "")
        addresses = [url_or(entry.url_name) for entry in entries]
        fitting = [a for a in addresses if a and (path == a or (a.endswith("/") and path.startswith(a)))]
        shown["menu_here"] = max(fitting, key=len, default="")
    return SafeString(' aria-current="page"' if url and url == shown["menu_here"] else "")


# --- icons, chips, steps -----------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A stroke icon from the sprite; decoration only, so the word beside it is never left out."""
    css = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("linli/icons.svg"),
        name,
    )


@register.inclusion_tag("core/parts/status_chip.html")
def status_chip(kind: str, word: object) -> dict[str, Any]:
    """Word + icon + colour; kind is done, soon, wait, late, info or plain."""
    return {"kind": kind, "icon_name": STATUS_ICONS[kind], "word": word}


@register.simple_block_tag
def banner(content: str, kind: str = "info", word: str = "") -> str:
    """A notice (info, wait, soon, done or late): icon, word, colour and the block's own sentences."""
    names = {
        "info": _("Note"),
        "wait": _("Waiting"),
        "soon": _("Soon due"),
        "done": pgettext("status", "Done"),
        "late": _("Overdue"),
    }
    context = {"kind": kind, "icon_name": STATUS_ICONS[kind], "word": word or names[kind], "content": content}
    return render_to_string("core/parts/banner.html", context)


@register.inclusion_tag("core/parts/stepper.html")
def stepper(step: int, steps: int, word: str = "") -> dict[str, Any]:
    """Where a person is in a form of several pages: "Step 2 of 4", with a bar for each step."""
    marks = ["is-done" if n < step else "is-now" if n == step else "" for n in range(1, steps + 1)]
    return {"step": step, "steps": steps, "marks": marks, "word": word}


@register.simple_tag(takes_context=True)
def render_panels(context: template.Context, slot: str, subject: Any = None) -> SafeString:
    """The panels that upper rooms put into a slot of this page."""
    request = context["request"]
    filled = ui.panels(slot, request, subject)
    return SafeString("\n".join(render_to_string(name, values, request=request) for name, values in filled))


# --- words -------------------------------------------------------------------------------------------------


@register.filter
def charter_text(value: object) -> str:
    """A charter text in the reader's language; anything else as it is, nothing as ""."""
    if isinstance(value, Text):
        return value.in_language(get_language() or "zh-hans")
    return "" if value is None else str(value)


@register.filter
def get(mapping: Mapping[Any, Any] | str | None, key: Any) -> Any:
    """The value under a key, "" when there is none, or no mapping in the context at all."""
    return mapping.get(key, "") if isinstance(mapping, Mapping) else ""


@register.filter
def names(values: Sequence[object]) -> str:
    """A list in one line, with the separator of the reader's language."""
    return pgettext("between the items of a list", ", ").join(str(value) for value in values)


# --- moments -----------------------------------------------------------------------------------------------


def _weekday(day: date) -> str:
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[day.weekday()]


def _in_zone(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime):
        return timezone.localtime(value) if timezone.is_aware(value) else value
    return value


def _day_words(value: date, *, year: bool) -> str:
    """`11月23日 周一` / `Mon 23 Nov`; with the year `2026年11月23日 周一` / `Mon 23 Nov 2026`."""
    parts = {"year": value.year, "month": value.month, "day": value.day, "weekday": _weekday(value)}
    if (get_language() or "zh-hans").startswith("zh"):
        words = "{month}月{day}日 {weekday}".format(**parts)
        return f"{value.year}年{words}" if year else words
    words = "{weekday} {day} {name}".format(name=MONTHS[value.month - 1], **parts)
    return f"{words} {value.year}" if year else words


def _moment_words(value: datetime, *, year: bool) -> str:
    between = " " if (get_language() or "zh-hans").startswith("zh") else ", "
    return f"{_day_words(value, year=year)}{between}{value:%H:%M}"


def _needs_year(value: date) -> bool:
    """The year is left out only where the page's own year is known to be the same."""
    context = current_or_none()
    return context is None or context.now.astimezone(context.zone).year != value.year


@register.filter
def day(value: date | datetime | None) -> str:
    """A day with its weekday; the year when it is not the current one."""
    if value is None:
        return ""
    local = _in_zone(value)
    return _day_words(local, year=_needs_year(local))


@register.filter
def day_full(value: date | datetime | None) -> str:
    """A day with weekday and year, for paper."""
    return "" if value is None else _day_words(_in_zone(value), year=True)


@register.filter
def moment(value: datetime | None) -> str:
    """A day with weekday and the time of day; the year when it is not the current one."""
    if value is None:
        return ""
    local = _in_zone(value)
    assert isinstance(local, datetime)
    return _moment_words(local, year=_needs_year(local))


@register.filter
def moment_full(value: datetime | None) -> str:
    """A moment with the year, for paper."""
    if value is None:
        return ""
    local = _in_zone(value)
    assert isinstance(local, datetime)
    return _moment_words(local, year=True)


@register.filter
def span_words(value: timedelta) -> str:
    """A length of time in its largest fitting unit: minutes, hours, days."""
    minutes = max(int(value.total_seconds() // 60), 0)
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 2 * 1440:
        hours = minutes // 60
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = minutes // 1440
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


# --- promises ----------------------------------------------------------------------------------------------


def due_words(due: datetime, now: datetime) -> str:
    """A promise as said at the counter: "due tomorrow 17:00", "3 hours overdue (since today 14:00)"."""
    there, here = timezone.localtime(due), timezone.localtime(now)
    days = (there.date() - here.date()).days
    if due < now:
        since = _moment_words(there, year=there.year != here.year)
        if days == 0:
            since = _("today %(time)s") % {"time": f"{there:%H:%M}"}
        if now - due < timedelta(minutes=1):
            return _("due just now (%(moment)s)") % {"moment": since}
        return _("%(length)s overdue (since %(moment)s)") % {"length": span_words(now - due), "moment": since}
    if days == 0:
        return _("due today %(time)s") % {"time": f"{there:%H:%M}"}
    if days == 1:
        return _("due tomorrow %(time)s") % {"time": f"{there:%H:%M}"}
    return _("due %(moment)s") % {"moment": _moment_words(there, year=there.year != here.year)}


def due_kind(due: datetime, now: datetime, started: datetime | None = None) -> str:
    """late when passed, soon in the last quarter of its time (or the last day), otherwise wait."""
    if due < now:
        return "late"
    notice = (due - started) / 4 if started is not None and started < due else timedelta(days=1)
    return "soon" if due - now <= notice else "wait"


def _now(context: template.Context, given: datetime | None) -> datetime:
    if given is not None:
        return given
    running = current_or_none()
    moment_of_page = running.now if running is not None else context.get("now")
    if not isinstance(moment_of_page, datetime):
        raise template.TemplateSyntaxError("due needs `now`: from the request, the context or as argument")
    return moment_of_page


@register.inclusion_tag("core/parts/due.html", takes_context=True)
def due(
    context: template.Context,
    due_at: datetime | None,
    now: datetime | None = None,
    started: datetime | None = None,
) -> dict[str, Any]:
    """A promise in words with its icon; nothing when there is none."""
    if due_at is None:
        return {"kind": "", "words": ""}
    moment_of_page = _now(context, now)
    kind = due_kind(due_at, moment_of_page, started)
    return {
        "kind": kind,
        "icon_name": STATUS_ICONS[kind if kind != "wait" else "soon"],
        "words": due_words(due_at, moment_of_page),
        "iso": due_at.isoformat(),
    }


@register.inclusion_tag("core/parts/due_bar.html", takes_context=True)
def due_bar(
    context: template.Context,
    started: datetime | None,
    due_at: datetime | None,
    now: datetime | None = None,
    finished: bool = False,
) -> dict[str, Any]:
    """A thin bar that fills from `started` to `due_at`: brick when late. The words stand in `due`."""
    if started is None or due_at is None:
        return {"kind": ""}
    if finished:
        return {"kind": "done", "filled": 100}
    moment_of_page = _now(context, now)
    whole = max((due_at - started).total_seconds(), 1.0)
    part = (moment_of_page - started).total_seconds() / whole
    return {
        "kind": due_kind(due_at, moment_of_page, started),
        "filled": round(min(max(part, 0.02), 1.0) * 100),
    }
