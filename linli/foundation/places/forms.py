"""Forms of places. They read words; the rules are the actions'."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation.places.models import CompoundFile, ImportRun, Place
from linli.foundation.places.rules.columns import COLUMNS, Kind

DAY = {"type": "date"}


def at_midnight(day: date | None) -> datetime | None:
    """The beginning of a day in the district's zone."""
    return None if day is None else datetime.combine(day, time(), timezone.get_current_timezone())


def lines(text: str) -> list[str]:
    """The lines of a text that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class PositionFields(forms.Form):
    """A position in degrees."""

    longitude = forms.FloatField(label=_("Longitude"), required=False, help_text=_("Degrees, such as 113.12"))
    latitude = forms.FloatField(label=_("Latitude"), required=False, help_text=_("Degrees, such as 36.19"))


class AddPlaceForm(PositionFields):
    """A new place below another."""

    name = forms.CharField(label=_("Place name"), max_length=80)
    code = forms.CharField(
        label=_("Code"), max_length=40, required=False,
        help_text=_("Compounds get the next number of their community when this stays empty."),
    )  # fmt: skip
    valid_from = forms.DateField(label=_("Exists since"), required=False, widget=forms.DateInput(DAY))
    field_order = ("name", "code", "valid_from", "longitude", "latitude")


class RenameForm(forms.Form):
    """A new name from a day on."""

    name = forms.CharField(
        label=_("New name"), max_length=80, help_text=_("The present name stays readable and findable.")
    )
    valid_from = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(DAY))


class RecodeForm(forms.Form):
    """A new code from a day on."""

    code = forms.CharField(label=_("New code"), max_length=40, help_text=_("With or without dashes."))
    valid_from = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(DAY))


class CloseForm(forms.Form):
    """The day of an end."""

    valid_to = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(DAY),
        help_text=_("Nothing is deleted: the file stays readable."),
    )  # fmt: skip
    sure = forms.BooleanField(label=_("I have checked that no open place stands below it."))


class FactsForm(PositionFields):
    """Facts of a compound."""

    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    built_year = forms.IntegerField(label=_("Year built"), required=False)
    household_count = forms.IntegerField(label=_("Number of households"), required=False)
    management = forms.ChoiceField(
        label=_("Kind of management"),
        required=False,
        choices=[("", _("Not known")), *CompoundFile.Management.choices],
    )
    has_lift = forms.NullBooleanField(label=_("Has a lift"), required=False)
    field_order = (
        "address",
        "built_year",
        "household_count",
        "management",
        "has_lift",
        "longitude",
        "latitude",
    )


class BuildingForm(forms.Form):
    """A new building."""

    code = forms.CharField(label=_("Building number"), max_length=10, help_text=_("Such as 12 or A1"))
    name = forms.CharField(label=_("Building name"), max_length=40, required=False)
    storeys = forms.IntegerField(label=_("Storeys"), required=False)
    stairwells = forms.IntegerField(label=_("Number of stairwells"), required=False, initial=0)
    completed_on = forms.DateField(label=_("Day of completion"), required=False, widget=forms.DateInput(DAY))


class GatesForm(forms.Form):
    """New gates, one a line."""

    gates = forms.CharField(
        label=_("Gates"), max_length=1000, widget=forms.Textarea({"rows": 4}), help_text=_("One name a line.")
    )


class StairwellsForm(forms.Form):
    """New stairwells of a building, one a line."""

    building = forms.ChoiceField(label=_("Building"))
    stairwells = forms.CharField(
        label=_("Stairwells"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One number a line."),
    )

    def __init__(self, *args: Any, buildings: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["building"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = buildings or []


class GridForm(forms.Form):
    """A new grid of a community."""

    code = forms.CharField(label=_("Grid number"), max_length=20)
    name = forms.CharField(label=_("Grid name"), max_length=60)
    compounds = forms.MultipleChoiceField(
        label=_("Compounds"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, places: list[Place] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["compounds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(place.public_id, place.name) for place in places or []]


class PlateForm(forms.Form):
    """A plate bound to an existing address plate."""

    target = forms.ChoiceField(label=_("Where the plate hangs"))
    police_code = forms.CharField(
        label=_("Number of the existing address plate"), max_length=40, required=False,
        help_text=_("Leave empty for a plate of its own."),
    )  # fmt: skip

    def __init__(self, *args: Any, targets: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = targets or []


class UploadForm(forms.Form):
    """A list to import."""

    kind = forms.ChoiceField(
        label=_("What the list holds"), choices=ImportRun.Kind.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(label=_("File"), help_text=_("XLSX or CSV. Codes must be formatted as text."))


class MappingForm(forms.Form):
    """Which column of the file holds what."""

    def __init__(
        self, kind: Kind, headers: tuple[str, ...], names: dict[str, str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("", _("Not in this file")),
            *((str(at), header or f"#{at + 1}") for at, header in enumerate(headers)),
        ]
        for column in COLUMNS[kind]:
            self.fields[f"column_{column.field}"] = forms.ChoiceField(
                label=names[column.field], choices=choices, required=False
            )

    def mapping(self) -> dict[str, int]:
        """Field -> position."""
        return {
            name.removeprefix("column_"): int(value)
            for name, value in self.cleaned_data.items()
            if value != ""
        }
