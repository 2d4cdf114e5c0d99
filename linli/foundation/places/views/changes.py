"""Desk forms that change one place: each parses, calls one action and goes back to the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from linli.foundation.accounts.gate import acting
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import access, actions, forms, queries
from linli.foundation.places.models import Building, Gate, Place, Stairwell
from linli.foundation.places.views.common import attempt, place_or_404

BELOW = {"district": "subdistrict", "subdistrict": "community", "community": "compound"}
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A form and what is done with it: `act(actor, place, values, now)`."""

    title: str | Promise
    verb: str | Promise
    form: type[django_forms.Form]
    act: Callable[[Actor, Place, Values, Any], Any]
    initial: Callable[[Place], Values] = lambda place: {}
    options: Callable[[Place], Values] = lambda place: {}
    levels: tuple[str, ...] = ("compound",)


def _add(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    return actions.add_place(
        actor=actor, level=BELOW[place.level], parent=place, name=values["name"], code=values["code"], now=now,
        longitude=values["longitude"], latitude=values["latitude"], valid_from=forms.at_midnight(values["valid_from"]),
    )  # fmt: skip


def _rename(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    begins = forms.at_midnight(values["valid_from"])
    return actions.rename_place(actor=actor, place=place, name=values["name"], now=now, valid_from=begins)


def _recode(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    begins = forms.at_midnight(values["valid_from"])
    return actions.recode_place(actor=actor, place=place, code=values["code"], now=now, valid_from=begins)


def _close(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    return actions.close_place(
        actor=actor, place=place, now=now, valid_to=forms.at_midnight(values["valid_to"])
    )


def _facts(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    return actions.set_facts(actor=actor, place=place, now=now, **values)


def _building(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    values["stairwells"] = values["stairwells"] or 0
    return actions.add_building(actor=actor, place=place, now=now, **values)


def _gates(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    return actions.add_gates(actor=actor, place=place, names=forms.lines(values["gates"]), now=now)


def _stairwells(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    mine = Building.objects.select_related("place").filter(district=place.district, place=place)
    building = mine.get(code=values["building"])
    return actions.add_stairwells(
        actor=actor, building=building, numbers=forms.lines(values["stairwells"]), now=now
    )


def _grid(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    chosen = [row for row in queries.children(place) if row.public_id in values["compounds"]]
    return actions.make_grid(
        actor=actor, community=place, code=values["code"], name=values["name"], compounds=chosen, now=now
    )


def _plate(actor: Actor, place: Place, values: Values, now: Any) -> Any:
    kind, _sep, id_ = values["target"].partition(":")
    gate = Gate.objects.filter(district=place.district, id=int(id_)).first() if kind == "gate" else None
    stairwell = None
    if kind == "stairwell":
        rows = Stairwell.objects.select_related("building").filter(district=place.district, id=int(id_))
        stairwell = rows.first()
    return actions.issue_plate(
        actor=actor, place=place, gate=gate, stairwell=stairwell, police_code=values["police_code"], now=now
    )


def _facts_now(place: Place) -> Values:
    held = queries.compound_facts(place).facts
    names = ("address", "built_year", "household_count", "management", "has_lift")
    return {
        "longitude": place.longitude,
        "latitude": place.latitude,
        **({} if held is None else {name: getattr(held, name) for name in names}),
    }


def _buildings(place: Place) -> Values:
    rows = Building.objects.filter(district=place.district, place=place, ended_at__isnull=True).order_by(
        "code"
    )
    return {"buildings": [(row.code, row.name) for row in rows]}


def _targets(place: Place) -> Values:
    facts = queries.compound_facts(place)
    targets = [("compound:0", place.name)]
    targets += [(f"gate:{gate.id}", gate.name) for gate in facts.gates]
    targets += [
        (f"stairwell:{stairwell.id}", f"{line.building.name} {stairwell.name}")
        for line in facts.buildings
        for stairwell in line.stairwells
    ]
    return {"targets": targets}


ANY = ("subdistrict", "community", "compound")
CHANGES: dict[str, Change] = {
    "add": Change(_("Add a place below"), _("Add place"), forms.AddPlaceForm, _add, levels=tuple(BELOW)),
    "rename": Change(_("Rename"), _("Rename"), forms.RenameForm, _rename, levels=("district", *ANY)),
    "recode": Change(_("Change the code"), _("Change the code"), forms.RecodeForm, _recode, levels=ANY),
    "close": Change(_("Close the place"), _("Close the place"), forms.CloseForm, _close, levels=ANY),
    "facts": Change(_("Change the facts"), _("Keep the facts"), forms.FactsForm, _facts, initial=_facts_now),
    "building": Change(_("Add a building"), _("Add building"), forms.BuildingForm, _building),
    "gates": Change(_("Add gates"), _("Add gates"), forms.GatesForm, _gates),
    "stairwells": Change(_("Add stairwells"), _("Add stairwells"), forms.StairwellsForm, _stairwells, options=_buildings),
    "plate": Change(_("Issue one plate"), _("Issue plate"), forms.PlateForm, _plate, options=_targets),
    "grid": Change(
        _("Make a grid"), _("Make grid"), forms.GridForm, _grid, levels=("community",),
        options=lambda place: {"places": list(queries.children(place))},
    ),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@acting("places.manage")
def change(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """One form over one place; what was typed stays when the action refuses."""
    place = place_or_404(request, public_id)
    step = CHANGES.get(what)
    if step is None or place.level not in step.levels:
        raise Http404
    access.require(actor_of(request), access.MANAGE, place)
    options = step.options(place)
    if request.method == "POST":
        form = step.form(request.POST, **options)
        if form.is_valid():
            values = dict(form.cleaned_data)
            context, actor = context_of(request), actor_of(request)
            done = attempt(form, lambda: step.act(actor, place, values, context.now))
            if done is not None:
                target = done if what == "add" else place
                return redirect("places:file", target.public_id)
    else:
        form = step.form(initial=step.initial(place), **options)
    values = {"place": place, "form": form, "change": step, "above": queries.ancestors(place)}
    return render(request, "places/change.html", values, status=422 if form.errors else 200)
