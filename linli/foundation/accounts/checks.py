"""What must not be when real people are served."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from linli.foundation.accounts.models import User
from linli.foundation.core.models import District

KEY_LENGTH = 50


def setting_problems() -> list[str]:
    """Sentences for settings with which a production start is refused. Empty outside production."""
    if settings.LINLI_MODE != "production":
        return []
    problems = []
    if settings.DEBUG:
        problems.append("LINLI_DEBUG is on: error pages would show data. Unset it.")
    if settings.SECRET_KEY == settings.DEFAULT_KEY:
        problems.append("LINLI_SECRET_KEY is the published default. Set a random one of at least 50 signs.")
    elif len(settings.SECRET_KEY) < KEY_LENGTH:
        problems.append(f"LINLI_SECRET_KEY is shorter than {KEY_LENGTH} signs. Set a longer random one.")
    return problems


def start_problems() -> list[str]:
    """Sentences for which a production start is refused: settings, demonstration districts and accounts.

    Reads the database; call it after migrations and before the first request.
    """
    problems = setting_problems()
    if settings.LINLI_MODE == "production":
        if District.objects.filter(is_demonstration=True).exists():
            problems.append(
                "A demonstration district is in this database. Serve production from a folder of its own."
            )
        if User.objects.filter(is_demonstration=True).exists():
            problems.append(
                "Demonstration accounts are in this database. Serve production from a folder of its own."
            )
    return problems


@register("security")
def check_settings(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """The same settings refused by Django's own check at every start."""
    return [Error(sentence, id=f"accounts.E{n:03}") for n, sentence in enumerate(setting_problems(), 1)]
