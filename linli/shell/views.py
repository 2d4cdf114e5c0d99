"""Pages that combine rooms: the public front page and the desk's first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """Three choices: report, follow, call."""
    return render(request, "shell/home.html")


def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the acting person."""
    return render(request, "shell/desk.html")
