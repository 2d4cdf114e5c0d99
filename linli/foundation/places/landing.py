"""Where a plate leads: upper rooms name the page that takes a report at a place."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

REPORT = "cases:report"


def report_url(public_id: str) -> str:
    """Address of the reporting page with the place filled in; empty where this installation takes no reports."""
    try:
        return reverse(REPORT) + "?" + urlencode({"place": public_id})
    except NoReverseMatch:
        return ""
