"""What a case is found by: its masked words as one line, and the pieces of that line."""

from __future__ import annotations

from typing import Any

from django.db import models

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.work.cases.models.case import Case


class PiecesField(models.Field):  # type: ignore[type-arg]  # the class takes no types while it runs
    """A set of pieces as PostgreSQL searches it (`tsvector`); written by one statement, never read back."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"


class CaseWords(DistrictModel):
    """The searchable words of one case as of its `seq`: number, place, masked text, masked entries.

    Kept apart from the case, whose stages change often. Long values lie outside the row, so that the hits of a
    common word are read from few pages.
    """

    case = DistrictForeignKey(Case, db_index=False)
    seq = models.IntegerField()
    version = models.SmallIntegerField()
    words = models.TextField()
    pieces = PiecesField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_words_case", fields=["district", "case"]),
        ]
