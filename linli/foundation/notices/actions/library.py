"""The rules library: file a rule with the charter keys it is the basis of, end it on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import access
from linli.foundation.notices.actions.common import new_public_id
from linli.foundation.notices.models import RuleBasis, RuleText


def file_rule(
    *, actor: Actor, context: Context, number: str, title: str, issuer: str, dated: date, valid_from: date,
    keys: Sequence[str] = (), source: str = "", valid_to: date | None = None,
) -> RuleText:  # fmt: skip
    """File a document. `keys` are keys of the charter in force that rest on it. Raises Invalid or Conflict."""
    access.require_library(actor)
    values = {
        "number": number.strip(),
        "title": title.strip(),
        "issuer": issuer.strip(),
        "source": source.strip(),
    }
    faults = {
        field: _("Write something here.") for field in ("number", "title", "issuer") if not values[field]
    }
    if valid_to is not None and valid_to <= valid_from:
        faults["valid_to"] = _("The end lies before the beginning.")
    known = set(charter.current(actor.district, context.now).rules)
    wanted = sorted(set(keys))
    strangers = [key for key in wanted if key not in known]
    if strangers:
        faults["keys"] = _("The charter has no rule with this key: %(keys)s") % {"keys": ", ".join(strangers)}
    if faults:
        raise Invalid(
            "library.fields", _("The rule was not filed: see the fields marked below."), fields=dict(faults)
        )
    with transaction.atomic(savepoint=False):
        twin = RuleText.objects.filter(
            district=actor.district, number=values["number"], title=values["title"], valid_from=valid_from
        )
        if twin.exists():
            raise Conflict(
                "library.twin", _("This rule is in the library already, from the same day on. Open it there.")
            )
        rule = RuleText.objects.create(
            district=actor.district, public_id=new_public_id(), dated=dated, valid_from=valid_from, valid_to=valid_to,
            filed_at=context.now, **values,
        )  # fmt: skip
        for key in wanted:
            RuleBasis.objects.create(district=actor.district, rule=rule, charter_key=key)
        ledger.record(
            "library.filed",
            actor=actor,
            subject=("rule", rule.id),
            now=context.now,
            seq=1,
            data={"keys": wanted},
        )
    return rule


def end_rule(*, actor: Actor, context: Context, rule: RuleText, valid_to: date) -> RuleText:
    """The rule ends on a day (from that day on it does not hold). It stays readable."""
    access.require_library(actor)
    with transaction.atomic(savepoint=False):
        row = RuleText.objects.select_for_update().filter(district=actor.district, id=rule.id).first()
        if row is None:
            raise OutOfScope(
                "library.none", _("There is no such rule in the library. Open the library and choose one.")
            )
        if row.valid_to is not None:
            raise WrongStage(
                "library.ended", _("This rule has an end already. File a new edition if it holds again.")
            )
        if valid_to <= row.valid_from:
            raise Invalid(
                "library.end",
                _("The end lies before the beginning."),
                fields={"valid_to": _("Choose a later day.")},
            )
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        ledger.record(
            "library.ended",
            actor=actor,
            subject=("rule", row.id),
            now=context.now,
            data={"valid_to": valid_to.isoformat()},
        )
    return row
