"""Writes of this room: bodies, appointments, duty lists, duty rosters."""

from linli.foundation.bodies.actions.appointments import (
    appoint,
    end_appointment,
    end_offices_of,
    end_terms,
)
from linli.foundation.bodies.actions.bodies import add_place, change_body, end_body, end_place, found_body
from linli.foundation.bodies.actions.calendars import warn_missing_calendar
from linli.foundation.bodies.actions.duties import remove_duty, set_duty
from linli.foundation.bodies.actions.rosters import drop_shift, open_roster, set_shift, swap_shifts, warn_gaps

__all__ = [
    "add_place",
    "appoint",
    "change_body",
    "drop_shift",
    "end_appointment",
    "end_body",
    "end_offices_of",
    "end_place",
    "end_terms",
    "found_body",
    "open_roster",
    "remove_duty",
    "set_duty",
    "set_shift",
    "swap_shifts",
    "warn_gaps",
    "warn_missing_calendar",
]
