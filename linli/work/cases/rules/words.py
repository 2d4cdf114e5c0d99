"""How a masked text is cut into pieces that can be searched from one Chinese character on. Pure.

A text is folded (full-width to half-width, capitals to small letters) and cut into runs of letters and digits; a
mask or a punctuation mark ends a run. Of a run, every Chinese character and every pair of neighbours is a piece,
and so is every Latin word or number as a whole. A search is the pieces of what was typed, all of which must be
there, and then the typed runs themselves as they stand. `VERSION` changes with anything here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

VERSION = 1
LONGEST_TEXT = 20_000
MAX_TERMS = 8
_RUN = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[a-z0-9]+|[^a-z0-9]")
_LONGEST_PIECE = 40


def runs(text: str) -> list[str]:
    """Stretches of letters and digits of a folded text."""
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def searchable(texts: Iterable[str]) -> str:
    """Several texts as one line of runs, each text apart from the next: what typed runs are looked for in."""
    return " ".join(" ".join(runs(text)) for text in texts)[:LONGEST_TEXT]


def _pieces(run: str) -> list[str]:
    return [piece[:_LONGEST_PIECE] for piece in _PIECE.findall(run)]


def _is_word(piece: str) -> bool:
    return piece[0].isascii()


def pieces(line: str) -> list[str]:
    """Every piece of a searchable line, once, in order of the alphabet."""
    found: set[str] = set()
    for run in line.split():
        before = ""
        for piece in _pieces(run):
            found.add(piece)
            if before and not _is_word(piece) and not _is_word(before):
                found.add(before + piece)
            before = piece
    return sorted(found)


def place_pieces(path: str) -> list[str]:
    """A piece for the place of a path ("1.17.203.") and for each above it; no text has pieces like these."""
    nodes = path.strip(".").split(".")
    return ["/" + ".".join(nodes[:n]) + "." for n in range(1, len(nodes) + 1)]


def beneath(path: str) -> str:
    """The piece of everything below a place, in PostgreSQL's notation."""
    return "'/" + re.sub(r"[^0-9.]", "", path) + "'"


def terms(typed: str) -> list[str]:
    """The runs of what somebody typed; all must be found."""
    return list(dict.fromkeys(runs(typed)))[:MAX_TERMS]


def wanted(term: str) -> list[tuple[str, bool]]:
    """The pieces that every text with this run has, and whether only the beginning of the piece is known.

    Pairs stand for their characters; a Latin word at the end may go on.
    """
    found: list[tuple[str, bool]] = []
    parts = _pieces(term)
    for at, piece in enumerate(parts):
        pair_before = at > 0 and not _is_word(parts[at - 1]) and not _is_word(piece)
        pair_after = at + 1 < len(parts) and not _is_word(parts[at + 1]) and not _is_word(piece)
        if pair_before:
            found.append((parts[at - 1] + piece, False))
        elif not pair_after:
            found.append((piece, _is_word(piece) and at == len(parts) - 1))
    return found


def is_exact(term: str) -> bool:
    """Whether the pieces alone prove that a text has the run: one or two Chinese characters."""
    return len(term) <= 2 and not any(c.isascii() for c in term)


def tsquery(typed_terms: Sequence[str]) -> str:
    """The pieces of all terms in PostgreSQL's notation, each in quotes; a run holds no quotation marks."""
    needed = dict.fromkeys(pair for term in typed_terms for pair in wanted(term))
    return " & ".join(f"'{piece}'" + (":*" if begins else "") for piece, begins in needed)
