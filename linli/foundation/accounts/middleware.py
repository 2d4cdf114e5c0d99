"""Sets the acting appointment of the session on every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from linli.foundation.core.rules.actor import public


class ActingMiddleware:
    """`request.linli_actor` is the one acting grant, or the public."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        district = request.linli_district  # type: ignore[attr-defined]  # set by core's middleware
        request.linli_actor = public(district.id) if district else None  # type: ignore[attr-defined]  # ours
        request.linli_acting = None  # type: ignore[attr-defined]  # ours
        return self.get_response(request)
