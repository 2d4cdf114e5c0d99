"""The check code of a printed case: a digest of what stands on the paper. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def case_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the RFC 8785 form of what is printed."""
    return hashlib.sha256(bytes(rfc8785.dumps(dict(content)))).hexdigest()


def grouped(digest: str, groups: int = 4) -> str:
    """The beginning of a digest for paper: groups of four."""
    return " ".join(digest[n : n + 4] for n in range(0, groups * 4, 4))
