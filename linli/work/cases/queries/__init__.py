"""Reads for the desk, the caller's page, outside systems and upper rooms."""

from linli.work.cases.queries.cases import (
    PAGE,
    QUEUES,
    Page,
    Story,
    by_code,
    by_public_id,
    counts,
    find,
    is_final,
    near,
    queue_page,
    story,
)

__all__ = [
    "PAGE",
    "QUEUES",
    "Page",
    "Story",
    "by_code",
    "by_public_id",
    "counts",
    "find",
    "is_final",
    "near",
    "queue_page",
    "story",
]
