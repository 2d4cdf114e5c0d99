"""Desk pages of bodies, appointments, duty lists, duty rosters and the working calendar."""
