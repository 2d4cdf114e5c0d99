"""The tables of the case room. Only this room's actions write them."""

from linli.work.cases.models.case import (
    CHANNELS,
    CLASSES,
    LINES,
    REQUEST_KINDS,
    ApiKey,
    Assignment,
    CallbackTry,
    Case,
    CaseHold,
    Entry,
    ImportRun,
)
from linli.work.cases.models.sorting import LINKS, Answer, Link, Proposal, Suggester, Supporter

__all__ = [
    "CHANNELS",
    "CLASSES",
    "LINES",
    "LINKS",
    "REQUEST_KINDS",
    "Answer",
    "ApiKey",
    "Assignment",
    "CallbackTry",
    "Case",
    "CaseHold",
    "Entry",
    "ImportRun",
    "Link",
    "Proposal",
    "Suggester",
    "Supporter",
]
