"""Where a message leads: rooms above say how the subjects they own are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Resolver = Callable[[int, list[int]], dict[int, str]]

_resolvers: dict[str, Resolver] = {}


def register(subject_type: str, resolver: Resolver) -> None:
    """`resolver(district, ids)` returns addresses by id in one statement; ids without a page are left out."""
    _resolvers[subject_type] = resolver


def addresses(district: int, subjects: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Addresses of many subjects, one call per kind."""
    by_type: dict[str, set[int]] = {}
    for kind, id_ in subjects:
        by_type.setdefault(kind, set()).add(id_)
    return {
        (kind, id_): url
        for kind, ids in by_type.items()
        if kind in _resolvers
        for id_, url in _resolvers[kind](district, sorted(ids)).items()
    }
