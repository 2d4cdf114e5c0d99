"""What a sender sends: a form, a form with pictures, or JSON; the same names in each. Unusable bodies are problems."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.foundation.core.requests import too_large
from linli.foundation.core.rules.typed import printable
from linli.work.cases.api.answers import Problem, Problems

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\])?")


@dataclass(slots=True)
class Sent:
    """The plain fields, the answers to a kind's questions, and pictures."""

    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    pictures: list[UploadedFile[Any]] = field(default_factory=list)

    def get(self, name: str) -> str:
        """A field without spaces around it; an empty one is the same as none."""
        return self.fields.get(name, "").strip()


def read(request: HttpRequest) -> Sent:
    """The body by its Content-Type. Raises Problems."""
    if too_large(request):
        raise _too_large()
    if request.content_type == "application/json":
        return _from_json(json_object(request))
    return _from_form(request)


def _too_large() -> Problems:
    return Problems(
        Problem(413, _("What was sent is larger than the limit. Nothing was stored. Send less at once."))
    )


def _from_form(request: HttpRequest) -> Sent:
    sent = Sent(pictures=[f for _name, fs in request.FILES.lists() for f in fs])
    for name, texts in request.POST.lists():
        match = _ATTRIBUTE.fullmatch(name)
        if match:
            sent.attributes.setdefault(match.group(1), []).extend(str(text) for text in texts)
        elif texts:
            sent.fields[name] = str(texts[-1])
    _clear(request, sent)
    return sent


def _clear(request: HttpRequest, sent: Sent) -> None:
    """Nothing twice and nothing in another encoding: nobody guesses what was meant. Raises Problems."""
    problems = []
    for name, texts in request.POST.lists():
        shown = {"name": name[:60]}
        if name in sent.fields and len(texts) > 1:
            problems.append(Problem(400, _("%(name)s came more than once. Send it once.") % shown))
        if any("\ufffd" in str(text) for text in texts):
            problems.append(Problem(400, _("%(name)s is not UTF-8 text. Send the form in UTF-8.") % shown))
    if problems:
        raise Problems(*problems[:20])


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The body as one JSON object. Raises Problems."""
    try:
        read_ = json.loads(request.body, parse_constant=_no_constant)
    except RequestDataTooBig as problem:
        raise _too_large() from problem
    except (ValueError, RecursionError) as problem:
        raise Problems(Problem(400, _("The body is not JSON in UTF-8."))) from problem
    if not isinstance(read_, dict):
        raise Problems(Problem(400, _("The body must be one JSON object.")))
    return read_


def _no_constant(name: str) -> float:
    raise ValueError(name)


def plain(value: Any) -> str | None:
    """A text or number as a form would carry it; None for what no form carries."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (str, int, float)):
        try:
            return printable(str(value))
        except ValueError:  # a number of thousands of digits
            return None
    return "" if value is None else None


def _from_json(body: Mapping[str, Any]) -> Sent:
    sent, strange = Sent(), []
    attributes = body.get("attribute")
    for name, value in body.items():
        text = plain(value)
        if name == "attribute":
            continue
        if text is None:
            strange.append(name)
        else:
            sent.fields[printable(name)] = text
    if isinstance(attributes, dict):
        for code, value in attributes.items():
            answers = [plain(one) for one in (value if isinstance(value, list) else [value])]
            if None in answers:
                strange.append(f"attribute.{code}")
            else:
                sent.attributes[code] = [a for a in answers if a]
    elif attributes is not None:
        strange.append("attribute")
    if strange:
        raise Problems(
            *(
                Problem(400, _("%(name)s must be a text or a number.") % {"name": printable(n)[:60]})
                for n in strange[:20]
            )
        )
    return sent
