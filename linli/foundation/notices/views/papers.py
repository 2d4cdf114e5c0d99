"""Papers to take along: the A4 sheet, the article for other channels, the poster. All carry the check code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation.core.errors import WrongStage
from linli.foundation.core.requests import actor_of, context_of, district_of
from linli.foundation.notices import queries, rules
from linli.foundation.notices.models import Notice
from linli.foundation.notices.views.common import address, code

POSTER_COLUMNS, POSTER_TITLE_COLUMNS = 44, 26
POSTER_LINES, POSTER_TITLE_LINES = 14, 3


def _shown(request: HttpRequest, public_id: str) -> Notice:
    """A notice whose text may be taken along. Raises WrongStage for drafts and withdrawn ones."""
    notice = queries.notice(actor_of(request), public_id)
    if notice.stage not in (rules.RUNNING, rules.ENDED):
        raise WrongStage(
            "notices.paper",
            _("Only a notice that holds can be printed or exported. Open the version that holds."),
        )
    return notice


@require_safe
def sheet(request: HttpRequest, public_id: str) -> HttpResponse:
    """A4: official head, text, place for the seal, check code and QR code."""
    notice = _shown(request, public_id)
    return render(request, "notices/sheet.html", {
        "notice": notice, "code": code(address(request, notice), 3), "short": rules.grouped(notice.digest),
        "back_url": reverse("notices:detail", args=[public_id]),
    })  # fmt: skip


@require_safe
def article(request: HttpRequest, public_id: str) -> HttpResponse:
    """A file with inline styles, to paste into an official account's editor."""
    notice = _shown(request, public_id)
    html = render_to_string("notices/article.html", {
        "notice": notice, "address": address(request, notice), "short": rules.grouped(notice.digest),
        "district": district_of(request),
    })  # fmt: skip
    return _download(html, "text/html; charset=utf-8", f"notice-{_slug(request)}-{notice.digest[:8]}.html")


@require_safe
def poster(request: HttpRequest, public_id: str) -> HttpResponse:
    """A picture of the notice for screens and stairwells: title, text in large type, QR code, check code."""
    notice = _shown(request, public_id)
    svg = render_to_string("notices/poster.html", {
        "notice": notice, "title": rules.wrapped(notice.title, POSTER_TITLE_COLUMNS, POSTER_TITLE_LINES),
        "lines": rules.wrapped(notice.text, POSTER_COLUMNS, POSTER_LINES), "code": code(address(request, notice), 6),
        "short": rules.grouped(notice.digest), "district": district_of(request),
    })  # fmt: skip
    return _download(svg, "image/svg+xml", f"poster-{_slug(request)}-{notice.digest[:8]}.svg")


def _slug(request: HttpRequest) -> str:
    return context_of(request).slug


def _download(text: str, media_type: str, name: str) -> HttpResponse:
    """Never opened in place: a file from here runs nothing."""
    response = HttpResponse(text, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
