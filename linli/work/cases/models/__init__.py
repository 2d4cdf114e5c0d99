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
from linli.work.cases.models.flow import JointTurn, Told, WhistleCall, WhistleRating
from linli.work.cases.models.rates import (
    DIMENSIONS,
    PURPOSES,
    RESULTS,
    Exclusion,
    RatePeriod,
    RateRow,
    Sample,
    SampleDraw,
)
from linli.work.cases.models.sorting import LINKS, Answer, Link, Proposal, Suggester, Supporter

__all__ = [
    "CHANNELS",
    "CLASSES",
    "DIMENSIONS",
    "LINES",
    "LINKS",
    "PURPOSES",
    "REQUEST_KINDS",
    "RESULTS",
    "Answer",
    "ApiKey",
    "Assignment",
    "CallbackTry",
    "Case",
    "CaseHold",
    "Entry",
    "Exclusion",
    "ImportRun",
    "JointTurn",
    "Link",
    "Proposal",
    "RatePeriod",
    "RateRow",
    "Sample",
    "SampleDraw",
    "Suggester",
    "Supporter",
    "Told",
    "WhistleCall",
    "WhistleRating",
]
