"""Forms of the desk and of the public: parse only; rules are the actions'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import queries, rules
from linli.foundation.places import queries as places
from linli.foundation.places.access import in_scope
from linli.foundation.places.models import Place

OFFERED_PLACES = 300


def new_key() -> str:
    """A sending number: it travels with the form, so that a second send stores nothing."""
    return get_random_string(24)


class Keyed(forms.Form):
    """A form that carries its sending number from rendering."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=80)

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        initial = {"key": new_key(), **options.pop("initial", {})}
        super().__init__(data, initial=initial, **options)


class DraftForm(Keyed):
    """What a clerk writes. The place is given by code or name; the browser offers those within reach."""

    rule = forms.ChoiceField(
        label=_("Kind"), help_text=_("The charter says how long each kind is shown at least.")
    )
    place = forms.CharField(
        label=_("Where it holds"),
        max_length=120,
        help_text=_("Code or name of a place within your reach; everything below it is meant too."),
    )
    title = forms.CharField(label=_("Title"), max_length=rules.TITLE_MOST)
    text = forms.CharField(
        label=_("Text"), max_length=rules.TEXT_MOST, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Plain words, one thought a paragraph. Name no person, no phone of a person, no room number."),
    )  # fmt: skip
    basis = forms.CharField(
        label=_("Rule it rests on"), max_length=300, required=False, help_text=_("Name, number and article.")
    )
    shown_amount = forms.IntegerField(
        label=_("Shown for (days)"), min_value=1, max_value=3000, required=False,
        help_text=_("Leave it empty for what the charter asks at least. Working days where the charter counts them."),
    )  # fmt: skip
    personal_basis = forms.CharField(
        label=_("Law that asks for a person to be named"), max_length=300, required=False,
        help_text=_("Only where the text must name a person, such as a roll of voters. Otherwise such a text is refused."),
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, actor: Actor, now: datetime, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.actor = actor
        language = get_language() or "zh-hans"
        found = queries.publication_rules(actor.district, now)
        self.fields["rule"].choices = [  # type: ignore[attr-defined]  # a choice field
            (code, f"{rule.name_in(language)} ({rule.shown.amount} {UNITS[rule.shown.unit]})")
            for code, rule in found.items()
        ]
        self.offered = list(in_scope(actor).filter(valid_to__isnull=True).order_by("path")[:OFFERED_PLACES])
        self.fields["place"].widget.attrs["list"] = "places-in-reach"

    def clean_place(self) -> Place:
        """The one place within reach that the words mean."""
        words = self.cleaned_data["place"].strip()
        reach = in_scope(self.actor).filter(valid_to__isnull=True)
        first = words.split()[0] if words.split() else ""
        found = list(reach.filter(code=first)[:2]) or list(reach.filter(name=words)[:2])
        if not found:
            found = [
                place for place in places.search(self.actor.district, words) if self.actor.covers(place.path)
            ]
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(
                _("No place within your reach has this code or name. Choose one of those offered.")
            )
        names = ", ".join(f"{place.code} {place.name}" for place in found[:5])
        raise forms.ValidationError(_("Several places fit: %(names)s. Write the code.") % {"names": names})


UNITS = {"calendar_days": _("days"), "working_days": _("working days"), "months": _("months")}


class ReasonForm(forms.Form):
    """Why a notice is withdrawn."""

    reason = forms.CharField(
        label=_("Why it is withdrawn"), max_length=rules.REASON_MOST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Residents read this instead of the text."),
    )  # fmt: skip


class ObjectionForm(Keyed):
    """What somebody says against a notice; contact is optional."""

    text = forms.CharField(
        label=_("What do you object to, and why?"), max_length=rules.OBJECTION_MOST, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Phones, names and room numbers in your text are hidden from readers and kept sealed."),
    )  # fmt: skip
    name = forms.CharField(label=_("How may we address you?"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=20, required=False, help_text=_("Only if you want to be asked back. The answer is found by number too."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """The answer to an objection."""

    answer = forms.CharField(
        label=_("Answer"), max_length=rules.OBJECTION_MOST, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Say what was checked and what follows. The answer stays as it is and names nobody."),
    )  # fmt: skip


class RuleForm(forms.Form):
    """A document for the rules library."""

    number = forms.CharField(label=_("Number"), max_length=80)
    title = forms.CharField(label=_("Title"), max_length=200)
    issuer = forms.CharField(label=_("Issued by"), max_length=120)
    dated = forms.DateField(label=_("Dated"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_from = forms.DateField(label=_("Holds from"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(
        label=_("Holds until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    source = forms.CharField(label=_("Where it was published"), max_length=300, required=False)
    keys = forms.CharField(
        label=_("Charter rules that rest on it"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One key a line, such as notices.consultation.min_days."),
    )  # fmt: skip

    def clean_keys(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["keys"].splitlines() if line.strip()]


class EndForm(forms.Form):
    """From which day on a rule does not hold."""

    valid_to = forms.DateField(label=_("Ends on"), widget=forms.DateInput(attrs={"type": "date"}))
