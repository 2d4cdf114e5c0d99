"""Forms of the vault. What is searched for is never put into an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.rules.charter import Text
from linli.foundation.people.rules import ERASURE_REASONS, FIELDS

FIELD_WORDS: Mapping[str, str | Promise] = {
    "name": _("Name"),
    "phone": _("Phone"),
    "id_number": _("ID card number"),
    "dwelling": _("Dwelling"),
    "text": _("Original text"),
}
REASON_WORDS: Mapping[str, str | Promise] = {
    "own_request": _("The person asked for it"),
    "consent_withdrawn": _("Consent was withdrawn"),
    "purpose_met": _("The purpose is met"),
    "retention_over": _("The time of keeping is over"),
    "law_requires": _("A law requires it"),
}
SECRET = {"autocomplete": "off", "data-secret": "", "spellcheck": "false"}


class SearchForm(forms.Form):
    """One exact identifier."""

    phone = forms.CharField(
        label=_("Whole phone number"),
        required=False,
        max_length=30,
        widget=forms.TextInput({**SECRET, "inputmode": "tel", "data-search": ""}),
    )
    id_number = forms.CharField(
        label=_("Whole ID card number"), required=False, max_length=30, widget=forms.TextInput(SECRET)
    )
    name = forms.CharField(
        label=_("Full name"), required=False, max_length=60, widget=forms.TextInput(SECRET)
    )


class RevealForm(forms.Form):
    """What to open and for which purpose."""

    fields_wanted = forms.MultipleChoiceField(
        label=_("What do you need to see?"),
        choices=[(f, FIELD_WORDS[f]) for f in FIELDS],
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.ChoiceField(label=_("For which purpose?"), widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, purposes: Mapping[str, Text]) -> None:
        super().__init__(data)
        language = get_language() or "zh-hans"
        choices = [(code, text.in_language(language)) for code, text in purposes.items()]
        self.fields["purpose"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField by declaration


class EraseForm(forms.Form):
    """Why the data of a person are erased, and that it is meant."""

    reason = forms.ChoiceField(
        label=_("Why are the data erased?"),
        choices=[(r, REASON_WORDS[r]) for r in ERASURE_REASONS],
        widget=forms.RadioSelect,
    )
    sure = forms.BooleanField(label=_("I know that nobody can bring these data back."))
