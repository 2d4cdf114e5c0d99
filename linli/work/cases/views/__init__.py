"""Pages of the case room: the public report, the caller's own page, the desk."""
