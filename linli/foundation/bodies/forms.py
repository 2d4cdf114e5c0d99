"""Forms of the desk: they parse and resolve names; what is allowed the actions decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.models import User
from linli.foundation.bodies import queries, rules
from linli.foundation.bodies.models import Body, Roster, Shift
from linli.foundation.core import charter
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text
from linli.foundation.places.models import Place

MOST_PLACES = 80


def text_choices(texts: dict[str, Text], first: str = "") -> list[tuple[str, str]]:
    """Codes with their names in the reader's language, after an empty first line when it is given."""
    language = get_language() or "zh-hans"
    head = [("", first)] if first else []
    return head + [(code, text.in_language(language)) for code, text in texts.items()]


def find_place(actor: Actor, text: str) -> Place:
    """The one open place in scope with this code or this whole name. Raises ValidationError."""
    rows = Place.objects.filter(district=actor.district, valid_to__isnull=True)
    if actor.kind != "system":
        rows = rows.filter(path__startswith=actor.scope)
    found = list(rows.filter(code=text)[:2]) or list(rows.filter(name=text).order_by("code")[:6])
    if not found:
        raise forms.ValidationError(
            __("There is no place “%(text)s” within your reach. Write its code or its whole name.")
            % {"text": text[:40]}
        )
    if len(found) > 1:
        codes = ", ".join(place.code or place.public_id for place in found)
        raise forms.ValidationError(
            __("Several places have this name. Write the code of the right one: %(codes)s.")
            % {"codes": codes}
        )
    return found[0]


class BodyForm(forms.Form):
    """Founding a body."""

    kind = forms.ChoiceField(label=_("Kind of body"))
    name = forms.CharField(label=_("Full name of the body"), max_length=80)
    place = forms.CharField(
        label=_("Seat"), max_length=80, help_text=_("Code or whole name of the place it belongs to.")
    )
    serves = forms.CharField(
        label=_("Places it serves"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One place a line; empty means its seat. A property company lists its compounds here."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Work number"), required=False, max_length=20,
        help_text=_("Shown to everybody. Never a person's own number."),
    )  # fmt: skip
    uscc = forms.CharField(label=_("Unified social credit code"), required=False, max_length=24)

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        names = {code: kind.name for code, kind in rules.KINDS.items()}
        self.fields["kind"].choices = text_choices(names, __("Choose"))  # type: ignore[attr-defined]  # a ChoiceField

    def clean_place(self) -> Place:
        return find_place(self.actor, self.cleaned_data["place"].strip())

    def clean_serves(self) -> list[Place]:
        lines = [line.strip() for line in self.cleaned_data["serves"].splitlines() if line.strip()]
        if len(lines) > MOST_PLACES:
            raise forms.ValidationError(__("At most %(n)d places at once.") % {"n": MOST_PLACES})
        return [find_place(self.actor, line) for line in lines]


class ChangeForm(forms.Form):
    """Correcting a body's details."""

    name = forms.CharField(label=_("Full name of the body"), max_length=80)
    phone = forms.CharField(
        label=_("Work number"), required=False, max_length=20,
        help_text=_("Shown to everybody. Never a person's own number."),
    )  # fmt: skip
    uscc = forms.CharField(label=_("Unified social credit code"), required=False, max_length=24)


class PlaceForm(forms.Form):
    """One place, by code or whole name."""

    place = forms.CharField(label=_("Place"), max_length=80, help_text=_("Code or whole name."))

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor

    def clean_place(self) -> Place:
        return find_place(self.actor, self.cleaned_data["place"].strip())


def roles_within(actor: Actor, now: datetime) -> dict[str, Text]:
    """Roles that the actor may give: none above the own level."""
    known = charter.current(actor.district, now).under("role")
    own = "district" if actor.kind == "system" else known[actor.role]["level"]
    return {code: role["name"] for code, role in known.items() if rules.role_within(role["level"], own)}


