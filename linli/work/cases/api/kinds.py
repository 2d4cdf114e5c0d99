"""The charter's kinds and their questions as connected systems read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.charter import Text
from linli.work.cases.rules.kinds import questions_of
from linli.work.cases.rules.open311 import group_of

# The classes of GB/T 47678.5-2026.
GROUPS: Mapping[str, str | Promise] = {
    "01": _("Municipal facilities"),
    "02": _("Traffic facilities"),
    "03": _("Cleanliness and waste"),
    "04": _("Green spaces"),
    "05": _("Other facilities"),
    "06": _("Appearance and surroundings"),
    "07": _("Posters and adverts"),
    "08": _("Building sites"),
    "09": _("Order in the street"),
    "10": _("Emergencies and other matters"),
    "local": _("Homes and owners' matters"),
}


def here(text: Text) -> str:
    """A charter's text in the language of the request."""
    return text.in_language(get_language() or "zh-hans")


def _other(text: Text) -> str:
    return text.en if (get_language() or "zh").startswith("zh") else text.zh


def rows(context: Context) -> tuple[Mapping[str, Any], ...]:
    """The charter's kinds."""
    found: tuple[Mapping[str, Any], ...] = charter.current(context.district, context.now)["cases.kinds"]
    return found


def questions(context: Context, kind: str) -> list[Mapping[str, Any]]:
    """The charter's questions for a kind."""
    return questions_of(kind, charter.current(context.district, context.now)["cases.questions"])


def _code(row: Mapping[str, Any]) -> str:
    """The standard's own code: the digits behind the prefix."""
    return str(row["code"]).rsplit("_", 1)[-1] if group_of(row["code"]) != "local" else ""


def service(context: Context, row: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of the service list."""
    keywords = [_other(row["name"]), _code(row)]
    return {
        "service_code": row["code"],
        "service_name": here(row["name"]),
        "description": f"{here(row['name'])} · {row['standard']} {_code(row)}".strip(),
        "metadata": bool(questions(context, row["code"])),
        "type": "realtime",
        "keywords": ", ".join(word for word in keywords if word),
        "group": str(GROUPS.get(group_of(row["code"]), GROUPS["05"])),
    }


DATATYPES = {"choice": "singlevaluelist", "text": "string", "number": "number"}


def _hint(question: Mapping[str, Any]) -> str | None:
    """What a number may be; nothing for the others."""
    low, high = question["low"], question["high"]
    return f"{low} – {high}" if low is not None and high is not None else None


def attribute(order: int, question: Mapping[str, Any]) -> dict[str, Any]:
    """One question as an attribute of a service definition. No question must be answered."""
    return {
        "variable": True,
        "code": question["code"],
        "datatype": DATATYPES[question["type"]],
        "required": False,
        "datatype_description": _hint(question),
        "order": order,
        "description": here(question["question"]),
        "values": [{"key": o["code"], "name": here(o["name"])} for o in question["options"] or ()],
    }
