"""What the middleware found out about a request, with its types.

Django's request has no place for them, so they hang on it as `linli` (the context), `linli_district` and
`linli_actor`. Templates read them there; Python code asks here.
"""

from __future__ import annotations

from django.http import HttpRequest

from linli.foundation.core.context import Context, NoContext
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor


def context_of(request: HttpRequest) -> Context:
    """District, moment and zone of this request. Raises NoContext outside the request's transaction."""
    context: Context | None = getattr(request, "linli", None)
    if context is None:
        raise NoContext("The request has no context: its view runs outside the transaction middleware.")
    return context


def actor_of(request: HttpRequest) -> Actor:
    """Who acts: the one acting appointment, or the public. Raises NoContext when no district was found."""
    actor = actor_or_none(request)
    if actor is None:
        raise NoContext("The request has no actor: no district was found for it.")
    return actor


def actor_or_none(request: HttpRequest) -> Actor | None:
    """As `actor_of`, for pages that may stand outside every district."""
    actor: Actor | None = getattr(request, "linli_actor", None)
    return actor


def district_of(request: HttpRequest) -> District:
    """The district of this request. Raises NoContext when none was found."""
    district = district_or_none(request)
    if district is None:
        raise NoContext("The request has no district: none was found at its address.")
    return district


def district_or_none(request: HttpRequest) -> District | None:
    """As `district_of`, for pages that may stand outside every district."""
    district: District | None = getattr(request, "linli_district", None)
    return district


def request_id_of(request: HttpRequest) -> str:
    """The id that the answer and every log line of this request carry."""
    return str(getattr(request, "request_id", ""))


def too_large(request: HttpRequest) -> bool:
    """Whether the upload was stopped at the limit of the body."""
    return bool(getattr(request, "linli_too_large", False))


def hang(request: HttpRequest, **values: object) -> None:
    """Hang values on a request: for middleware and upload handlers only."""
    vars(request).update(values)
