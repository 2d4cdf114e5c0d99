"""The tables of the case room. Only this room's actions write them."""

from linli.work.cases.models.case import (
    CHANNELS,
    CLASSES,
    LINES,
    REQUEST_KINDS,
    SCOPES,
    ApiKey,
    Assignment,
    CallbackTry,
    Case,
    CaseHold,
    Entry,
    ImportRun,
)
from linli.work.cases.models.desk import SavedFilter
from linli.work.cases.models.flow import JointTurn, Told, WhistleCall, WhistleRating
from linli.work.cases.models.open import HELD_REASONS, HELD_STATES, HeldReport, PublicCard
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
    "HELD_REASONS",
    "HELD_STATES",
    "LINES",
    "LINKS",
    "PURPOSES",
    "REQUEST_KINDS",
    "RESULTS",
    "SCOPES",
    "Answer",
    "ApiKey",
    "Assignment",
    "CallbackTry",
    "Case",
    "CaseHold",
    "Entry",
    "Exclusion",
    "HeldReport",
    "ImportRun",
    "JointTurn",
    "Link",
    "Proposal",
    "PublicCard",
    "RatePeriod",
    "RateRow",
    "Sample",
    "SampleDraw",
    "SavedFilter",
    "Suggester",
    "Supporter",
    "Told",
    "WhistleCall",
    "WhistleRating",
]
