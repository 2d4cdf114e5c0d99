"""Bodies: every organisation, appointments with terms that file grants, duty lists, duty rosters.

Owns: `Body` and the places it serves, `Appointment` (任职), `DutyItem` (职责清单), `Roster` and `Shift` (值班表).
Words: a body serves places; an appointment is a dated office that gives authority; a duty item is main or assist.
Invariants: authority exists only through an open appointment, whose grant is filed with `accounts` in the same
transaction; nobody appoints himself or above his own level; an office's phone is a work number; rows end by
date and are never deleted.
"""
