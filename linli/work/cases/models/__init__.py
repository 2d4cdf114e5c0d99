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

__all__ = [
    "CHANNELS",
    "CLASSES",
    "LINES",
    "REQUEST_KINDS",
    "ApiKey",
    "Assignment",
    "CallbackTry",
    "Case",
    "CaseHold",
    "Entry",
    "ImportRun",
]
