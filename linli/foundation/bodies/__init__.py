"""Bodies: every organisation, appointments with terms that file grants, duty lists, duty rosters."""
