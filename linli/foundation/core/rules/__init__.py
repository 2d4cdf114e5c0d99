"""Pure rules of the ground floor: the working calendar and the deadline clocks. No Django, no database."""
