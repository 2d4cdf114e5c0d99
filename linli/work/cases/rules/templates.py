"""Answer templates: which fit a case, and what stands in place of their placeholders. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

PLACEHOLDERS = ("number", "place", "body", "kind", "today", "promised")
MAX_TITLE = 40
MAX_TEXT = 2000
_HOLDER = re.compile(r"\{([a-z_]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and is none of ours."""
    return sorted({name for name in _HOLDER.findall(text) if name not in PLACEHOLDERS})


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced; one whose value is not known becomes a gap to fill by hand."""
    return _HOLDER.sub(lambda found: values.get(found.group(1)) or "____", text)


def fits(kinds: Collection[str], stage: str, *, kind: str, at: str) -> bool:
    """Whether a template is for this kind and stage; without kinds or stage it is for all."""
    return (not kinds or kind in kinds) and (not stage or stage == at)
