"""Public pages: my compound, plates, search, outline and points of the small map."""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.foundation.core import charter
from linli.foundation.core.requests import context_of
from linli.foundation.core.rules.actor import public
from linli.foundation.core.views import wants_json
from linli.foundation.places import queries
from linli.foundation.places.landing import report_url
from linli.foundation.places.models import Place
from linli.foundation.places.queries import Near
from linli.foundation.places.rules import codes, geo, plates
from linli.foundation.places.views.common import hotline, limited

COOKIE = "linli_place"
YEAR = 365 * 86400
MAP_SECONDS = 300


def remember(response: HttpResponse, place: Place) -> HttpResponse:
    """Keep the chosen compound on this device; it is no sign of who uses it."""
    response.set_cookie(
        COOKIE,
        place.public_id,
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def remembered(request: HttpRequest) -> Place | None:
    """The compound kept on this device, for forms of upper rooms too."""
    public_id = request.COOKIES.get(COOKIE, "")[:24]
    return queries.place(context_of(request).district, public_id) if public_id else None


def _near(request: HttpRequest, lon: float | None, lat: float | None) -> list[Near]:
    if lon is None or lat is None:
        return []
    context = context_of(request)
    metres = charter.current(context.district, context.now)["places.nearest.metres"]
    return queries.nearest(context.district, lon, lat, 6, metres=float(metres))


def _compound_page(
    request: HttpRequest, place: Place, *, ended_plate: bool = False, spot: str = ""
) -> HttpResponse:
    closed = not queries.is_open(place, context_of(request).now)
    near = (
        [one for one in _near(request, place.longitude, place.latitude) if one.place.id != place.id]
        if closed
        else []
    )
    values = {
        "place": place, "above": queries.ancestors(place), "code": codes.shown(place.code), "closed": closed,
        "near": near, "ended_plate": ended_plate, "spot": spot, "hotline": hotline(request),
        "report": "" if closed else report_url(place.public_id), "viewer": public(place.district),
    }  # fmt: skip
    return render(request, "places/compound.html", values)


def _ask(request: HttpRequest, *, problem: str = "", typed: str = "", status: int = 200) -> HttpResponse:
    """Ask for the compound, with what was typed kept."""
    values = {"problem": problem, "typed": typed, "hotline": hotline(request)}
    return render(request, "places/choose.html", values, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def my_compound(request: HttpRequest) -> HttpResponse:
    """The compound kept on this device, or the question which it is."""
    if request.method == "POST":
        place = queries.place(context_of(request).district, request.POST.get("place", "")[:24])
        if place is None or place.level != Place.Level.COMPOUND:
            return _ask(
                request, problem=_("This compound is not known here. Search for it again."), status=422
            )
        return remember(redirect("places:my_compound"), place)
    if "change" in request.GET:
        return _ask(request)
    asked = request.GET.get("place", "")[:24]
    place = queries.place(context_of(request).district, asked) if asked else remembered(request)
    if place is None or place.level != Place.Level.COMPOUND:
        return _ask(
            request, problem=_("This compound is not known here. Search for it again.") if asked else ""
        )
    return _compound_page(request, place)


@require_GET
def plate(request: HttpRequest, code: str) -> HttpResponse:
    """A scanned plate: its compound, kept on this device, and the way to report there."""
    found = queries.by_plate(context_of(request).district, code)
    if found is None:
        return _ask(
            request,
            problem=_(
                "No plate has this code. Look at the letters below the square once more, or search for your compound."
            ),
            typed=code[:20],
            status=404,
        )
    spot = ""
    if found.gate is not None:
        spot = found.gate.name
    elif found.stairwell is not None:
        spot = f"{found.stairwell.building.name} {found.stairwell.name}"
    response = _compound_page(request, found.place, ended_plate=found.ended_at is not None, spot=spot)
    return remember(response, found.place) if found.place.valid_to is None else response


def _degrees(request: HttpRequest, name: str) -> float | None:
    try:
        value = float(request.GET.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _position(request: HttpRequest) -> tuple[float, float] | None:
    """The asked position in WGS-84; `system=gcj02` is converted at this edge."""
    lon, lat = _degrees(request, "lon"), _degrees(request, "lat")
    if lon is None or lat is None or not geo.is_position(lon, lat):
        return None
    return geo.to_wgs84(lon, lat) if request.GET.get("system") == "gcj02" else (lon, lat)


def _line(place: Place, metres: int | None = None) -> dict[str, Any]:
    line = {
        "public_id": place.public_id, "name": place.name, "level": place.level,
        "community": place.parent.name if place.parent is not None else "", "code": codes.shown(place.code),
    }  # fmt: skip
    return line if metres is None else {**line, "metres": metres}


def _next(request: HttpRequest) -> str:
    """The page that asked for a place, when it is one of ours; `place=` is added to it."""
    asked = request.GET.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else ""


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Places by typed words (`q`) or around a position (`lon`, `lat`): JSON for scripts, a page for everybody."""
    limited(request, "places.search")
    context = context_of(request)
    text = request.GET.get("q", "")[:80]
    levels = ("compound",) if request.GET.get("level") == "compound" else ("compound", "community")
    at = _position(request)
    found = queries.search(context.district, text, 10, levels)
    near = _near(request, *at) if at else []
    outside = at is not None and queries.inside_outline(context.district, *at) is False
    lines = [_line(place) for place in found] + [_line(one.place, one.metres) for one in near]
    if wants_json(request) or request.GET.get("format") == "json":
        answer = JsonResponse(
            {"results": lines, "outside": outside}, json_dumps_params={"ensure_ascii": False}
        )
        answer["Cache-Control"] = "private, max-age=60"
        return answer
    back = _next(request)
    for line in lines:
        joint = "&" if "?" in back else "?"
        line["url"] = back + joint + urlencode({"place": line["public_id"]}) if back else ""
    values = {
        "q": text,
        "lines": lines,
        "outside": outside,
        "next": back,
        "asked": bool(text or at),
        "hotline": hotline(request),
    }
    return render(request, "places/search.html", values)


@require_GET
def find_plate(request: HttpRequest) -> HttpResponse:
    """A plate's code typed by hand."""
    code = request.GET.get("code", "")[:20]
    normal = plates.normal_code(code)
    if normal is None:
        return _ask(
            request,
            problem=_(
                "This is no plate's code: it has 9 letters and digits, without 0, O, 1, I and L. Look once more."
            ),
            typed=code,
            status=422,
        )
    return HttpResponseRedirect(reverse("places:plate", args=[normal]))


def _geo(content: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(
        content, json_dumps_params={"ensure_ascii": False}, content_type="application/geo+json"
    )
    answer["Cache-Control"] = f"public, max-age={MAP_SECONDS}"
    return answer


@require_GET
def outline(request: HttpRequest) -> HttpResponse:
    """GeoJSON of the district's schematic outline."""
    return _geo(queries.outline(context_of(request).district))


@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """GeoJSON of the district's compounds."""
    return _geo(queries.points(context_of(request).district))
