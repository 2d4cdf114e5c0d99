"""A list that would end the process which reads it, sent by page: refused in words, and the server lives."""

from __future__ import annotations

import pytest
from django.db import transaction

from linli.foundation.core.errors import TooLarge
from linli.foundation.core.tests.test_sheets_hostile import book
from linli.foundation.places import actions
from linli.foundation.places.models import ImportRun


def test_a_cell_in_the_last_corner_is_refused_in_words(work) -> None:
    context, actor = work
    data = book({(0, 0): "社区", (1_048_575, 16_383): "z"})
    with pytest.raises(TooLarge) as refused, transaction.atomic():
        actions.begin_import(actor=actor, kind="compounds", data=data, now=context.now)
    assert refused.value.code == "import.unpacked"
    assert not ImportRun.objects.exists()
