"""Settings of the district: answer templates and the knowledge that advice is given from.

Nothing is overwritten: a changed row ends and a new one begins, so that what was told stays known.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.rules import mask_text
from linli.work.cases.models import AnswerTemplate, KnowledgeItem
from linli.work.cases.rules.flow import FINAL, STAGES
from linli.work.cases.rules.templates import MAX_TEXT, MAX_TITLE, unknown_placeholders
from linli.work.cases.rules.words import searchable

MAX_KNOWLEDGE_TITLE = 60
MAX_KNOWLEDGE = 5000
MAX_SOURCE = 200
Problems = dict[str, str | Promise]


def _may(actor: Actor) -> None:
    if not actor.may("cases.settings"):
        raise NotAllowed(
            "cases.settings",
            _("Templates and knowledge are kept by the district's offices. Ask them, or switch appointment."),
        )


def _kinds(context: Context, asked: Sequence[str], problems: Problems) -> list[str]:
    known = {row["code"] for row in charter.current(context.district, context.now)["cases.kinds"]}
    if any(code not in known for code in asked):
        problems["kinds"] = _("Choose kinds from the charter's list.")
    return sorted(set(asked) & known)


def _title(typed: str, limit: int, problems: Problems) -> str:
    title = mask_text(" ".join(typed.split()))
    if not title or len(title) > limit:
        problems["title"] = _("Give it a title of at most %(n)d characters.") % {"n": limit}
    return title


def _text(typed: str, limit: int, problems: Problems) -> str:
    text = mask_text(typed.strip())
    if not text or len(text) > limit:
        problems["text"] = _("Write a text of at most %(n)d characters.") % {"n": limit}
    return text


def _check(problems: Problems) -> None:
    if problems:
        raise Invalid(
            "settings.wrong", _("Nothing was saved. Mend what is marked and save again."), fields=problems
        )


def _free(model: Any, actor: Actor, title: str, former: Any) -> None:
    """A title is used once. Raises Conflict."""
    rows = model.objects.filter(district=actor.district, title=title, ended_at=None)
    if rows.exclude(id=former.id if former else 0).exists():
        taken = _("This title is used already. Choose another, or change the entry that has it.")
        raise Conflict("settings.title", taken, fields={"title": taken})


def _former(model: Any, actor: Actor, public_id: str) -> Any:
    """The open row of this public id, locked; None for an empty one. Raises OutOfScope."""
    if not public_id:
        return None
    rows = model.objects.filter(district=actor.district, public_id=public_id, ended_at=None)
    found = rows.select_for_update().first()
    if found is None:
        raise OutOfScope("settings.none", _("This entry is not here any more: somebody changed or ended it."))
    return found


def _ended(row: Any, context: Context) -> None:
    row.ended_at = context.now
    row.save(update_fields=["ended_at"])


def save_template(
    *,
    actor: Actor,
    context: Context,
    title: str,
    text: str,
    kinds: Sequence[str] = (),
    stage: str = "",
    former: str = "",
) -> AnswerTemplate:
    """A new answer template, or another wording of `former` (public id). Raises Invalid, Conflict, OutOfScope."""
    _may(actor)
    problems: Problems = {}
    name, words, codes = (
        _title(title, MAX_TITLE, problems),
        _text(text, MAX_TEXT, problems),
        _kinds(context, kinds, problems),
    )
    unknown = unknown_placeholders(words)
    if unknown:
        problems["text"] = _(
            "There is no placeholder {%(name)s}. Those that exist stand below the field."
        ) % {"name": unknown[0]}
    if stage and (stage not in STAGES or stage in FINAL):
        problems["stage"] = _("Choose a stage of an open case, or none.")
    _check(problems)
    with transaction.atomic(savepoint=False):
        old = _former(AnswerTemplate, actor, former)
        if old is not None and (old.title, old.text, old.kinds, old.stage) == (name, words, codes, stage):
            standing: AnswerTemplate = old
            return standing
        _free(AnswerTemplate, actor, name, old)
        if old is not None:
            _ended(old, context)
        row = AnswerTemplate.objects.create(
            district=actor.district, public_id=secrets.token_hex(9), title=name, text=words, kinds=codes, stage=stage,
            at=context.now, by=actor.appointment,
        )  # fmt: skip
        ledger.record(
            "cases.template_saved", actor=actor, subject=("answer_template", row.id), now=context.now, seq=1,
            data={"former": old.id if old else None, "kinds": codes, "stage": stage or None},
        )  # fmt: skip
        return row


def end_template(*, actor: Actor, context: Context, template: str) -> None:
    """Offer a template no more. Raises OutOfScope, NotAllowed."""
    _may(actor)
    with transaction.atomic(savepoint=False):
        row = _former(AnswerTemplate, actor, template or "-")
        _ended(row, context)
        ledger.record(
            "cases.template_ended", actor=actor, subject=("answer_template", row.id), now=context.now
        )


def save_knowledge(
    *, actor: Actor, context: Context, title: str, text: str, kinds: Sequence[str] = (), source: str = "",
    valid_until: date | None = None, former: str = "",
) -> KnowledgeItem:  # fmt: skip
    """A new piece of knowledge, or another wording of `former` (public id). Raises Invalid, Conflict, OutOfScope."""
    _may(actor)
    problems: Problems = {}
    name, words = _title(title, MAX_KNOWLEDGE_TITLE, problems), _text(text, MAX_KNOWLEDGE, problems)
    codes, rests_on = _kinds(context, kinds, problems), mask_text(" ".join(source.split()))
    if len(rests_on) > MAX_SOURCE:
        problems["source"] = _("At most %(n)d characters fit. Shorten it a little.") % {"n": MAX_SOURCE}
    if valid_until is not None and valid_until < context.now.astimezone(context.zone).date():
        problems["valid_until"] = _("This day has passed. Choose a later one, or leave it empty.")
    _check(problems)
    with transaction.atomic(savepoint=False):
        old = _former(KnowledgeItem, actor, former)
        values = {
            "title": name,
            "text": words,
            "kinds": codes,
            "source": rests_on,
            "valid_until": valid_until,
        }
        if old is not None and all(getattr(old, field) == value for field, value in values.items()):
            standing: KnowledgeItem = old
            return standing
        _free(KnowledgeItem, actor, name, old)
        if old is not None:
            _ended(old, context)
        row = KnowledgeItem.objects.create(
            district=actor.district, public_id=secrets.token_hex(9), words=searchable([name, words]), at=context.now,
            by=actor.appointment, **values,
        )  # fmt: skip
        ledger.record(
            "cases.knowledge_saved", actor=actor, subject=("knowledge", row.id), now=context.now, seq=1,
            data={"former": old.id if old else None, "kinds": codes},
        )  # fmt: skip
        return row


def end_knowledge(*, actor: Actor, context: Context, item: str) -> None:
    """Tell it no more. Raises OutOfScope, NotAllowed."""
    _may(actor)
    with transaction.atomic(savepoint=False):
        row = _former(KnowledgeItem, actor, item or "-")
        _ended(row, context)
        ledger.record("cases.knowledge_ended", actor=actor, subject=("knowledge", row.id), now=context.now)