class AppointForm(forms.Form):
    """Giving an office: the account by its exact sign-in name, never from a list of people."""

    login_name = forms.CharField(
        label=_("Sign-in name"), max_length=60, help_text=_("The whole sign-in name of the account."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    title = forms.ChoiceField(label=_("Office"), required=False)
    role = forms.ChoiceField(label=_("Role"), help_text=_("What the office may do here."))
    place = forms.ChoiceField(label=_("For which place"))
    last_day = forms.DateField(
        label=_("Last day of the term"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("On the next day the rights end by themselves. Empty: until somebody ends it."),
    )  # fmt: skip

    def __init__(
        self, actor: Actor, body: Body, now: datetime, zone: ZoneInfo, *args: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.actor, self.zone = actor, zone
        served = [p for p in (body.place, *queries.places_of(body)) if actor.covers(p.path)]
        self.places: dict[str, Place] = {p.public_id: p for p in served}
        for name, choices in (
            ("title", text_choices(rules.TITLES, __("No title"))),
            ("role", text_choices(roles_within(actor, now), __("Choose"))),
            ("place", [(p.public_id, p.name) for p in self.places.values()]),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # ChoiceFields

    def clean_login_name(self) -> User:
        name = self.cleaned_data["login_name"].strip()
        found = User.objects.filter(
            district=self.actor.district, login_name=name, ended_at__isnull=True
        ).first()
        if found is None:
            raise forms.ValidationError(
                __(
                    "There is no open account with exactly this sign-in name. Check every letter, or have the account opened first."
                )
            )
        return found

    def clean_place(self) -> Place:
        return self.places[self.cleaned_data["place"]]

    @property
    def valid_to(self) -> datetime | None:
        """The end of the last day."""
        day: date | None = self.cleaned_data.get("last_day")
        return queries.midnight(day + timedelta(days=1), self.zone) if day else None


class EndForm(forms.Form):
    """Why an office ends."""

    reason = forms.ChoiceField(label=_("Why does it end?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].choices = text_choices(rules.END_REASONS)  # type: ignore[attr-defined]  # a ChoiceField


class DutyForm(forms.Form):
    """One line of a duty list."""

    kind_code = forms.CharField(
        label=_("Code of the matter"),
        max_length=40,
        help_text=_("As in the list of case kinds, such as noise."),
    )
    role = forms.ChoiceField(
        label=_("Duty"), choices=[("main", _("Main: it does this itself")), ("assist", _("Assist: it only helps"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    basis = forms.CharField(
        label=_("Basis"), max_length=200, required=False, help_text=_("Document and number.")
    )


class CoverForm(forms.Form):
    """Which hours a roster covers."""

    cover = forms.ChoiceField(label=_("Hours that must be covered"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["cover"].choices = text_choices(rules.COVERS)  # type: ignore[attr-defined]  # a ChoiceField


class ShiftForm(forms.Form):
    """One turn of duty."""

    kind = forms.ChoiceField(label=_("Duty"))
    appointment = forms.ChoiceField(label=_("Office holder"))
    first_day = forms.DateField(label=_("From day"), widget=forms.DateInput(attrs={"type": "date"}))
    first_time = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends_at = forms.IntegerField(label=_("For how many hours"), min_value=1, max_value=168)
    phone = forms.CharField(
        label=_("Work number on duty"),
        required=False,
        max_length=20,
        help_text=_("Empty: the body's own number."),
    )

    def __init__(self, roster: Roster, zone: ZoneInfo, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = zone
        self.offices = {a.public_id: a for a in queries.members(roster.body)}
        language = get_language() or "zh-hans"
        names = [
            (code, f"{office_name(a.title, language)} {a.user.login_name if a.user else ''}".strip())
            for code, a in self.offices.items()
        ]
        self.fields["kind"].choices = text_choices(rules.SHIFT_KINDS)  # type: ignore[attr-defined]  # ChoiceFields
        self.fields["appointment"].choices = names  # type: ignore[attr-defined]  # ChoiceFields

    def times(self) -> tuple[datetime, datetime]:
        """Beginning and end as instants."""
        day, at = self.cleaned_data["first_day"], self.cleaned_data["first_time"]
        start = datetime.combine(day, at or time.min, self.zone).astimezone(UTC)
        return start, start + timedelta(hours=self.cleaned_data["ends_at"])


def office_name(title: str, language: str) -> str:
    """An office title in words."""
    text = rules.TITLES.get(title)
    return text.in_language(language) if text else __("Office holder")


class SwapForm(forms.Form):
    """Two shifts that change hands."""

    one = forms.ChoiceField(label=_("This shift"))
    other = forms.ChoiceField(label=_("changes with"))

    def __init__(self, shifts: list[tuple[Shift, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("one", "other"):
            self.fields[name].choices = [(s.public_id, words) for s, words in shifts]  # type: ignore[attr-defined]  # ChoiceFields


class NoticeForm(forms.Form):
    """The yearly notice as a spreadsheet."""

    year = forms.IntegerField(label=_("Year"), min_value=2018, max_value=2100)
    source = forms.CharField(
        label=_("Notice"), max_length=200, help_text=_("Title and number of the yearly notice.")
    )
    file = forms.FileField(
        label=_("Spreadsheet"),
        help_text=_(
            "CSV or XLSX with the columns date, name, kind (off or work), or 日期, 名称, 类型 (休 or 班)."
        ),
    )


class ConfirmForm(forms.Form):
    """A previewed notice that is to be loaded."""

    year = forms.IntegerField(min_value=2018, max_value=2100, widget=forms.HiddenInput)
    source = forms.CharField(max_length=200, widget=forms.HiddenInput)
    rows = forms.CharField(max_length=60_000, widget=forms.HiddenInput, strip=False)
